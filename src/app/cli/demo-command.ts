// `paperclip demo`: everything at once, in one process and without a question. A server on free
// ports, two accounts made over HTTP, a lobby, a match of rps between two bots over encrypted UDP
// that loses datagrams both ways, and the proof that its replay ends in the same state.

import { randomBytes } from 'node:crypto';
import { connect, type Match, type PlayerClient, playBot } from '../../client/index.ts';
import { udpDialer } from '../../client/udp-dialer.ts';
import type { MatchSummary } from '../../contract/schema.ts';
import { replay } from '../../game/index.ts';
import { serve } from '../server/index.ts';
import { type CommandContext, type ExitCode, exitCodes } from './command.ts';
import { type Evidence, sayEvidence } from './demo-evidence.ts';
import { findGame, type LocalGame } from './game-files.ts';
import { type LossyNetwork, lossyNetwork } from './lossy-network.ts';
import { resultText } from './match-text.ts';
import { seconds, type Terminal } from './terminal.ts';
import { numberFlag } from './usage.ts';

interface Bot {
  readonly name: string;
  readonly me: PlayerClient;
  readonly wire: LossyNetwork;
}

interface DemoOptions {
  readonly loss: number;
  readonly seed: string;
}

const lossDefault = 0.05;
/** Fast enough not to bore, slow enough to follow. */
const thinkMs = 150;

export async function demoCommand(context: CommandContext): Promise<ExitCode> {
  const { typed, terminal } = context;
  const options = {
    loss: numberFlag(typed, 'loss', { min: 0, max: 0.5 }) ?? lossDefault,
    seed: typed.text('seed') ?? '1',
  };
  const local = await findGame('rps', []);
  const startedMs = performance.now();
  terminal.line(
    `Two bots play ${local.game.title.toLowerCase()}, first to 3, and ` +
      `${(options.loss * 100).toFixed(0)}% of all datagrams are lost.`,
  );
  terminal.line();
  const server = await serve({ data: ':memory:', port: 0, udpPort: 0, logLevel: 'silent' });
  try {
    terminal.event('server', { url: server.url });
    row(terminal, 'server', `${server.url}, a new one with a store in memory`);
    const evidence = await playDemo(server.url, local, options, terminal);
    const tookMs = performance.now() - startedMs;
    const good = sayEvidence(evidence, tookMs, terminal);
    row(terminal, 'time', tookMs < 10_000 ? `${(tookMs / 1000).toFixed(1)} s` : seconds(tookMs));
    return good ? exitCodes.ok : exitCodes.failed;
  } finally {
    await server.close();
  }
}

async function playDemo(
  url: string,
  local: LocalGame,
  options: DemoOptions,
  terminal: Terminal,
): Promise<Evidence> {
  // What an eavesdropper would look for.
  const secrets = ['rock', 'paper', 'scissors'].map((word) => Buffer.from(word));
  const plaintexts = { seen: 0 };
  const watch = (datagram: Uint8Array): void => {
    const bytes = Buffer.from(datagram.buffer, datagram.byteOffset, datagram.length);
    if (secrets.some((secret) => bytes.includes(secret))) plaintexts.seen++;
  };
  const bots = await Promise.all(
    ['ada', 'bob'].map(async (name): Promise<Bot> => {
      const password = randomBytes(12).toString('base64url');
      const me = await connect(url, { register: { name, password } });
      secrets.push(Buffer.from(name));
      return { name, me, wire: lossyNetwork(options.loss, `${options.seed} ${name}`, watch) };
    }),
  );
  const names = bots.map(({ name }) => name).join(' and ');
  terminal.event('accounts', { names: bots.map(({ name }) => name) });
  row(terminal, 'accounts', `${names}, registered over HTTP`);
  try {
    const matches = await meet(bots, local, terminal);
    const [first] = matches;
    if (first === undefined) throw new Error('nobody plays');
    showRounds(first, terminal);
    for (const [at, match] of matches.entries()) {
      playBot(match, local.game, { seed: `${options.seed} ${at}`, thinkMs });
    }
    await Promise.all(matches.map((match) => match.result));
    const summary = await first.summary();
    terminal.line();
    row(terminal, 'result', resultText(summary, terminal));
    terminal.event('result', { match: summary });
    const players = bots.map(({ name, wire }, at) => ({ name, wire, stats: matches[at]!.stats }));
    return { ...(await check(bots[0]!.me, summary, local)), players, plaintexts: plaintexts.seen };
  } finally {
    for (const { me } of bots) me.close();
  }
}

/** The first bot opens a public lobby and waits; the second asks for anyone and finds it. */
async function meet(
  bots: readonly Bot[],
  { game }: LocalGame,
  terminal: Terminal,
): Promise<Match[]> {
  const opened = Promise.withResolvers<void>();
  let lobbyId: string | undefined;
  const joined = bots.map(async ({ name, me, wire }, at) => {
    if (at > 0) await opened.promise;
    const match = await me.play(game, {
      against: 'anyone',
      ...(at === 0 && { settings: { firstTo: 3 } }),
      dialer: udpDialer({ network: wire.network }),
      onLobby: ({ id }) => {
        if (lobbyId === undefined) {
          lobbyId = id;
          row(terminal, 'lobby', `${id}, opened by ${name}`);
          terminal.event('lobby', { lobbyId });
        }
        opened.resolve();
      },
    });
    return match;
  });
  const startedMs = performance.now();
  const matches = await Promise.all(joined);
  const tookMs = Math.round(performance.now() - startedMs);
  row(terminal, 'match', `${matches[0]?.id}, both are in over UDP after ${tookMs} ms`);
  terminal.event('match', { matchId: matches[0]?.id });
  terminal.line();
  return matches;
}

/** As far as the demo knows rps: what its views tell of finished rounds. */
interface RpsRounds {
  readonly rounds: readonly {
    readonly choices: readonly (string | null)[];
    readonly winner: number | null;
  }[];
}

function showRounds(match: Match, terminal: Terminal): void {
  const names = match.players.map(({ name }) => name);
  const cells = (texts: readonly string[]): string => texts.map((text) => text.padEnd(10)).join('');
  terminal.line(terminal.style('dim', `  round   ${cells(names)}winner`));
  let shown = 0;
  match.on('view', (view) => {
    // Boundary: the match was joined with the rules of rps, which make such views.
    const { rounds } = view as RpsRounds;
    for (const { choices, winner } of rounds.slice(shown)) {
      shown++;
      const won = winner === null ? terminal.style('dim', 'draw') : (names[winner] ?? '');
      const chosen = choices.map((choice) => choice ?? 'too late');
      terminal.line(`${String(shown).padStart(7)}   ${cells(chosen)}${won}`);
      terminal.event('round', { round: shown, choices, winner });
    }
  });
}

async function check(
  me: PlayerClient,
  match: MatchSummary,
  { game }: LocalGame,
): Promise<Pick<Evidence, 'match' | 'steps' | 'replayHash' | 'replayProblem'>> {
  const { record } = await me.call('match.replay', { matchId: match.id });
  let steps = -1;
  const result = replay(game, record, {
    onStep: () => {
      steps++;
    },
  });
  return result.ok
    ? { match, steps, replayHash: result.value.stateHash, replayProblem: undefined }
    : { match, steps, replayHash: undefined, replayProblem: result.error };
}

const row = (terminal: Terminal, name: string, text: string): void =>
  terminal.line(`${name.padEnd(10)}${text}`);
