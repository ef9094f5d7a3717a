// What a flood of AUTH datagrams does to a host and to those who play on it: 100 players with an
// echo at 60 Hz each, first undisturbed, then while 50,000 datagrams a second arrive from many
// addresses (a third each: a wrong gate MAC; a true gate MAC around noise; one player's recorded
// AUTH 1), then undisturbed again. Each part is a process of its own.
//
//   npm run bench:flood
//   npm run bench:flood -- --players 20 --hz 20 --per-second 20000 --seconds 5

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { FloodOrder } from './flood/flooder.ts';
import type { HostReport } from './flood/host.ts';
import type { PlayersReport } from './flood/players.ts';
import { commandLine, writeJson } from './harness/options.ts';

const { numbers, jsonFile } = commandLine(
  {
    players: { default: 100, min: 1, max: 1_000 },
    hz: { default: 60, min: 1, max: 1_000 },
    'per-second': { default: 50_000, min: 1, max: 200_000 },
    seconds: { default: 6, min: 1, max: 600 },
  },
  [],
);
/** By how much the flood may lengthen the players' 99th percentile. */
const p99GrowthMsMax = 20;
/** Longer than a host's load outlasts its cause. */
const calmMs = 4_000;

/** One part of the bench: it answers each order once. */
class Part {
  readonly #child: ChildProcess;

  constructor(name: string, execArgv: readonly string[] = []) {
    const file = fileURLToPath(new URL(`./flood/${name}.ts`, import.meta.url));
    this.#child = fork(file, { execArgv: [...process.execArgv, ...execArgv] });
  }

  async ask<Answer>(order: unknown): Promise<Answer> {
    this.#child.send(order as object);
    const [answer] = (await once(this.#child, 'message')) as [Answer];
    return answer;
  }

  async end(): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.disconnect();
    await exited;
  }
}

interface Phase {
  readonly name: string;
  readonly players: PlayersReport;
  readonly host: HostReport;
}

const host = new Part('host', ['--expose-gc']);
const players = new Part('players');
const flooder = new Part('flooder');
const phases: Phase[] = [];

async function measure(name: string, during: () => Promise<unknown>): Promise<void> {
  await Promise.all([host.ask({ do: 'begin' }), players.ask({ do: 'begin' })]);
  await during();
  const [atHost, atPlayers] = await Promise.all([
    host.ask<HostReport>({ do: 'report' }),
    players.ask<PlayersReport>({ do: 'report' }),
  ]);
  phases.push({ name, players: atPlayers, host: atHost });
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const durationMs = 1_000 * numbers.seconds;
const at = await host.ask<{ port: number; publicKey: string }>({ do: 'listen' });
const recordedAuth1 = await players.ask<string>({
  ...at,
  do: 'dial',
  count: numbers.players,
  hz: numbers.hz,
});
const flood: FloodOrder = {
  ...at,
  recordedAuth1,
  perSecond: numbers['per-second'],
  durationMs,
};
await pause(1_000);
await measure('before', () => pause(durationMs));
let sent = 0;
await measure('flood', async () => {
  const sending = flooder.ask<number>(flood);
  await players.ask({ do: 'dial-more', everyMs: 500, durationMs: durationMs - 500 });
  sent = await sending;
});
await pause(calmMs);
await measure('after', () => pause(durationMs));
await Promise.all([players.end(), flooder.end()]);
await host.end();

const perSecond = Math.round((1_000 * sent) / durationMs);
const [before, during, after] = phases as [Phase, Phase, Phase];
const p99GrowthMs = during.players.p99Ms - before.players.p99Ms;
const checks = {
  'p99 grows by at most 20 ms': p99GrowthMs <= p99GrowthMsMax,
  'the host was under load during the flood, and is not after it':
    during.host.load.isUnderLoad && !after.host.load.isUnderLoad,
  'no handshake of the flood took a place': after.host.load.halfOpen === 0,
  'nobody lost a link': after.host.links >= numbers.players && after.players.ended === 0,
  'newcomers got in': during.players.newcomerMs.length > 0 && during.players.newcomersLost === 0,
};

writeJson(jsonFile, { perSecond, phases, p99GrowthMs, checks });
console.log(table());
process.exitCode = Object.values(checks).every(Boolean) ? 0 : 1;

function table(): string {
  const row = (what: string, of: (phase: Phase) => string | number) =>
    `| ${[what, ...phases.map(of)].join(' | ')} |`;
  const mb = (bytes: number) => (bytes / 1e6).toFixed(1);
  const newcomers = during.players.newcomerMs.map((ms) => ms.toFixed(0)).join(', ');
  return [
    `${numbers.players} players at ${numbers.hz} Hz, ${perSecond} AUTH datagrams/s for ${numbers.seconds} s.`,
    `Node ${process.version}, ${process.platform}, ${cpus().length} x ${cpus()[0]?.model}.`,
    '',
    row('', ({ name }) => name),
    '|---|---|---|---|',
    row('echo p50, ms', ({ players: { p50Ms } }) => p50Ms.toFixed(2)),
    row('echo p99, ms', ({ players: { p99Ms } }) => p99Ms.toFixed(2)),
    row('echo p99.9, ms', ({ players: { p999Ms } }) => p999Ms.toFixed(2)),
    row('echoes', ({ players: { echoes } }) => echoes),
    row('echoes missing', ({ players: { missing } }) => missing),
    row('host: CPU, % of a core', ({ host: { cpuPercent } }) => cpuPercent.toFixed(0)),
    row('host: event loop p99, ms', ({ host: { loopP99Ms } }) => loopP99Ms.toFixed(1)),
    row('host: datagrams in', ({ host: { datagramsIn } }) => datagramsIn),
    row('host: heap after a collection, MB', ({ host: { heapBytes } }) => mb(heapBytes)),
    row('host: resident, MB', ({ host: { residentBytes } }) => mb(residentBytes)),
    row('host: links', ({ host: { links } }) => links),
    row('host: half-open', ({ host: { load } }) => load.halfOpen),
    row('host: addresses remembered', ({ host: { load } }) => load.addressesRemembered),
    row('host: under load', ({ host: { load } }) => (load.isUnderLoad ? 'yes' : 'no')),
    row('host: times it went under load', ({ host: { load } }) => load.engagedCount),
    '',
    `Refused during the flood: ${refusedText(during.host.refused)}.`,
    `Newcomers during the flood: in after ${newcomers} ms; ${during.players.newcomersLost} did not get in.`,
    '',
    ...Object.entries(checks).map(([what, isSo]) => `${isSo ? 'ok    ' : 'MISSED'} ${what}`),
  ].join('\n');
}

function refusedText(refused: Readonly<Record<string, number>>): string {
  return Object.entries(refused)
    .map(([reason, count]) => `${count} ${reason}`)
    .join(', ');
}
