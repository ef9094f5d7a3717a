// The room's parties: one player gathers others for a game, and everybody in the room is told. At
// most one of a game at a time.
//
// A party is a timed lobby with a mark, and nothing beside it: it is over when its lobby is gone.
// So there is no state here that could disagree with the lobby, and a restart brings it back.

import { PaperclipError } from '../../contract/errors.ts';
import type { PlatformEvent } from '../../contract/events.ts';
import { contractLimits as limits } from '../../contract/limits.ts';
import type { GameCatalog } from '../games.ts';
import type { Lobbies } from './lobbies.ts';
import { isRefusal, type Joiner, type LobbyRecord } from './lobby-rules.ts';

export interface PartiesOptions {
  readonly lobbies: Lobbies;
  readonly games: GameCatalog;
  /** Tells everybody who is in the room but the starter. */
  readonly announce: (starterId: string, event: PlatformEvent) => void;
}

export interface PartyWish {
  readonly game: string;
  readonly settings?: unknown;
  readonly startsInS?: number;
  readonly playersMin?: number;
}

/** One who plays alone is no party; unless the game takes only one, or the starter says so. */
const playersMinDefault = 2;

export class Parties {
  readonly #o: PartiesOptions;

  constructor(options: PartiesOptions) {
    this.#o = options;
  }

  async start(player: Joiner, wish: PartyWish): Promise<LobbyRecord> {
    const { announce, games, lobbies } = this.#o;
    const { max } = games.get(wish.game).players;
    const lobby = await lobbies.create(player, {
      ...wish,
      startsInS: wish.startsInS ?? limits.partyStartsInSDefault,
      playersMin: wish.playersMin ?? Math.min(playersMinDefault, max),
      party: true,
    });
    const starter = { playerId: player.id, name: player.name };
    announce(player.id, { event: 'party.opened', data: { lobby: lobbies.view(lobby), starter } });
    return lobby;
  }

  async join(player: Joiner, game: string): Promise<LobbyRecord> {
    const party = this.get(game);
    if (party === undefined) throw new PaperclipError('NO_PARTY', { game });
    if (party.state !== 'open') throw new PaperclipError('PARTY_RUNNING', { game });
    return this.#o.lobbies.join(player, party.id).catch((error: unknown) => {
      // It started or closed while this waited for its turn.
      if (isRefusal(error, ['LOBBY_STARTED'])) throw new PaperclipError('PARTY_RUNNING', { game });
      if (isRefusal(error, ['LOBBY_NOT_FOUND'])) throw new PaperclipError('NO_PARTY', { game });
      throw error;
    });
  }

  get(game: string): LobbyRecord | undefined {
    return this.#o.lobbies.party(this.#o.games.get(game).name);
  }
}
