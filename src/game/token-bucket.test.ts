import assert from 'node:assert/strict';
import test from 'node:test';
import { TokenBucket } from './token-bucket.ts';

test('a burst is allowed, and then the rate', () => {
  const bucket = new TokenBucket(10, 3, 0);
  const takes = (nowMs: number): boolean => bucket.take(nowMs);
  assert.deepEqual([0, 0, 0, 0].map(takes), [true, true, true, false]);
  assert.deepEqual([99, 100, 100].map(takes), [false, true, false]);
  assert.deepEqual([10_000, 10_000, 10_000, 10_000].map(takes), [true, true, true, false]);
});

test('a clock that runs backwards gives nothing', () => {
  const bucket = new TokenBucket(10, 1, 1000);
  assert.equal(bucket.take(1000), true);
  assert.deepEqual([bucket.take(0), bucket.take(1000), bucket.take(1100)], [false, false, true]);
});
