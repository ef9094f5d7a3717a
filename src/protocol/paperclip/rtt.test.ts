import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RttEstimator } from './rtt.ts';

test('before a sample, the RFC 9002 initial RTT holds', () => {
  const rtt = new RttEstimator();
  assert.equal(rtt.hasSample, false);
  assert.equal(rtt.smoothedMs, 333);
  assert.equal(rtt.ptoMs(20), 333 + 4 * 166.5 + 20);
});

test('the first sample sets everything and ignores the ack delay', () => {
  const rtt = new RttEstimator();
  rtt.onSample(100, 20);
  assert.deepEqual([rtt.latestMs, rtt.minMs, rtt.smoothedMs, rtt.varianceMs], [100, 100, 100, 50]);
});

test('a ledger of samples follows section 5.3, down to the minimum', () => {
  const rtt = new RttEstimator();
  rtt.onSample(100, 0);
  // Adjusted 120 - 20 = 100: variance (3 * 50 + 0) / 4, smoothed stays.
  rtt.onSample(120, 20);
  assert.deepEqual([rtt.smoothedMs, rtt.varianceMs, rtt.minMs], [100, 37.5, 100]);
  // 110 - 20 is below the minimum, which is as far down as an adjusted sample goes.
  rtt.onSample(110, 20);
  assert.deepEqual([rtt.smoothedMs, rtt.varianceMs, rtt.minMs], [100, 28.125, 100]);
  rtt.onSample(80, 0);
  assert.equal(rtt.minMs, 80);
});

test('the loss delay is 9/8 of the larger RTT, and at least a millisecond', () => {
  const rtt = new RttEstimator();
  rtt.onSample(80, 0);
  assert.equal(rtt.lossDelayMs(9 / 8), 90);
  rtt.onSample(160, 0);
  assert.equal(rtt.lossDelayMs(9 / 8), 180);
  const near = new RttEstimator();
  near.onSample(0.01, 0);
  assert.equal(near.lossDelayMs(9 / 8), 1);
  assert.equal(near.ptoMs(20), 0.01 + 1 + 20);
});

test('jitter is how much samples differ from one another, and not how long they are', () => {
  const rtt = new RttEstimator();
  for (let i = 0; i < 100; i++) rtt.onSample(200, 0);
  assert.equal(rtt.jitterMs, 0);
  rtt.onSample(216, 0);
  assert.equal(rtt.jitterMs, 1);
  for (let i = 0; i < 200; i++) rtt.onSample(i % 2 === 0 ? 190 : 210, 0);
  assert.ok(Math.abs(rtt.jitterMs - 20) < 0.1);
  rtt.reset();
  assert.equal(rtt.jitterMs, 0);
});

test('a probe waits for the delay that was seen of late, and a quarter of it', () => {
  const rtt = new RttEstimator();
  rtt.onSample(100, 0);
  assert.equal(rtt.ptoMs(110), 100 + 200 + 20);
  for (let i = 0; i < 100; i++) rtt.onSample(100, 0);
  assert.equal(rtt.ptoMs(110).toFixed(3), '121.000');
  rtt.onSample(148, 48);
  assert.equal(rtt.ptoMs(110).toFixed(3), '161.000');
  // What the peer promised is the most that is ever waited for.
  assert.equal(rtt.ptoMs(50).toFixed(3), '151.000');
  assert.equal(rtt.ptoMs(10).toFixed(3), '111.000');
  // By and by it is forgotten.
  for (let i = 0; i < 20; i++) rtt.onSample(100, 0);
  assert.equal(rtt.ptoMs(110).toFixed(3), '121.000');
});
