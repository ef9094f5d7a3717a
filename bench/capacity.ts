// How many players one host process carries: thousands of connections that echo at the rate of a
// game, and thousands that are idle. Time of an echo, memory per connection, CPU per message. The
// load generator is a process of its own. In the same run, with the same load:
//
//   UDP alone (C)              what the kernel takes, whatever a protocol does
//   UDP and the cipher (Node)  what an encrypted host on Node takes besides, without any protocol
//   Colyseus                   a room server over WebSocket, as it comes, and over TLS
//
//   npm ci --prefix bench/colyseus            once; without it, Colyseus is left out
//   npm run bench:capacity                    about 5 minutes
//   npm run bench:capacity -- --rounds 3      about 13 minutes: the medians of three runs
//   npm run bench:capacity -- --connections 500 --idle 2000 --json capacity.json
//   npm run bench:capacity -- --only "paperclip; Colyseus 0.18"
//   npm run bench:capacity -- --snapshot 1    writes a heap snapshot of the idle host
//   npm run bench:capacity -- --profile 1     writes CPU profiles of the hosts

import type { HostCalls, ListenInput, LoadCalls, UseReport } from './capacity/calls.ts';
import { echoRow, medianRow, memoryPer } from './capacity/echo-row.ts';
import type { EchoLoad } from './capacity/load.ts';
import {
  type CapacityResult,
  type EchoRow,
  echoTable,
  type IdleRow,
  idleTable,
  serverNames,
} from './capacity/result.ts';
import { type Server, servers } from './capacity/servers.ts';
import { Child } from './harness/calls.ts';
import { sleepMs } from './harness/clock.ts';
import { machine, machineText } from './harness/machine.ts';
import { commandLine, say, writeJson } from './harness/options.ts';
import { rounded } from './harness/statistics.ts';

const { numbers, only, jsonFile } = commandLine(
  {
    connections: { default: 2000, min: 1, max: 20_000 },
    hz: { default: 20, min: 1, max: 1000 },
    bytes: { default: 64, min: 12, max: 1000 },
    seconds: { default: 15, min: 1, max: 600 },
    rounds: { default: 1, min: 1, max: 100 },
    idle: { default: 10_000, min: 0, max: 60_000 },
    'idle-seconds': { default: 25, min: 1, max: 600 },
    snapshot: { default: 0, min: 0, max: 1 },
    profile: { default: 0, min: 0, max: 1 },
  },
  servers.map(({ name }) => name),
);
const load: EchoLoad = {
  hz: numbers.hz,
  bytes: numbers.bytes,
  durationMs: 1000 * numbers.seconds,
};
/** New connections that wait for their handshake at the same time. */
const dialsAtOnce = 16;
/** After the last handshake: what belongs to it is gone by then. */
const settleMs = 8_000;

const present = servers.filter(({ name, missing }) => {
  const isWanted = only.length === 0 || only.includes(name);
  if (isWanted && missing !== undefined) say(`without ${name}: ${missing}`);
  return isWanted && missing === undefined;
});
// Half the connections first: whether the cost of a message grows with their number.
const counts = [Math.ceil(numbers.connections / 2), numbers.connections];
const runs = present.flatMap((server) =>
  counts.map((count) => ({ server, count, rows: [] as EchoRow[] })),
);
for (let round = 1; round <= numbers.rounds; round++) {
  for (const { server, count, rows } of runs) {
    say(`round ${round} of ${numbers.rounds}, ${server.name}: ${count} connections`);
    rows.push(await runEchoes(server, count));
  }
}
const idle: IdleRow[] = [];
// Colyseus' clients cannot share a socket, and nobody asked how many of it idle.
const idler = present.find(({ name }) => name === serverNames.paperclip);
if (numbers.idle > 0 && idler !== undefined) {
  say(`${idler.name}: ${numbers.idle} idle connections`);
  idle.push(await runIdle(idler));
}
const result: CapacityResult = {
  benchmark: 'capacity',
  machine: machine(),
  load,
  rounds: numbers.rounds,
  echo: runs.map(({ rows }) => medianRow(rows)),
  idle,
};
writeJson(jsonFile, result);
const medians = numbers.rounds > 1 ? `, medians of ${numbers.rounds} rounds` : '';
console.log(`${machineText(result.machine)}${medians}\n`);
console.log(`${echoTable(result)}\n\n${idleTable(result)}`);

