import assert from 'node:assert/strict';
import { test } from 'node:test';
import { handshakeLimits } from './handshake-limits.ts';
import { LoadGauge } from './load-gauge.ts';

const limits = handshakeLimits;

/** Evenly spread. Returns the time after the last. */
function knock(gauge: LoadGauge, fromMs: number, perSecond: number, forMs: number): number {
  const count = Math.floor((perSecond * forMs) / 1_000);
  for (let i = 0; i < count; i++) gauge.handleKnock(fromMs + (i * 1_000) / perSecond, 0);
  return fromMs + forMs;
}

test('a burst and then the rate are no load; one more is', () => {
  const gauge = new LoadGauge(0);
  for (let i = 0; i < limits.loadKnocksBurst; i++) gauge.handleKnock(0, 0);
  assert.equal(gauge.isUnderLoad(0), false);
  const laterMs = knock(gauge, 0, 0.9 * limits.loadKnocksPerSecond, 10_000);
  assert.equal(gauge.isUnderLoad(laterMs), false);
  knock(gauge, laterMs, 2 * limits.loadKnocksPerSecond, 1_000);
  assert.equal(gauge.isUnderLoad(laterMs + 1_000), true);
});

test('load ends a while after the flood, and once; knocks at a usual rate do not keep it', () => {
  const gauge = new LoadGauge(0);
  let nowMs = knock(gauge, 0, 50_000, 500);
  assert.equal(gauge.isUnderLoad(nowMs), true);
  assert.equal(gauge.isUnderLoad(nowMs + limits.loadCalmMs - 1), true);
  nowMs = knock(gauge, nowMs, 0.5 * limits.loadKnocksPerSecond, 2 * limits.loadCalmMs);
  assert.equal(gauge.isUnderLoad(nowMs), false);
  assert.equal(gauge.engagedCount, 1);
});

test('a flood in waves is one load', () => {
  const gauge = new LoadGauge(0);
  for (let wave = 0; wave < 10; wave++) {
    const endMs = knock(gauge, wave * limits.loadCalmMs, 50_000, 100);
    assert.equal(gauge.isUnderLoad(endMs), true);
  }
  assert.equal(gauge.engagedCount, 1);
});

test('many half-open handshakes are load until there are few', () => {
  const gauge = new LoadGauge(0);
  gauge.handleKnock(0, limits.loadHalfOpenOn - 1);
  assert.equal(gauge.isUnderLoad(0), false);
  gauge.handleKnock(1, limits.loadHalfOpenOn);
  assert.equal(gauge.isUnderLoad(1), true);
  for (let nowMs = 100; nowMs <= 10_000; nowMs += 100) {
    gauge.handleKnock(nowMs, limits.loadHalfOpenOff);
    assert.equal(gauge.isUnderLoad(nowMs), true);
  }
  gauge.handleKnock(10_100, limits.loadHalfOpenOff - 1);
  assert.equal(gauge.isUnderLoad(10_000 + limits.loadCalmMs), false);
});

test('a late event loop is load until it is in time again', () => {
  const gauge = new LoadGauge(0);
  gauge.handleDelay(0, limits.loadDelayMsOn - 1);
  assert.equal(gauge.isUnderLoad(0), false);
  gauge.handleDelay(1_000, limits.loadDelayMsOn);
  assert.equal(gauge.isUnderLoad(1_000), true);
  gauge.handleDelay(2_000, limits.loadDelayMsOff);
  gauge.handleDelay(3_000, limits.loadDelayMsOff - 1);
  assert.equal(gauge.isUnderLoad(2_000 + limits.loadCalmMs - 1), true);
  assert.equal(gauge.isUnderLoad(2_000 + limits.loadCalmMs), false);
});
