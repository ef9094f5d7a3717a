// Lobbies: players gather, say that they are ready, and get a match. The copy in memory counts;
// each change is stored before it is acknowledged, and changes of one lobby happen one by one.
//
// It does NOT know how a match is placed or played: it asks a MatchStarter, and is told of the end.

import { PaperclipError } from '../../contract/errors.ts';
import type { EventData } from '../../contract/events.ts';
import { contractLimits as limits } from '../../contract/limits.ts';
import type { Lobby } from '../../contract/schema.ts';
import type { Log, Metrics } from '../../contract/telemetry.ts';
import type { Background } from '../background.ts';
import { decodeCursor, pageOf } from '../cursor.ts';
import type { GameCatalog } from '../games.ts';
import { KeyMutex } from '../key-mutex.ts';
import type { PlayerEventHub } from '../player-events.ts';
import type { Clock, SecureRandom, Timers } from '../ports.ts';
import { AbsenceWatch } from './absence-watch.ts';
import { LobbyIndex } from './lobby-index.ts';
import type { Joiner, LobbyRecord } from './lobby-rules.ts';
import * as rules from './lobby-rules.ts';
import type { LobbyStore } from './lobby-store.ts';

export interface MatchStarter {
  /** Resolves with the match's id when a host runs it. Rejects with SERVER_FULL when none can. */
  start(lobby: LobbyRecord): Promise<string>;
}

export interface LobbiesOptions {
  readonly store: LobbyStore;
  readonly games: GameCatalog;
  readonly starter: MatchStarter;
  readonly events: PlayerEventHub;
  /** One of the two has blocked the other: they are not put together by chance. */
  readonly areKeptApart: (playerId: string, otherId: string) => boolean;
  readonly background: Background;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: SecureRandom;
  readonly log: Log;
  readonly metrics: Metrics;
}

export interface LobbyWish {
  readonly game: string;
  readonly private?: boolean;
  readonly settings?: unknown;
  readonly bots?: number;
}

type RemovalReason = EventData<'lobby.removed'>['reason'];
type Placement = { readonly lobby: LobbyRecord } | { readonly error: unknown };

/** Lobbies that `quick` tries before it opens one: each can fill between the look and the join. */
const quickTriesMax = 10;

export class Lobbies {
  readonly #o: LobbiesOptions;
  readonly #index: LobbyIndex;
  readonly #changes = new KeyMutex(limits.lobbyChangesQueuedMax);
  /** Two players who look for the same game at once must find each other: one looks at a time. */
  readonly #quick = new KeyMutex(limits.commandsInFlightMax);
  readonly #absence: AbsenceWatch;
  /** Matches that ended before their lobby was told that they had begun. */
  readonly #endedEarly = new Set<string>();

