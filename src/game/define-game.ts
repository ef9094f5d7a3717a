// A game is a pure function of (state, inputs, seeded random). This file is the shape of that
// function and nothing more: who runs it (host, client prediction, replay, test) is elsewhere.
//
// Rules that make it work everywhere: state, inputs and views are plain JSON values; nothing reads
// a clock, draws from Math.random, or keeps anything outside the state. A step returns the next
// state and leaves the given one as it was.

import { type Static, type TSchema, Type } from 'typebox';
import type { Random } from '../base/prng.ts';

/** The schema builder for inputs and settings: TypeBox, whose schemas are JSON Schemas. */
export const t = Type;
export type { Static, TSchema };

/** Seats are numbered from 0 in the order in which the lobby filled. */
export type Seat = number;

export interface Setup<Settings> {
  /** How many seats are taken: `players.min` to `players.max`. */
  readonly players: number;
  readonly settings: Settings;
  readonly random: Random;
}

export interface SeatInput<Input> {
  readonly seat: Seat;
  readonly input: Input;
}

export interface StepContext {
  /** Draws depend on the match's seed and this tick only, so that a step can be repeated. */
  readonly random: Random;
  /** 1 at the first step, one more at each. */
  readonly tick: number;
  /** The time that `turnTimeMs` gave ran out (turn games only). */
  readonly timedOut: boolean;
  /** Seats that left for good at this step. A two-player match ends by forfeit without a step. */
  readonly left: readonly Seat[];
}

/** Best first; seats that share a place share a group. `[[0], [1]]`: seat 0 won. `[[0, 1]]`: a draw. */
export type Ranking = readonly (readonly Seat[])[];

export interface Outcome {
  readonly ranking: Ranking;
  /** Points by seat, where the game has them. */
  readonly score?: readonly number[];
}

export interface GameDefinition<State, View, Input extends TSchema, Settings extends TSchema> {
  /** Unique, 1 to 32 of a-z, 0-9 and `-`. */
  readonly name: string;
  /** For people: `Rock, paper, scissors`. */
  readonly title: string;
  /** Raise it when old replays would no longer give the same states. Default 1. */
  readonly version?: number;
  readonly players: { readonly min: number; readonly max: number };
  /** Given: a real-time game, stepped that many times a second (1 to 128). Absent: a turn game. */
  readonly tickHz?: number;
  /** What a player may send. Everything that does not fit is refused before the rules see it. */
  readonly input: Input;
  /** What a lobby may choose. Every member needs a `default`; absent means no settings. */
  readonly settings?: Settings;
  readonly setup: (setup: Setup<Static<Settings>>) => State;
  /**
   * Turn games: called with one input when it arrives, with none when the turn's time ran out.
   * Real-time games: called each tick with all inputs since the last, in order of arrival.
   */
  readonly step: (
    state: State,
    inputs: readonly SeatInput<Static<Input>>[],
    context: StepContext,
  ) => State;
  /** What this seat may know. Whatever it leaves out never reaches that player's machine. */
  readonly view: (state: State, seat: Seat) => View;
  /** Undefined while the match goes on. */
  readonly outcome: (state: State) => Outcome | undefined;
  /** Milliseconds until a step with `timedOut`; undefined: no limit. Asked after each step. */
  readonly turnTimeMs?: (state: State) => number | undefined;
  /** Say why an input that fits the schema breaks the rules now; undefined: it is fine. */
  readonly refuse?: (state: State, seat: Seat, input: Static<Input>) => string | undefined;
  /** A computer player: it sees what a person in that seat sees. Undefined: nothing to send now. */
  readonly bot?: (view: View, context: BotContext) => Static<Input> | undefined;
}

export interface BotContext {
  readonly seat: Seat;
  readonly random: Random;
}

/** What `defineGame` returns: the definition with its defaults filled in. */
export interface Game<
  State = unknown,
  View = unknown,
  Input extends TSchema = TSchema,
  Settings extends TSchema = TSchema,
> extends GameDefinition<State, View, Input, Settings> {
  readonly version: number;
  readonly settings: Settings;
}

export type ViewOf<G> = G extends Game<infer _S, infer View, infer _I, infer _O> ? View : never;
export type InputOf<G> =
  G extends Game<infer _S, infer _V, infer Input, infer _O> ? Static<Input> : never;
