// A game is a pure function of (state, inputs, seeded random). This file is the shape of that
// function, and the check that a definition has it; who runs it (host, client prediction, replay,
// test) is elsewhere.
//
// Rules that make it work everywhere: state, inputs and views are plain JSON values; nothing reads
// a clock, draws from Math.random, or keeps anything outside the state. A step returns the next
// state and leaves the given one as it was. A step's running time is bounded: nothing stops it.

import { type Static, type TObject, type TSchema, Type } from 'typebox';
import type { Random } from '../base/prng.ts';
import type { Result } from '../base/result.ts';
import {
  type CheckedJson,
  fillDefaults,
  type InputProblem,
  type JsonCheck,
  jsonCheck,
} from './check-input.ts';
import { gameLimits } from './limits.ts';
import { plainJson } from './plain-json.ts';

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
  /**
   * Milliseconds since the match began, never less than at the step before. Turn games: by the
   * host's clock, and recorded with the step. Real-time games: as many as the ticks amount to.
   */
  readonly elapsedMs: number;
  /** The time that `turnTimeMs` gave ran out (turn games only). */
  readonly timedOut: boolean;
  /**
   * Seats that left for good at this step. The one that leaves a single other behind ends the match
   * by forfeit, without a step, unless the game `playsOnAlone`.
   */
  readonly left: readonly Seat[];
}

/** Best first; who shares a place shares a group. `[[0], [1]]`: seat 0 won. `[[0, 1]]`: a draw. */
export type Ranking = readonly (readonly Seat[])[];

export interface Outcome {
  /** Every seat once. */
  readonly ranking: Ranking;
  /** Points by seat, where the game has them. */
  readonly score?: readonly number[];
}

export interface BotContext {
  readonly seat: Seat;
  readonly random: Random;
}

/** The settings of a game that has none: an object without members. */
export type NoSettings = TObject<Record<never, TSchema>>;

/**
 * What `defineGame` takes. Write the members in this order: TypeScript infers the state from
 * `setup` and the view from `view`, and the members below each of them know it.
 *
 * The functions are declared as methods so that `Game<RpsState, ...>` is a `Game`: a runner that
 * knows no game's types gives each function only what came from that game.
 */
export interface GameDefinition<
  State,
  View,
  Input extends TSchema,
  Settings extends TSchema,
  Answer = Static<Input>,
> {
  /** Unique, 1 to 32 of a-z, 0-9 and `-`. */
  readonly name: string;
  /** For people: `Rock, paper, scissors`. */
  readonly title: string;
  /** Raise it when old replays would no longer give the same states. Default 1. */
  readonly version?: number;
  readonly players: { readonly min: number; readonly max: number };
  /** Given: a real-time game, stepped that many times a second (1 to 128). Absent: a turn game. */
  readonly tickHz?: number;
  /**
   * True: who is left alone plays on, and is told of the others in `left`. Default: false, and has
   * won by forfeit.
   */
  readonly playsOnAlone?: boolean;
  /**
   * There is an open round of this game all the time, with these settings, which anybody may join
   * while it runs. It needs a turn game of one player or more that `playsOnAlone`, whose rules hold
   * this: played again from the start with one seat more, the same inputs were as right and came to
   * the same for the seats that were there. So `setup` draws before it looks at `players`.
   */
  readonly dropIn?: { readonly settings: object };
  /** What a player may send. Everything that does not fit is refused before the rules see it. */
  readonly input: Input;
  /**
   * What a lobby may choose; absent means no settings. Every member has a `default` or is optional:
   * a lobby that chooses nothing must get settings that fit.
   */
  readonly settings?: Settings;
  setup(setup: Setup<Static<Settings>>): State;
  /**
   * Turn games: called with one input when it arrives, with none when the turn's time ran out or
   * somebody left. Real-time games: called each tick with all inputs since the last, in order of
   * arrival.
   */
  step(state: State, inputs: readonly SeatInput<Static<Input>>[], context: StepContext): State;
  /** What this seat may know. Whatever it leaves out never reaches that player's machine. */
  view(state: State, seat: Seat): View;
  /** Undefined while the match goes on. */
  outcome(state: State): Outcome | undefined;
  /** Turn games: milliseconds until a step with `timedOut`; undefined: no limit. */
  turnTimeMs?(state: State): number | undefined;
  /**
   * Names the turn that the time belongs to: it starts anew when this value changes. Absent: at
   * each step. A round in which everybody chooses once is one turn: without this, the first choice
   * would give the others their time again.
   */
  turn?(state: State): number | string;
  /** Points by seat so far, more is better: ranks a match that its time limit ends. */
  score?(state: State): readonly number[];
  /**
   * Say why an input that fits the schema breaks the rules now; undefined: it is fine. Asked when
   * the input arrives; in a real-time game others may be applied before it in the same step.
   */
  refuse?(state: State, seat: Seat, input: Static<Input>): string | undefined;
  /** A computer player: it sees what a person in that seat sees. Undefined: nothing to send now. */
  bot?(view: View, context: BotContext): Answer | undefined;
}

