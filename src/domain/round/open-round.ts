// One round that may be joined while it runs, as pure state: seats grow, the rules step, and it
// ends with the record of an ordinary match. Nobody asks the time here and nothing is sent.
//
// A seat that comes late is not known to the state before: the round is played again from its
// start with one seat more, which `dropIn` of a game promises to be the same for all others.

import type { Json } from '../../base/json.ts';
import type { MatchEndReason } from '../../contract/schema.ts';
import type { Game, Outcome } from '../../game/define-game.ts';
import { finalRanking } from '../../game/final-ranking.ts';
import { InputLogBuilder, type LoggedInput } from '../../game/input-log.ts';
import { gameLimits } from '../../game/limits.ts';
import type { MatchRecord } from '../../game/messages.ts';
import { GameFault, Simulation, type StepEvents } from '../../game/simulation.ts';
import type { RoundMember, RoundSeed } from '../shared-log.ts';

interface RoundSeat {
  readonly member: RoundMember;
  isActive: boolean;
}

export interface EndedRound {
  readonly record: MatchRecord;
  /** By seat, as in the record. */
  readonly players: readonly RoundMember[];
  /** By seat: who was there to the end. */
  readonly stayed: readonly boolean[];
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  /** The last view by seat; undefined where the rules failed. */
  readonly views: readonly (Json | undefined)[];
}

export class OpenRound {
  readonly id: string;
  readonly startedAtMs: number;
  readonly #game: Game;
  readonly #seed: string;
  readonly #settings: unknown;
  readonly #seats: RoundSeat[] = [];
  readonly #steps: StepEvents[] = [];
  readonly #log: InputLogBuilder;
  /** In the order of leaving; who left at once shares a group. */
  readonly #left: (readonly number[])[] = [];
  #simulation: Simulation | undefined;
  #ended: EndedRound | undefined;
  #lastMs: number;

  constructor(
    game: Game,
    { roundId, seed }: RoundSeed,
    startedAtMs: number,
    members: readonly RoundMember[],
  ) {
    this.id = roundId;
    this.startedAtMs = startedAtMs;
    this.#lastMs = startedAtMs;
    this.#game = game;
    this.#seed = seed;
    this.#log = new InputLogBuilder(game.players.max);
    const settings = game.checkSettings(game.dropIn?.settings);
    if (!settings.ok) throw new TypeError(`${game.name} has no open rounds`);
    this.#settings = settings.value.value;
    for (const member of members) this.#seats.push({ member, isActive: true });
    this.#guarded(() => this.#playAgain());
  }

  /** Undefined while it runs. */
  get ended(): EndedRound | undefined {
    return this.#ended;
  }

  get players(): readonly RoundMember[] {
    return this.#seats.map(({ member }) => member);
  }

  get tick(): number {
    return this.#simulation?.tick ?? 0;
  }

  /** Also of a player who left. */
  seatOf(playerId: string): number | undefined {
    const seat = this.#seats.findIndex(({ member }) => member.playerId === playerId);
    return seat < 0 ? undefined : seat;
  }

  isActive(seat: number): boolean {
    return this.#seats[seat]?.isActive === true;
  }

  view(seat: number): Json | undefined {
    try {
      return this.#simulation?.view(seat).value;
    } catch (cause) {
      if (cause instanceof GameFault) return undefined;
      throw cause;
    }
  }

