import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TokenBucket } from './token-bucket.ts';

const takes = (bucket: TokenBucket, nowMs: number): number => {
  let taken = 0;
  while (bucket.take(nowMs)) taken++;
  return taken;
};

test('a bucket gives its burst at once, then its rate, and never saves more than its burst', () => {
  const bucket = new TokenBucket(20, 5, 1_000);
  assert.equal(takes(bucket, 1_000), 5);
  assert.equal(takes(bucket, 1_049), 0);
  assert.equal(takes(bucket, 1_050), 1);
  assert.equal(takes(bucket, 1_250), 4);
  assert.equal(takes(bucket, 100_000), 5);
});

test('over a long time no more than burst and rate come out, however often it is asked', () => {
  const bucket = new TokenBucket(20, 5, 0);
  let taken = 0;
  for (let nowMs = 0; nowMs < 10_000; nowMs++) taken += takes(bucket, nowMs);
  assert.ok(taken >= 203 && taken <= 205, `${taken}`);
});

test('time that runs backwards fills nothing, and does not fill twice when it comes again', () => {
  const bucket = new TokenBucket(20, 5, 1_000);
  assert.equal(takes(bucket, 1_000), 5);
  assert.equal(takes(bucket, 0), 0);
  assert.equal(takes(bucket, 1_000), 0);
  assert.equal(bucket.fullness(1_125), 0.5);
});

test('several tokens are taken together or not at all', () => {
  const bucket = new TokenBucket(20, 5, 0);
  assert.deepEqual([bucket.take(0, 3), bucket.take(0, 3), bucket.take(0, 2)], [true, false, true]);
});
