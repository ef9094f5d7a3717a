import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OutgoingMessage } from './outgoing-message.ts';
import { SentPacket, SentPacketPool, SentPackets } from './sent-packets.ts';

test('a record goes back when neither its fate nor that of an older packet is open', () => {
  const pool = new SentPacketPool();
  const sent = new SentPackets(0, pool);
  let next = new SentPacket();
  for (let number = 0; number < 5; number++) next = sent.track(next, number, 100);
  assert.equal(pool.lent, 5);
  for (const number of [1, 2]) sent.settle(sent.get(number)!, 'acked');
  sent.recycle();
  assert.deepEqual([pool.lent, sent.get(1)?.state], [5, 'acked']);
  sent.settle(sent.get(0)!, 'lost');
  sent.recycle();
  assert.deepEqual([pool.lent, sent.get(2), sent.get(3)?.number], [2, undefined, 3]);
});

test('connections that share a pool use the same records, one after the other', () => {
  const pool = new SentPacketPool();
  const one = new SentPackets(0, pool);
  const other = new SentPackets(7, pool);
  const first = new SentPacket();
  first.ackLargest = 4;
  first.urgentBytes = 5;
  let next = one.track(first, 0, 100);
  one.settle(first, 'acked');
  one.recycle();
  next = other.track(next, 1, 50);
  assert.equal(next, first);
  const { number, state, ackLargest, urgentBytes, carriesMessages } = next;
  assert.deepEqual([number, state, ackLargest, urgentBytes], [-1, 'free', -1, 0]);
  assert.equal(carriesMessages, false);
  assert.deepEqual([one.get(0), other.get(7)?.bytes, one.bytesInFlight], [undefined, 50, 0]);
});

test('a record that had the pieces of a jumbo packet is not kept', () => {
  const message = new OutgoingMessage();
  for (const [pieces, isKept] of [
    [100, true],
    [1_000, false],
  ] as const) {
    const pool = new SentPacketPool();
    const sent = new SentPackets(0, pool);
    const packet = new SentPacket();
    for (let piece = 0; piece < pieces; piece++) packet.addPiece(message, 0);
    const next = sent.track(packet, 0, 8_848);
    sent.settle(packet, 'acked');
    sent.recycle();
    assert.equal(sent.track(next, 1, 100) === packet, isKept);
    assert.equal(pool.lent, 1);
  }
});
