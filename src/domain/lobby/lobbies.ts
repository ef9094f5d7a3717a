// Lobbies as players ask for them: open one, find one, take and give up a seat, be ready. The
// reservations that two at once must not both get are made here, before anything is awaited.
//
// What a change then does (store, events, the match's start) is the keeper's.

import { PaperclipError } from '../../contract/errors.ts';
import { contractLimits as limits } from '../../contract/limits.ts';
import type { Lobby } from '../../contract/schema.ts';
import type { Game } from '../../game/define-game.ts';
import { decodeCursor, pageOf } from '../cursor.ts';
import { KeyMutex } from '../key-mutex.ts';
import type { LobbyIndex } from './lobby-index.ts';
import { LobbyKeeper, type LobbyKeeperOptions } from './lobby-keeper.ts';
import type { Joiner, LobbyRecord } from './lobby-rules.ts';
import * as rules from './lobby-rules.ts';

export interface LobbyWish {
  readonly game: string;
  readonly private?: boolean;
  readonly settings?: unknown;
  readonly bots?: number;
  readonly startsInS?: number;
  readonly playersMin?: number;
  /** Be the party of its game; there is one at a time. */
  readonly party?: true;
}

/** Lobbies that `quick` tries before it opens one: each can fill between the look and the join. */
const quickTriesMax = 10;

export interface LobbiesOptions extends LobbyKeeperOptions {
  /** One of the two has blocked the other: they are not put together by chance. */
  readonly areKeptApart: (playerId: string, otherId: string) => boolean;
}

export class Lobbies {
  readonly #o: LobbiesOptions;
  readonly #keeper: LobbyKeeper;
  readonly #index: LobbyIndex;
  /** Two players who look for the same game at once must find each other: one looks at a time. */
  readonly #quick = new KeyMutex(limits.commandsInFlightMax);

  constructor(options: LobbiesOptions) {
    this.#o = options;
    this.#keeper = new LobbyKeeper(options);
    this.#index = this.#keeper.index;
  }

  restore(): Promise<void> {
    return this.#keeper.restore();
  }

  close(): void {
    this.#keeper.close();
  }

  /** A command came from the player. */
  seen(playerId: string): void {
    this.#keeper.seen(playerId);
  }

  matchEnded(lobbyId: string, matchId: string): Promise<void> {
    return this.#keeper.matchEnded(lobbyId, matchId);
  }

  of(playerId: string): LobbyRecord | undefined {
    return this.#index.of(playerId);
  }

  /** The party of the game. */
  party(game: string): LobbyRecord | undefined {
    return this.#index.party(game);
  }

  /** A player's one place is taken by something that is no lobby. Throws ALREADY_IN_LOBBY. */
  takePlace(playerId: string, placeId: string): void {
    this.#index.reservePlace(playerId, placeId);
  }

  /** Unless the player has another by now. */
  givePlaceBack(playerId: string, placeId: string): void {
    this.#index.releasePlace(playerId, placeId);
  }

  view(lobby: LobbyRecord, viewerId?: string): Lobby {
    return this.#keeper.view(lobby, viewerId);
  }

  get(lobbyId: string, viewerId: string): LobbyRecord {
    const lobby = this.#index.get(lobbyId);
    const isHidden = lobby?.private === true && rules.memberOf(lobby, viewerId) === undefined;
    if (lobby !== undefined && !isHidden) return lobby;
    throw new PaperclipError('LOBBY_NOT_FOUND', { lobby: lobbyId });
  }

  /** Throws LOBBY_NOT_FOUND or NOT_IN_LOBBY. */
  requireMember(lobbyId: string, playerId: string): LobbyRecord {
    const lobby = this.get(lobbyId, playerId);
    if (rules.memberOf(lobby, playerId) !== undefined) return lobby;
    throw new PaperclipError('NOT_IN_LOBBY', { player: playerId, lobby: lobbyId });
  }

