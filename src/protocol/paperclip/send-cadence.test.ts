import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SendCadence } from './send-cadence.ts';

const sentAt = (...times: number[]): SendCadence => {
  const cadence = new SendCadence();
  for (const ms of times) cadence.onSent(ms);
  return cadence;
};

/** `count` times, `interval` apart, each off by up to `jitter`. */
const beat = (count: number, interval: number, jitter = 0): number[] =>
  Array.from({ length: count }, (_, i) => i * interval + (i % 2) * jitter);

test('nothing is expected of an end that has sent nothing, or too little to tell', () => {
  assert.equal(sentAt().expectedByMs(0), Number.POSITIVE_INFINITY);
  assert.equal(sentAt(...beat(4, 50)).expectedByMs(151), Number.POSITIVE_INFINITY);
});

test('after some ticks the next is expected an interval later, and a little', () => {
  const byMs = sentAt(...beat(30, 50)).expectedByMs(1451);
  assert.ok(byMs >= 1501 && byMs < 1502, `${byMs}`);
});

test('what is irregular is expected later, so that few come after it', () => {
  const byMs = sentAt(...beat(40, 50, 6)).expectedByMs(1960);
  // Intervals of 44 and 56.
  assert.ok(byMs > 1956 + 56 && byMs < 1956 + 70, `${byMs}`);
});

test('packets of one tick are one', () => {
  const times = beat(30, 50).flatMap((ms) => [ms, ms + 0.2, ms + 3]);
  assert.ok(Math.abs(sentAt(...times).expectedByMs(1455) - 1501) < 1);
});

test('a beat that was missed is none until the next packet', () => {
  const cadence = sentAt(...beat(30, 50));
  assert.equal(cadence.expectedByMs(1502), Number.POSITIVE_INFINITY);
  cadence.onSent(1503);
  assert.ok(cadence.expectedByMs(1504) < 1570);
});

test('after a pause it begins anew', () => {
  const cadence = sentAt(...beat(30, 50));
  cadence.onSent(3000);
  assert.equal(cadence.expectedByMs(3001), Number.POSITIVE_INFINITY);
  for (let ms = 3033; ms < 3200; ms += 33) cadence.onSent(ms);
  assert.ok(cadence.expectedByMs(3199) < 3250);
});
