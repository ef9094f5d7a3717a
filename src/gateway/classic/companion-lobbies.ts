// Lobbies for the classic HTTP companion, by commands of the platform: its clients want all of them
// in one answer, one with room, and one of their own without asking what they are in already.

import type { CommandArgs } from '../../contract/commands.ts';
import { PaperclipError } from '../../contract/errors.ts';
import { contractLimits } from '../../contract/limits.ts';
import type { Lobby } from '../../contract/schema.ts';
import { companionLimits as limits } from './companion-limits.ts';
import type { CompanionUser } from './companion-sessions.ts';

export class LobbyList {
  /** Public ones that have room, the oldest first. */
  all(user: CompanionUser): Promise<readonly Lobby[]> {
    return listed(user, {});
  }

  /** Rejects with LOBBY_NOT_FOUND, also for what can be no lobby's id. */
  async get(user: CompanionUser, lobbyId: string): Promise<Lobby> {
    try {
      return await user.call('lobby.get', { lobbyId });
    } catch (cause) {
      if (!isCode(cause, 'BAD_REQUEST')) throw cause;
      throw new PaperclipError('LOBBY_NOT_FOUND', { lobby: lobbyId.slice(0, 64) });
    }
  }

  /** As `lobby.quick` chooses, but takes no seat. Rejects with LOBBY_NOT_FOUND. */
  async find(user: CompanionUser, game: string): Promise<Lobby> {
    const lobby = (await listed(user, { game })).find(({ startsAt }) => startsAt === undefined);
    if (lobby === undefined)
      throw new PaperclipError('LOBBY_NOT_FOUND', { lobby: `of ${game} with room` });
    return lobby;
  }

  /** Takes its first seat, and gives up the one in another lobby where that has not started. */
  async create(user: CompanionUser, game: string): Promise<Lobby> {
    try {
      return await user.call('lobby.create', { game });
    } catch (cause) {
      const before = isCode(cause, 'ALREADY_IN_LOBBY') ? cause.body.details?.['lobby'] : undefined;
      if (typeof before !== 'string') throw cause;
      await user.call('lobby.leave', { lobbyId: before });
      return user.call('lobby.create', { game });
    }
  }
}

async function listed(
  user: CompanionUser,
  wish: Pick<CommandArgs<'lobby.list'>, 'game'>,
): Promise<readonly Lobby[]> {
  const all: Lobby[] = [];
  let cursor: string | undefined;
  do {
    const page = await user.call('lobby.list', {
      ...wish,
      limit: contractLimits.pageRowsMax,
      ...(cursor === undefined ? {} : { cursor }),
    });
    all.push(...page.lobbies);
    cursor = page.cursor;
  } while (cursor !== undefined && all.length < limits.lobbiesListedMax);
  return all.slice(0, limits.lobbiesListedMax);
}

const isCode = (cause: unknown, code: PaperclipError['code']): cause is PaperclipError =>
  cause instanceof PaperclipError && cause.code === code;
