import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';

test('an error of a handler surfaces as uncaught, and the link and its driver go on', async () => {
  const worker = new Worker(new URL('./handler-error.fixture.ts', import.meta.url));
  const [result] = await once(worker, 'message');
  assert.deepEqual(result, { echoed: 2, surfaced: ['a mistake of the application'] });
  await worker.terminate();
});
