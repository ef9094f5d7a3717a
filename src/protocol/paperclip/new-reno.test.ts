import assert from 'node:assert/strict';
import { test } from 'node:test';
import { protocolLimits } from './limits.ts';
import { NewReno } from './new-reno.ts';
import { RttEstimator } from './rtt.ts';

const rtt = new RttEstimator();
rtt.onSample(100, 0);

test('a ledger of slow start, loss, recovery and avoidance', () => {
  const reno = new NewReno(1200);
  assert.equal(reno.windowBytes, 12_000);
  // Slow start: every acknowledged byte counts.
  reno.onPacketAcked(0, 1200, false);
  assert.equal(reno.windowBytes, 13_200);
  // Loss at 110 of a packet sent at 50: half.
  reno.onLost(110, 50, 1200, false);
  assert.equal(reno.windowBytes, 6600);
  // Another of the same flight changes nothing, nor do acks of that flight.
  reno.onLost(120, 100, 1200, false);
  reno.onPacketAcked(105, 1200, false);
  assert.equal(reno.windowBytes, 6600);
  // Avoidance: one packet more for a window acknowledged.
  reno.onPacketAcked(111, 6600, false);
  assert.equal(reno.windowBytes, 7800);
  // A packet sent after the recovery began, lost: half again.
  reno.onLost(300, 112, 1200, false);
  assert.equal(reno.windowBytes, 4800);
});

test('an application that does not use the window does not grow it', () => {
  const reno = new NewReno(1200);
  reno.onPacketAcked(0, 1200, true);
  assert.equal(reno.windowBytes, 12_000);
});

test('repeated loss ends at four packets, and persistent congestion goes there at once', () => {
  const reno = new NewReno(1200);
  for (let at = 1; at < 10; at++) reno.onLost(at * 10, at * 10 - 1, 1200, false);
  assert.equal(reno.windowBytes, 4800);
  const dead = new NewReno(1200);
  dead.onLost(10, 5, 1200, true);
  assert.equal(dead.windowBytes, 4800);
  // After it, slow start up to half of what was.
  dead.onPacketAcked(4, 1200, false);
  assert.equal(dead.windowBytes, 6000);
});

test('the window stops growing at its cap', () => {
  const reno = new NewReno(1200);
  for (let i = 0; i < 40; i++) reno.onPacketAcked(0, reno.windowBytes, false);
  assert.ok(reno.windowBytes < 2 * protocolLimits.congestionWindowBytesMax);
  const before = reno.windowBytes;
  reno.onPacketAcked(0, 1200, false);
  assert.equal(reno.windowBytes, before);
});

test('a reduction for packets that arrived after all is taken back', () => {
  const reno = new NewReno(1200);
  reno.onLost(110, 50, 1200, false);
  reno.onPacketAcked(111, 1200, false);
  reno.onLossUndone();
  assert.deepEqual([reno.windowBytes, reno.state], [12_000, 'slow start']);
  // The packets of that time may be lost in earnest.
  reno.onLost(130, 60, 1200, false);
  assert.equal(reno.windowBytes, 6000);
});

test('longer packets lift the minimum window', () => {
  const reno = new NewReno(1200);
  for (let at = 1; at < 10; at++) reno.onLost(at * 10, at * 10 - 1, 1200, false);
  reno.onDatagramBytes(1452);
  assert.equal(reno.windowBytes, 5808);
});

test('the pacing rate is 1.25 windows per RTT', () => {
  assert.equal(new NewReno(1200).pacingRate(rtt), 150);
});
