// A game's state and the one way in which it moves: setup, then steps. The match runner, the
// replay and a client's prediction all go through here, so that they cannot differ in how random
// numbers are drawn or ticks are counted. It keeps no log, sends nothing and knows no time.
//
// What a game function throws comes out as a GameFault that names the function.

import type { Game, Outcome, Seat, SeatInput } from './define-game.ts';
import { gameRandom } from './game-random.ts';
import { gameLimits } from './limits.ts';
import { type PlainJson, plainJson } from './plain-json.ts';
import { stateHash } from './state-hash.ts';

/** A game function threw, or returned what it must not. The message names the function. */
export class GameFault extends Error {
  override readonly name = 'GameFault';
}

export interface SimulationSetup {
  readonly game: Game;
  readonly players: number;
  /** As `game.checkSettings` returned them. */
  readonly settings: unknown;
  readonly seed: string;
  /** Freeze each state, so that a game that changes one throws. It costs time: for tests. */
  readonly freeze?: boolean;
}

export interface StepEvents {
  readonly inputs: readonly SeatInput<unknown>[];
  readonly timedOut: boolean;
  readonly left: readonly Seat[];
  /**
   * Turn games: whole milliseconds since the match began. Absent in real-time games, which count
   * their ticks, and in the logs of earlier versions: the time of the step before then.
   */
  readonly elapsedMs?: number;
}

export class Simulation {
  readonly #game: Game;
  readonly #players: number;
  readonly #seed: string;
  readonly #freeze: boolean;
  #state: unknown;
  #tick = 0;
  #elapsedMs = 0;

  constructor({ game, players, settings, seed, freeze = false }: SimulationSetup) {
    this.#game = game;
    this.#players = players;
    this.#seed = seed;
    this.#freeze = freeze;
    const random = gameRandom(seed, 0);
    this.#state = guarded('setup', () => game.setup({ players, settings, random }));
    // A state that JSON cannot carry is found here, and not when the match ends.
    guarded('setup', () => stateHash(this.#state));
    if (freeze) deepFreeze(this.#state);
  }

  get state(): unknown {
    return this.#state;
  }

  /** Steps so far. */
  get tick(): number {
    return this.#tick;
  }

  /** The time of the last step, as the game was told it. */
  get elapsedMs(): number {
    return this.#elapsedMs;
  }

  step({ inputs, timedOut, left, elapsedMs: givenMs }: StepEvents): void {
    const tick = this.#tick + 1;
    const random = gameRandom(this.#seed, tick);
    const { tickHz } = this.#game;
    const elapsedMs =
      tickHz === undefined
        ? Math.max(this.#elapsedMs, givenMs ?? 0)
        : Math.floor((tick * 1000) / tickHz);
    this.#state = guarded('step', () =>
      this.#game.step(this.#state, inputs, { random, tick, elapsedMs, timedOut, left }),
    );
    this.#tick = tick;
    this.#elapsedMs = elapsedMs;
    if (this.#freeze) deepFreeze(this.#state);
  }

  /** Undefined while the match goes on. */
  outcome(): Outcome | undefined {
    const outcome = guarded('outcome', () => this.#game.outcome(this.#state));
    if (outcome === undefined) return undefined;
    return { ...rankingOf(outcome, this.#players), ...scoreOf(outcome.score, this.#players) };
  }

  /** A copy of its own, bounded, whatever the game keeps. */
  view(seat: Seat): PlainJson {
    const view = guarded('view', () => this.#game.view(this.#state, seat));
    const plain = plainJson(view, {
      bytesMax: gameLimits.viewBytesMax,
      depthMax: gameLimits.viewDepthMax,
    });
    if (plain.ok) return plain.value;
    const { field, message } = plain.error;
    throw new GameFault(`view: ${field === '' ? 'the view' : field} ${message}`);
  }

  /** The game's sentence, cut to its limit; undefined: the input may be applied. */
  refusal(seat: Seat, input: unknown): string | undefined {
    const why = guarded('refuse', () => this.#game.refuse?.(this.#state, seat, input));
    return why === undefined ? undefined : String(why).slice(0, gameLimits.refusalCharactersMax);
  }

  /** Milliseconds for the present turn; undefined: no limit. */
  turnTimeMs(): number | undefined {
    const timeMs = guarded('turnTimeMs', () => this.#game.turnTimeMs?.(this.#state));
    if (timeMs === undefined) return undefined;
    if (typeof timeMs !== 'number' || Number.isNaN(timeMs)) {
      throw new GameFault(`turnTimeMs: ${String(timeMs)} is not a time`);
    }
    return Math.min(Math.max(timeMs, gameLimits.turnTimeMsMin), gameLimits.matchTimeMsMax);
  }

  /** Equal values belong to one turn; each step is one where the game does not say. */
  turn(): number | string {
    return guarded('turn', () => this.#game.turn?.(this.#state) ?? this.#tick);
  }

  /** Undefined when the game counts no points. */
  score(): readonly number[] | undefined {
    const score = guarded('score', () => this.#game.score?.(this.#state));
    return scoreOf(score, this.#players).score;
  }

  hash(): string {
    return guarded('state', () => stateHash(this.#state));
  }
}

function guarded<T>(name: string, call: () => T): T {
  try {
    return call();
  } catch (cause) {
    if (cause instanceof GameFault) throw cause;
    throw new GameFault(`${name}: ${textOf(cause)}`, { cause });
  }
}

/** Plain values only; what is frozen already is not walked again. */
export function deepFreeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const member of Object.values(value)) deepFreeze(member);
}

/** Games may throw anything, also things whose text throws. */
export function textOf(cause: unknown): string {
  try {
    return cause instanceof Error ? String(cause.message) : String(cause);
  } catch {
    return 'something that has no text was thrown';
  }
}

function rankingOf(outcome: Outcome, players: number): Pick<Outcome, 'ranking'> {
  const ranking = outcome?.ranking;
  const fault = (message: string) => new GameFault(`outcome: ${message}`);
  if (!Array.isArray(ranking) || !ranking.every(Array.isArray)) {
    throw fault('ranking must be a list of lists of seats');
  }
  const seen = new Set<number>();
  for (const seat of ranking.flat() as unknown[]) {
    if (typeof seat !== 'number' || !Number.isInteger(seat) || seat < 0 || seat >= players) {
      throw fault(`ranking names ${String(seat)}, which is no seat`);
    }
    if (seen.has(seat)) throw fault(`ranking names seat ${seat} twice`);
    seen.add(seat);
  }
  if (seen.size !== players) throw fault(`ranking names ${seen.size} of ${players} seats`);
  const groups = ranking.filter((group) => group.length > 0);
  return { ranking: groups.map((group) => [...group]) };
}

function scoreOf(score: unknown, players: number): Pick<Outcome, 'score'> {
  if (score === undefined) return {};
  const fits =
    Array.isArray(score) &&
    score.length === players &&
    score.every((points) => Number.isFinite(points));
  if (!fits) throw new GameFault(`score must have ${players} numbers, one for each seat`);
  return { score: [...(score as readonly number[])] };
}
