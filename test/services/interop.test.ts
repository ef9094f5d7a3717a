// The second implementation of the protocol, in Python and from the documents alone, against the
// vectors and against a server: a whole match, also over loss, through a RETRY and to a new port.

import assert from 'node:assert/strict';
import { type ChildProcessByStdio, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../../', import.meta.url));
const isPythonHere = spawnSync('python3', ['--version']).status === 0;
const skip = isPythonHere || process.env['CI'] === 'true' ? false : 'python3 is not installed';
const runLimitMs = 90_000;
const recordLimitMs = 5_000;

/** What play_rps.py prints. */
interface Played {
  readonly matchId: string;
  readonly seat: number;
  readonly closeCode: number | null;
  readonly reason: string;
  readonly outcome: { readonly ranking: number[][] };
  readonly score: readonly [number, number];
  readonly rounds: readonly { readonly winner: number | null }[];
  readonly packets: { readonly dropped: number; readonly retries: number };
}

/** The part of `GET /v1/matches/ID` that is compared. */
interface MatchRecord {
  readonly state: string;
  readonly reason?: string;
  readonly seats: readonly {
    readonly seat: number;
    readonly kind: string;
    readonly place?: number;
    readonly score?: number;
  }[];
}

const run = promisify(execFile);

async function python(script: string, ...args: readonly string[]): Promise<unknown> {
  // -B: no compiled files in the working tree.
  const file = fileURLToPath(new URL(`../interop/${script}`, import.meta.url));
  const { stdout } = await run('python3', ['-B', file, ...args], { timeout: runLimitMs });
  return JSON.parse(stdout);
}

/** The platform hears of a match's end from its host, maybe a moment after the player did. */
async function recordOf(url: string, matchId: string): Promise<MatchRecord> {
  const giveUpAt = performance.now() + recordLimitMs;
  for (;;) {
    const answer = await fetch(`${url}/v1/matches/${matchId}`);
    const record = (await answer.json()) as MatchRecord;
    if (record.state === 'ended' || performance.now() > giveUpAt) return record;
  }
}

async function assertRecorded(url: string, played: Played): Promise<void> {
  const record = await recordOf(url, played.matchId);
  assert.equal(record.state, 'ended');
  assert.equal(record.reason, played.reason);
  assert.equal(record.seats[played.seat]?.kind, 'guest');
  assert.deepEqual(
    record.seats.map(({ score }) => score),
    played.score,
  );
  const placed = record.seats.toSorted((a, b) => (a.place ?? 0) - (b.place ?? 0));
  assert.deepEqual(
    placed.map(({ seat }) => [seat]),
    played.outcome.ranking,
  );
  const wins = [0, 1].map((seat) => played.rounds.filter(({ winner }) => winner === seat).length);
  assert.deepEqual(wins, played.score);
  assert.equal(Math.max(...wins), 3);
}

// Side by side, because a match lasts as long as the bot thinks.
describe('a client in Python', { skip, concurrency: true }, () => {
  let server: ChildProcessByStdio<null, Readable, null>;
  let url: string;

  before(async () => {
    const options = ['--data', ':memory:', '--port', '0', '--udp-port', '0', '--json'];
    server = spawn(process.execPath, ['src/app/cli/main.ts', 'serve', ...options], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const died = once(server, 'exit').then(([code]) => assert.fail(`the server ended: ${code}`));
    const lines = createInterface(server.stdout);
    const [line] = (await Promise.race([once(lines, 'line'), died])) as [string];
    url = (JSON.parse(line) as { url: string }).url;
  });

  after(async () => {
    server.kill();
    if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
  });

  test('makes and reads the bytes of all vectors', async () => {
    const checked = (await python('check_vectors.py')) as { checks: number; failed: number };
    assert.equal(checked.failed, 0);
    assert.ok(checked.checks > 0);
  });

  test('plays a match', async () => {
    const played = (await python('play_rps.py', url)) as Played;
    assert.equal(played.closeCode, 0);
    await assertRecorded(url, played);
  });

  test('plays a match though a fifth of all datagrams is lost each way', async () => {
    const played = (await python('play_rps.py', url, '--loss', '0.2', '--seed', '1')) as Played;
    assert.ok(played.packets.dropped > 0);
    await assertRecorded(url, played);
  });

  test('goes on from another port in the middle of a match', async () => {
    const played = (await python('play_rps.py', url, '--move')) as Played;
    assert.equal(played.closeCode, 0);
    await assertRecorded(url, played);
  });

  test('shows a cookie to a host under load', async () => {
    const played = (await python('play_rps.py', url, '--crowd')) as Played;
    assert.ok(played.packets.retries > 0);
    await assertRecorded(url, played);
  });
});
