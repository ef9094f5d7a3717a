// What the wires that play `guess` read of it: the parts of its view that their protocols speak of.
// The game itself is in games/guess, which a gateway does not know.

import { Compile } from 'typebox/compile';
import { type Static, t } from '../contract/schema.ts';

const GuessView = t.Object({
  min: t.Integer(),
  max: t.Integer(),
  /** Null: without end. */
  attempts: t.Union([t.Integer(), t.Null()]),
  attemptsLeft: t.Union([t.Integer(), t.Null()]),
  /** The newest is number `guessCount`, counted from 1. */
  guesses: t.Array(t.Object({ result: t.Union([t.Literal(-1), t.Literal(0), t.Literal(1)]) })),
  guessCount: t.Integer({ minimum: 0 }),
  /** By seat; null: not found. */
  timesMs: t.Array(t.Union([t.Number(), t.Null()])),
  /** The seat that ended a race. */
  winner: t.Union([t.Integer(), t.Null()]),
  isOver: t.Boolean(),
});

export type GuessView = Static<typeof GuessView>;

export type ReadGuessView = (view: unknown) => GuessView | undefined;

/** Undefined for a view of another game. */
export function guessViews(): ReadGuessView {
  const schema = Compile(GuessView);
  return (view) => (schema.Check(view) ? view : undefined);
}

/** What guess number `n` came to; undefined when the view is older, or much newer. */
export const resultOf = ({ guesses, guessCount }: GuessView, n: number): -1 | 0 | 1 | undefined =>
  guesses[guesses.length - 1 - (guessCount - n)]?.result;

export interface GuessResult {
  readonly username: string;
  /** Milliseconds from the start to the right guess. */
  readonly time: number | null;
}

/** The quickest first, who did not find it last. Undefined when nobody did. */
export function resultsOf(
  { timesMs }: GuessView,
  names: readonly string[],
): readonly GuessResult[] | undefined {
  if (timesMs.every((time) => time === null)) return undefined;
  return timesMs
    .map((time, seat) => ({ username: names[seat] ?? '', time }))
    .sort((a, b) => (a.time ?? Infinity) - (b.time ?? Infinity));
}
