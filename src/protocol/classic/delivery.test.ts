import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { seededRandom } from '../../base/prng.ts';
import { flags } from '../../codec/classic/numbers.ts';
import { allFlags, flagNames } from '../../codec/classic/vectors.fixture.ts';
import type { LinkConditions } from '../../testing/simulated-link.ts';
import { ClassicWorld, hostName } from './classic-world.fixture.ts';

const sizes = [0, 1, 988, 989, 5_000, 200_000] as const;
const seed = 7;

const bad: LinkConditions = {
  ...{ delayMs: 40, jitterMs: 20, loss: 0.2, duplicate: 0.2, reorder: 0.3, reorderMs: 60 },
};
const withoutLoss: LinkConditions = { ...bad, loss: 0 };

/** Noise, which deflate cannot shorten, and text, which it can. */
function payload(direction: string, flagBits: number, size: number, isNoise: boolean): Uint8Array {
  const random = seededRandom(direction, flagBits, size);
  const text = `${direction} ${flagBits} `;
  return Uint8Array.from({ length: size }, (_, i) =>
    isNoise ? random.below(256) : text.charCodeAt(i % text.length),
  );
}

interface Exchange {
  readonly sent: readonly Uint8Array[];
  readonly atHost: readonly Uint8Array[];
  readonly atClient: readonly Uint8Array[];
  readonly ends: number;
}

/** All sizes with these flags, from both ends at once, over one connection. */
function exchange(flagBits: number, conditions: LinkConditions, isDone: number): Exchange {
  const world = new ClassicWorld(`${seed} ${flagBits}`, conditions);
  const client = world.connected('player:1');
  const { host, network, newest } = world;
  const isNoise = (flagBits & flags.checksum) !== 0;
  const sent = sizes.map((size) => payload('both', flagBits, size, isNoise));
  const next = (index: number): void => {
    const data = sent[index];
    if (data === undefined) return;
    assert.ok(client.endpoint.send(data, flagBits));
    assert.ok(host.endpoint.send(newest, data, flagBits));
    network.touch('player:1');
    network.touch(hostName);
    // RELIABLE ones queue behind each other; the others leave the pacer time for 203 pieces.
    network.after(flagBits & flags.reliable ? 0 : 2_000, () => next(index + 1));
  };
  network.after(1, () => next(0));
  network.runUntil(
    () => host.messages.length >= isDone && client.messages.length >= isDone,
    flagBits & flags.reliable ? 300_000 : 20_000,
  );
  // Whatever is still on its way may still come twice.
  network.runFor(10_000);
  return {
    sent,
    atHost: host.messages.map(({ data }) => data),
    atClient: client.messages.map(({ data }) => data),
    ends: host.ends.length + client.ends.length,
  };
}

const lengths = (messages: readonly Uint8Array[]) => messages.map(({ length }) => length);
const sorted = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b);

function assertSame(received: readonly Uint8Array[], sent: readonly Uint8Array[]): void {
  for (const message of received) {
    const like = sent.find(({ length }) => length === message.length);
    assert.ok(like !== undefined && Buffer.compare(message, like) === 0, `${message.length} bytes`);
  }
}

describe(`20% loss, reordering, duplication, seed ${seed}`, () => {
  for (const flagBits of allFlags) {
    const isReliable = (flagBits & flags.reliable) !== 0;
    const promise = isReliable ? 'each size once and in order' : 'no size twice';
    test(`${flagNames(flagBits)}: ${promise}, both ways`, () => {
      const { sent, atHost, atClient, ends } = exchange(flagBits, bad, sizes.length);
      assert.equal(ends, 0);
      for (const received of [atHost, atClient]) {
        assertSame(received, sent);
        if (isReliable) assert.deepEqual(lengths(received), sizes);
        else assert.equal(new Set(lengths(received)).size, received.length);
      }
    });
  }
});

describe(`reordering and duplication without loss, seed ${seed}`, () => {
  for (const flagBits of allFlags.filter((bits) => (bits & flags.reliable) === 0)) {
    test(`${flagNames(flagBits)}: each size comes once, both ways`, () => {
      const { sent, atHost, atClient } = exchange(flagBits, withoutLoss, sizes.length);
      for (const received of [atHost, atClient]) {
        assertSame(received, sent);
        assert.deepEqual(sorted(lengths(received)), sizes);
      }
    });
  }
});

test(`a thousand RELIABLE messages between unreliable ones keep their order, seed ${seed}`, () => {
  const world = new ClassicWorld(seed, { ...bad, delayMs: 5, jitterMs: 2, reorderMs: 10 });
  const client = world.connected('player:1');
  const { host, network } = world;
  const count = 1_000;
  let next = 0;
  const sendSome = (): void => {
    for (let i = 0; i < 5 && next < count; i++) {
      if (!client.endpoint.send(Uint8Array.of(1, next >> 8, next & 255), flags.reliable)) break;
      client.endpoint.send(Uint8Array.of(0), 0);
      next += 1;
    }
    network.touch('player:1');
    if (next < count) network.after(500, sendSome);
  };
  network.after(1, sendSome);
  const reliable = () => host.messages.filter(({ data }) => data[0] === 1);
  assert.ok(network.runUntil(() => reliable().length >= count, 3_600_000));
  network.runFor(10_000);
  assert.deepEqual(
    reliable().map(({ data }) => (data[1]! << 8) | data[2]!),
    Array.from({ length: count }, (_, i) => i),
  );
});
