// External games: players host, find, join and leave them, their programs report, and what follows
// from that (`wiring.ts`) is told to those whom it concerns. A player is in one game or lobby at a
// time, and in an external game with one session: when that has no connection any more, the player
// has left.
//
// Games are in memory alone: a restart breaks the connections that lead to the programs. What has
// been launched is stored as a match when it is over.

import { PaperclipError } from '../../contract/errors.ts';
import type { ExternalGame, ExternalRemoval } from '../../contract/external-schema.ts';
import { contractLimits as limits } from '../../contract/limits.ts';
import type { Lobby } from '../../contract/schema.ts';
import type { Log, Metrics } from '../../contract/telemetry.ts';
import type { StoredPlayer } from '../account/account-store.ts';
import type { Background } from '../background.ts';
import type { Lobbies } from '../lobby/lobbies.ts';
import type { PlayerEventHub } from '../player-events.ts';
import type { Clock, Digest, Timers } from '../ports.ts';
import type { Blocks } from '../social/blocks.ts';
import { personOf } from '../social/person.ts';
import { ExternalFollowers } from './external-followers.ts';
import {
  type ExternalRecord,
  externalLobby,
  externalLobbyId,
  externalNumberOf,
  externalView,
  isListed,
  memberOf,
} from './external-game.ts';
import type { ExternalMatches } from './external-matches.ts';
import type { ExternalStore } from './external-store.ts';
import { join, leave, receive, type Step } from './wiring.ts';

export interface ExternalGamesOptions {
  readonly store: ExternalStore;
  readonly matches: ExternalMatches;
  readonly lobbies: Pick<Lobbies, 'takePlace' | 'givePlaceBack'>;
  readonly blocks: Blocks;
  /** Ids of a player's friends. */
  readonly friendsOf: (playerId: string) => Promise<readonly string[]>;
  /** A player may be somewhere else now. */
  readonly onMoved: (playerId: string) => void;
  readonly events: PlayerEventHub;
  readonly background: Background;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly digest: Digest;
  readonly log: Log;
  readonly metrics: Metrics;
}

export interface ExternalWish {
  readonly title: string;
  readonly mod: string;
  readonly map: string;
  readonly visibility: 'public' | 'friends';
  readonly password?: string;
  readonly ratingMin?: number;
  readonly ratingMax?: number;
  readonly enforceRatingRange?: boolean;
}

/** What a place is called while its game has no number. */
const newPlace = 'external';

export class ExternalGames {
  readonly #o: ExternalGamesOptions;
  readonly #followers: ExternalFollowers;
  /** In the order of their numbers. */
  readonly #games = new Map<number, ExternalRecord>();
  readonly #numberOf = new Map<string, number>();
  /** Numbers that are being taken: they count like games. */
  #hosting = 0;
  /** What ends the wait for a player's program, or for the time to tell of a game's changes. */
  readonly #startTimers = new Map<string, () => void>();
  readonly #tellTimers = new Map<number, () => void>();

