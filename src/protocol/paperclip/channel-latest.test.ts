// reliable-latest: what arrives of values that are superseded all the time, over bad paths.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { seededRandom } from '../../base/prng.ts';
import { type ConnectionPair, connectionPair } from '../../testing/connection-pair.ts';
import type { LinkConditions } from '../../testing/simulated-link.ts';
import { LatestReceiveChannel } from './channel-latest-receive.ts';
import { protocolLimits } from './limits.ts';

const [latest, moves] = [0, 1];

const pairOf = (conditions: LinkConditions & { seed?: number } = {}): ConnectionPair =>
  connectionPair({
    delayMs: 20,
    ...conditions,
    channels: { latest: 'reliable-latest', moves: 'reliable-ordered' },
  });

/** A value that says which of its key it is, as long as asked for. */
function value(version: number, length: number): Uint8Array {
  const bytes = new Uint8Array(Math.max(4, length)).fill(version);
  new DataView(bytes.buffer).setUint32(0, version);
  return bytes;
}

/** What the host knows: the newest version of each key; fails when one is older than the last. */
class Known {
  readonly versions = new Map<number, number>();
  delivered = 0;

  constructor({ host }: ConnectionPair) {
    host.onEvent = (event) => {
      assert.notEqual(event.type, 'ended');
      if (event.type !== 'message' || event.channel !== latest) return;
      const { message, key } = event;
      const version = new DataView(message.buffer).getUint32(0);
      assert.ok(message.every((byte, i) => i < 4 || byte === (version & 255)));
      assert.ok(version > (this.versions.get(key!) ?? -1), `key ${key}: ${version} after newer`);
      this.versions.set(key!, version);
      this.delivered += 1;
    };
  }
}

const isQuiet = ({ client }: ConnectionPair): boolean =>
  client.connection.memory.queuedBytes === 0 && client.connection.memory.trackedPackets === 0;

test('over loss, reordering and duplication, what is known ends as the newest of every key', () => {
  const conditions = fc.record({
    seed: fc.nat(),
    loss: fc.constantFrom(0, 0.05, 0.3),
    jitterMs: fc.constantFrom(0, 30),
    reorder: fc.constantFrom(0, 0.3),
    duplicate: fc.constantFrom(0, 0.2),
    keys: fc.constantFrom(1, 3, 40),
    longest: fc.constantFrom(10, 200, 8958),
    everyMs: fc.constantFrom(1, 5, 50),
  });
  fc.assert(
    fc.property(conditions, ({ seed, keys, longest, everyMs, ...path }) => {
      const pair = pairOf({ seed, ...path });
      const random = seededRandom('values', seed);
      const known = new Known(pair);
      const newest = new Map<number, number>();
      for (let version = 0; version < 150; version++) {
        const key = random.below(keys);
        newest.set(key, version);
        pair.client.send(latest, value(version, random.below(longest + 1)), { key });
        if (random.chance(0.2)) pair.client.send(moves, value(version, 100));
        pair.client.flush();
        pair.network.runFor(random.below(everyMs + 1));
      }
      assert.ok(pair.network.runUntil(() => isQuiet(pair), 60_000));
      pair.network.runFor(200);
      assert.deepEqual(
        [...known.versions].sort(([a], [b]) => a - b),
        [...newest].sort(([a], [b]) => a - b),
      );
      const { heldBytes } = pair.host.connection.memory;
      assert.ok(heldBytes <= protocolLimits.latestReassembliesMax * 8960);
    }),
    { numRuns: 60 },
  );
});

test('a value that waits is superseded in its place, and says so', () => {
  const pair = pairOf();
  const known: [number | undefined, number][] = [];
  pair.host.onEvent = (event) => {
    if (event.type === 'message') known.push([event.key, event.message[3]!]);
  };
  pair.client.send(latest, value(1, 4), { key: 7, handle: 1 });
  pair.client.send(latest, value(2, 4), { key: 8, handle: 2 });
  pair.client.send(latest, value(3, 4), { key: 7, handle: 3 });
  assert.equal(pair.client.connection.memory.queuedBytes, 2 * (1 + 4));
  pair.network.runFor(100);
  assert.deepEqual(known, [
    [7, 3],
    [8, 2],
  ]);
  assert.deepEqual(pair.client.takeEvents(), [
    { type: 'lost', messageHandle: 1, reason: 'superseded' },
    { type: 'delivered', messageHandle: 3 },
    { type: 'delivered', messageHandle: 2 },
  ]);
  assert.equal(pair.client.connection.stats().messagesLost.superseded, 1);
});

