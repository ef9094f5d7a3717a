import assert from 'node:assert/strict';
import { test } from 'node:test';
import { protocolLimits } from './limits.ts';
import { MessagePool, MessageStore, type OutgoingMessage } from './outgoing-message.ts';

const bytesOf = ({ bytes, start, length }: OutgoingMessage): number[] => [
  ...bytes.subarray(start, start + length),
];

test('bytes are copied: the caller may reuse its buffer, be it an array or a Node Buffer', () => {
  const store = new MessageStore();
  for (const length of [0, 1, 300, 5000]) {
    for (const buffer of [new Uint8Array(length), Buffer.alloc(length)]) {
      buffer.fill(5);
      const record = store.create(0, buffer);
      buffer.fill(9);
      assert.deepEqual(bytesOf(record), new Array(length).fill(5));
    }
  }
});

test('a record is used again only when its last reference is gone', () => {
  const store = new MessageStore();
  const first = store.create(0, Uint8Array.of(1));
  first.references += 1;
  store.release(first);
  const second = store.create(0, Uint8Array.of(2));
  assert.notEqual(second, first);
  store.release(first);
  const third = store.create(3, Uint8Array.of(3));
  assert.equal(third, first);
  assert.deepEqual([third.channel, third.id, third.handle, third.state], [3, -1, -1, 'queued']);
  assert.deepEqual(bytesOf(third), [3]);
});

test('messages that live on keep their bytes while slabs go round', () => {
  const store = new MessageStore();
  const kept: [OutgoingMessage, number][] = [];
  for (let i = 0; i < 5000; i++) {
    const record = store.create(0, new Uint8Array(100 + (i % 50)).fill(i));
    if (i % 97 === 0) kept.push([record, i & 255]);
    else store.release(record);
  }
  for (const [record, value] of kept) assert.ok(bytesOf(record).every((byte) => byte === value));
});

test('a message is cut into pieces that are acknowledged once each', () => {
  const store = new MessageStore();
  const { fragmentBytes } = protocolLimits;
  assert.equal(store.create(0, new Uint8Array(fragmentBytes)).count, 1);
  const large = store.create(0, new Uint8Array(3 * fragmentBytes + 1));
  assert.equal(large.count, 4);
  assert.equal(large.ackPiece(2), true);
  assert.equal(large.ackPiece(2), false);
  large.setAwaitsResend(3, true);
  assert.deepEqual(
    [large.isPieceAcked(2), large.isPieceAcked(3), large.awaitsResend(3), large.ackedPieces],
    [true, false, true, 1],
  );
});

test('the memory of a large message serves the next while there are others, and goes with them', () => {
  const store = new MessageStore();
  const large = 1024 * 1024;
  const first = store.create(0, new Uint8Array(large).fill(1));
  const second = store.create(0, new Uint8Array(large).fill(2));
  const memory = first.bytes;
  store.dropBytes(first);
  const third = store.create(0, new Uint8Array(large - 1000).fill(3));
  assert.equal(third.bytes, memory);
  assert.deepEqual([third.start, third.length], [0, large - 1000]);
  assert.ok(memory.subarray(0, large - 1000).every((byte) => byte === 3));
  // One that is far too long is not kept for a shorter one.
  store.dropBytes(third);
  assert.notEqual(store.create(0, new Uint8Array(large / 3)).bytes, memory);

  const alone = new MessageStore();
  const only = alone.create(0, new Uint8Array(large));
  const gone = only.bytes;
  alone.dropBytes(only);
  assert.notEqual(alone.create(0, new Uint8Array(large)).bytes, gone);
  assert.ok(second.bytes.every((byte) => byte === 2));
});

test('connections that share a pool use the same records, and no slab at the same time', () => {
  const pool = new MessagePool();
  const one = new MessageStore(pool);
  const other = new MessageStore(pool);
  const kept = one.create(0, new Uint8Array(100).fill(1));
  const gone = one.create(0, new Uint8Array(100).fill(2));
  one.release(gone);
  const taken = other.create(5, new Uint8Array(70).fill(3), 9);
  assert.equal(taken, gone);
  assert.deepEqual([taken.channel, taken.key, taken.length], [5, 9, 71]);
  assert.deepEqual(bytesOf(taken), [9, ...new Array(70).fill(3)]);
  assert.notEqual(taken.bytes.buffer, kept.bytes.buffer);
  assert.deepEqual(bytesOf(kept), new Array(100).fill(1));
  one.release(kept);
  other.release(taken);
  assert.equal(pool.lent, 0);
});

test('what waits in a pool refers to no connection', () => {
  const pool = new MessagePool();
  const store = new MessageStore(pool);
  const owner = { onRangeAcked: () => undefined, onRangeLost: () => undefined };
  const bundle = store.createBundle();
  bundle.begin(owner, 0, 0);
  bundle.add(0, Uint8Array.of(1, 2, 3));
  const apart = store.fromBundle(bundle, 0);
  apart.bundle = bundle;
  bundle.setApart(0, apart);
  store.release(apart);
  store.releaseBundle(bundle);
  assert.equal(pool.lent, 0);
  assert.deepEqual([pool.takeRecord(), pool.takeBundle()], [apart, bundle]);
  assert.deepEqual(
    [apart.bundle, bundle.owner, bundle.apart(0)],
    [undefined, undefined, undefined],
  );
});