/** Marks what `defineGame` returned, across copies of this package in one program. */
export const gameBrand: unique symbol = Symbol.for('paperclip.game');

/** What `defineGame` returns: the definition with its defaults filled in, and its checks. */
export interface Game<
  State = unknown,
  View = unknown,
  Input extends TSchema = TSchema,
  Settings extends TSchema = TSchema,
> extends GameDefinition<State, View, Input, Settings> {
  readonly [gameBrand]: true;
  readonly version: number;
  readonly settings: Settings;
  /** Bounds a stranger's value and holds it against the `input` schema. Never throws. */
  checkInput(value: unknown): Result<CheckedJson, InputProblem>;
  /** The same for what a lobby chose; absent members get their defaults. Never throws. */
  checkSettings(value: unknown): Result<CheckedJson, InputProblem>;
}

export type StateOf<G> = G extends Game<infer State, infer _V, infer _I, infer _O> ? State : never;
export type ViewOf<G> = G extends Game<infer _S, infer View, infer _I, infer _O> ? View : never;
export type InputOf<G> =
  G extends Game<infer _S, infer _V, infer Input, infer _O> ? Static<Input> : never;
export type SettingsOf<G> =
  G extends Game<infer _S, infer _V, infer _I, infer Settings> ? Static<Settings> : never;

/** True for what `defineGame` returned, from this or another copy of the package. */
export function isGame(value: unknown): value is Game {
  return typeof value === 'object' && value !== null && gameBrand in value;
}

/**
 * Checks a definition and fills in its defaults. Throws a TypeError that names the member when
 * something is wrong with it, so that a faulty game fails where it is loaded and not in a match.
 */
export function defineGame<
  State,
  View,
  Input extends TSchema,
  Settings extends TSchema = NoSettings,
  // A parameter of its own, so that `{ choice: 'paper' }` stays a literal in a bot's answer.
  const Answer extends Static<Input> = Static<Input>,
>(
  definition: GameDefinition<State, View, Input, Settings, Answer>,
): Game<State, View, Input, Settings> {
  checkDefinition(definition);
  const name = definition.name;
  // Boundary: without `settings` the type parameter is NoSettings, which this schema is.
  const settings = definition.settings ?? (Type.Object({}) as TSchema as Settings);
  const checkInput = compiled(name, 'input', definition.input, gameLimits.inputBytesMax);
  const checkSettings = compiled(name, 'settings', settings, gameLimits.settingsBytesMax);
  const game: Game<State, View, Input, Settings> = {
    ...definition,
    [gameBrand]: true,
    version: definition.version ?? 1,
    players: Object.freeze({ ...definition.players }),
    settings,
    checkInput,
    checkSettings: (value) => checkSettings(withDefaults(settings, value)),
  };
  const withoutChoice = game.checkSettings({});
  if (!withoutChoice.ok) {
    const { field, message } = withoutChoice.error;
    const member = field === undefined ? 'settings' : `settings.${field}`;
    throw new TypeError(`game ${name}: ${member} needs a default that fits (${message})`);
  }
  const { dropIn } = definition;
  const ofRounds = dropIn && game.checkSettings(dropIn.settings);
  if (ofRounds?.ok === false) {
    throw new TypeError(`game ${name}: dropIn.settings do not fit (${ofRounds.error.message})`);
  }
  return Object.freeze(game);
}

function compiled(name: string, member: string, schema: TSchema, bytesMax: number): JsonCheck {
  try {
    return jsonCheck(schema, member, { bytesMax, depthMax: gameLimits.inputDepthMax });
  } catch (cause) {
    throw new TypeError(`game ${name}: ${member} is not a schema that can be compiled`, { cause });
  }
}

/** Only a bounded copy is filled in: the value may be anything, and the filling mutates. */
function withDefaults(settings: TSchema, value: unknown): unknown {
  const plain = plainJson(value ?? {}, {
    bytesMax: gameLimits.settingsBytesMax,
    depthMax: gameLimits.inputDepthMax,
  });
  return plain.ok ? fillDefaults(settings, plain.value.value) : value;
}