test('what is lost is resent while it is the newest, and never once it is superseded', () => {
  const pair = pairOf();
  const known = new Known(pair);
  pair.network.runFor(100);
  const toHost = pair.network.link('client', 'host');
  toHost.conditions = { delayMs: 20, loss: 1 };
  for (let version = 1; version <= 50; version++) {
    pair.client.send(latest, value(version, 1000), { handle: version });
    pair.client.flush();
    pair.network.runFor(10);
  }
  toHost.conditions = { delayMs: 20 };
  assert.ok(pair.network.runUntil(() => isQuiet(pair), 10_000));
  assert.deepEqual([...known.versions], [[0, 50]]);
  assert.equal(known.delivered, 1);
  const events = pair.client.takeEvents();
  const lost = events.flatMap((event) => (event.type === 'lost' ? [event] : []));
  assert.equal(lost.length, 49);
  assert.ok(lost.every(({ reason }) => reason === 'superseded'));
  assert.deepEqual(events.at(-1), { type: 'delivered', messageHandle: 50 });
  // Every resend was a probe, while its value was the newest.
  assert.ok(pair.client.connection.stats().messagesResent < 10);
});

test('a newer value that is on its way does not make the older undelivered', () => {
  const pair = pairOf();
  const known = new Known(pair);
  for (const version of [1, 2, 3]) {
    pair.client.send(latest, value(version, 10), { handle: version });
    pair.client.flush();
    pair.network.runFor(1);
  }
  pair.network.runFor(200);
  assert.equal(known.delivered, 3);
  assert.deepEqual(
    pair.client.takeEvents().map(({ type }) => type),
    ['delivered', 'delivered', 'delivered'],
  );
});

test('large values that are superseded faster than they leave still get through now and then', () => {
  const pair = pairOf({ rateBytesPerSecond: 64_000 });
  const known = new Known(pair);
  for (let version = 0; version < 300; version++) {
    pair.client.send(latest, value(version, 8000));
    pair.client.flush();
    pair.network.runFor(16);
  }
  // 64 kB/s take 8 of them in a second, and 4.8 s have passed.
  assert.ok(known.delivered > 20, `${known.delivered} delivered`);
  assert.ok(pair.network.runUntil(() => isQuiet(pair), 10_000));
  assert.equal(known.versions.get(0), 299);
});

test('values in pieces of many keys at once all arrive, however little the receiver holds', () => {
  const pair = pairOf();
  const known = new Known(pair);
  // Opens the congestion window.
  for (let i = 0; i < 10; i++) pair.client.send(moves, new Uint8Array(100_000));
  pair.network.runFor(3000);
  const toHost = pair.network.link('client', 'host');
  toHost.conditions = { delayMs: 20, loss: 0.3 };
  for (let key = 0; key < 60; key++) pair.client.send(latest, value(key, 1500), { key });
  pair.client.flush();
  pair.network.runFor(100);
  toHost.conditions = { delayMs: 20 };
  assert.ok(pair.network.runUntil(() => isQuiet(pair), 10_000));
  assert.equal(known.versions.size, 60);
});

test('a value whose time is over is given up, and what it superseded stays so', () => {
  const pair = pairOf();
  const known = new Known(pair);
  pair.network.runFor(100);
  const toHost = pair.network.link('client', 'host');
  toHost.conditions = { delayMs: 20, loss: 1 };
  pair.client.send(latest, value(1, 3000), { handle: 1 });
  pair.network.runFor(5);
  pair.client.send(latest, value(2, 4), { handle: 2, ttlMs: 0.5 });
  pair.client.connection.handleTimeout(pair.network.nowMs + 0.6);
  toHost.conditions = { delayMs: 20 };
  pair.network.runFor(3000);
  assert.deepEqual(pair.client.takeEvents(), [
    { type: 'lost', messageHandle: 2, reason: 'expired' },
    { type: 'lost', messageHandle: 1, reason: 'superseded' },
  ]);
  assert.equal(known.delivered, 0);
});

test('at the end every value that is open is lost with it, and nothing is kept', () => {
  const pair = pairOf({ loss: 0.5, seed: 4 });
  const handles = new Set<number>();
  for (let version = 0; version < 200; version++) {
    pair.client.send(latest, value(version, version * 20), { key: version % 5, handle: version });
    handles.add(version);
    pair.network.runFor(3);
  }
  pair.client.close(0, 'done');
  pair.network.runFor(10_000);
  for (const event of pair.client.takeEvents()) {
    if (event.type === 'delivered' || event.type === 'lost') {
      assert.ok(handles.delete(event.messageHandle), 'a fate is told once');
    }
  }
  assert.equal(handles.size, 0);
  assert.equal(pair.client.connection.memory.queuedBytes, 0);
  assert.equal(pair.host.connection.memory.heldBytes, 0);
});

