// The window of each key, in the time that node:test lets us set.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRateLimiter } from './rate-limiter.ts';

test('calls up to the limit pass, the next are told how long to wait', async (context) => {
  context.mock.timers.enable({ apis: ['Date', 'setTimeout'], now: 1_000_000 });
  const limiter = createRateLimiter();
  for (let call = 0; call < 3; call++) assert.equal(await limiter.take('a', 3, 60), 0);
  assert.equal(await limiter.take('a', 3, 60), 60);
  context.mock.timers.tick(58_500);
  assert.equal(await limiter.take('a', 3, 60), 2);
  context.mock.timers.tick(1_500);
  assert.equal(await limiter.take('a', 3, 60), 0);
});

test('keys and limits do not touch each other', async () => {
  const limiter = createRateLimiter();
  assert.equal(await limiter.take('a', 1, 60), 0);
  assert.equal(await limiter.take('b', 1, 60), 0);
  assert.equal(await limiter.take('a', 2, 60), 0);
  assert.notEqual(await limiter.take('a', 1, 60), 0);
  for (const key of ['', '__proto__', 'x'.repeat(10_000)]) {
    assert.equal(await limiter.take(key, 1, 60), 0);
  }
});
