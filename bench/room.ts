// How many people one room carries: thousands who are there and listen, some who talk, each message
// to all, over the text protocol through a whole server. Deliveries per second, time from a talker
// to another, memory per connection; and what one who stops reading does to the others.
//
//   npm run bench:room                        about 2 minutes
//   npm run bench:room -- --idle 1000 --talkers 50 --json room.json
//   npm run bench:room -- --profile 1         writes a CPU profile of the server

import { Child } from './harness/calls.ts';
import { sleepMs } from './harness/clock.ts';
import { machine, machineText } from './harness/machine.ts';
import { commandLine, say, writeJson } from './harness/options.ts';
import { rounded } from './harness/statistics.ts';
import type { LoadCalls, TalkReport } from './room/load-process.ts';
import { type RoomResult, type RoomRow, roomMemoryText, roomTable } from './room/result.ts';
import type { ServerCalls } from './room/server-process.ts';

const { numbers, jsonFile } = commandLine(
  {
    idle: { default: 5_000, min: 0, max: 15_000 },
    talkers: { default: 200, min: 2, max: 1_000 },
    'messages-per-s': { default: 20, min: 1, max: 400 },
    bytes: { default: 64, min: 32, max: 900 },
    seconds: { default: 15, min: 1, max: 300 },
    profile: { default: 0, min: 0, max: 1 },
  },
  [],
);
const { talkers } = numbers;

const server = new Child<ServerCalls>(new URL('./room/server-process.ts', import.meta.url), {
  nodeOptions: ['--expose-gc', ...(numbers.profile === 1 ? ['--cpu-prof'] : [])],
});
const load = new Child<LoadCalls>(new URL('./room/load-process.ts', import.meta.url));
try {
  const { port } = await server.call('listen', undefined);
  const rows: RoomRow[] = [];
  say(`${talkers} talkers`);
  await load.call('join', { port, talkers, count: talkers });
  rows.push(await talk('talkers alone', talkers));
  const before = await server.call('use', true);
  const startMs = performance.now();
  say(`${numbers.idle} more, who listen`);
  const count = talkers + numbers.idle;
  await load.call('join', { port, talkers, count });
  const loginsPerS = (1000 * numbers.idle) / (performance.now() - startMs);
  await sleepMs(2_000);
  const after = await server.call('use', true);
  rows.push(await talk('talkers and listeners', count));
  say('one of them stops reading');
  await load.call('stopReading', count - 1);
  rows.push(await talk('one has stopped reading', count));
  const result: RoomResult = {
    benchmark: 'room',
    machine: machine(),
    memory: {
      rssBytes: Math.round((after.rssBytes - before.rssBytes) / Math.max(1, numbers.idle)),
      heapBytes: Math.round(
        (after.heapBytes + after.externalBytes - before.heapBytes - before.externalBytes) /
          Math.max(1, numbers.idle),
      ),
    },
    loginsPerS,
    rows,
  };
  writeJson(jsonFile, result);
  console.log(
    `${machineText(result.machine)}\n\n${roomTable(result)}\n\n${roomMemoryText(result)}`,
  );
} finally {
  await load.call('close', undefined);
  await server.call('close', undefined);
  await Promise.all([load.end(), server.end()]);
}

async function talk(name: string, connections: number): Promise<RoomRow> {
  const start = await server.call('use', false);
  const report: TalkReport = await load.call('talk', {
    talkers,
    messagesPerS: numbers['messages-per-s'],
    durationMs: 1000 * numbers.seconds,
    bytes: numbers.bytes,
  });
  const end = await server.call('use', false);
  const cpuUs = end.cpuUs - start.cpuUs;
  const seconds = report.elapsedMs / 1000;
  return {
    name,
    connections,
    talkers,
    messagesPerS: rounded(report.said / seconds, 1),
    deliveriesPerS: Math.round(report.delivered / seconds),
    deliveredShare: report.delivered / (report.said * (connections - 1)),
    latencyMs: report.latencyMs,
    // The server's time holds the warm-up and the settling: as much work per message.
    serverCpuUsPerDelivery: rounded(
      cpuUs / (report.delivered * ((end.atMs - start.atMs) / report.elapsedMs)),
      2,
    ),
    serverBusy: rounded(cpuUs / 1000 / (end.atMs - start.atMs), 3),
    ended: report.ended,
  };
}
