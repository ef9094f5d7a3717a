import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classicLimits } from './limits.ts';
import { Outbox } from './outbox.ts';

const datagram = (mark: number) => Uint8Array.of(0, 0, 0, 0, 0, 0, mark);
const idOf = (bytes: Uint8Array | undefined) => bytes && (bytes[4]! << 8) | bytes[5]!;

function leaving(outbox: Outbox, nowMs: number): readonly Uint8Array[] {
  const out: Uint8Array[] = [];
  for (let bytes = outbox.poll(nowMs); bytes !== undefined; bytes = outbox.poll(nowMs)) {
    out.push(bytes);
  }
  return out;
}

test('one RELIABLE message at a time is on its way; others go past it', () => {
  const outbox = new Outbox(2, 50);
  outbox.sendReliable([datagram(1)]);
  outbox.sendReliable([datagram(2)]);
  outbox.sendUnreliable([datagram(3)]);
  assert.deepEqual(
    leaving(outbox, 0).map((bytes) => [bytes[6], idOf(bytes)]),
    [
      [1, 2],
      [3, 3],
    ],
  );
  outbox.handleAck(60, [3]);
  assert.deepEqual(leaving(outbox, 60), []);
  outbox.handleAck(60, [2]);
  assert.deepEqual(leaving(outbox, 60).map(idOf), [4]);
  assert.equal(outbox.isSettled, false);
  outbox.handleAck(120, [4]);
  assert.equal(outbox.isSettled, true);
  assert.equal(outbox.nextTimeoutMs, Infinity);
});

test('however short the round trip, nothing is sent again before the old peer can answer', () => {
  const outbox = new Outbox(0, 1);
  outbox.sendReliable([datagram(1)]);
  leaving(outbox, 0);
  assert.equal(outbox.nextTimeoutMs, 200);
  assert.ok(classicLimits.resendMsMin >= 100);
});

test('a long round trip is waited for, and only what was sent once is measured', () => {
  const outbox = new Outbox(0, 800);
  outbox.sendReliable([datagram(1)]);
  leaving(outbox, 0);
  assert.equal(outbox.nextTimeoutMs, 800 + 4 * 400);
  outbox.handleTimeout(2_400);
  leaving(outbox, 2_400);
  outbox.handleAck(2_401, [0]);
  assert.equal(outbox.smoothedRttMs, 800);
  outbox.sendReliable([datagram(2)]);
  leaving(outbox, 3_000);
  outbox.handleAck(3_000 + 1_600, [1]);
  assert.equal(outbox.smoothedRttMs, 900);
});

test('pieces leave at their pace, and their message is sent again after the last of them', () => {
  const outbox = new Outbox(0, 50);
  outbox.sendReliable(Array.from({ length: 20 }, (_, i) => datagram(i)));
  assert.equal(leaving(outbox, 0).length, classicLimits.sendBurst);
  assert.equal(outbox.nextTimeoutMs, 2);
  let nowMs = 0;
  let left = classicLimits.sendBurst;
  while (left < 20) {
    nowMs = outbox.nextTimeoutMs;
    left += leaving(outbox, nowMs).length;
  }
  assert.equal(nowMs, 8);
  assert.equal(outbox.nextTimeoutMs, 208);
  outbox.handleTimeout(208);
  assert.deepEqual(leaving(outbox, 208).map(idOf), new Array(16).fill(0));
  outbox.handleAck(209, [0]);
  assert.deepEqual(leaving(outbox, 500), []);
});

test('ids that could not be told apart are not given out', () => {
  const outbox = new Outbox(65_000, 50);
  outbox.sendReliable([datagram(1)]);
  leaving(outbox, 0);
  let nowMs = 0;
  let count = 0;
  while (outbox.sendUnreliable([datagram(2)])) {
    nowMs += 100;
    count += leaving(outbox, nowMs).length;
  }
  assert.equal(count, classicLimits.idsInFlightMax - 1);
  while (outbox.takeId() !== undefined) count += 1;
  assert.equal(count, 2 * classicLimits.idsInFlightMax - 2);
  outbox.handleAck(nowMs, [65_000]);
  assert.equal(outbox.takeId(), (65_000 + count + 1) % 65_536);
});
