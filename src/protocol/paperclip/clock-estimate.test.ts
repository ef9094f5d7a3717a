import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ClockEstimate } from './clock-estimate.ts';
import { HostClock } from './host-clock.ts';
import { protocolLimits } from './limits.ts';

/** A quartz clock: so many milliseconds at true time 0, and this fast. */
interface Quartz {
  readonly startMs: number;
  readonly ppm: number;
}
const read = ({ startMs, ppm }: Quartz, trueMs: number) => startMs + trueMs * (1 + ppm / 1e6);

/** What the wire makes of a time: whole microseconds, and delays in steps of 8. */
const onWire = (ms: number, stepUs: number) => (Math.round((ms * 1000) / stepUs) * stepUs) / 1000;

test('one fair round trip gives the offset, and half of it as the bound', () => {
  const estimate = new ClockEstimate();
  estimate.onSample(1000, 5050, 5053, 1103);
  assert.ok(Math.abs(estimate.offsetMs - 4000) < 0.02);
  assert.ok(Math.abs(estimate.errorMs(1103) - 50) < 0.02);
});

test('the bound is made of the fastest packet of each direction, not of one exchange', () => {
  const estimate = new ClockEstimate();
  // 10 there and 90 back, then 90 there and 10 back: neither is a good sample alone.
  estimate.onSample(0, 1010, 1010, 100);
  estimate.onSample(200, 1290, 1290, 300);
  assert.ok(Math.abs(estimate.offsetMs - 1000) < 0.1, `${estimate.offsetMs}`);
  assert.ok(estimate.errorMs(300) < 10.1);
});

const quartz = fc.record({
  startMs: fc.double({ min: 0, max: 1e9, noNaN: true }),
  ppm: fc.double({
    min: -protocolLimits.clockDriftPpm,
    max: protocolLimits.clockDriftPpm,
    noNaN: true,
  }),
});
const step = fc.record({
  waitMs: fc.double({ min: 0, max: 20_000, noNaN: true }),
  thereMs: fc.double({ min: 0, max: 800, noNaN: true }),
  thinkMs: fc.double({ min: 0, max: 25, noNaN: true }),
  backMs: fc.double({ min: 0, max: 800, noNaN: true }),
});

test('the truth is within the bound at every moment, whatever the path and the clocks do', () => {
  fc.assert(
    fc.property(quartz, quartz, fc.array(step, { minLength: 1, maxLength: 60 }), (a, b, steps) => {
      const estimate = new ClockEstimate();
      let trueMs = 0;
      let bestMs = Number.POSITIVE_INFINITY;
      const check = (atMs: number) => {
        const truth = read(b, atMs) - read(a, atMs);
        const now = read(a, atMs);
        const off = Math.abs(estimate.offsetMs - truth);
        // Doubles of a billion milliseconds are good to a tenth of a microsecond.
        assert.ok(off <= estimate.errorMs(now) + 1e-4, `${off} > ${estimate.errorMs(now)}`);
      };
      for (const { waitMs, thereMs, thinkMs, backMs } of steps) {
        const sent = trueMs + waitMs;
        if (estimate.hasSample) check(sent);
        const received = sent + thereMs;
        const answered = received + thinkMs;
        trueMs = answered + backMs;
        const receivedMs = onWire(read(b, received), 1);
        const answeredMs = receivedMs + onWire(read(b, answered) - read(b, received), 8);
        estimate.onSample(read(a, sent), receivedMs, answeredMs, read(a, trueMs));
        check(trueMs);
        bestMs = Math.min(bestMs, thereMs + backMs);
      }
      // And it is worth something: half of the best round trip, and what drift has added since.
      const drift = (2 * protocolLimits.clockDriftPpm * trueMs) / 1e6;
      assert.ok(estimate.errorMs(read(a, trueMs)) <= bestMs / 2 + drift + 1);
    }),
    { numRuns: 300 },
  );
});

test('a clock that stood still is found out with the next answer', () => {
  const estimate = new ClockEstimate();
  estimate.onSample(0, 1010, 1010, 20);
  // A laptop slept for an hour: its clock has not moved, the other's has.
  const slept = 3_600_000;
  estimate.onSample(100, 1110 + slept, 1110 + slept, 120);
  assert.ok(Math.abs(estimate.offsetMs - (1000 + slept)) < 0.1);
  assert.ok(estimate.errorMs(120) < 10.1);
});

test('an answer from before the question, or of no time at all, is not a measurement', () => {
  const estimate = new ClockEstimate();
  estimate.onSample(0, 1010, 1050, 20);
  estimate.onSample(0, Number.NaN, Number.NaN, 20);
  assert.equal(estimate.hasSample, false);
});

test("a host's clock runs evenly over small corrections, and is set again after a step", () => {
  let wrongMs = 0;
  const clock = new HostClock((nowMs) => 1_000_000 + nowMs + wrongMs, 0);
  const { clockStepMs, clockCheckMs } = protocolLimits;
  assert.equal(clock.offsetMs(0), 1_000_000);
  wrongMs = clockStepMs;
  assert.equal(clock.offsetMs(clockCheckMs), 1_000_000);
  wrongMs = -7_200_000;
  assert.equal(clock.offsetMs(2 * clockCheckMs - 1), 1_000_000, 'it is not looked at all the time');
  assert.equal(clock.offsetMs(2 * clockCheckMs), 1_000_000 - 7_200_000);
});