  /** The other people in a lobby of the player's. Throws as `requireMember`. */
  othersIn(lobbyId: string, playerId: string): readonly string[] {
    const lobby = this.requireMember(lobbyId, playerId);
    return rules
      .people(lobby)
      .map((member) => member.playerId)
      .filter((id) => id !== playerId);
  }

  /** With `others`, which are listed like lobbies and are none. */
  list(
    wish: { game?: string; limit: number; cursor?: string },
    viewerId?: string,
    others: readonly Lobby[] = [],
  ): {
    readonly lobbies: Lobby[];
    readonly cursor?: string;
  } {
    const [atMs = -1, id = ''] =
      wish.cursor === undefined ? [] : decodeCursor(wish.cursor, ['number', 'string']);
    const after = { createdAtMs: Number(atMs), id: String(id) };
    const listed = others.map((view) => {
      return { id: view.id, createdAtMs: Date.parse(view.createdAt), view };
    });
    const all = [...this.#withRoom(wish.game, viewerId), ...listed]
      .filter((lobby) => older(after, lobby) < 0)
      .sort(older);
    const { rows, ...next } = pageOf(all, wish.limit, ({ createdAtMs, id }) => [createdAtMs, id]);
    const lobbies = rows.map((row) => ('view' in row ? row.view : this.view(row, viewerId)));
    return { lobbies, ...next };
  }

  async create(player: Joiner, wish: LobbyWish): Promise<LobbyRecord> {
    const game = this.#o.games.get(wish.game);
    const settings = this.#o.games.settings(game, wish.settings);
    const bots = wish.bots ?? 0;
    if (bots > 0 && game.bot === undefined) {
      throw new PaperclipError('GAME_HAS_NO_BOT', { game: game.name });
    }
    requirePlayersMin(game, wish.playersMin);
    const { id, code } = this.#index.reserveName();
    try {
      if (wish.party === true) this.#index.reserveParty(game.name, id);
      this.#index.reservePlace(player.id, id);
      const now = this.#o.clock.now();
      const empty: LobbyRecord = {
        id,
        code,
        game: game.name,
        state: 'open',
        private: wish.private ?? false,
        ownerId: player.id,
        members: [],
        banned: [],
        settings,
        createdAtMs: now,
        ...(wish.startsInS === undefined ? {} : { startsAtMs: now + wish.startsInS * 1000 }),
        ...(wish.playersMin === undefined ? {} : { playersMin: wish.playersMin }),
        ...(wish.party === undefined ? {} : { party: wish.party }),
      };
      let lobby = rules.join(empty, player, game.players);
      for (let i = 0; i < bots; i++) lobby = rules.addBot(lobby, player.id, game.players);
      await this.#keeper.open(lobby);
      return lobby;
    } catch (error) {
      this.#index.releaseParty(game.name, id);
      this.#index.releasePlace(player.id, id);
      this.#index.releaseName(code);
      throw error;
    }
  }

  quick(player: Joiner, gameName: string): Promise<LobbyRecord> {
    const game = this.#o.games.get(gameName);
    return this.#quick.run(game.name, async () => {
      // Beside somebody whose program was killed a stranger would wait for nobody; in a timed lobby
      // for minutes.
      const all = this.#withRoom(game.name, player.id).sort(older);
      const open = all.filter(
        (lobby) =>
          !rules.isTimed(lobby) &&
          !lobby.banned.includes(player.id) &&
          !rules.people(lobby).some(({ playerId }) => this.#keeper.isAway(playerId)),
      );
      for (const lobby of open.slice(0, quickTriesMax)) {
        const joined = await this.#join(player, lobby).catch((error: unknown) => {
          if (rules.isRefusal(error, ['LOBBY_FULL', 'LOBBY_STARTED', 'LOBBY_NOT_FOUND']))
            return undefined;
          throw error;
        });
        if (joined !== undefined) return joined;
      }
      return this.create(player, { game: game.name });
    });
  }

  async join(player: Joiner, lobbyId: string): Promise<LobbyRecord> {
    const lobby = this.get(lobbyId, player.id);
    if (!this.#isKeptApart(lobby, player.id)) return this.#join(player, lobby);
    throw new PaperclipError('LOBBY_NOT_FOUND', { lobby: lobbyId });
  }

  async joinByCode(player: Joiner, code: string): Promise<LobbyRecord> {
    const lobby = this.#index.byCode(code);
    if (lobby === undefined) throw new PaperclipError('LOBBY_NOT_FOUND', { lobby: code });
    return this.#join(player, lobby);
  }

  async leave(playerId: string, lobbyId: string): Promise<void> {
    this.get(lobbyId, playerId);
    await this.#keeper.change(lobbyId, 'left', (lobby) => rules.leave(lobby, playerId));
  }

  /** Waits for the match's placement when this was the last one missing. */
  async ready(playerId: string, lobbyId: string, ready: boolean): Promise<LobbyRecord> {
    this.get(lobbyId, playerId);
    const change = (lobby: LobbyRecord) => rules.setReady(lobby, playerId, ready);
    const { lobby, placement } = await this.#keeper.change(lobbyId, 'left', change);
    if (placement === undefined) return lobby;
    const placed = await placement;
    if ('error' in placed) throw placed.error;
    return placed.lobby;
  }

  async kick(by: string, lobbyId: string, playerId: string): Promise<LobbyRecord> {
    this.get(lobbyId, by);
    const change = (lobby: LobbyRecord) => rules.kick(lobby, by, playerId);
    return (await this.#keeper.change(lobbyId, 'kicked', change)).lobby;
  }

  async handOver(by: string, lobbyId: string, playerId: string): Promise<LobbyRecord> {
    this.get(lobbyId, by);
    const change = (lobby: LobbyRecord) => rules.handOver(lobby, by, playerId);
    return (await this.#keeper.change(lobbyId, 'left', change)).lobby;
  }

  async addBot(by: string, lobbyId: string): Promise<LobbyRecord> {
    const game = this.#o.games.get(this.get(lobbyId, by).game);
    if (game.bot === undefined) throw new PaperclipError('GAME_HAS_NO_BOT', { game: game.name });
    const change = (lobby: LobbyRecord) => rules.addBot(lobby, by, game.players);
    return (await this.#keeper.change(lobbyId, 'left', change)).lobby;
  }

  async #join(player: Joiner, lobby: LobbyRecord): Promise<LobbyRecord> {
    this.#index.reservePlace(player.id, lobby.id);
    try {
      const change = (now: LobbyRecord) => rules.join(now, player, this.#keeper.bounds(now));
      return (await this.#keeper.change(lobby.id, 'left', change)).lobby;
    } catch (error) {
      this.#index.releasePlace(player.id, lobby.id);
      throw error;
    }
  }

  #isKeptApart(lobby: LobbyRecord, viewerId: string): boolean {
    return rules.people(lobby).some((member) => this.#o.areKeptApart(member.playerId, viewerId));
  }

  /** Public and open with a free seat, in any order; without those of who blocked the viewer. */
  #withRoom(game: string | undefined, viewerId?: string): LobbyRecord[] {
    const found: LobbyRecord[] = [];
    for (const lobby of this.#index.all()) {
      if (lobby.private || (game !== undefined && lobby.game !== game)) continue;
      if (viewerId !== undefined && this.#isKeptApart(lobby, viewerId)) continue;
      if (rules.hasRoom(lobby, this.#keeper.bounds(lobby))) found.push(lobby);
    }
    return found;
  }
}

function requirePlayersMin({ name, players }: Game, playersMin = 1): void {
  if (playersMin <= players.max) return;
  const problem = `is more than the ${players.max} that ${name} takes at most`;
  throw new PaperclipError('BAD_REQUEST', { field: 'playersMin', problem });
}

const older = (
  a: Pick<LobbyRecord, 'createdAtMs' | 'id'>,
  b: Pick<LobbyRecord, 'createdAtMs' | 'id'>,
): number => a.createdAtMs - b.createdAtMs || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
