// The lobbies that there are: the copy in memory counts; each change is stored before it is told,
// and changes of one lobby happen one by one. A lobby whose members are ready, or whose time has
// come, gets a match here.
//
// It does NOT know what a player may ask for (`lobbies.ts`), nor how a match is placed or played:
// it asks a MatchStarter, and is told of the end.

import { PaperclipError } from '../../contract/errors.ts';
import type { EventData } from '../../contract/events.ts';
import { contractLimits as limits } from '../../contract/limits.ts';
import type { Lobby } from '../../contract/schema.ts';
import type { Log, Metrics } from '../../contract/telemetry.ts';
import type { Background } from '../background.ts';
import type { GameCatalog } from '../games.ts';
import { KeyMutex } from '../key-mutex.ts';
import type { PlayerEventHub } from '../player-events.ts';
import type { Clock, SecureRandom, Timers } from '../ports.ts';
import { AbsenceWatch } from './absence-watch.ts';
import { LobbyIndex } from './lobby-index.ts';
import type { LobbyRecord } from './lobby-rules.ts';
import * as rules from './lobby-rules.ts';
import type { LobbyStore } from './lobby-store.ts';
import { LobbyTimers } from './lobby-timers.ts';

export interface MatchStarter {
  /** Resolves with the match's id when a host runs it. Rejects with SERVER_FULL when none can. */
  start(lobby: LobbyRecord): Promise<string>;
}

export interface LobbyKeeperOptions {
  readonly store: LobbyStore;
  readonly games: GameCatalog;
  readonly starter: MatchStarter;
  readonly events: PlayerEventHub;
  readonly background: Background;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: SecureRandom;
  readonly log: Log;
  readonly metrics: Metrics;
}

type RemovalReason = EventData<'lobby.removed'>['reason'];
type Placement = { readonly lobby: LobbyRecord } | { readonly error: unknown };

/** Hosts come back with the process and must have said so before a lobby of before can start. */
const restoredStartAfterMs = 3_000;
/** First and longest wait between two tries to remove a closed lobby from the store. */
const removeRetryFirstMs = 1_000;
const removeRetryMaxMs = 30_000;

export class LobbyKeeper {
  readonly index: LobbyIndex;
  readonly #o: LobbyKeeperOptions;
  readonly #changes = new KeyMutex(limits.lobbyChangesQueuedMax);
  readonly #absence: AbsenceWatch;
  /** Of timed lobbies that wait, and of closed ones that the store still has. */
  readonly #timers: LobbyTimers;
  /** Matches that ended before their lobby was told that they had begun. */
  readonly #endedEarly = new Set<string>();

  constructor(options: LobbyKeeperOptions) {
    this.#o = options;
    this.index = new LobbyIndex(options.random, options.metrics);
    this.#timers = new LobbyTimers(options.timers);
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
    const all = await this.#o.store.all();
    // Oldest first: of a game's parties the newest stays.
    const parties = new Map(all.filter(({ party }) => party).map(({ game, id }) => [game, id]));
    for (const stored of all) {
      const why = this.#unfit(stored, parties);
      if (why !== undefined) {
        this.#o.log.warn('lobby closed', { lobbyId: stored.id, game: stored.game, why });
        await this.#o.store.remove(stored.id);
        continue;
      }
      const lobby = stored.state === 'open' ? stored : rules.reopened(stored);
      if (lobby !== stored) await this.#o.store.save(lobby);
      this.index.put(lobby);
      this.#startLater(lobby, restoredStartAfterMs);
      for (const { playerId } of rules.people(lobby)) {
        this.#absence.watch(playerId);
        // No connection outlived the restart.
        this.#absence.disconnected(playerId);
      }
    }
  }

