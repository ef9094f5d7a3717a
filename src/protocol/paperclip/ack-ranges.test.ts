import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ReceivedPackets } from './ack-ranges.ts';

const ranges = (received: ReceivedPackets): string =>
  Array.from({ length: received.count }, (_, i) => `${received.low[i]}-${received.high[i]}`).join();

const after = (...numbers: number[]): ReceivedPackets => {
  const received = new ReceivedPackets(20);
  for (const number of numbers) received.onPacket(0, number, false);
  return received;
};

test('packets in order are one range; a gap starts another, newest first', () => {
  assert.equal(ranges(after(0, 1, 2)), '0-2');
  assert.equal(ranges(after(0, 1, 5, 6, 9)), '9-9,5-6,0-1');
});

test('a late packet fills, widens or splits what it should', () => {
  assert.equal(ranges(after(0, 2, 1)), '0-2');
  assert.equal(ranges(after(0, 4, 3)), '3-4,0-0');
  assert.equal(ranges(after(0, 4, 1)), '4-4,0-1');
  assert.equal(ranges(after(0, 6, 3)), '6-6,3-3,0-0');
  assert.equal(ranges(after(3, 3, 3)), '3-3');
});

test('ranges cover exactly what arrived, in any order', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(60), { minLength: 1, maxLength: 60 }), (numbers) => {
      const received = after(...numbers);
      const covered: number[] = [];
      for (let i = received.count - 1; i >= 0; i--) {
        for (let n = received.low[i]!; n <= received.high[i]!; n++) covered.push(n);
      }
      assert.deepEqual(
        covered,
        [...new Set(numbers)].sort((a, b) => a - b),
      );
    }),
  );
});

test('past 64 ranges the oldest is forgotten', () => {
  const received = after(...Array.from({ length: 70 }, (_, i) => 2 * i));
  assert.equal(received.count, 64);
  assert.equal(received.high[0], 138);
  assert.equal(received.low[63], 12);
  received.onPacket(0, 3, false);
  assert.equal(received.low[63], 12);
});

test('the ack of an ack trims what the peer knows', () => {
  const received = after(0, 1, 4, 5, 8, 9);
  received.onAckAcknowledged(5);
  assert.equal(ranges(received), '8-9');
  received.onAckAcknowledged(8);
  assert.equal(ranges(received), '9-9');
  received.onAckAcknowledged(9);
  assert.equal(ranges(received), '9-9');
});

test('the very first packets are acknowledged at once, for an honest RTT', () => {
  const received = new ReceivedPackets(20);
  for (const [atMs, packetNumber] of [
    [50, 0],
    [60, 1],
  ] as const) {
    received.onPacket(atMs, packetNumber, true);
    assert.equal(received.dueAtMs, atMs);
    received.onAckSent();
  }
});

test('then one ack-eliciting packet waits 20 ms, the second does not', () => {
  const received = new ReceivedPackets(20);
  for (const packetNumber of [0, 1]) {
    received.onPacket(50, packetNumber, true);
    received.onAckSent();
  }
  received.onPacket(100, 2, true);
  assert.deepEqual([received.isOwed, received.dueAtMs], [true, 120]);
  received.onPacket(110, 3, true);
  assert.equal(received.dueAtMs, 110);
  received.onAckSent();
  assert.deepEqual([received.isOwed, received.dueAtMs], [false, Number.POSITIVE_INFINITY]);
});

test('a gap, and the packet that fills it, are acknowledged at once', () => {
  const received = new ReceivedPackets(20);
  received.onPacket(100, 0, true);
  received.onAckSent();
  received.onPacket(101, 2, true);
  assert.equal(received.dueAtMs, 101);
  received.onAckSent();
  received.onPacket(102, 1, true);
  assert.equal(received.dueAtMs, 102);
});

test('the packets behind a gap tell of it again, should the first ACK be lost', () => {
  const received = new ReceivedPackets(20);
  received.onPacket(100, 0, true);
  received.onAckSent();
  const delays: number[] = [];
  for (let number = 2; number < 7; number++) {
    received.onPacket(100 + number, number, true);
    delays.push(received.dueAtMs - 100 - number);
    received.onAckSent();
  }
  assert.deepEqual(delays, [0, 0, 0, 20, 20]);
});

test('packets that elicit nothing owe nothing', () => {
  const received = new ReceivedPackets(20);
  received.onPacket(100, 0, false);
  received.onPacket(101, 7, false);
  assert.deepEqual([received.isOwed, received.dueAtMs], [false, Number.POSITIVE_INFINITY]);
});

test('the delay is counted from the largest packet', () => {
  const received = new ReceivedPackets(20);
  received.onPacket(100, 5, true);
  received.onPacket(107, 3, true);
  assert.equal(received.delayMs(110), 10);
});
