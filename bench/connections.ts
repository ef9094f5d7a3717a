// What thousands of new connections a second from one address cost a server, and those who play on
// it: a flood at the port of the text protocol, beside people who talk in the room.
//
//   npm run bench:connections                 about 30 seconds
//   npm run bench:connections -- --per-s 2000 --seconds 5

import type { FloodCalls } from './connections/flood-process.ts';
import { Child } from './harness/calls.ts';
import { sleepMs } from './harness/clock.ts';
import { machine, machineText } from './harness/machine.ts';
import { commandLine, say } from './harness/options.ts';
import { figure, markdownTable, percent } from './harness/table.ts';
import type { LoadCalls, TalkReport } from './room/load-process.ts';
import type { ServerCalls } from './room/server-process.ts';

const { numbers } = commandLine(
  {
    'per-s': { default: 10_000, min: 1, max: 100_000 },
    seconds: { default: 8, min: 2, max: 60 },
    talkers: { default: 50, min: 2, max: 200 },
  },
  [],
);
const { talkers } = numbers;
const durationMs = 1000 * numbers.seconds;
/** The talkers warm up so long before they are measured. */
const warmUpMs = 3_000;

const server = new Child<ServerCalls>(new URL('./room/server-process.ts', import.meta.url), {
  nodeOptions: ['--expose-gc'],
});
const load = new Child<LoadCalls>(new URL('./room/load-process.ts', import.meta.url));
const flooder = new Child<FloodCalls>(new URL('./connections/flood-process.ts', import.meta.url));
try {
  const { port } = await server.call('listen', undefined);
  await load.call('join', { port, talkers, count: talkers });
  say('without a flood');
  const before = await talk();
  say(`${numbers['per-s']} connections a second from one address`);
  const talking = talk();
  await sleepMs(warmUpMs);
  const from = await server.call('use', true);
  const flood = await flooder.call('flood', { port, perS: numbers['per-s'], durationMs });
  const to = await server.call('use', true);
  const during = await talking;
  const seconds = flood.elapsedMs / 1000;
  console.log(machineText(machine()));
  console.log(
    `\n${figure(flood.opened / seconds)} connections a second came, ` +
      `${percent(flood.turnedAway / flood.opened)} were turned away. The server was busy ` +
      `${percent((to.cpuUs - from.cpuUs) / 1000 / (to.atMs - from.atMs))} of a core, with ` +
      `${figure((to.rssBytes - from.rssBytes) / 1024 / 1024)} MiB more.\n`,
  );
  console.log(
    markdownTable<{ readonly name: string; readonly report: TalkReport }>(
      [
        { head: 'people who talk', cell: ({ name }) => name },
        { head: 'p50, ms', cell: ({ report }) => figure(report.latencyMs.p50) },
        { head: 'p99, ms', cell: ({ report }) => figure(report.latencyMs.p99) },
        { head: 'lost their connection', cell: ({ report }) => String(report.ended) },
      ],
      [
        { name: 'without the flood', report: before },
        { name: 'during it', report: during },
      ],
    ),
  );
} finally {
  await load.call('close', undefined);
  await server.call('close', undefined);
  await Promise.all([flooder.end(), load.end(), server.end()]);
}

function talk(): Promise<TalkReport> {
  return load.call('talk', { talkers, messagesPerS: 20, durationMs, bytes: 64 });
}