  /** Why no match of the lobby can start any more: games change, and a timed lobby has one. */
  #unfit(lobby: LobbyRecord, parties: ReadonlyMap<string, string>): string | undefined {
    const { game: name, settings, members } = lobby;
    const game = this.#o.games.find(name);
    if (game === undefined) return 'its game is gone';
    if (!game.checkSettings(settings).ok) return 'its settings fit the game no more';
    if (members.length > game.players.max) return 'it has more members than the game takes';
    const hasBot = members.some((member) => !rules.isPerson(member));
    if (hasBot && game.bot === undefined) return 'the game has no bot any more';
    if (rules.isTimed(lobby) && lobby.state === 'playing') return 'its match is over';
    // One that had closed while the store failed.
    const isOlder = lobby.party === true && parties.get(name) !== lobby.id;
    return isOlder ? 'its game has another party' : undefined;
  }

  close(): void {
    this.#absence.close();
    this.#timers.close();
  }

  /** A command came from the player. */
  seen(playerId: string): void {
    this.#absence.seen(playerId);
  }

  /** Was here over a connection and is not now. */
  isAway(playerId: string): boolean {
    return this.#absence.isAway(playerId);
  }

  bounds(lobby: LobbyRecord): rules.Bounds {
    return rules.boundsOf(lobby, this.#o.games.get(lobby.game).players);
  }

  view(lobby: LobbyRecord, viewerId?: string): Lobby {
    return rules.lobbyView(lobby, this.bounds(lobby), viewerId);
  }

  /** A new one, under a name and with places that were reserved. */
  async open(lobby: LobbyRecord): Promise<void> {
    await this.#o.store.save(lobby);
    this.#commit(undefined, lobby, 'left');
    this.#startLater(lobby, 0);
  }

  /**
   * The lobby is open again for a rematch, and everybody gets time to come back to it; a timed one
   * closes.
   */
  async matchEnded(lobbyId: string, matchId: string): Promise<void> {
    const isStarting = this.index.get(lobbyId)?.state === 'starting';
    if (isStarting) this.#endedEarly.add(matchId);
    else await this.#transition(lobbyId, (lobby) => rules.matchOver(lobby, matchId));
  }

  /** A player's change: stored, then taken over, then told; it may be what starts the match. */
  change(
    lobbyId: string,
    reason: RemovalReason,
    change: (lobby: LobbyRecord) => LobbyRecord,
  ): Promise<{ readonly lobby: LobbyRecord; readonly placement?: Promise<Placement> }> {
    return this.#changes.run(lobbyId, async () => {
      const before = this.index.get(lobbyId);
      if (before === undefined) throw new PaperclipError('LOBBY_NOT_FOUND', { lobby: lobbyId });
      const changed = change(before);
      if (changed === before) return { lobby: before };
      const starts = rules.canStart(changed, this.bounds(changed));
      const after = starts ? rules.starting(changed) : changed;
      await this.#write(after);
      this.#commit(before, after, reason);
      if (!starts) return { lobby: after };
      const placement = this.#place(after);
      this.#o.background.run('place match', () => placement);
      return { lobby: after, placement };
    });
  }

  /**
   * The platform's change of a lobby's state. It happens in memory even when the store fails:
   * whatever of it is stored, a restart makes the lobby open again, or closes it.
   */
  async #transition(
    lobbyId: string,
    change: (lobby: LobbyRecord) => LobbyRecord,
    reason: RemovalReason = 'closed',
  ): Promise<{ readonly before: LobbyRecord; readonly after: LobbyRecord } | undefined> {
    return this.#changes.runAlways(lobbyId, async () => {
      const before = this.index.get(lobbyId);
      if (before === undefined) return undefined;
      const after = change(before);
      if (after === before) return { before, after };
      const isStored = await this.#write(after).then(
        () => true,
        (error: unknown) => {
          this.#o.log.error('lobby state not stored', { lobbyId, state: after.state, error });
          return false;
        },
      );
      this.#commit(before, after, reason);
      if (!isStored && rules.isClosed(after)) this.#removeLater(lobbyId);
      return { before, after };
    });
  }

  async #write(lobby: LobbyRecord): Promise<void> {
    if (rules.isClosed(lobby)) await this.#o.store.remove(lobby.id);
    else await this.#o.store.save(lobby);
  }

  /** Until it is gone: as long as the store has it, its members can be stored in no other. */
  #removeLater(lobbyId: string, retryMs = removeRetryFirstMs): void {
    const { background, log, store } = this.#o;
    const remove = async () => {
      await store.remove(lobbyId).catch((error: unknown) => {
        log.error('closed lobby not removed yet', { lobbyId, retryMs, error });
        this.#removeLater(lobbyId, Math.min(2 * retryMs, removeRetryMaxMs));
      });
    };
    this.#timers.arm(lobbyId, retryMs, () => background.run('remove closed lobby', remove));
  }

  /** The clock may have been set since the time was chosen: it never waits longer than that. */
  #startLater(lobby: LobbyRecord, afterMsMin: number): void {
    if (lobby.startsAtMs === undefined) return;
    const leftMs = Math.min(
      lobby.startsAtMs - this.#o.clock.now(),
      limits.lobbyStartsInSMax * 1000,
    );
    const start = () => this.#startTimed(lobby.id);
    this.#timers.arm(lobby.id, Math.max(leftMs, afterMsMin), () =>
      this.#o.background.run('start timed lobby', start),
    );
  }

  async #startTimed(lobbyId: string): Promise<void> {
    const change = (lobby: LobbyRecord) => rules.atItsTime(lobby, this.bounds(lobby));
    const changed = await this.#transition(lobbyId, change, 'too-few');
    if (changed === undefined || changed.after === changed.before) return;
    if (!rules.isClosed(changed.after)) await this.#place(changed.after);
  }

  /** Never rejects: the one who was ready last wants the error, others only the lobby's state. */
  async #place(lobby: LobbyRecord): Promise<Placement> {
    try {
      const matchId = await this.#o.starter.start(lobby);
      const placed = await this.#transition(lobby.id, (now) => rules.playing(now, matchId));
      for (const { playerId } of rules.people(lobby)) {
        const data = { matchId, lobbyId: lobby.id, game: lobby.game };
        this.#o.events.emit(playerId, { event: 'match.placed', data });
      }
      if (this.#endedEarly.delete(matchId)) {
        await this.#transition(lobby.id, (now) => rules.matchOver(now, matchId));
      }
      return { lobby: placed?.after ?? lobby };
    } catch (error) {
      // Said here, since whoever left or was kicked may have been the last one missing.
      this.#o.log.warn('lobby got no match', { lobbyId: lobby.id, game: lobby.game, error });
      const reason = rules.isRefusal(error, ['SERVER_FULL']) ? 'no-room' : 'closed';
      await this.#transition(lobby.id, rules.over, reason);
      return { error };
    }
  }

  #commit(before: LobbyRecord | undefined, after: LobbyRecord, reason: RemovalReason): void {
    if (rules.isClosed(after)) this.index.remove(after);
    else this.index.put(after);
    if (rules.isClosed(after) || after.state !== 'open') this.#timers.cancel(after.id);
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
    const lobby = this.index.of(playerId);
    // Whoever is in a match is watched anew when it ends.
    if (lobby === undefined || lobby.state !== 'open') return;
    this.#o.background.run('remove absent member', async () => {
      const change = (now: LobbyRecord) => rules.leave(now, playerId);
      await this.change(lobby.id, 'absent', change).catch((error: unknown) => {
        if (rules.isRefusal(error, ['LOBBY_NOT_FOUND', 'NOT_IN_LOBBY', 'LOBBY_STARTED'])) return;
        // The store failed: without another try the seat would be taken until the next start.
        this.#absence.watch(playerId);
        throw error;
      });
    });
  }
}