test('a value is compressed behind its key, so that a superseded one is never inflated', () => {
  const pair = connectionPair({
    delayMs: 5,
    channels: { latest: { mode: 'reliable-latest', compress: true } },
  });
  const sent = new Uint8Array(8958).fill(65);
  pair.client.send(latest, sent, { key: 4095 });
  pair.client.send(latest, sent.subarray(0, 10), { key: 3 });
  pair.network.runFor(100);
  assert.deepEqual(pair.host.takeEvents(), [
    { type: 'message', channel: latest, message: sent, key: 4095 },
    { type: 'message', channel: latest, message: sent.subarray(0, 10), key: 3 },
  ]);
  assert.ok(pair.client.connection.stats().bytesSent < 300);
});

test('keys are whole numbers from 0 to 4095, and other modes have none', () => {
  const { client } = pairOf();
  for (const key of [-1, 4096, 0.5, Number.NaN]) {
    assert.throws(() => client.send(latest, value(1, 4), { key }), /key must be/);
  }
  client.send(latest, value(1, 4), { key: 4095 });
  assert.throws(() => client.send(moves, value(1, 4), { key: 0 }), /only reliable-latest/);
  assert.throws(() => client.send(latest, new Uint8Array(8959)), /takes 8958/);
  assert.throws(() => client.send(latest, value(1, 4), { priority: 'bulk' }), /in order/);
});

function receiver(messageBytesMax = 5000) {
  const delivered: [number | undefined, number][] = [];
  const deliver = (
    _channel: number,
    from: Uint8Array,
    start: number,
    _end: number,
    _isCompressed: boolean,
    key?: number,
  ) => delivered.push([key, from[start]!]);
  const sink = { deliver, deliverOwned: () => assert.fail(), charge: () => assert.fail() };
  return { delivered, channel: new LatestReceiveChannel({ channel: 0, messageBytesMax, sink }) };
}

test('a value without a key, with a longer one than needed, or one above 4095 breaks a rule', () => {
  const { channel, delivered } = receiver();
  for (const key of [[], [0x40], [0x40, 0x05], [0x50, 0x00], [0x80, 0, 0x10, 0]]) {
    const bytes = Uint8Array.from(key);
    assert.equal(channel.onMessage(0, bytes, 0, bytes.length, false), 'VALUE_KEY');
  }
  const largest = Uint8Array.of(0x4f, 0xff, 9);
  assert.equal(channel.onMessage(0, largest, 0, 3, false), undefined);
  assert.deepEqual(delivered, [[4095, 9]]);
});

test('sizes are checked before memory is taken, and to the byte when a value is whole', () => {
  const { channel } = receiver(3);
  const bytes = Uint8Array.of(5, 1, 2, 3, 4);
  assert.equal(channel.onMessage(0, bytes, 0, 5, false), 'MESSAGE_SIZE');
  assert.equal(channel.onFragment(0, 0, 6, 2, 0, false, bytes, 0, 3), 'MESSAGE_SIZE');
  assert.equal(channel.onFragment(0, 0, 5, 9, 0, false, bytes, 0, 1), 'FRAGMENT');
  assert.equal(channel.onFragment(0, 1, 5, 2, 0, false, bytes, 0, 3), undefined);
  assert.equal(channel.onFragment(0, 1, 5, 2, 1, false, bytes, 3, 5), 'MESSAGE_SIZE');
  assert.equal(channel.heldBytes, 0);
});

test('half-received values are few, and the oldest gives way', () => {
  const { channel, delivered } = receiver();
  const bytes = Uint8Array.of(0, 7, 7, 7);
  const first = (id: number) => channel.onFragment(0, id, 4, 2, 0, false, bytes, 0, 2);
  const second = (id: number) => channel.onFragment(0, id, 4, 2, 1, false, bytes, 2, 4);
  for (let id = 20; id > 3; id--) assert.equal(first(id), undefined);
  assert.equal(channel.heldBytes, 16 * 4);
  // 5 to 20 are held. A piece of 4 is late, and 21 takes the place of 5.
  assert.equal(second(4), undefined);
  assert.equal(first(21), undefined);
  assert.equal(second(5), undefined);
  assert.deepEqual(delivered, []);
  assert.equal(second(6), undefined);
  assert.deepEqual(delivered, [[0, 7]]);
  assert.equal(second(21), undefined);
  assert.equal(second(7), undefined);
  assert.equal(delivered.length, 2);
  assert.ok(channel.heldBytes <= 16 * 4);
});
