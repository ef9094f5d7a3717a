// The pair in memory keeps the contract of byte streams, however it cuts.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byteStreamContract } from '../driver/byte-stream.suite.ts';
import { type Chunking, memoryStreamPair } from './memory-streams.ts';

for (const chunking of ['whole', 'random'] as const) {
  byteStreamContract(`memory, ${chunking}`, async (limits) => ({
    ...memoryStreamPair({ ...limits, chunking, seed: 3 }),
    close: async () => {},
  }));
}

/** Lengths of the chunks in which 40 bytes arrive. */
async function chunksOf(chunking: Chunking, seed: number): Promise<readonly number[]> {
  const { host, client } = memoryStreamPair({ chunking, seed });
  const lengths: number[] = [];
  const ended = new Promise<void>((done) => {
    host.onEnd = done;
  });
  host.onData = ({ length }) => lengths.push(length);
  client.write(new Uint8Array(10));
  client.write(new Uint8Array(30));
  client.end();
  await ended;
  return lengths;
}

test('a seed says how bytes are cut', async () => {
  assert.deepEqual(await chunksOf('whole', 1), [10, 30]);
  assert.deepEqual(await chunksOf('bytes', 1), Array(40).fill(1));
  assert.deepEqual(await chunksOf('random', 1), await chunksOf('random', 1));
  assert.notDeepEqual(await chunksOf('random', 1), await chunksOf('random', 2));
});
