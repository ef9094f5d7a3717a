// Kill a loaded server at random moments, again and again on the same file: nothing acknowledged
// may be lost, the file must be sound, and the server that starts on it takes players again.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '../../src/base/prng.ts';
import { httpCaller } from '../../src/client/http-caller.ts';
import { Acknowledged } from './acknowledged.ts';
import { startLoad } from './load.ts';
import { ServerProcess } from './server-process.ts';

export interface CrashOptions {
  readonly rounds: number;
  /** Decides the load and the moments; the machine decides what has happened by then. */
  readonly seed: number;
  readonly loadMsMax: number;
  readonly onRound?: (round: CrashRound) => void;
}

export interface CrashRound {
  readonly round: number;
  readonly killedAfterMs: number;
  /** Acknowledged in all rounds so far. */
  readonly players: number;
  readonly matches: number;
  readonly places: number;
}

/** Resolves with the last round's counts; throws at the first loss. */
export async function crashRounds(options: CrashOptions): Promise<CrashRound> {
  const folder = mkdtempSync(join(tmpdir(), 'paperclip-crash-'));
  const file = join(folder, 'crash.sqlite');
  const random = seededRandom('crash', options.seed);
  const acknowledged = new Acknowledged();
  let server = await ServerProcess.start(file);
  let last: CrashRound | undefined;
  try {
    for (let round = 1; round <= options.rounds; round++) {
      const killedAfterMs = random.below(options.loadMsMax);
      acknowledged.places = [];
      const load = startLoad(server.url, seededRandom(options.seed, round), acknowledged);
      // A failure of the load ends the round before its time.
      await Promise.race([once(AbortSignal.timeout(killedAfterMs), 'abort'), load.done]);
      load.serverDies();
      await server.kill();
      await load.done;
      acknowledged.check(file);
      server = await ServerProcess.start(file);
      await checkPlaces(server.url, acknowledged);
      const { players, matches, places } = acknowledged;
      last = {
        round,
        killedAfterMs,
        players: players.size,
        matches: matches.size,
        places: places.filter(({ isUnsure }) => !isUnsure).length,
      };
      options.onRound?.(last);
    }
    assert.equal(await server.stop(), 0);
    assert.ok(last !== undefined);
    return last;
  } catch (cause) {
    await server.kill();
    throw new Error(`seed ${options.seed}, after ${JSON.stringify(last)}`, { cause });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The server itself says so too: sessions go on, and members are where they were. */
async function checkPlaces(url: string, { places }: Acknowledged): Promise<void> {
  const http = httpCaller(url);
  for (const { playerId, lobbyId, accessToken, isUnsure } of places) {
    const me = await http.call('account.me', {}, accessToken);
    assert.equal(me.player.id, playerId);
    if (!isUnsure) assert.equal(me.lobbyId, lobbyId);
  }
}
