import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ReceivedPackets } from './ack-ranges.ts';
import { SendCadence } from './send-cadence.ts';

const ranges = (received: ReceivedPackets): string =>
  Array.from({ length: received.count }, (_, i) => `${received.low[i]}-${received.high[i]}`).join();

const after = (...numbers: number[]): ReceivedPackets => {
  const received = new ReceivedPackets(110, new SendCadence());
  for (const number of numbers) received.onPacket(0, number, 80, false);
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
  received.onPacket(0, 3, 80, false);
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
  const received = new ReceivedPackets(110, new SendCadence());
  for (const [atMs, packetNumber] of [
    [50, 0],
    [60, 1],
  ] as const) {
    received.onPacket(atMs, packetNumber, 80, true);
    assert.equal(received.dueAtMs, atMs);
    received.onAckSent();
  }
});

test('then one ack-eliciting packet waits 20 ms, the second does not', () => {
  const received = new ReceivedPackets(110, new SendCadence());
  for (const packetNumber of [0, 1]) {
    received.onPacket(50, packetNumber, 80, true);
    received.onAckSent();
  }
  received.onPacket(100, 2, 80, true);
  assert.deepEqual([received.isOwed, received.dueAtMs], [true, 120]);
  received.onPacket(110, 3, 80, true);
  assert.equal(received.dueAtMs, 110);
  received.onAckSent();
  assert.deepEqual([received.isOwed, received.dueAtMs], [false, Number.POSITIVE_INFINITY]);
});

test('a gap, and the packet that fills it, are acknowledged at once', () => {
  const received = new ReceivedPackets(110, new SendCadence());
  received.onPacket(100, 0, 80, true);
  received.onAckSent();
  received.onPacket(101, 2, 80, true);
  assert.equal(received.dueAtMs, 101);
  received.onAckSent();
  received.onPacket(102, 1, 80, true);
  assert.equal(received.dueAtMs, 102);
});

test('the packets behind a gap tell of it again, should the first ACK be lost', () => {
  const received = new ReceivedPackets(110, new SendCadence());
  received.onPacket(100, 0, 80, true);
  received.onAckSent();
  const delays: number[] = [];
  for (let number = 2; number < 7; number++) {
    received.onPacket(100 + number, number, 80, true);
    delays.push(received.dueAtMs - 100 - number);
    received.onAckSent();
  }
  assert.deepEqual(delays, [0, 0, 0, 20, 20]);
});

test('packets that elicit nothing owe nothing', () => {
  const received = new ReceivedPackets(110, new SendCadence());
  received.onPacket(100, 0, 80, false);
  received.onPacket(101, 7, 80, false);
  assert.deepEqual([received.isOwed, received.dueAtMs], [false, Number.POSITIVE_INFINITY]);
});

test('the delay is counted from the largest packet', () => {
  const received = new ReceivedPackets(110, new SendCadence());
  received.onPacket(100, 5, 80, true);
  received.onPacket(107, 3, 80, true);
  assert.equal(received.delayMs(110), 10);
});

/** One that acknowledged its first packets, of an end that sent every 50 ms up to `atMs`. */
function ridingReceiver(atMs: number, delayMaxMs = 110): ReceivedPackets {
  const cadence = new SendCadence();
  for (let ms = atMs - 1000; ms <= atMs; ms += 50) cadence.onSent(ms);
  const received = new ReceivedPackets(delayMaxMs, cadence);
  for (const packetNumber of [0, 1]) {
    received.onPacket(atMs - 900, packetNumber, 80, true);
    received.onAckSent();
  }
  return received;
}

test('a regular sender lets an ACK wait for its next message, and a little longer', () => {
  const received = ridingReceiver(1000);
  received.onPacket(1003, 2, 80, true);
  assert.ok(received.dueAtMs > 1050 && received.dueAtMs < 1053, `${received.dueAtMs}`);
  // Two frames of another tick rate.
  const { dueAtMs } = received;
  received.onPacket(1020, 3, 80, true);
  received.onPacket(1037, 4, 80, true);
  assert.equal(received.dueAtMs, dueAtMs);
});

test('no longer than was promised: then it does as all others', () => {
  const received = ridingReceiver(1000, 40);
  received.onPacket(1003, 2, 80, true);
  assert.equal(received.dueAtMs, 1023);
  received.onPacket(1005, 3, 80, true);
  assert.equal(received.dueAtMs, 1005);
});

test('not for a beat that was missed, nor after the promise to be sooner than usual', () => {
  const late = ridingReceiver(1000);
  late.onPacket(1060, 2, 80, true);
  assert.equal(late.dueAtMs, 1080);
  const hasty = ridingReceiver(1000, 5);
  hasty.onPacket(1003, 2, 80, true);
  assert.equal(hasty.dueAtMs, 1008);
});

test('bulk, many packets, and gaps do not wait for it', () => {
  const bulk = ridingReceiver(1000);
  bulk.onPacket(1003, 2, 1150, true);
  assert.equal(bulk.dueAtMs, 1023);
  bulk.onPacket(1004, 3, 1150, true);
  assert.equal(bulk.dueAtMs, 1004);

  const many = ridingReceiver(1000);
  for (let i = 0; i < 8; i++) many.onPacket(1003 + i, 2 + i, 80, true);
  assert.ok(many.dueAtMs > 1050);
  many.onPacket(1011, 10, 80, true);
  assert.equal(many.dueAtMs, 1011);

  const gap = ridingReceiver(1000);
  gap.onPacket(1003, 3, 80, true);
  assert.equal(gap.dueAtMs, 1003);
});
