// What 500 clients of the lobby protocol cost, on each of its framings, while players and games
// change all the time: how often each client hears of one of them, how late, and what one client
// that reads no more does to the others.
//
//   npm run bench:lobby                       about 5 minutes
//   npm run bench:lobby -- --clients 100 --seconds 5 --json lobby.json

import type { LobbyFormat } from '../src/client/lobby/connect-lobby.ts';
import { Child } from './harness/calls.ts';
import { sleepMs } from './harness/clock.ts';
import { machine, machineText } from './harness/machine.ts';
import { commandLine, say, writeJson } from './harness/options.ts';
import { rounded } from './harness/statistics.ts';
import type { ChangeLoad, LoadCalls } from './lobby/load-process.ts';
import {
  type LobbyFramingResult,
  type LobbyResult,
  type LobbyRow,
  lobbyMemoryText,
  lobbyTable,
} from './lobby/result.ts';
import type { ServerCalls } from './lobby/server-process.ts';

const { numbers, jsonFile } = commandLine(
  {
    clients: { default: 500, min: 50, max: 2_000 },
    games: { default: 20, min: 1, max: 50 },
    'large-games': { default: 10, min: 1, max: 50 },
    flappers: { default: 30, min: 1, max: 99 },
    'changes-per-s': { default: 1_000, min: 1, max: 1_500 },
    seconds: { default: 15, min: 1, max: 300 },
    'cut-off-seconds': { default: 120, min: 10, max: 600 },
  },
  [],
);
/** An address's and a player's share of changes a minute, spread over the run and its warm-up. */
const flapsPerPlayerAndS = 4;
const modsOfLargeGame = 64;
const cutOffPollMs = 250;

const rows: LobbyRow[] = [];
const framings: LobbyFramingResult[] = [];
for (const format of ['json', 'qdatastream'] as const) framings.push(await measure(format));
const result: LobbyResult = { benchmark: 'lobby', machine: machine(), framings, rows };
writeJson(jsonFile, result);
console.log(
  `${machineText(result.machine)}\n\n${lobbyTable(result)}\n\n${lobbyMemoryText(result)}`,
);

async function measure(format: LobbyFormat): Promise<LobbyFramingResult> {
  const server = new Child<ServerCalls>(new URL('./lobby/server-process.ts', import.meta.url), {
    nodeOptions: ['--expose-gc'],
  });
  const load = new Child<LoadCalls>(new URL('./lobby/load-process.ts', import.meta.url));
  try {
    const { url, port } = await server.call('listen', format);
    const { clients, games, flappers } = numbers;
    const hosts = Math.max(games, numbers['large-games']);
    const durationMs = 1000 * numbers.seconds;
    say(`${format}: ${clients} clients`);
    await load.call('join', { url, port, format, count: hosts });
    const before = await server.call('use', true);
    const startMs = performance.now();
    await load.call('join', { url, port, format, count: clients });
    const loginsPerS = (1000 * (clients - hosts)) / (performance.now() - startMs);
    await sleepMs(2_000);
    const after = await server.call('use', true);
    const perClient = (bytes: number): number => Math.round(bytes / (clients - hosts));
    const memory = {
      rssBytes: perClient(after.rssBytes - before.rssBytes),
      heapBytes: perClient(
        after.heapBytes + after.externalBytes - before.heapBytes - before.externalBytes,
      ),
    };
    const run = (name: string, what: ChangeLoad) => change({ server, load, format, name }, what);

    await load.call('joinFlappers', { url, count: flappers });
    await run('players come and go', {
      ...{ what: 'players', entities: flappers, durationMs },
      changesPerS: flapsPerPlayerAndS * flappers,
    });
    await load.call('hostGames', hosts);
    const changesPerS = numbers['changes-per-s'];
    await run('games change', { what: 'games', entities: games, changesPerS, durationMs });
    say('the games are large');
    const largeGames = numbers['large-games'];
    await load.call('addMods', { games: largeGames, mods: modsOfLargeGame });
    const large = { what: 'games', entities: largeGames, changesPerS: 10 * largeGames } as const;
    await run('large games change', { ...large, durationMs });
    say('one more comes, and reads nothing');
    await load.call('joinDeaf', undefined);
    const cutOffAfterS = stopWhenCutOff(server, load);
    await run('one more does not read', {
      ...large,
      durationMs: 1000 * numbers['cut-off-seconds'],
    });
    return { format, memory, loginsPerS, cutOffAfterS: await cutOffAfterS };
  } finally {
    await load.call('close', undefined);
    await server.call('close', undefined);
    await Promise.all([load.end(), server.end()]);
  }
}

/** Seconds from now; undefined: it took too long. */
async function stopWhenCutOff(
  server: Child<ServerCalls>,
  load: Child<LoadCalls>,
): Promise<number | undefined> {
  const startMs = performance.now();
  const elapsedS = (): number => (performance.now() - startMs) / 1000;
  while (elapsedS() < numbers['cut-off-seconds']) {
    await sleepMs(cutOffPollMs);
    if ((await server.call('cutOff', undefined)) === 0) continue;
    const cutOffAfterS = elapsedS();
    await load.call('stopChanging', undefined);
    return cutOffAfterS;
  }
  return undefined;
}

async function change(
  on: {
    readonly server: Child<ServerCalls>;
    readonly load: Child<LoadCalls>;
    readonly format: LobbyFormat;
    readonly name: string;
  },
  what: ChangeLoad,
): Promise<LobbyRow> {
  const { server, load, format, name } = on;
  say(`${format}: ${name}`);
  const start = await server.call('use', false);
  const report = await load.call('change', what);
  const end = await server.call('use', false);
  const seconds = report.elapsedMs / 1000;
  const row: LobbyRow = {
    ...{ format, name, clients: numbers.clients, latencyMs: report.latencyMs },
    changesPerS: rounded(report.changes / seconds, 1),
    deliveriesPerS: Math.round(report.messages / seconds),
    perEntityAndS: rounded(report.messages / (numbers.clients * what.entities * seconds), 2),
    gapMs: { least: Math.round(report.gapMs.least), p50: Math.round(report.gapMs.p50) },
    bytesPerS: Math.round(report.bytes / seconds),
    serverBusy: rounded((end.cpuUs - start.cpuUs) / 1000 / (end.atMs - start.atMs), 3),
    cutOff: await server.call('cutOff', undefined),
  };
  rows.push(row);
  return row;
}
