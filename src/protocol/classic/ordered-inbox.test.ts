import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classicLimits } from './limits.ts';
import { OrderedInbox } from './ordered-inbox.ts';
import { ReceivedIds } from './received-ids.ts';

const { holdMs, holdForPiecesMs, heldMessagesMax } = classicLimits;

/** Ids as on the wire; the connection begins with 0. Messages are their own id. */
function ledger() {
  const received = new ReceivedIds(0);
  const coming = new Set<number>();
  const inbox = new OrderedInbox(received, () => coming);
  const come = (nowMs: number, onWire: number, isReliable: boolean): readonly number[] => {
    const id = received.expand(onWire);
    inbox.handleId(nowMs, id, true);
    received.add(id, isReliable);
    if (isReliable) inbox.handleMessage(id, Uint8Array.of(onWire & 255));
    return inbox.release(nowMs).map(([first]) => first!);
  };
  return {
    inbox,
    reliable: (nowMs: number, id: number) => come(nowMs, id, true),
    other: (nowMs: number, id: number) => come(nowMs, id, false),
    piece: (nowMs: number, onWire: number) => {
      const id = received.expand(onWire);
      inbox.handleId(nowMs, id, false);
      received.see(id);
      coming.add(id);
    },
    later: (nowMs: number) => inbox.release(nowMs).map(([first]) => first!),
  };
}

test('in order, everything is given out at once', () => {
  const { reliable, other, inbox } = ledger();
  assert.deepEqual(reliable(0, 0), [0]);
  assert.deepEqual(other(0, 1), []);
  assert.deepEqual(reliable(0, 2), [2]);
  assert.equal(inbox.nextTimeoutMs, Infinity);
});

test('a message waits for an id that is missing, and both come out in order', () => {
  const { reliable } = ledger();
  reliable(0, 0);
  assert.deepEqual(reliable(1, 2), []);
  assert.deepEqual(reliable(2, 3), []);
  assert.deepEqual(reliable(3, 1), [1, 2, 3]);
});

test('an id of something else fills a gap as well', () => {
  const { reliable, other } = ledger();
  assert.deepEqual(reliable(0, 1), []);
  assert.deepEqual(other(1, 0), [1]);
});

test('an id that does not come is given up, counted from when it was first missed', () => {
  const { reliable, other, later, inbox } = ledger();
  other(0, 0);
  other(100, 2);
  assert.deepEqual(reliable(400, 3), []);
  assert.equal(inbox.nextTimeoutMs, 100 + holdMs);
  assert.deepEqual(later(99 + holdMs), []);
  assert.deepEqual(later(100 + holdMs), [3]);
  assert.deepEqual(reliable(2_000, 4), [4]);
});

test('who comes after that comes late, but comes, once', () => {
  const { reliable, later } = ledger();
  reliable(0, 1);
  assert.deepEqual(later(holdMs), [1]);
  assert.deepEqual(reliable(holdMs + 1, 0), [0]);
  assert.deepEqual(reliable(holdMs + 2, 2), [2]);
});

test('pieces of a RELIABLE message are waited for longer', () => {
  const { reliable, piece, later } = ledger();
  piece(0, 0);
  assert.deepEqual(reliable(1, 1), []);
  assert.deepEqual(later(holdForPiecesMs - 1), []);
  assert.deepEqual(reliable(holdForPiecesMs - 1, 0), [0, 1]);
});

test('but not for ever', () => {
  const { reliable, piece, later } = ledger();
  piece(0, 0);
  reliable(1, 1);
  assert.deepEqual(later(holdForPiecesMs), [1]);
});

test('what waits is bounded: past it, the gap is given up', () => {
  const { reliable, inbox } = ledger();
  const out: number[] = [];
  for (let id = 1; id <= heldMessagesMax + 1; id++) out.push(...reliable(0, id));
  assert.deepEqual(out.slice(0, 3), [1, 2, 3]);
  assert.equal(out.length, heldMessagesMax + 1);
  assert.equal(inbox.heldMessages, 0);
});

test('when the end comes, all that waits is given out in order', () => {
  const { reliable, inbox } = ledger();
  reliable(0, 5);
  reliable(0, 3);
  assert.deepEqual(inbox.flush(), [Uint8Array.of(3), Uint8Array.of(5)]);
});

test('more gaps than are remembered give up the oldest', () => {
  const { reliable } = ledger();
  const out: number[] = [];
  for (let id = 1; id <= 2 * (classicLimits.gapsMax + 1); id += 2) out.push(...reliable(0, id));
  assert.deepEqual(out.slice(0, 1), [1]);
});