  constructor(options: ExternalGamesOptions) {
    this.#o = options;
    this.#followers = new ExternalFollowers(options);
    options.events.onSessionGone((playerId, sessionId) => {
      if (this.#ofSession(playerId, sessionId) !== undefined) this.#remove(playerId, 'left');
    });
  }

  /** What was launched ends here, and its programs may play on. */
  close(): void {
    for (const cancel of [...this.#startTimers.values(), ...this.#tellTimers.values()]) cancel();
    for (const game of this.#games.values()) {
      if (game.state === 'playing') this.#o.matches.ended(game);
    }
    this.#o.matches.close();
    this.#games.clear();
    this.#numberOf.clear();
  }

  placeOf(playerId: string): 'in-lobby' | 'in-match' | undefined {
    const game = this.#of(playerId);
    if (game === undefined) return undefined;
    return game.state === 'playing' ? 'in-match' : 'in-lobby';
  }

  list(viewerId: string): readonly ExternalGame[] {
    const found: ExternalGame[] = [];
    for (const game of this.#games.values()) {
      if (isListed(game) && this.#followers.maySee(game, viewerId)) found.push(externalView(game));
    }
    return found;
  }

  /** As lobbies: those that are public and open, and that the viewer may see. */
  openLobbies(name: string | undefined, viewerId: string | undefined): readonly Lobby[] {
    const found: Lobby[] = [];
    for (const game of this.#games.values()) {
      if (game.state !== 'open' || game.visibility !== 'public') continue;
      if (viewerId !== undefined && !this.#followers.maySee(game, viewerId)) continue;
      const lobby = externalLobby(game);
      if (name === undefined || lobby.game === name) found.push(lobby);
    }
    return found;
  }

  /** As a lobby: one that is listed, and that the viewer may see. */
  findLobby(lobbyId: string, viewerId: string): Lobby | undefined {
    const game = this.#games.get(externalNumberOf(lobbyId) ?? 0);
    const isThere = game !== undefined && isListed(game);
    return isThere && this.#followers.maySee(game, viewerId) ? externalLobby(game) : undefined;
  }

  /** Throws PLAYED_ELSEWHERE when the lobby is one of these games, whether it is there or not. */
  requireOther(lobbyId: string): void {
    if (externalNumberOf(lobbyId) === undefined) return;
    throw new PaperclipError('PLAYED_ELSEWHERE', { lobby: lobbyId });
  }

  follow(playerId: string, sessionId: string): readonly ExternalGame[] {
    this.#requireConnected(playerId, sessionId);
    this.#followers.add(playerId, sessionId);
    return this.list(playerId);
  }

  async host(player: StoredPlayer, sessionId: string, wish: ExternalWish): Promise<ExternalGame> {
    const { lobbies, store, clock, digest } = this.#o;
    this.#requireConnected(player.id, sessionId);
    if (this.#games.size + this.#hosting >= limits.externalGamesMax) {
      throw new PaperclipError('SERVER_FULL');
    }
    lobbies.takePlace(player.id, newPlace);
    this.#hosting++;
    let number = 0;
    try {
      number = await store.takeNumber();
      if (wish.visibility === 'friends') await this.#followers.loadFriends(number, player.id);
      this.#requireConnected(player.id, sessionId);
      const { password, enforceRatingRange = false, ...rest } = wish;
      const passwordDigest = password && digest.sha256Hex(`${number} ${password}`);
      const game: ExternalRecord = {
        ...rest,
        number,
        ...(passwordDigest === undefined ? {} : { passwordDigest }),
        enforceRatingRange,
        state: 'starting',
        host: personOf(player),
        members: [],
        places: new Map(),
        playersMax: limits.externalPlacesDefault,
        mods: [],
        hostedAtMs: clock.now(),
        reports: new Map(),
      };
      lobbies.givePlaceBack(player.id, newPlace);
      lobbies.takePlace(player.id, externalLobbyId(number));
      return this.#enter(game, player, sessionId);
    } catch (error) {
      lobbies.givePlaceBack(player.id, newPlace);
      this.#followers.forget(number);
      throw error;
    } finally {
      this.#hosting--;
    }
  }

  join(
    player: StoredPlayer,
    sessionId: string,
    { number, password }: { readonly number: number; readonly password?: string },
  ): ExternalGame {
    const { lobbies } = this.#o;
    this.#requireConnected(player.id, sessionId);
    const place = externalLobbyId(number);
    lobbies.takePlace(player.id, place);
    try {
      return this.#enter(this.#joinable(player.id, number, password), player, sessionId);
    } catch (error) {
      lobbies.givePlaceBack(player.id, place);
      throw error;
    }
  }

  /** From any of the player's sessions. */
  leave(playerId: string): void {
    if (this.#of(playerId) === undefined) throw new PaperclipError('NOT_IN_EXTERNAL_GAME');
    this.#remove(playerId, 'left');
  }

  /** False when the player is in no game of which this is the id. */
  leaveLobby(playerId: string, lobbyId: string): boolean {
    const number = this.#numberOf.get(playerId);
    if (number === undefined || externalNumberOf(lobbyId) !== number) return false;
    this.#remove(playerId, 'left');
    return true;
  }

  report(playerId: string, sessionId: string, command: string, args: readonly unknown[]): void {
    const { clock, log, metrics } = this.#o;
    const game = this.#ofSession(playerId, sessionId);
    if (game === undefined) throw new PaperclipError('NOT_IN_EXTERNAL_GAME');
    const step = receive(game, playerId, command, args, clock.now());
    const { outcome } = step;
    metrics.count('paperclip_external_reports_total', { outcome });
    if (outcome !== 'taken') {
      log.debug('report of an external game', { outcome, command, playerId, number: game.number });
    }
    this.#apply(game, step);
  }

  #joinable(playerId: string, number: number, password = ''): ExternalRecord {
    const { blocks, digest } = this.#o;
    const game = this.#games.get(number);
    const lobby = externalLobbyId(number);
    if (game !== undefined && blocks.has(game.host.id, playerId)) {
      throw new PaperclipError('BLOCKED', { player: game.host.name });
    }
    const isThere = game !== undefined && game.state !== 'closed';
    if (!isThere || !this.#followers.maySee(game, playerId)) {
      throw new PaperclipError('LOBBY_NOT_FOUND', { lobby });
    }
    if (game.state !== 'open') throw new PaperclipError('GAME_NOT_READY', { number });
    const { passwordDigest, members } = game;
    const isWrong =
      passwordDigest !== undefined && passwordDigest !== digest.sha256Hex(`${number} ${password}`);
    if (isWrong) throw new PaperclipError('WRONG_GAME_PASSWORD', { number });
    if (members.length >= limits.externalMembersMax) {
      const max = limits.externalMembersMax;
      throw new PaperclipError('LOBBY_FULL', { lobby, members: members.length, max });
    }
    return game;
  }

  /** In a place that was taken. */
  #enter(game: ExternalRecord, player: StoredPlayer, sessionId: string): ExternalGame {
    const { timers, onMoved } = this.#o;
    const entered = join(game, personOf(player), sessionId);
    this.#games.set(game.number, entered);
    this.#numberOf.set(player.id, game.number);
    const late = () => {
      this.#startTimers.delete(player.id);
      this.#remove(player.id, 'timed-out');
    };
    this.#startTimers.set(player.id, timers.after(limits.externalStartS * 1000, late));
    onMoved(player.id);
    this.#count();
    return externalView(entered);
  }

  #remove(playerId: string, reason: ExternalRemoval): void {
    const game = this.#of(playerId);
    if (game !== undefined) this.#apply(game, leave(game, playerId, reason));
  }

  #apply(before: ExternalRecord, { game, told, gone, isVisible }: Step): void {
    const { events, lobbies, matches, onMoved } = this.#o;
    const { number } = game;
    this.#games.set(number, game);
    for (const { person, phase } of game.members) {
      if (phase !== 'starting') this.#stopWaiting(person.id);
    }
    for (const { to, signal } of told) {
      const member = memberOf(before, to);
      if (member === undefined) continue;
      const event = { event: 'external.signal', data: { number, signal } } as const;
      events.emitToSession(to, member.sessionId, event);
    }
    for (const { member, reason } of gone) {
      const playerId = member.person.id;
      this.#stopWaiting(playerId);
      this.#numberOf.delete(playerId);
      lobbies.givePlaceBack(playerId, externalLobbyId(number));
      const event = { event: 'external.removed', data: { number, reason } } as const;
      events.emitToSession(playerId, member.sessionId, event);
      onMoved(playerId);
    }
    if (before.state !== game.state) for (const { person } of game.members) onMoved(person.id);
    if (before.state === 'playing' && game.state === 'closed') matches.ended(game);
    if (isVisible) this.#tellLater(number);
    else this.#forgetWhenOver(number);
    this.#count();
  }

  /** All changes of a while together: a host sets dozens of options at once. */
  #tellLater(number: number): void {
    if (this.#tellTimers.has(number)) return;
    const tell = () => {
      this.#tellTimers.delete(number);
      const game = this.#games.get(number);
      if (game !== undefined) this.#followers.tell(game);
      this.#forgetWhenOver(number);
    };
    this.#tellTimers.set(number, this.#o.timers.after(limits.externalChangedAfterMs, tell));
  }

  #forgetWhenOver(number: number): void {
    const game = this.#games.get(number);
    const isOver = game?.state === 'closed' && game.members.length === 0;
    if (!isOver || this.#tellTimers.has(number)) return;
    this.#games.delete(number);
    this.#followers.forget(number);
    this.#count();
  }

  #stopWaiting(playerId: string): void {
    this.#startTimers.get(playerId)?.();
    this.#startTimers.delete(playerId);
  }

  #of(playerId: string): ExternalRecord | undefined {
    return this.#games.get(this.#numberOf.get(playerId) ?? 0);
  }

  #ofSession(playerId: string, sessionId: string): ExternalRecord | undefined {
    const game = this.#of(playerId);
    const isHere = game !== undefined && memberOf(game, playerId)?.sessionId === sessionId;
    return isHere ? game : undefined;
  }

  #requireConnected(playerId: string, sessionId: string): void {
    if (!this.#o.events.hasSession(playerId, sessionId)) throw new PaperclipError('NOT_CONNECTED');
  }

  #count(): void {
    const counts = { starting: 0, lobby: 0, open: 0, playing: 0, closed: 0 };
    for (const { state } of this.#games.values()) counts[state]++;
    for (const [state, count] of Object.entries(counts)) {
      this.#o.metrics.gauge('paperclip_external_games', count, { state });
    }
  }
}
