// Open rounds as a service: for each game that allows it, a room that follows a shared log, the
// commands of this server's players written into it, and what they see told to them.
//
// All that is decided is decided by the room from the log (`round-room.ts`), so that several
// servers play one round; here it is only asked, waited for and told.

import { PaperclipError } from '../../contract/errors.ts';
import type { PlatformEvent } from '../../contract/events.ts';
import type { Log, Metrics } from '../../contract/telemetry.ts';
import type { Game } from '../../game/define-game.ts';
import type { Background } from '../background.ts';
import { BusFailure, BusTimeout, type PlatformBus } from '../bus.ts';
import type { GameCatalog } from '../games.ts';
import { newId, newSecret, timestamp } from '../ids.ts';
import type { MatchStore } from '../match/match-store.ts';
import type { PlayerEventHub } from '../player-events.ts';
import type { Clock, SecureRandom, Timers } from '../ports.ts';
import type { LogNews, RoundChange, RoundEntry, RoundMember } from '../shared-log.ts';
import type { EndedRound } from './open-round.ts';
import { roundLimits as limits } from './round-limits.ts';
import { RoundRecords } from './round-records.ts';
import { type RoundResult, RoundRoom } from './round-room.ts';
import { RoundServers } from './round-servers.ts';

export interface OpenRoundsOptions {
  readonly store: MatchStore;
  readonly bus: PlatformBus;
  readonly games: GameCatalog;
  readonly events: PlayerEventHub;
  readonly background: Background;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: SecureRandom;
  readonly log: Log;
  readonly metrics: Metrics;
}

export interface RoundCaller {
  readonly playerId: string;
  readonly sessionId: string;
}

interface Room {
  readonly game: Game;
  readonly state: RoundRoom;
  readonly stop: () => void;
  /** By `ask`: who waits for what an entry of ours comes to. */
  readonly asked: Map<number, (result: RoundResult) => void>;
  /** The round whose time limit is waited for. */
  timed: { readonly roundId: string; readonly cancel: () => void } | undefined;
}

export interface JoinedRound {
  readonly game: string;
  readonly roundId: string;
  /** Absent: the player waits for the next round. */
  readonly seat?: number;
}

export class OpenRounds {
  readonly #o: OpenRoundsOptions;
  readonly #serverId: string;
  readonly #rooms: ReadonlyMap<string, Room>;
  readonly #servers: RoundServers;
  readonly #records: RoundRecords;
  #asks = 0;
  #isClosed = false;

