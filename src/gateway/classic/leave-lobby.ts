// Gives up what a player has in a lobby: its match, then its seat. A lobby whose match runs cannot
// be left, and opens only when the result is stored; so it is tried a few times. What is not left
// by then the platform frees, as of any player who is gone.

import { PaperclipError } from '../../contract/errors.ts';
import type { Timers } from '../../domain/ports.ts';
import type { SignedInPlayer } from '../signed-in-player.ts';
import { bridgeLimits as limits } from './bridge-limits.ts';

type Caller = Pick<SignedInPlayer, 'call'>;

/** Rejects with what is no refusal. */
export async function leaveLobby(player: Caller, timers: Timers, lobbyId: string): Promise<void> {
  for (let tries = 0; tries < limits.leaveTriesMax; tries++) {
    if ((await refusalOf(player.call('lobby.leave', { lobbyId }))) !== 'LOBBY_STARTED') return;
    await giveUpMatch(player);
    const { promise, resolve } = Promise.withResolvers<void>();
    timers.after(limits.leaveRetryMs, resolve);
    await promise;
  }
}

/** One that was placed a moment ago has no seat of this session so far. */
async function giveUpMatch(player: Caller): Promise<void> {
  await refusalOf(
    player.call('account.me', {}).then(async ({ matchId }) => {
      if (matchId === undefined) return;
      const left = await refusalOf(player.call('match.leave', { matchId }));
      if (left !== 'NOT_ATTACHED') return;
      await player.call('match.attach', { matchId });
      await player.call('match.leave', { matchId });
    }),
  );
}

/** Undefined: it was done. */
async function refusalOf(call: Promise<unknown>): Promise<PaperclipError['code'] | undefined> {
  try {
    await call;
    return undefined;
  } catch (cause) {
    if (!(cause instanceof PaperclipError)) throw cause;
    return cause.code;
  }
}
