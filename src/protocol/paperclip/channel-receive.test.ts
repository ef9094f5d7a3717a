// The receiving sides of the modes: every order in which messages can come, and what comes through.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ReceiveChannel } from './channel.ts';
import { ReliableReceiveChannel } from './channel-reliable-receive.ts';
import { UnreliableReceiveChannel } from './channel-unreliable-receive.ts';

function bench(mode: 'ordered' | 'unordered' | 'unreliable' | 'sequenced') {
  const delivered: number[] = [];
  let charged = 0;
  const sink = {
    deliver: (_channel: number, from: Uint8Array, start: number) => delivered.push(from[start]!),
    deliverOwned: (_channel: number, message: Uint8Array) => delivered.push(message[0]!),
    charge: (_channel: number, length: number) => {
      charged += length;
      return true;
    },
  };
  const common = { channel: 0, messageBytesMax: 5000, sink };
  const channel: ReceiveChannel =
    mode === 'ordered' || mode === 'unordered'
      ? new ReliableReceiveChannel({ ...common, isOrdered: mode === 'ordered' })
      : new UnreliableReceiveChannel({ ...common, isSequenced: mode === 'sequenced' });
  return {
    channel,
    delivered,
    charged: () => charged,
    /** Message `id` says its id in every byte; odd ones come in two pieces, `half` 0 or 1. */
    come(id: number, half: number): void {
      const bytes = new Uint8Array(4).fill(id);
      const broken =
        id % 2 === 0
          ? channel.onMessage(id, bytes, 0, 4, false)
          : channel.onFragment(0, id, 4, 2, half, false, bytes, 0, 2);
      assert.equal(broken, undefined);
    },
  };
}

const arrivals = fc.array(fc.tuple(fc.nat(30), fc.nat(1)), { maxLength: 200 });

/** Whole messages in the order in which they become whole, without repeats. */
function wholes(order: readonly (readonly [number, number])[]): number[] {
  const halves = new Map<number, Set<number>>();
  const whole: number[] = [];
  for (const [id, half] of order) {
    const seen = halves.get(id) ?? new Set();
    halves.set(id, seen);
    const before = seen.size;
    seen.add(id % 2 === 0 ? 0 : half);
    if (seen.size > before && seen.size === (id % 2 === 0 ? 1 : 2)) whole.push(id);
  }
  return whole;
}

test('unordered: each message once, as soon as it is whole', () => {
  fc.assert(
    fc.property(arrivals, (order) => {
      const b = bench('unordered');
      for (const [id, half] of order) b.come(id, half);
      assert.deepEqual(b.delivered, wholes(order));
      assert.equal(b.charged(), 4 * new Set(order.map(([id]) => id)).size);
    }),
  );
});

test('ordered: each message once, after all before it', () => {
  fc.assert(
    fc.property(arrivals, (order) => {
      const b = bench('ordered');
      for (const [id, half] of order) b.come(id, half);
      const whole = new Set(wholes(order));
      let next = 0;
      while (whole.has(next)) next += 1;
      assert.deepEqual(b.delivered, [...Array(next).keys()]);
      const seen = new Set(order.map(([id]) => id));
      assert.equal(b.channel.heldBytes, 4 * [...seen].filter((id) => id >= next).length);
    }),
  );
});

test('sequenced: only ever newer', () => {
  fc.assert(
    fc.property(arrivals, (order) => {
      const b = bench('sequenced');
      for (const [id, half] of order) b.come(id, half);
      assert.ok(b.delivered.every((id, i) => i === 0 || id > b.delivered[i - 1]!));
      assert.equal(b.charged(), 0);
    }),
  );
});

test('unreliable: whatever comes, as it comes', () => {
  const b = bench('unreliable');
  for (const id of [4, 0, 8, 2]) b.come(id, 0);
  assert.deepEqual(b.delivered, [4, 0, 8, 2]);
});

test('what the peer has no credit for is a violation before memory is taken', () => {
  const refuse = () => assert.fail('nothing may be delivered');
  const sink = { deliver: refuse, deliverOwned: refuse, charge: () => false };
  const options = { channel: 0, messageBytesMax: 5000, isOrdered: true, sink };
  const channel = new ReliableReceiveChannel(options);
  const bytes = new Uint8Array(4);
  assert.equal(channel.onMessage(0, bytes, 0, 4, false), 'FLOW_CONTROL');
  assert.equal(channel.onFragment(0, 0, 4000, 4, 0, false, bytes, 0, 4), 'FLOW_CONTROL');
  assert.equal(channel.heldBytes, 0);
});
