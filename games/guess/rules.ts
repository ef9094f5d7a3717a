// Guess the number: each guess is answered with too low, too high, or right. Three modes: `alone`
// (nobody's guess ends another's game), `race` (the first right guess ends it for all) and `party`
// (it goes on until everybody has found it; who was quickest?). What a mode leaves open has its
// defaults in one table. Nobody's view has the number before that player found it or all is over.

import { defineGame, type Outcome, type Seat, type Static, t } from '../../src/game/index.ts';

export type Mode = 'alone' | 'race' | 'party';

export interface Guess {
  readonly number: number;
  /** -1: too low, 1: too high, 0: right. */
  readonly result: -1 | 0 | 1;
}

/** `failed`: no attempts left. Who found it stays `found` after leaving. */
export type Status = 'guessing' | 'found' | 'failed' | 'left';

interface Player {
  readonly status: Status;
  /** The last `guessesShown`, oldest first. */
  readonly guesses: readonly Guess[];
  readonly guessCount: number;
  /** What the guesses have left of the range. */
  readonly low: number;
  readonly high: number;
  readonly foundAtMs: number | null;
}

interface Rules {
  readonly min: number;
  readonly max: number;
  /** Null: without end. */
  readonly attempts: number | null;
  /** From the start to the end for all; null: no limit. */
  readonly timeLimitMs: number | null;
}

interface GuessState extends Rules {
  readonly mode: Mode;
  readonly number: number;
  readonly players: readonly Player[];
  readonly isTimeUp: boolean;
}

export interface GuessView {
  readonly mode: Mode;
  readonly min: number;
  readonly max: number;
  /** Of each player; null: without end. */
  readonly attempts: number | null;
  readonly attemptsLeft: number | null;
  /** This seat's last ten, oldest first; the newest is number `guessCount`, counted from 1. */
  readonly guesses: readonly Guess[];
  readonly guessCount: number;
  /** Where the number must be, as far as this seat's guesses tell. */
  readonly low: number;
  readonly high: number;
  /** By seat. Three lists of plain values: 64 objects would take the host twice the time. */
  readonly statuses: readonly Status[];
  readonly guessCounts: readonly number[];
  /** Milliseconds from the start to the right guess; null: not found. */
  readonly timesMs: readonly (number | null)[];
  /** Who ended a race with the right guess. */
  readonly winner: Seat | null;
  /** Over for all. One's own game may be over before: see `statuses`. */
  readonly isOver: boolean;
  /** Null until this seat found it, or all is over. */
  readonly number: number | null;
  /** When all is over: every seat, the quickest first, those who did not find it last. */
  readonly results: readonly { readonly seat: Seat; readonly timeMs: number | null }[] | null;
}

/** A view stays small however often a player guesses. */
const guessesShown = 10;
/** A range is at most this far from 0. */
const numberMax = 1_000_000_000;

const defaults: Readonly<Record<Mode, Rules>> = {
  alone: { min: 1, max: 10, attempts: 5, timeLimitMs: null },
  race: { min: 1, max: 10, attempts: 5, timeLimitMs: null },
  party: { min: 1, max: 50, attempts: null, timeLimitMs: 120_000 },
};

// Members without a default have one that depends on the mode: a lobby that wants a party says so
// and nothing more.
const members = t.Object({
  mode: t.Union([t.Literal('alone'), t.Literal('race'), t.Literal('party')], {
    default: 'race',
    description: 'alone: each for itself. race: the first ends it. party: until all found it.',
  }),
  min: t.Optional(
    t.Integer({ minimum: -numberMax, maximum: numberMax, description: 'Smallest number (1).' }),
  ),
  max: t.Optional(
    t.Integer({
      minimum: -numberMax,
      maximum: numberMax,
      description: 'Largest number (10; party: 50).',
    }),
  ),
  attempts: t.Optional(
    t.Integer({
      minimum: 0,
      maximum: 1000,
      description: 'Guesses of each player; 0: without end (5; party: 0).',
    }),
  ),
  timeLimitMs: t.Optional(
    t.Integer({
      minimum: 1000,
      maximum: 3_600_000,
      description: 'From the start to the end for all, in milliseconds (party: 120000).',
    }),
  ),
});

