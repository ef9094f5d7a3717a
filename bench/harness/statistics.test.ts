import assert from 'node:assert/strict';
import { test } from 'node:test';
import { curveShares, distribution, median, quantile } from './statistics.ts';

test('a quantile is a value that was measured, and no smaller one would do', () => {
  const values = [10, 20, 30, 40];
  assert.equal(quantile(values, 0), 10);
  assert.equal(quantile(values, 0.25), 10);
  assert.equal(quantile(values, 0.26), 20);
  assert.equal(quantile(values, 1), 40);
  assert.ok(Number.isNaN(quantile([], 0.5)));
  assert.equal(median([3, 1, 2]), 2);
});

test('a distribution sorts, and its curve goes from the median to one in ten thousand', () => {
  const shuffled = Array.from({ length: 10_000 }, (_, i) => ((i * 7919) % 10_000) + 1);
  const { p50, p99, p999, max, curve } = distribution(shuffled);
  assert.deepEqual([p50, p99, p999, max], [5000, 9900, 9990, 10_000]);
  assert.equal(curve.length, curveShares.length);
  assert.equal(curve[0], 5000);
  assert.equal(curve.at(-1), 10_000);
});