  constructor(options: OpenRoundsOptions) {
    this.#o = options;
    this.#serverId = newId(options.random, 16);
    this.#records = new RoundRecords(options);
    this.#servers = new RoundServers({
      ...options,
      serverId: this.#serverId,
      onSilent: (serverId) => this.#takeOut(serverId),
    });
    const games = options.games.all.filter(({ dropIn }) => dropIn !== undefined);
    this.#rooms = new Map(games.map((game) => [game.name, this.#open(game)]));
    options.events.onSessionGone((playerId, sessionId) => this.#sessionGone(playerId, sessionId));
  }

  /** This server's players leave their rounds; nothing is followed or told any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#servers.close();
    for (const room of this.#rooms.values()) {
      if (this.#own(room).length > 0) {
        const change = { kind: 'server-gone', serverId: this.#serverId } as const;
        await this.#ask(room, change).catch(() => undefined);
      }
      room.stop();
      room.timed?.cancel();
    }
    this.#records.close();
  }

  /** The first view may come before this has answered. */
  async join(caller: RoundCaller & Pick<RoundMember, 'name' | 'isAccount'>, name: string) {
    const room = this.#room(name);
    const { playerId, sessionId, isAccount } = caller;
    this.#requireConnection(caller);
    const change = { kind: 'join', playerId, sessionId, name: caller.name, isAccount } as const;
    const result = await this.#ask(room, change);
    if (result.kind === 'elsewhere') throw new PaperclipError('IN_ROUND_ELSEWHERE', { game: name });
    if (result.kind === 'full') {
      throw new PaperclipError('ROUND_FULL', { game: name, max: room.game.players.max });
    }
    if (!this.#o.events.hasSession(playerId, sessionId)) {
      this.#sessionGone(playerId, sessionId);
      throw new PaperclipError('NOT_CONNECTED');
    }
    return this.#joined(room, playerId);
  }

  async input(
    { playerId, sessionId }: RoundCaller,
    { game, roundId, input: given }: { game: string; roundId: string; input: unknown },
  ): Promise<void> {
    const room = this.#room(game);
    this.#requireMember(room, playerId, sessionId);
    const { round } = room.state;
    if (round?.id !== roundId) throw new PaperclipError('ROUND_OVER', { game });
    const checked = room.game.checkInput(given);
    if (!checked.ok) throw refused(checked.error.message);
    const { value, bytes } = checked.value;
    const seat = round.seatOf(playerId);
    if (seat === undefined || !round.isActive(seat)) {
      throw refused('you left this round; wait for the next');
    }
    // Asked here first: what is refused anyway takes no room in the log.
    const why = round.refusal(seat, value);
    if (why !== undefined) throw refused(why);
    const change = { kind: 'input', playerId, roundId, input: value, bytes } as const;
    const result = await this.#ask(room, change);
    if (result.kind === 'refused') throw refused(result.problem);
    if (result.kind === 'over') throw new PaperclipError('ROUND_OVER', { game });
    if (result.kind !== 'done') throw new PaperclipError('NOT_IN_ROUND', { game });
  }

  async leave({ playerId, sessionId }: RoundCaller, game: string): Promise<void> {
    const room = this.#room(game);
    this.#requireMember(room, playerId, sessionId);
    await this.#ask(room, { kind: 'leave', playerId, sessionId });
  }

  /** Who is in the room, and the round that runs. */
  get(name: string) {
    const { state } = this.#room(name);
    const { round } = state;
    const players = [...state.members.values()].map(({ playerId, name: playerName }) => {
      const seat = round?.seatOf(playerId);
      const isSeated = seat !== undefined && round?.isActive(seat) === true;
      return { playerId, name: playerName, ...(isSeated ? { seat } : {}) };
    });
    if (round === undefined) return { game: name, players };
    return { game: name, players, roundId: round.id, startedAt: timestamp(round.startedAtMs) };
  }

  #room(name: string): Room {
    const room = this.#rooms.get(this.#o.games.get(name).name);
    if (room === undefined) throw new PaperclipError('NO_OPEN_ROUNDS', { game: name });
    return room;
  }

  #requireConnection({ playerId, sessionId }: RoundCaller): void {
    if (!this.#o.events.hasSession(playerId, sessionId)) throw new PaperclipError('NOT_CONNECTED');
  }

  #requireMember({ state, game }: Room, playerId: string, sessionId: string): void {
    if (state.members.get(playerId)?.sessionId === sessionId) return;
    throw new PaperclipError('NOT_IN_ROUND', { game: game.name });
  }

  #joined({ state, game }: Room, playerId: string): JoinedRound {
    const { round } = state;
    if (round === undefined) throw new PaperclipError('NOT_IN_ROUND', { game: game.name });
    const seat = round.seatOf(playerId);
    const isSeated = seat !== undefined && round.isActive(seat);
    return { game: game.name, roundId: round.id, ...(isSeated ? { seat } : {}) };
  }

  /** What our entry comes to, when the log has it. */
  async #ask(room: Room, change: RoundChange): Promise<RoundResult> {
    const { bus, clock, random, timers } = this.#o;
    this.#asks += 1;
    const ask = this.#asks;
    const entry: RoundEntry = {
      serverId: this.#serverId,
      ask,
      atMs: clock.now(),
      next: { roundId: newId(random, 10), seed: newSecret(random, 16) },
      change,
    };
    const { promise, resolve, reject } = Promise.withResolvers<RoundResult>();
    room.asked.set(ask, resolve);
    const cancel = timers.after(limits.answerMs, () => reject(new PaperclipError('BUSY')));
    try {
      bus.append('rounds', room.game.name, entry).catch(reject);
      return await promise;
    } catch (cause) {
      if (!(cause instanceof BusTimeout || cause instanceof BusFailure)) throw cause;
      throw new PaperclipError('BUSY');
    } finally {
      cancel();
      room.asked.delete(ask);
    }
  }

  #askLater(room: Room, change: RoundChange): void {
    if (this.#isClosed) return;
    this.#o.background.run(`round: ${change.kind}`, () => this.#ask(room, change));
  }

  #open(game: Game): Room {
    const room: Room = {
      game,
      state: new RoundRoom(game),
      stop: this.#o.bus.follow('rounds', game.name, (news) => this.#hear(room, news)),
      asked: new Map(),
      timed: undefined,
    };
    return room;
  }

  #hear(room: Room, news: LogNews<'rounds'>): void {
    if (news.kind === 'base') {
      room.state.reset(news.base);
      this.#afterwards(room);
      this.#tellViews(room);
      return;
    }
    const { position, entry } = news;
    const before = room.state.members;
    const taken = entry.change.kind === 'server-gone' ? [...before.values()] : [];
    const { result, ended, hasChanged } = room.state.apply(entry);
    if (ended !== undefined) this.#tellEnd(room, ended);
    if (hasChanged && !this.#isClosed) this.#tellViews(room);
    if (entry.serverId === this.#serverId) room.asked.get(entry.ask)?.(result);
    this.#rejoin(room, entry, taken);
    this.#afterwards(room);
    const { base } = room.state;
    if (base === undefined) return;
    this.#o.background.run('compact round', () =>
      // The next who comes to a beginning does it as well.
      this.#o.bus.compact('rounds', room.game.name, position, base).catch(() => undefined),
    );
  }

  /** Others took this server for dead: its players come back, for the next round. */
  #rejoin(room: Room, { change, serverId }: RoundEntry, taken: readonly RoundMember[]): void {
    const isOurs = change.kind === 'server-gone' && change.serverId === this.#serverId;
    if (!isOurs || serverId === this.#serverId) return;
    for (const member of taken) {
      if (member.serverId !== this.#serverId) continue;
      const { playerId, sessionId, name, isAccount } = member;
      if (!this.#o.events.hasSession(playerId, sessionId)) continue;
      this.#askLater(room, { kind: 'join', playerId, sessionId, name, isAccount });
    }
  }

  /** What follows from who is in the rooms now. */
  #afterwards(room: Room): void {
    if (this.#isClosed) return;
    const present = new Set<string>();
    for (const { state } of this.#rooms.values()) {
      for (const { serverId } of state.members.values()) present.add(serverId);
    }
    this.#servers.setPresent(present);
    const { round } = room.state;
    if (room.timed?.roundId === round?.id) return;
    room.timed?.cancel();
    room.timed = undefined;
    if (round === undefined) return;
    const roundId = round.id;
    const leftMs = Math.max(0, round.startedAtMs + limits.roundMsMax - this.#o.clock.now());
    const expire = () => this.#askLater(room, { kind: 'expire', roundId });
    room.timed = { roundId, cancel: this.#o.timers.after(leftMs, expire) };
  }

  #takeOut(serverId: string): void {
    this.#o.log.warn('server gone, its players leave their rounds', { serverId });
    for (const room of this.#rooms.values()) {
      const members = [...room.state.members.values()];
      if (members.some((member) => member.serverId === serverId)) {
        this.#askLater(room, { kind: 'server-gone', serverId });
      }
    }
  }

  #sessionGone(playerId: string, sessionId: string): void {
    for (const room of this.#rooms.values()) {
      if (room.state.members.get(playerId)?.sessionId === sessionId) {
        this.#askLater(room, { kind: 'leave', playerId, sessionId });
      }
    }
  }

  #own({ state }: Room): readonly RoundMember[] {
    return [...state.members.values()].filter(({ serverId }) => serverId === this.#serverId);
  }

  #tellEnd(room: Room, ended: EndedRound): void {
    this.#records.add(ended);
    const game = room.game.name;
    const { matchId: roundId, reason, ticks: tick } = ended.record;
    for (const { playerId, sessionId } of this.#own(room)) {
      const tell = (event: PlatformEvent) =>
        this.#o.events.emitToSession(playerId, sessionId, event);
      const seat = ended.players.findIndex((one) => one.playerId === playerId);
      // Who waits for the next round was not in this one, or left it.
      if (ended.stayed[seat] !== true) continue;
      const view = ended.views[seat];
      if (view !== undefined) {
        tell({ event: 'round.view', data: { game, roundId, seat, view, tick } });
      }
      tell({ event: 'round.ended', data: { game, roundId, reason } });
    }
  }

  #tellViews(room: Room): void {
    const { round } = room.state;
    if (round === undefined) return;
    const { id: roundId, tick } = round;
    for (const { playerId, sessionId } of this.#own(room)) {
      const seat = round.seatOf(playerId);
      if (seat === undefined || !round.isActive(seat)) continue;
      const view = round.view(seat);
      if (view === undefined) continue;
      const data = { game: room.game.name, roundId, seat, view, tick };
      this.#o.events.emitToSession(playerId, sessionId, { event: 'round.view', data });
    }
  }
}

const refused = (problem: string): PaperclipError =>
  new PaperclipError('INPUT_REFUSED', { problem: problem.replace(/\.$/, '') });
