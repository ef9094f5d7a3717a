// A player has one seat at a time, and keeps it in the lobby of a match that is over, or that a
// program which was killed had entered. Who wants the next match gives that seat up first; who
// kept it would make strangers wait for somebody who does not play.

import { PaperclipError } from '../contract/errors.ts';
import type { Lobby } from '../contract/schema.ts';
import type { After } from './after.ts';
import type { LobbyPort, Opponent } from './find-match.ts';

const tryEveryMs = 250;
const triesMax = 40;

/**
 * The host tells of a match's end before the platform has stored it and opened the lobby again;
 * then it is left. Never rejects: what cannot be left now is left by the next who wants to play.
 */
export async function leaveWhenOpen(port: LobbyPort, after: After, lobbyId: string): Promise<void> {
  let opened = Promise.withResolvers<void>();
  const stop = port.on('lobby.changed', ({ lobby }) => {
    if (lobby.id === lobbyId && lobby.state === 'open') opened.resolve();
  });
  try {
    for (let tries = 0; tries < triesMax; tries++) {
      const cancel = after(tryEveryMs, opened.resolve);
      await opened.promise.finally(cancel);
      opened = Promise.withResolvers();
      if (await isLeft(port, lobbyId)) return;
    }
  } finally {
    stop();
  }
}

async function isLeft(port: LobbyPort, lobbyId: string): Promise<boolean> {
  try {
    await port.call('lobby.leave', { lobbyId });
    return true;
  } catch (cause) {
    // Whatever else was refused will be refused again.
    return !(cause instanceof PaperclipError && cause.code === 'LOBBY_STARTED');
  }
}

/**
 * `enter` is refused to a player who sits in a lobby. If that is the wanted one, it is entered;
 * another one is left, unless its match runs.
 */
export async function enterAfterLeaving(
  port: LobbyPort,
  against: Opponent,
  enter: () => Promise<Lobby>,
): Promise<Lobby> {
  try {
    return await enter();
  } catch (cause) {
    const lobbyId = earlierLobby(cause);
    if (lobbyId === undefined) throw cause;
    const lobby = await port.call('lobby.get', { lobbyId }).catch(() => undefined);
    if (lobby !== undefined && isWanted(lobby, against)) return lobby;
    if (!(await isLeft(port, lobbyId))) throw cause;
    return enter();
  }
}

function earlierLobby(cause: unknown): string | undefined {
  if (!(cause instanceof PaperclipError) || cause.code !== 'ALREADY_IN_LOBBY') return undefined;
  const lobby = cause.body.details?.['lobby'];
  return typeof lobby === 'string' ? lobby : undefined;
}

const isWanted = ({ id, code }: Lobby, against: Opponent): boolean =>
  typeof against === 'object' &&
  ('code' in against ? code === against.code.trim().toUpperCase() : id === against.lobby.trim());