function checkDefinition(value: unknown): void {
  if (typeof value !== 'object' || value === null) {
    throw new TypeError('defineGame needs an object with name, title, players, input, setup, ...');
  }
  const definition = value as Readonly<Record<string, unknown>>;
  const name = definition['name'];
  if (typeof name !== 'string' || !/^[a-z0-9-]{1,32}$/.test(name)) {
    throw new TypeError(`game name must be 1 to 32 of a-z, 0-9 and "-", not ${show(name)}`);
  }
  const fault = (member: string, must: string): never => {
    throw new TypeError(`game ${name}: ${member} must be ${must}, not ${show(definition[member])}`);
  };
  const title = definition['title'];
  if (typeof title !== 'string' || title.trim() === '' || title.length > 64) {
    fault('title', 'a text of 1 to 64 characters');
  }
  checkNumbers(definition, name, fault);
  checkDropIn(definition, name);
  for (const member of ['input', 'settings']) {
    if (member === 'settings' && definition[member] === undefined) continue;
    if (typeof definition[member] !== 'object' || definition[member] === null) {
      fault(member, 'a schema made with `t`');
    }
  }
  const settings = definition['settings'] as { readonly type?: unknown } | undefined;
  if (settings !== undefined && settings.type !== 'object') fault('settings', 'a t.Object schema');
  for (const member of ['setup', 'step', 'view', 'outcome']) {
    if (typeof definition[member] !== 'function') fault(member, 'a function');
  }
  for (const member of ['turnTimeMs', 'turn', 'score', 'refuse', 'bot']) {
    const given = definition[member];
    if (given !== undefined && typeof given !== 'function') fault(member, 'a function when given');
  }
  for (const member of ['turnTimeMs', 'turn']) {
    if (definition['tickHz'] !== undefined && definition[member] !== undefined) {
      throw new TypeError(`game ${name}: ${member} is for turn games; this one has a tickHz`);
    }
  }
}

function checkNumbers(
  definition: Readonly<Record<string, unknown>>,
  name: string,
  fault: (member: string, must: string) => never,
): void {
  const players = definition['players'] as { min?: unknown; max?: unknown } | null | undefined;
  if (typeof players !== 'object' || players === null) fault('players', 'an object { min, max }');
  const { min, max } = players as { min?: unknown; max?: unknown };
  const most = gameLimits.playersMax;
  if (!isWhole(min, 1, most)) {
    throw new TypeError(`game ${name}: players.min must be 1 to ${most}, not ${show(min)}`);
  }
  if (!isWhole(max, min, most)) {
    throw new TypeError(
      `game ${name}: players.max must be players.min (${min}) to ${most}, not ${show(max)}`,
    );
  }
  const { tickHz, version, playsOnAlone } = definition;
  if (
    tickHz !== undefined &&
    !(Number.isFinite(tickHz) && isWithin(tickHz, gameLimits.tickHzMax))
  ) {
    fault('tickHz', `1 to ${gameLimits.tickHzMax} when given`);
  }
  if (version !== undefined && !isWhole(version, 1, Number.MAX_SAFE_INTEGER)) {
    fault('version', 'a whole number from 1 when given');
  }
  if (playsOnAlone !== undefined && typeof playsOnAlone !== 'boolean') {
    fault('playsOnAlone', 'true or false when given');
  }
}

function checkDropIn(definition: Readonly<Record<string, unknown>>, name: string): void {
  const { dropIn, players, tickHz, playsOnAlone } = definition;
  if (dropIn === undefined) return;
  const settings = typeof dropIn === 'object' && dropIn !== null && 'settings' in dropIn;
  if (!settings) throw new TypeError(`game ${name}: dropIn must be { settings } when given`);
  const { min } = players as { readonly min: number };
  if (tickHz !== undefined || min !== 1 || playsOnAlone !== true) {
    throw new TypeError(
      `game ${name}: dropIn is for turn games with players.min 1 and playsOnAlone: true`,
    );
  }
}

const isWhole = (value: unknown, least: number, most: number): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;

const isWithin = (value: unknown, most: number): boolean =>
  typeof value === 'number' && value >= 1 && value <= most;

function show(value: unknown): string {
  if (value === undefined) return 'undefined';
  if (typeof value === 'function') return 'a function';
  return (JSON.stringify(value) ?? String(value)).slice(0, 80);
}
