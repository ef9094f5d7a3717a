import assert from 'node:assert/strict';
import { test } from 'node:test';
import { congestionFactory } from './congestion-choice.ts';
import { protocolLimits } from './limits.ts';
import { RttEstimator } from './rtt.ts';

test('a choice becomes its controller, and none becomes the adaptive one', () => {
  assert.equal(congestionFactory(undefined)(0, 1200).state, 'start-up');
  assert.equal(congestionFactory('adaptive')(0, 1200).state, 'start-up');
  assert.equal(congestionFactory('new-reno')(0, 1200).state, 'slow start');
  assert.equal(congestionFactory({ bytesPerSecond: 1e6 })(0, 1200).state, 'fixed rate');
});

test('a choice that cannot be is refused, with what can', () => {
  for (const wrong of ['bbr', 7, null, {}, { bytesPerSecond: '1' }]) {
    // @ts-expect-error: what programs without types write.
    assert.throws(() => congestionFactory(wrong), /congestion must be 'adaptive'/);
  }
  for (const wrong of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1e11]) {
    assert.throws(() => congestionFactory({ bytesPerSecond: wrong }), /bytesPerSecond is/);
  }
});

test('a fixed rate paces at it, and bounds what is in flight by a second of it', () => {
  const fixed = congestionFactory({ bytesPerSecond: 2_000_000 })(0, 1200);
  const rtt = new RttEstimator();
  rtt.onSample(10, 0);
  assert.equal(fixed.pacingRate(rtt), 2000);
  assert.equal(fixed.windowBytes, 2_000_000);
  fixed.onLost(100, 50, 12_000, true);
  assert.deepEqual([fixed.windowBytes, fixed.pacingRate(rtt)], [2_000_000, 2000]);
  const far = new RttEstimator();
  far.onSample(500, 0);
  fixed.pacingRate(far);
  assert.equal(fixed.windowBytes, 4_000_000);
  const slow = congestionFactory({ bytesPerSecond: 1200 })(0, 1200);
  assert.equal(slow.windowBytes, protocolLimits.minimumWindowPackets * 1200);
});