async function withServer<T>(
  server: Server,
  use: (host: Child<HostCalls>, load: Child<LoadCalls>) => Promise<T>,
): Promise<T> {
  const profile = numbers.profile === 1 ? ['--cpu-prof'] : [];
  const host = new Child<HostCalls>(server.host, { nodeOptions: ['--expose-gc', ...profile] });
  const generator = new Child<LoadCalls>(server.load);
  try {
    return await use(host, generator);
  } finally {
    await Promise.all([generator.end(), host.end()]);
  }
}

function runEchoes(server: Server, count: number): Promise<EchoRow> {
  return withServer(server, async (host, generator) => {
    const ready = await host.call('listen', listenInput(server, count));
    const before = await host.call('use', true);
    await generator.call('connect', { ...ready, count, atOnce: dialsAtOnce });
    await waitForLinks(host, count);
    const start = await host.call('use', false);
    const report = await generator.call('echo', load);
    const end = await host.call('use', false);
    const after = await host.call('use', true);
    if ((await generator.call('ended', undefined)) > 0) throw new Error('connections ended');
    const memory = memoryPer(count, before, after);
    return echoRow({ server: server.name, connections: count, report, start, end, memory });
  });
}

function listenInput({ overTls = false }: Server, connectionsMax: number): ListenInput {
  return { connectionsMax, overTls };
}

function runIdle(server: Server): Promise<IdleRow> {
  const count = numbers.idle;
  return withServer(server, async (host, generator) => {
    const ready = await host.call('listen', listenInput(server, count));
    const before = await host.call('use', true);
    const empty = await use(host, numbers['idle-seconds'] / 5);
    const startMs = performance.now();
    await generator.call('connect', { ...ready, count, atOnce: dialsAtOnce });
    const connectMs = performance.now() - startMs;
    await waitForLinks(host, count);
    await sleepMs(settleMs);
    const after = await host.call('use', true);
    const kept = await use(host, numbers['idle-seconds']);
    const memory = memoryPer(count, before, after);
    if (memory === undefined) throw new Error(`${server.name} does not say what it uses`);
    if (numbers.snapshot === 1) say(await host.call('heapSnapshot', 'idle-host.heapsnapshot'));
    if ((await generator.call('ended', undefined)) > 0) throw new Error('connections ended');
    return {
      server: server.name,
      connections: count,
      connectsPerS: Math.round((1000 * count) / connectMs),
      memory,
      cpuMsPerS: rounded(kept.cpuMsPerS, 2),
      emptyCpuMsPerS: rounded(empty.cpuMsPerS, 2),
      datagramsPerS: rounded(kept.datagramsPerS, 1),
    };
  });
}

/** A client has its link before its host has: the first packet has to arrive. */
async function waitForLinks(host: Child<HostCalls>, count: number): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if ((await host.call('use', false)).links === count) return;
    await sleepMs(50);
  }
  throw new Error(`not all of ${count} connections are there`);
}

/** CPU and datagrams per second of a host that is left alone for so long. */
async function use(host: Child<HostCalls>, seconds: number) {
  const from = await host.call('use', false);
  await sleepMs(1000 * seconds);
  const to = await host.call('use', false);
  const s = (to.atMs - from.atMs) / 1000;
  const datagrams = ({ traffic }: UseReport) =>
    traffic === undefined ? Number.NaN : traffic.datagramsIn + traffic.datagramsOut;
  return {
    cpuMsPerS: (to.cpuUs - from.cpuUs) / 1000 / s,
    datagramsPerS: (datagrams(to) - datagrams(from)) / s,
  };
}
