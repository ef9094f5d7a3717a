// Runs one match: takes what players do and what the clock says, steps the game, sends each seat
// its view, and ends with a record. It does no I/O and knows no bots, links or lobbies.
//
// Order of calls, as with the protocol core: after every `handle*`, `fail` and `abandon`, call
// `poll()` until it returns undefined and act on each output. Call `handleTimeout(now)` at the last
// `timeout`'s `atMs` at the latest. Nothing is due after `ended`; a player who joins then is still
// answered with the final view. `nowMs` is any clock; while it runs backwards it stands still here.
//
// A game function that throws ends the match as `failed`; nothing it does reaches the caller.
// Long because it is the wiring of one state machine; its mechanisms have their own files.

import { type Err, err, ok, type Result } from '../base/result.ts';
import type { Outcome, Seat } from './define-game.ts';
import { finalRanking } from './final-ranking.ts';
import { InputLogBuilder, type LoggedInput } from './input-log.ts';
import { gameLimits } from './limits.ts';
import {
  afterTick,
  afterTurnStep,
  clockDueMs,
  type MatchClock,
  startClock,
} from './match-clock.ts';
import type { MatchRecord } from './match-record.ts';
import { type MatchPlan, type MatchSetup, matchPlan } from './match-setup.ts';
import type {
  ClientMessage,
  HostMessage,
  HostMessageOf,
  MatchChannel,
  MatchEndReason,
  RefusalCode,
} from './messages.ts';
import { SeatPlace } from './seat-place.ts';
import { deepFreeze, GameFault, Simulation } from './simulation.ts';
import type { ViewAround } from './view-stream.ts';
import { WaitingInputs } from './waiting-inputs.ts';

export type MatchOutput =
  | {
      readonly kind: 'send';
      readonly seat: Seat;
      readonly channel: MatchChannel;
      readonly message: HostMessage;
    }
  /** Once. The seats that are connected were told. */
  | { readonly kind: 'ended'; readonly record: MatchRecord }
  /** Replaces an earlier one; none comes after `ended`. */
  | { readonly kind: 'timeout'; readonly atMs: number };

interface Ending {
  readonly reason: MatchEndReason;
  readonly outcome?: Outcome | undefined;
  readonly detail?: string;
}

type Phase =
  | { readonly kind: 'joining'; readonly untilMs: number }
  | {
      readonly kind: 'playing';
      readonly startedAtMs: number;
      readonly clock: MatchClock;
    }
  | { readonly kind: 'ended'; readonly record: MatchRecord };

type Refusal = Omit<HostMessageOf<'refused'>, 'kind' | 'sequence'>;

interface Timer {
  readonly atMs: number;
  readonly run: () => void;
}

export class MatchRunner {
  readonly #plan: MatchPlan;
  readonly #seats: readonly SeatPlace[];
  readonly #log: InputLogBuilder;
  readonly #outputs: MatchOutput[] = [];
  #simulation: Simulation | undefined;
  #phase: Phase;
  #nowMs: number;
  #toldTimeoutMs: number | undefined;
  /** Inputs for the next ticks (real-time games). */
  readonly #waiting: WaitingInputs;
  /** Seats that left and of which no step knows so far. */
  #leavers: Seat[] = [];
  /** Who left, in the order of leaving; seats that left at once share a group. */
  readonly #left: (readonly Seat[])[] = [];