  constructor(options: LobbiesOptions) {
    this.#o = options;
    this.#index = new LobbyIndex(options.random, options.metrics);
    this.#absence = new AbsenceWatch({
      clock: options.clock,
      timers: options.timers,
      absenceMs: limits.lobbyAbsenceS * 1000,
      isConnected: (playerId) => options.events.isConnected(playerId),
      onAbsent: (playerId) => this.#removeAbsent(playerId),
    });
    options.events.onLastGone((playerId) => this.#absence.disconnected(playerId));
  }

  /** Once, at start: no match of before runs any more, and everybody gets time to come back. */
  async restore(): Promise<void> {
    for (const stored of await this.#o.store.all()) {
      const why = this.#unfit(stored);
      if (why !== undefined) {
        this.#o.log.warn('lobby closed', { lobbyId: stored.id, game: stored.game, why });
        await this.#o.store.remove(stored.id);
        continue;
      }
      const lobby = stored.state === 'open' ? stored : rules.reopened(stored);
      if (lobby !== stored) await this.#o.store.save(lobby);
      this.#index.put(lobby);
      for (const { playerId } of rules.people(lobby)) {
        this.#absence.watch(playerId);
        // No connection outlived the restart.
        this.#absence.disconnected(playerId);
      }
    }
  }

  /** Why no match of the lobby could start any more, if the games have changed since. */
  #unfit({ game: name, settings, members }: LobbyRecord): string | undefined {
    const game = this.#o.games.find(name);
    if (game === undefined) return 'its game is gone';
    if (!game.checkSettings(settings).ok) return 'its settings fit the game no more';
    if (members.length > game.players.max) return 'it has more members than the game takes';
    const hasBot = members.some((member) => !rules.isPerson(member));
    return hasBot && game.bot === undefined ? 'the game has no bot any more' : undefined;
  }

  close(): void {
    this.#absence.close();
  }

  /** A command came from the player. */
  seen(playerId: string): void {
    this.#absence.seen(playerId);
  }

  of(playerId: string): LobbyRecord | undefined {
    return this.#index.of(playerId);
  }

  view(lobby: LobbyRecord, viewerId?: string): Lobby {
    return rules.lobbyView(lobby, this.#bounds(lobby), viewerId);
  }

  get(lobbyId: string, viewerId: string): LobbyRecord {
    const lobby = this.#index.get(lobbyId);
    const isHidden = lobby?.private === true && rules.memberOf(lobby, viewerId) === undefined;
    if (lobby !== undefined && !isHidden) return lobby;
    throw new PaperclipError('LOBBY_NOT_FOUND', { lobby: lobbyId });
  }

  /** The other people in a lobby of the player's. Throws LOBBY_NOT_FOUND or NOT_IN_LOBBY. */
  othersIn(lobbyId: string, playerId: string): readonly string[] {
    const lobby = this.get(lobbyId, playerId);
    if (rules.memberOf(lobby, playerId) === undefined) {
      throw new PaperclipError('NOT_IN_LOBBY', { player: playerId, lobby: lobbyId });
    }
    return rules
      .people(lobby)
      .map((member) => member.playerId)
      .filter((id) => id !== playerId);
  }

  list(
    wish: { game?: string; limit: number; cursor?: string },
    viewerId?: string,
  ): {
    readonly rows: readonly LobbyRecord[];
    readonly cursor?: string;
  } {
    const [atMs = -1, id = ''] =
      wish.cursor === undefined ? [] : decodeCursor(wish.cursor, ['number', 'string']);
    const after = { createdAtMs: Number(atMs), id: String(id) };
    const rows = this.#withRoom(wish.game, viewerId).filter((lobby) => older(after, lobby) < 0);
    return pageOf(rows, wish.limit, (lobby) => [lobby.createdAtMs, lobby.id]);
  }

  async create(player: Joiner, wish: LobbyWish): Promise<LobbyRecord> {
    const game = this.#o.games.get(wish.game);
    const settings = this.#o.games.settings(game, wish.settings);
    const bots = wish.bots ?? 0;
    if (bots > 0 && game.bot === undefined) {
      throw new PaperclipError('GAME_HAS_NO_BOT', { game: game.name });
    }
    const { id, code } = this.#index.reserveName();
    try {
      this.#index.reservePlace(player.id, id);
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
        createdAtMs: this.#o.clock.now(),
      };
      let lobby = rules.join(empty, player, game.players);
      for (let i = 0; i < bots; i++) lobby = rules.addBot(lobby, player.id, game.players);
      await this.#o.store.save(lobby);
      this.#commit(undefined, lobby, 'left');
      return lobby;
    } catch (error) {
      this.#index.releasePlace(player.id, id);
      this.#index.releaseName(code);
      throw error;
    }
  }

  quick(player: Joiner, gameName: string): Promise<LobbyRecord> {
    const game = this.#o.games.get(gameName);
    return this.#quick.run(game.name, async () => {
      // Beside somebody whose program was killed a stranger would wait for nobody.
      const open = this.#withRoom(game.name, player.id).filter(
        (lobby) =>
          !lobby.banned.includes(player.id) &&
          !rules.people(lobby).some(({ playerId }) => this.#absence.isAway(playerId)),
      );
      for (const lobby of open.slice(0, quickTriesMax)) {
        const joined = await this.#join(player, lobby).catch((error: unknown) => {
          if (isOneOf(error, ['LOBBY_FULL', 'LOBBY_STARTED', 'LOBBY_NOT_FOUND'])) return undefined;
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
    await this.#change(lobbyId, 'left', (lobby) => rules.leave(lobby, playerId));
  }

  /** Waits for the match's placement when this was the last one missing. */
  async ready(playerId: string, lobbyId: string, ready: boolean): Promise<LobbyRecord> {
    this.get(lobbyId, playerId);
    const change = (lobby: LobbyRecord) => rules.setReady(lobby, playerId, ready);
    const { lobby, placement } = await this.#change(lobbyId, 'left', change);
    if (placement === undefined) return lobby;
    const placed = await placement;
    if ('error' in placed) throw placed.error;
    return placed.lobby;
  }

  async kick(by: string, lobbyId: string, playerId: string): Promise<LobbyRecord> {
    this.get(lobbyId, by);
    const change = (lobby: LobbyRecord) => rules.kick(lobby, by, playerId);
    return (await this.#change(lobbyId, 'kicked', change)).lobby;
  }

  async handOver(by: string, lobbyId: string, playerId: string): Promise<LobbyRecord> {
    this.get(lobbyId, by);
    const change = (lobby: LobbyRecord) => rules.handOver(lobby, by, playerId);
    return (await this.#change(lobbyId, 'left', change)).lobby;
  }

  async addBot(by: string, lobbyId: string): Promise<LobbyRecord> {
    const game = this.#o.games.get(this.get(lobbyId, by).game);
    if (game.bot === undefined) throw new PaperclipError('GAME_HAS_NO_BOT', { game: game.name });
    const change = (lobby: LobbyRecord) => rules.addBot(lobby, by, game.players);
    return (await this.#change(lobbyId, 'left', change)).lobby;
  }

  /** The lobby is open again for a rematch, and everybody gets time to come back to it. */
  async matchEnded(lobbyId: string, matchId: string): Promise<void> {
    const isStarting = this.#index.get(lobbyId)?.state === 'starting';
    if (isStarting) this.#endedEarly.add(matchId);
    else await this.#transition(lobbyId, (lobby) => rules.matchOver(lobby, matchId));
  }

  async #join(player: Joiner, lobby: LobbyRecord): Promise<LobbyRecord> {
    this.#index.reservePlace(player.id, lobby.id);
    try {
      const change = (now: LobbyRecord) => rules.join(now, player, this.#bounds(now));
      return (await this.#change(lobby.id, 'left', change)).lobby;
    } catch (error) {
      this.#index.releasePlace(player.id, lobby.id);
      throw error;
    }
  }

  #bounds(lobby: LobbyRecord): rules.Bounds {
    return this.#o.games.get(lobby.game).players;
  }

  #isKeptApart(lobby: LobbyRecord, viewerId: string): boolean {
    return rules.people(lobby).some((member) => this.#o.areKeptApart(member.playerId, viewerId));
  }

  /** Public and open with a free seat, oldest first; without those of who blocked the viewer. */
  #withRoom(game: string | undefined, viewerId?: string): LobbyRecord[] {
    const found: LobbyRecord[] = [];
    for (const lobby of this.#index.all()) {
      if (lobby.private || (game !== undefined && lobby.game !== game)) continue;
      if (viewerId !== undefined && this.#isKeptApart(lobby, viewerId)) continue;
      if (rules.hasRoom(lobby, this.#bounds(lobby))) found.push(lobby);
    }
    return found.sort(older);
  }

  /** A player's change: stored, then taken over, then told; it may be what starts the match. */
  #change(
    lobbyId: string,
    reason: RemovalReason,
    change: (lobby: LobbyRecord) => LobbyRecord,
  ): Promise<{ readonly lobby: LobbyRecord; readonly placement?: Promise<Placement> }> {
    return this.#changes.run(lobbyId, async () => {
      const before = this.#index.get(lobbyId);
      if (before === undefined) throw new PaperclipError('LOBBY_NOT_FOUND', { lobby: lobbyId });
      const changed = change(before);
      if (changed === before) return { lobby: before };
      const starts = rules.canStart(changed, this.#bounds(changed));
      const after = starts ? rules.starting(changed) : changed;
      if (after.members.some(rules.isPerson)) await this.#o.store.save(after);
      else await this.#o.store.remove(lobbyId);
      this.#commit(before, after, reason);
      if (!starts) return { lobby: after };
      const placement = this.#place(after);
      this.#o.background.run('place match', () => placement);
      return { lobby: after, placement };
    });
  }

  /**
   * The platform's change of a lobby's state. It happens in memory even when the store fails:
   * whatever of it is stored, a restart makes the lobby open again.
   */
  async #transition(
    lobbyId: string,
    change: (lobby: LobbyRecord) => LobbyRecord,
  ): Promise<LobbyRecord | undefined> {
    return this.#changes.runAlways(lobbyId, async () => {
      const before = this.#index.get(lobbyId);
      if (before === undefined) return undefined;
      const after = change(before);
      if (after === before) return before;
      await this.#o.store.save(after).catch((error: unknown) => {
        this.#o.log.error('lobby state not stored', { lobbyId, state: after.state, error });
      });
      this.#commit(before, after, 'left');
      return after;
    });
  }

  /** Never rejects: the one who was ready last wants the error, others only the lobby's state. */
  async #place(lobby: LobbyRecord): Promise<Placement> {
    try {
      const matchId = await this.#o.starter.start(lobby);
      const after = await this.#transition(lobby.id, (now) => rules.playing(now, matchId));
      for (const { playerId } of rules.people(lobby)) {
        const data = { matchId, lobbyId: lobby.id, game: lobby.game };
        this.#o.events.emit(playerId, { event: 'match.placed', data });
      }
      if (this.#endedEarly.delete(matchId)) {
        await this.#transition(lobby.id, (now) => rules.matchOver(now, matchId));
      }
      return { lobby: after ?? lobby };
    } catch (error) {
      // Said here, since whoever left or was kicked may have been the last one missing.
      this.#o.log.warn('lobby got no match', { lobbyId: lobby.id, game: lobby.game, error });
      await this.#transition(lobby.id, rules.reopened);
      return { error };
    }
  }

  #commit(before: LobbyRecord | undefined, after: LobbyRecord, reason: RemovalReason): void {
    const isClosed = !after.members.some(rules.isPerson);
    if (isClosed) this.#index.remove(after);
    else this.#index.put(after);
    for (const { playerId } of rules.people(after)) {
      const isNew = before === undefined || rules.memberOf(before, playerId) === undefined;
      const isBack = before?.state !== 'open' && after.state === 'open';
      if (isNew || isBack) this.#absence.watch(playerId);
      const data = { lobby: this.view(after, playerId) };
      this.#o.events.emit(playerId, { event: 'lobby.changed', data });
    }
    for (const { playerId } of before === undefined ? [] : rules.people(before)) {
      if (rules.memberOf(after, playerId) !== undefined) continue;
      this.#absence.unwatch(playerId);
      const data = { lobbyId: after.id, reason };
      this.#o.events.emit(playerId, { event: 'lobby.removed', data });
    }
  }

  #removeAbsent(playerId: string): void {
    const lobby = this.#index.of(playerId);
    // Whoever is in a match is watched anew when it ends.
    if (lobby === undefined || lobby.state !== 'open') return;
    this.#o.background.run('remove absent member', async () => {
      const change = (now: LobbyRecord) => rules.leave(now, playerId);
      await this.#change(lobby.id, 'absent', change).catch((error: unknown) => {
        if (isOneOf(error, ['LOBBY_NOT_FOUND', 'NOT_IN_LOBBY', 'LOBBY_STARTED'])) return;
        // The store failed: without another try the seat would be taken until the next start.
        this.#absence.watch(playerId);
        throw error;
      });
    });
  }
}

const older = (
  a: Pick<LobbyRecord, 'createdAtMs' | 'id'>,
  b: Pick<LobbyRecord, 'createdAtMs' | 'id'>,
): number => a.createdAtMs - b.createdAtMs || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

const isOneOf = (error: unknown, codes: readonly string[]): boolean =>
  error instanceof PaperclipError && codes.includes(error.code);
