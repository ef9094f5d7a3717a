// How many players one host process carries: thousands of connections that echo at the rate of a
// game, and thousands that are idle. Time of an echo, memory per connection, CPU per message. The
// load generator is a process of its own; beside it a Colyseus room server does the same.
//
//   npm ci --prefix bench/colyseus            once; without it, Colyseus is left out
//   npm run bench:capacity                    about 3 minutes
//   npm run bench:capacity -- --connections 500 --idle 2000 --json capacity.json
//   npm run bench:capacity -- --snapshot 1    writes a heap snapshot of the idle host
//   npm run bench:capacity -- --profile 1     writes CPU profiles of the hosts

import { existsSync } from 'node:fs';
import type { HostCalls } from './capacity/host-process.ts';
import type { HostUse } from './capacity/host-use.ts';
import type { EchoLoad, EchoReport } from './capacity/load.ts';
import type { LoadCalls } from './capacity/load-process.ts';
import {
  type CapacityResult,
  type EchoRow,
  echoTable,
  type IdleRow,
  idleTable,
  type Memory,
} from './capacity/result.ts';
import { Child } from './harness/calls.ts';
import { sleepMs } from './harness/clock.ts';
import { machine, machineText } from './harness/machine.ts';
import { commandLine, say, writeJson } from './harness/options.ts';
import { rounded } from './harness/statistics.ts';

/** What a server of either kind answers to. */
interface Server {
  readonly name: string;
  readonly host: URL;
  readonly load: URL;
  /** Why it cannot run here; undefined: it can. */
  readonly missing?: string;
}

const here = (path: string) => new URL(path, import.meta.url);
const colyseusFolder = here('./colyseus/node_modules/');
const servers: readonly Server[] = [
  {
    name: 'paperclip',
    host: here('./capacity/host-process.ts'),
    load: here('./capacity/load-process.ts'),
  },
  {
    name: 'Colyseus 0.18',
    host: here('./colyseus/server-process.js'),
    load: here('./colyseus/load-process.js'),
    ...(!existsSync(colyseusFolder) && { missing: 'npm ci --prefix bench/colyseus' }),
  },
];

const { numbers, only, jsonFile } = commandLine(
  {
    connections: { default: 2000, min: 1, max: 20_000 },
    hz: { default: 20, min: 1, max: 1000 },
    bytes: { default: 64, min: 12, max: 1000 },
    seconds: { default: 15, min: 1, max: 600 },
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

const echo: EchoRow[] = [];
const idle: IdleRow[] = [];
for (const server of servers) {
  if (only.length > 0 && !only.includes(server.name)) continue;
  if (server.missing !== undefined) {
    say(`without ${server.name}: ${server.missing}`);
    continue;
  }
  // Half the connections first: whether the cost of a message grows with their number.
  for (const count of [Math.ceil(numbers.connections / 2), numbers.connections]) {
    say(`${server.name}: ${count} connections`);
    echo.push(await runEchoes(server, count));
  }
  // Colyseus' clients cannot share a socket, and nobody asked how many of it idle.
  if (numbers.idle > 0 && server.name === 'paperclip') {
    say(`${server.name}: ${numbers.idle} idle connections`);
    idle.push(await runIdle(server));
  }
}
const result: CapacityResult = { benchmark: 'capacity', machine: machine(), load, echo, idle };
writeJson(jsonFile, result);
console.log(`${machineText(result.machine)}\n\n${echoTable(result)}\n\n${idleTable(result)}`);

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
    const ready = await host.call('listen', { connectionsMax: count });
    const before = await host.call('use', true);
    await generator.call('connect', { ...ready, count, atOnce: dialsAtOnce });
    await waitForLinks(host, count);
    const start = await host.call('use', false);
    const report = await generator.call('echo', load);
    const end = await host.call('use', false);
    const after = await host.call('use', true);
    if ((await generator.call('ended', undefined)) > 0) throw new Error('connections ended');
    return echoRow(server.name, count, report, start, end, memoryPer(count, before, after));
  });
}

function echoRow(
  server: string,
  connections: number,
  report: EchoReport,
  start: HostUse,
  end: HostUse,
  memory: Memory,
): EchoRow {
  // The host's time holds the warm-up too, which is as much work per message.
  const { sent, echoed, warmUpSent, roundTripMs, cpuUs, elapsedMs } = report;
  const hostCpuUs = end.cpuUs - start.cpuUs;
  return {
    server,
    connections,
    sent,
    echoed,
    roundTripMs,
    hostCpuUsPerEcho: rounded(hostCpuUs / (sent + warmUpSent), 2),
    hostBusy: rounded((hostCpuUs / 1000 / elapsedMs) * (sent / (sent + warmUpSent)), 3),
    generatorBusy: rounded(cpuUs / 1000 / elapsedMs, 3),
    memory,
  };
}

function runIdle(server: Server): Promise<IdleRow> {
  const count = numbers.idle;
  return withServer(server, async (host, generator) => {
    const ready = await host.call('listen', { connectionsMax: count });
    const before = await host.call('use', true);
    const empty = await use(host, numbers['idle-seconds'] / 5);
    const startMs = performance.now();
    await generator.call('connect', { ...ready, count, atOnce: dialsAtOnce });
    const connectMs = performance.now() - startMs;
    await waitForLinks(host, count);
    await sleepMs(settleMs);
    const after = await host.call('use', true);
    const kept = await use(host, numbers['idle-seconds']);
    if (numbers.snapshot === 1) say(await host.call('heapSnapshot', 'idle-host.heapsnapshot'));
    if ((await generator.call('ended', undefined)) > 0) throw new Error('connections ended');
    return {
      server: server.name,
      connections: count,
      connectsPerS: Math.round((1000 * count) / connectMs),
      memory: memoryPer(count, before, after),
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
  const datagrams = ({ traffic }: typeof from) => traffic.datagramsIn + traffic.datagramsOut;
  return {
    cpuMsPerS: (to.cpuUs - from.cpuUs) / 1000 / s,
    datagramsPerS: (datagrams(to) - datagrams(from)) / s,
  };
}

function memoryPer(count: number, before: HostUse, after: HostUse): Memory {
  const per = (name: 'rssBytes' | 'heapBytes' | 'externalBytes') =>
    Math.round((after[name] - before[name]) / count);
  return {
    rssBytes: per('rssBytes'),
    heapBytes: per('heapBytes'),
    externalBytes: per('externalBytes'),
  };
}