  /** False: all seats are taken, and stay so until the next round. */
  join(member: RoundMember): boolean {
    if (this.#seats.length >= this.#game.players.max) return false;
    this.#seats.push({ member, isActive: true });
    this.#guarded(() => this.#playAgain());
    return true;
  }

  /** Why the rules would not take it; undefined: they would. */
  refusal(seat: number, input: Json): string | undefined {
    try {
      return this.#simulation?.refusal(seat, input);
    } catch (cause) {
      // The step will say so, to all servers alike.
      if (cause instanceof GameFault) return undefined;
      throw cause;
    }
  }

  /** Undefined: taken. Otherwise why not, and nothing has changed. */
  input(seat: number, input: Json, bytes: number, atMs: number): string | undefined {
    const why = this.refusal(seat, input);
    if (why !== undefined) return why;
    if (!this.#log.reserve(seat, bytes)) return 'this round keeps no more inputs of yours';
    this.#step([{ seat, input, bytes }], [], atMs);
    return undefined;
  }

  /** Those seats that were active leave for good, at once. */
  leave(seats: readonly number[], atMs: number): void {
    const leaving = seats.filter((seat) => this.isActive(seat));
    if (leaving.length === 0) return;
    for (const seat of leaving) this.#seats[seat]!.isActive = false;
    this.#left.push(leaving);
    this.#step([], leaving, atMs);
    if (this.#active().length === 0) this.#guarded(() => this.#endRanked('forfeit'));
  }

  expire(atMs: number): void {
    this.#lastMs = Math.max(this.#lastMs, atMs);
    this.#guarded(() => this.#endRanked('time-limit'));
  }

  #active(): number[] {
    return this.#seats.flatMap(({ isActive }, seat) => (isActive ? [seat] : []));
  }

  #playAgain(): void {
    const setup = { game: this.#game, settings: this.#settings, seed: this.#seed };
    const simulation = new Simulation({ ...setup, players: this.#seats.length });
    for (const step of this.#steps) simulation.step(step);
    this.#simulation = simulation;
  }

  #step(inputs: readonly LoggedInput[], left: readonly number[], atMs: number): void {
    this.#lastMs = Math.max(this.#lastMs, atMs);
    this.#guarded(() => {
      const simulation = this.#simulation;
      if (simulation === undefined) return;
      const elapsedMs = Math.floor(this.#lastMs - this.startedAtMs);
      const given = inputs.map(({ seat, input }) => ({ seat, input }));
      const events: StepEvents = { inputs: given, timedOut: false, left, elapsedMs };
      simulation.step(events);
      this.#steps.push(events);
      this.#log.add(simulation.tick, inputs, false, left, elapsedMs);
      const outcome = simulation.outcome();
      if (outcome !== undefined) this.#end('outcome', outcome);
    });
  }

  /** A fault of the rules ends the round: on every server alike, since all see the same. */
  #guarded(act: () => void): void {
    if (this.#ended !== undefined) return;
    try {
      act();
    } catch (cause) {
      if (!(cause instanceof GameFault)) throw cause;
      this.#end('failed', undefined, cause.message);
    }
  }

  #endRanked(reason: 'forfeit' | 'time-limit'): void {
    const score = this.#simulation?.score();
    const ranked = finalRanking(
      this.#active(),
      this.#left,
      reason === 'time-limit' ? score : undefined,
    );
    this.#end(reason, { ranking: ranked, ...(score !== undefined && { score }) });
  }

  #end(reason: MatchEndReason, outcome: Outcome | undefined, detail?: string): void {
    const hasState = reason !== 'failed' && this.#simulation !== undefined;
    const stateHash = hasState ? (this.#simulation?.hash() ?? null) : null;
    const record: MatchRecord = {
      format: 1,
      matchId: this.id,
      game: this.#game.name,
      gameVersion: this.#game.version,
      settings: this.#settings,
      seed: this.#seed,
      seats: this.#seats.map(({ member: { playerId, name } }) => ({ playerId, name, bot: false })),
      log: this.#log.steps,
      ticks: this.tick,
      startedAtMs: this.startedAtMs,
      endedAtMs: this.#lastMs,
      reason,
      ...(detail !== undefined && { detail: detail.slice(0, gameLimits.detailCharactersMax) }),
      outcome: outcome ?? null,
      stateHash,
    };
    this.#ended = {
      record,
      players: this.players,
      stayed: this.#seats.map(({ isActive }) => isActive),
      startedAtMs: this.startedAtMs,
      endedAtMs: this.#lastMs,
      views: this.#seats.map((_, seat) => this.view(seat)),
    };
  }
}