  /** Throws a TypeError when the setup is wrong; what the game throws ends the match instead. */
  constructor(setup: MatchSetup) {
    this.#plan = matchPlan(setup);
    const { game, seats, settings, seed, options } = this.#plan;
    this.#nowMs = setup.nowMs;
    this.#seats = seats.map(() => new SeatPlace(game.tickHz, setup.nowMs));
    this.#log = new InputLogBuilder(seats.length);
    this.#waiting = new WaitingInputs(seats.length);
    this.#phase = { kind: 'joining', untilMs: setup.nowMs + options.joinTimeoutMs };
    this.#run(setup.nowMs, () => {
      const freeze = options.freezeStates;
      this.#simulation = new Simulation({ game, players: seats.length, settings, seed, freeze });
    });
  }

  get isEnded(): boolean {
    return this.#phase.kind === 'ended';
  }

  /** A player's connection is there: the first, or the next one after a loss. */
  handleJoin(nowMs: number, seat: Seat): void {
    const place = this.#place(seat);
    this.#run(nowMs, () => {
      const before = place.state;
      place.state = before.kind === 'left' ? { ...before, isConnected: true } : { kind: 'here' };
      this.#welcome(seat, place);
      const phase = this.#phase;
      if (phase.kind === 'ended') {
        this.#showEnd(seat, place, phase.record);
        return;
      }
      if (before.kind === 'expected' || before.kind === 'away') this.#tellStatus(seat);
      if (phase.kind === 'joining') this.#beginWhenComplete();
      else this.#sendView(seat, place);
    });
  }

  /** The connection was lost. The seat is kept for `reconnectGraceMs`. */
  handleLeave(nowMs: number, seat: Seat): void {
    const place = this.#place(seat);
    this.#run(nowMs, () => {
      if (place.state.kind === 'left') place.state = { kind: 'left', isConnected: false };
      if (place.state.kind !== 'here') return;
      const untilMs = this.#nowMs + this.#plan.options.reconnectGraceMs;
      place.state = { kind: 'away', untilMs };
      if (this.#phase.kind !== 'ended') this.#tellStatus(seat);
    });
  }

  /** The player gave up. */
  handleForfeit(nowMs: number, seat: Seat): void {
    const place = this.#place(seat);
    this.#run(nowMs, () => {
      if (this.#phase.kind !== 'ended' && place.isActive) this.#leave([seat], 'forfeit');
    });
  }

  /**
   * What a player wants to do: anything at all, checked here. Repeats are dropped. True when a step
   * took it or will take it; of the others, most are told to be refused.
   */
  handleInput(nowMs: number, seat: Seat, sequence: number, value: unknown): boolean {
    const place = this.#place(seat);
    let isTaken = false;
    this.#run(nowMs, () => {
      const isNew = Number.isInteger(sequence) && sequence > place.lastSequence;
      if (!place.isConnected || !isNew || sequence > 4294967295) return;
      place.lastSequence = sequence;
      if (place.takeInput(this.#nowMs)) isTaken = this.#takeInput(seat, place, sequence, value);
      else this.#refuseTooFast(seat, place, sequence);
    });
    return isTaken;
  }

  /** Real-time games: the player has view `n`. 0, in all games: a full view is needed. */
  handleViewAck(nowMs: number, seat: Seat, n: number): void {
    const place = this.#place(seat);
    this.#run(nowMs, () => {
      if (place.state.kind !== 'here' || !place.takeAck(this.#nowMs)) return;
      if (n !== 0) {
        place.views.ack(n);
        return;
      }
      place.views.reset();
      if (this.#phase.kind === 'playing' && this.#phase.clock.kind === 'turns') {
        this.#sendView(seat, place);
      }
    });
  }

  /** Any message of a client, as `decodeClientMessage` gave it. False: an input not taken. */
  handleMessage(nowMs: number, seat: Seat, message: ClientMessage): boolean {
    switch (message.kind) {
      case 'input':
        return this.handleInput(nowMs, seat, message.sequence, message.input);
      case 'view-ack':
        this.handleViewAck(nowMs, seat, message.n);
        return true;
      case 'forfeit':
        this.handleForfeit(nowMs, seat);
        return true;
      default:
        message satisfies never;
        return false;
    }
  }

  handleTimeout(nowMs: number): void {
    this.#run(nowMs, () => {});
  }

  /** The host stops. Nobody wins or loses. */
  abandon(nowMs: number, detail: string): void {
    this.#run(nowMs, () => this.#end({ reason: 'abandoned', detail }));
  }

  /** Something that belongs to the game and runs outside, such as its bot, threw. */
  fail(nowMs: number, detail: string): void {
    this.#run(nowMs, () => this.#end({ reason: 'failed', detail }));
  }

  poll(): MatchOutput | undefined {
    const output = this.#outputs.shift();
    if (output !== undefined) return output;
    const atMs = this.#nextTimer()?.atMs;
    if (atMs === undefined || atMs === this.#toldTimeoutMs) return undefined;
    this.#toldTimeoutMs = atMs;
    return { kind: 'timeout', atMs };
  }

  #place(seat: Seat): SeatPlace {
    const place = this.#seats[seat];
    if (place === undefined) throw new RangeError(`the match has no seat ${seat}`);
    return place;
  }

  /** Every way in: brings the match up to now, acts, and turns a game's fault into an end. */
  #run(nowMs: number, act: () => void): void {
    if (!Number.isFinite(nowMs)) throw new TypeError(`nowMs must be a time, not ${nowMs}`);
    this.#nowMs = Math.max(this.#nowMs, nowMs);
    try {
      for (let timer = this.#nextTimer(); timer !== undefined; timer = this.#nextTimer()) {
        if (timer.atMs > this.#nowMs) break;
        timer.run();
      }
      act();
    } catch (cause) {
      if (!(cause instanceof GameFault)) throw cause;
      this.#end({ reason: 'failed', detail: cause.message });
    }
  }

  /** The timer table. The earliest is next; of equal ones, the first in this order. */
  #nextTimer(): Timer | undefined {
    const phase = this.#phase;
    if (phase.kind === 'ended') return undefined;
    const timers: Timer[] = [];
    if (phase.kind === 'joining') {
      // Who has not joined by then is out.
      timers.push({ atMs: phase.untilMs, run: () => this.#dropAbsent() });
    } else {
      const { clock, startedAtMs } = phase;
      // The next tick of a real-time game; or the turn's time is over.
      const dueMs = clockDueMs(clock);
      if (dueMs !== undefined) timers.push({ atMs: dueMs, run: () => this.#clockRang() });
      // The match has lasted long enough.
      const atMs = startedAtMs + this.#plan.options.matchTimeLimitMs;
      timers.push({ atMs, run: () => this.#end(this.#ranked('time-limit')) });
    }
    for (const { state } of this.#seats) {
      // A lost connection did not come back.
      if (state.kind === 'away') {
        timers.push({ atMs: state.untilMs, run: () => this.#dropAway() });
      }
    }
    return timers.reduce((first, timer) => (timer.atMs < first.atMs ? timer : first));
  }

  #dropAbsent(): void {
    this.#leave(
      this.#seatsWhere(({ state }) => state.kind === 'expected'),
      'no-show',
    );
  }

  /** All who are overdue leave together: a late call must not choose a winner among them. */
  #dropAway(): void {
    const isOverdue = ({ state }: SeatPlace): boolean =>
      state.kind === 'away' && state.untilMs <= this.#nowMs;
    this.#leave(this.#seatsWhere(isOverdue), 'forfeit');
  }

  #seatsWhere(test: (place: SeatPlace) => boolean): Seat[] {
    return this.#seats.flatMap((place, seat) => (test(place) ? [seat] : []));
  }

  #leave(seats: readonly Seat[], reason: 'forfeit' | 'no-show'): void {
    for (const seat of seats) {
      const place = this.#place(seat);
      place.state = { kind: 'left', isConnected: place.isConnected };
    }
    this.#left.push(seats);
    this.#leavers.push(...seats);
    for (const seat of seats) this.#tellStatus(seat);
    const active = this.#seatsWhere((place) => place.isActive);
    const people = this.#plan.seats.flatMap(({ bot }, seat) => (bot ? [] : [seat]));
    const peopleGone = people.length > 0 && !people.some((seat) => active.includes(seat));
    const { playsOnAlone = false } = this.#plan.game;
    const isAlone = active.length === 1 && this.#seats.length > 1 && !playsOnAlone;
    if (active.length === 0 || isAlone || peopleGone) {
      this.#end(this.#ranked(reason));
    } else if (this.#phase.kind === 'joining') this.#beginWhenComplete();
    else if (this.#plan.game.tickHz === undefined) this.#step([], false);
  }

  #beginWhenComplete(): void {
    if (this.#seats.some(({ state }) => state.kind === 'expected')) return;
    const { tickHz } = this.#plan.game;
    const startedAtMs = this.#nowMs;
    this.#phase = { kind: 'playing', startedAtMs, clock: startClock(startedAtMs, tickHz) };
    if (this.#leavers.length > 0 && tickHz === undefined) this.#step([], false);
    else this.#afterStep();
  }

  #clockRang(): void {
    if (this.#phase.kind !== 'playing') return;
    const { clock } = this.#phase;
    if (clock.kind === 'turns') this.#step([], true);
    else {
      this.#phase = { ...this.#phase, clock: afterTick(this.#nowMs, clock) };
      this.#step(this.#waiting.take(), false);
    }
  }

  #takeInput(seat: Seat, place: SeatPlace, sequence: number, value: unknown): boolean {
    const judged = this.#judge(seat, place, value);
    if (!judged.ok) this.#send(seat, { kind: 'refused', sequence, ...judged.error });
    else if (this.#plan.game.tickHz === undefined) this.#step([judged.value], false);
    else this.#waiting.add(judged.value, sequence);
    return judged.ok;
  }

  /** Everything that an input must pass, cheapest first. Passing takes room in the log. */
  #judge(seat: Seat, place: SeatPlace, value: unknown): Result<LoggedInput, Refusal> {
    const refuse = (code: RefusalCode, message: string): Err<Refusal> => err({ code, message });
    if (this.#phase.kind === 'ended') return refuse('ended', 'the match is over');
    if (place.state.kind === 'left') return refuse('left', 'you left this match');
    if (this.#phase.kind === 'joining') {
      return refuse('not-started', 'the match begins when everyone is here');
    }
    if (!this.#waiting.hasRoom(seat)) {
      return refuse('too-fast', `${gameLimits.inputsWaitingMax} of your inputs wait already`);
    }
    const checked = this.#plan.game.checkInput(value);
    if (!checked.ok) return err({ code: 'malformed', ...checked.error });
    const { value: input, bytes } = checked.value;
    const why = this.#simulation?.refusal(seat, input);
    if (why !== undefined) return refuse('rules', why);
    if (!this.#log.reserve(seat, bytes)) {
      return refuse('log-full', 'this match keeps no more inputs of yours');
    }
    // The log keeps this very value: a step that wrote into it would change what a replay reads.
    deepFreeze(input);
    return ok({ seat, input, bytes });
  }

  #refuseTooFast(seat: Seat, place: SeatPlace, sequence: number): void {
    if (!place.takeNotice(this.#nowMs)) return;
    const message = 'wait a moment between inputs';
    this.#send(seat, { kind: 'refused', sequence, code: 'too-fast', message });
  }

  #step(inputs: readonly LoggedInput[], timedOut: boolean): void {
    const simulation = this.#simulation;
    if (simulation === undefined) return;
    const left = this.#leavers;
    this.#leavers = [];
    const given = inputs.map(({ seat, input }) => ({ seat, input }));
    const isTurn = this.#plan.game.tickHz === undefined;
    const startedAtMs = this.#phase.kind === 'playing' ? this.#phase.startedAtMs : this.#nowMs;
    const elapsedMs = Math.floor(this.#nowMs - startedAtMs);
    const events = { inputs: given, timedOut, left };
    simulation.step(isTurn ? { ...events, elapsedMs } : events);
    if (isTurn || inputs.length > 0 || left.length > 0) {
      this.#log.add(simulation.tick, inputs, timedOut, left, isTurn ? elapsedMs : undefined);
    }
    if (this.#log.isFull) {
      throw new GameFault(`log full: over logBytesMax (${gameLimits.logBytesMax} bytes)`);
    }
    if (simulation.tick >= gameLimits.ticksMax) {
      throw new GameFault(`log full: ticksMax (${gameLimits.ticksMax} steps) reached`);
    }
    this.#afterStep();
  }

  #afterStep(): void {
    const simulation = this.#simulation;
    if (simulation === undefined || this.#phase.kind !== 'playing') return;
    const outcome = simulation.outcome();
    if (outcome !== undefined) {
      this.#end({ reason: 'outcome', outcome });
      return;
    }
    if (this.#phase.clock.kind === 'turns') {
      const turn = simulation.turn();
      const timeMs = simulation.turnTimeMs();
      const clock = afterTurnStep(this.#nowMs, this.#phase.clock, turn, timeMs);
      this.#phase = { ...this.#phase, clock };
    }
    for (const [seat, place] of this.#seats.entries()) this.#sendView(seat, place);
  }

  #sendView(seat: Seat, place: SeatPlace, isFinal = false): void {
    const simulation = this.#simulation;
    if (simulation === undefined || place.state.kind !== 'here') return;
    const view = simulation.view(seat);
    const clock = this.#phase.kind === 'playing' && !isFinal ? this.#phase.clock : undefined;
    const around: ViewAround = {
      tick: simulation.tick,
      lastSequence: this.#waiting.decided(seat, place.lastSequence),
      turnEndsAtMs: clock?.kind === 'turns' ? clock.endsAtMs : undefined,
    };
    const isLive = this.#plan.game.tickHz !== undefined;
    const next =
      isFinal && isLive
        ? place.views.final(this.#nowMs, view, around)
        : place.views.next(this.#nowMs, view, around);
    if (next !== undefined) this.#send(seat, next.message, next.channel);
  }

  #welcome(seat: Seat, place: SeatPlace): void {
    const { matchId, game, settings, seats } = this.#plan;
    place.views.reset();
    this.#send(seat, {
      kind: 'welcome',
      matchId,
      game: game.name,
      version: game.version,
      seat,
      players: seats.map(({ name, bot }, at) => ({ name, bot, status: this.#place(at).status })),
      settings,
      tick: this.#simulation?.tick ?? 0,
      ...(game.tickHz !== undefined && { tickHz: game.tickHz }),
      lastSequence: place.lastSequence,
    });
  }

  /** To everyone but the seat itself, which knows; a seat that is out is told as well. */
  #tellStatus(seat: Seat): void {
    const { status } = this.#place(seat);
    for (const [other, place] of this.#seats.entries()) {
      const concerns = other !== seat || status === 'left';
      if (place.isConnected && concerns) this.#send(other, { kind: 'player', seat, status });
    }
  }

  #send(seat: Seat, message: HostMessage, channel: MatchChannel = 'reliable'): void {
    this.#outputs.push({ kind: 'send', seat, channel, message });
  }

  /** An end in which the runner ranks the seats, because the game had not finished. */
  #ranked(reason: 'forfeit' | 'no-show' | 'time-limit'): Ending {
    const active = this.#seatsWhere((place) => place.isActive);
    if (reason === 'no-show' && active.length === 0) return { reason };
    const score = this.#simulation?.score();
    const ranking = finalRanking(active, this.#left, reason === 'time-limit' ? score : undefined);
    return { reason, outcome: { ranking, ...(score !== undefined && { score }) } };
  }

  #end({ reason, outcome, detail }: Ending): void {
    const before = this.#phase;
    if (before.kind === 'ended') return;
    const { matchId, game, settings, seed, seats } = this.#plan;
    // First all that may throw: a fault here makes this the end of a failed match.
    const stateHash = this.#hash(reason);
    if (before.kind === 'playing' && reason !== 'failed') {
      for (const [seat, place] of this.#seats.entries()) this.#sendView(seat, place, true);
    }
    const record: MatchRecord = {
      format: 1,
      matchId,
      game: game.name,
      gameVersion: game.version,
      settings,
      seed,
      seats: [...seats],
      log: this.#log.steps,
      ticks: this.#simulation?.tick ?? 0,
      ...(before.kind === 'playing' && { startedAtMs: before.startedAtMs }),
      endedAtMs: this.#nowMs,
      reason,
      ...(detail !== undefined && { detail: detail.slice(0, gameLimits.detailCharactersMax) }),
      outcome: outcome ?? null,
      stateHash,
    };
    this.#phase = { kind: 'ended', record };
    for (const [seat, place] of this.#seats.entries()) {
      if (place.isConnected) this.#sendEnded(seat, record);
    }
    this.#outputs.push({ kind: 'ended', record });
  }

  /** A failed match may have a state that cannot be hashed, or none. */
  #hash(reason: MatchEndReason): string | null {
    try {
      return this.#simulation?.hash() ?? null;
    } catch (cause) {
      if (reason === 'failed' && cause instanceof GameFault) return null;
      throw cause;
    }
  }

  /** For a player who comes when all is over. */
  #showEnd(seat: Seat, place: SeatPlace, record: MatchRecord): void {
    const hasViews = record.startedAtMs !== undefined && record.reason !== 'failed';
    if (hasViews) this.#sendView(seat, place, true);
    this.#sendEnded(seat, record);
  }

  /** Players learn the reason and the outcome; the detail is for operators. */
  #sendEnded(seat: Seat, { reason, outcome }: MatchRecord): void {
    this.#send(seat, { kind: 'ended', reason, ...(outcome !== null && { outcome }) });
  }
}
