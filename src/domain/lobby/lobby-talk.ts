// What the members of a lobby say to each other, also while their match runs, and whom they invite.
// It is passed on and not kept.

import { PaperclipError } from '../../contract/errors.ts';
import type { StoredPlayer } from '../account/account-store.ts';
import type { Sanctions } from '../account/sanctions.ts';
import { timestamp } from '../ids.ts';
import type { PlayerEventHub } from '../player-events.ts';
import type { Clock } from '../ports.ts';
import type { Blocks } from '../social/blocks.ts';
import { personOf, requireOther } from '../social/person.ts';
import type { Lobbies } from './lobbies.ts';

export interface LobbyTalkOptions {
  readonly lobbies: Lobbies;
  readonly blocks: Blocks;
  readonly sanctions: Sanctions;
  readonly events: PlayerEventHub;
  readonly clock: Clock;
}

export class LobbyTalk {
  readonly #o: LobbyTalkOptions;

  constructor(options: LobbyTalkOptions) {
    this.#o = options;
  }

  /** To the other members who have not blocked the speaker. */
  say(from: StoredPlayer, lobbyId: string, message: string): void {
    const { lobbies, blocks, sanctions, events, clock } = this.#o;
    sanctions.requireVoice(from.id);
    const others = lobbies.othersIn(lobbyId, from.id);
    const data = { lobbyId, from: personOf(from), message, at: timestamp(clock.now()) };
    for (const id of others) {
      if (!blocks.has(id, from.id)) events.emit(id, { event: 'lobby.message', data });
    }
  }

  /** The lobby goes out as a member sees it: with the code that lets a friend in. */
  invite(by: StoredPlayer, lobbyId: string, other: StoredPlayer): void {
    const { lobbies, blocks, events } = this.#o;
    const lobby = lobbies.view(lobbies.requireMember(lobbyId, by.id), by.id);
    requireOther(other, by.id);
    blocks.requireOpen(other, by.id);
    if (!events.isConnected(other.id)) {
      throw new PaperclipError('PLAYER_OFFLINE', { player: other.name });
    }
    events.emit(other.id, { event: 'lobby.invited', data: { lobby, by: personOf(by) } });
  }
}
