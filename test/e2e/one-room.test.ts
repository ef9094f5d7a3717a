import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serve } from '../../src/app/server/index.ts';
import { silentLog } from '../../src/contract/telemetry.ts';
import { playOneRoom } from './one-room.ts';

test('players of four wires talk in one room and play one guessing game', {
  timeout: 90_000,
}, async () => {
  const server = await serve({
    port: 0,
    udpPort: 0,
    hosts: 1,
    data: ':memory:',
    log: silentLog,
  });
  try {
    const { results } = await playOneRoom(server);
    const names = results.map((name) => name.replace(/#\d+$/, ''));
    assert.deepEqual(names.toSorted(), ['mara', 'nina', 'robo', 'walt']);
  } finally {
    await server.close();
  }
});