export const guess = defineGame({
  name: 'guess',
  title: 'Guess the number',
  players: { min: 1, max: 64 },
  playsOnAlone: true,
  dropIn: { settings: { mode: 'race' } },
  // Any whole number fits: one outside the range is answered by `refuse`, with the range.
  input: t.Object({ number: t.Integer() }),
  settings: t.Refine(
    members,
    (settings) => rangeOf(settings).min < rangeOf(settings).max,
    (settings) => `must have min below max, not ${rangeOf(settings).min}..${rangeOf(settings).max}`,
  ),
  setup: ({ players, settings, random }): GuessState => {
    const { mode } = settings;
    const { min, max } = rangeOf(settings);
    const { attempts = defaults[mode].attempts } = settings;
    const { timeLimitMs = defaults[mode].timeLimitMs } = settings;
    const player: Player = {
      status: 'guessing',
      guesses: [],
      guessCount: 0,
      low: min,
      high: max,
      foundAtMs: null,
    };
    return {
      mode,
      min,
      max,
      attempts: attempts === 0 ? null : attempts,
      timeLimitMs,
      number: min + random.below(max - min + 1),
      players: new Array<Player>(players).fill(player),
      isTimeUp: false,
    };
  },
  step: (state, inputs, { left, elapsedMs, timedOut }): GuessState => {
    const players = [...state.players];
    for (const { seat, input } of inputs) {
      const player = players[seat];
      if (player?.status !== 'guessing') continue;
      players[seat] = afterGuess(state, player, input.number, elapsedMs);
    }
    for (const seat of left) {
      const player = players[seat];
      if (player?.status === 'guessing') players[seat] = { ...player, status: 'left' };
    }
    return { ...state, players, isTimeUp: state.isTimeUp || timedOut };
  },
  view: (state, seat): GuessView => {
    const { mode, min, max, attempts, players } = state;
    const mine = players[seat]!;
    const over = isOver(state);
    const winner = players.findIndex(({ status }) => status === 'found');
    return {
      mode,
      min,
      max,
      attempts,
      attemptsLeft: attempts === null ? null : attempts - mine.guessCount,
      guesses: mine.guesses,
      guessCount: mine.guessCount,
      low: mine.low,
      high: mine.high,
      statuses: players.map(({ status }) => status),
      guessCounts: players.map(({ guessCount }) => guessCount),
      timesMs: players.map(({ foundAtMs }) => foundAtMs),
      winner: mode === 'race' && winner >= 0 ? winner : null,
      isOver: over,
      number: over || mine.status === 'found' ? state.number : null,
      results: over ? resultsOf(players) : null,
    };
  },
  outcome: (state) => {
    if (!isOver(state)) return undefined;
    return { ranking: rankingOf(state), score: scoreOf(state) };
  },
  turnTimeMs: ({ timeLimitMs }) => timeLimitMs ?? undefined,
  // The whole match is one turn: its time is the time limit.
  turn: () => 0,
  score: (state) => scoreOf(state),
  refuse: ({ min, max, attempts, players }, seat, { number }) => {
    const status = players[seat]?.status;
    if (status === 'found') return 'you have found the number; wait for the others';
    if (status === 'failed') return `you have used your ${attempts} attempts; wait for the others`;
    if (number >= min && number <= max) return undefined;
    return `${number} is not from ${min} to ${max}, and does not count as an attempt`;
  },
  bot: (view, { seat, random }) => {
    const { low, high, guessCount, statuses, guessCounts, isOver: over } = view;
    if (over || statuses[seat] !== 'guessing') return undefined;
    // At the pace of the slowest: a bot that thinks in half a second would win every race.
    const slowest = Math.min(...guessCounts.filter((_, at) => statuses[at] === 'guessing'));
    if (guessCount > slowest) return undefined;
    const guesses = random.chance(0.25);
    return { number: guesses ? low + random.below(high - low + 1) : Math.floor((low + high) / 2) };
  },
});

export default guess;

/** The check of settings asks this of values, too, in which it has found a mode that is none. */
function rangeOf({ mode, min, max }: Static<typeof members>): Pick<Rules, 'min' | 'max'> {
  const usual = defaults[mode] ?? defaults.race;
  return { min: min ?? usual.min, max: max ?? usual.max };
}

function afterGuess(state: GuessState, player: Player, number: number, atMs: number): Player {
  const result = number < state.number ? -1 : number > state.number ? 1 : 0;
  const guessCount = player.guessCount + 1;
  const isLast = state.attempts !== null && guessCount >= state.attempts;
  return {
    status: result === 0 ? 'found' : isLast ? 'failed' : 'guessing',
    guesses: [...player.guesses, { number, result } as const].slice(-guessesShown),
    guessCount,
    low: result > 0 ? player.low : Math.max(player.low, number - result),
    high: result < 0 ? player.high : Math.min(player.high, number - result),
    foundAtMs: result === 0 ? atMs : null,
  };
}

function isOver({ mode, players, isTimeUp }: GuessState): boolean {
  if (isTimeUp || players.every(({ status }) => status !== 'guessing')) return true;
  return mode === 'race' && players.some(({ status }) => status === 'found');
}

function resultsOf(players: readonly Player[]): NonNullable<GuessView['results']> {
  return players
    .map(({ foundAtMs }, seat) => ({ seat, timeMs: foundAtMs }))
    .sort((a, b) => (a.timeMs ?? Infinity) - (b.timeMs ?? Infinity) || a.seat - b.seat);
}

/** Found before not found before left. Alone counts the guesses, the others the time. */
function rankingOf({ mode, players }: GuessState): Outcome['ranking'] {
  const keyOf = ({ status, guessCount, foundAtMs }: Player): number => {
    if (status === 'left') return Infinity;
    if (foundAtMs === null) return Number.MAX_VALUE;
    return mode === 'alone' ? guessCount : foundAtMs;
  };
  const groups = new Map<number, Seat[]>();
  for (const [seat, player] of players.entries()) {
    const key = keyOf(player);
    groups.set(key, [...(groups.get(key) ?? []), seat]);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, seats]) => seats);
}

/** A point for who found it. */
const scoreOf = ({ players }: GuessState): readonly number[] =>
  players.map(({ status }) => (status === 'found' ? 1 : 0));
