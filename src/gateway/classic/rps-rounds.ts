// Rock, paper, scissors in the words of the classic wire: choices as numbers, and an outcome for
// each round that this seat has played. The game itself is in games/rps, which a gateway does not
// know: it reads the parts of the view that the wire speaks of.

import { Compile } from 'typebox/compile';
import type { Json } from '../../base/json.ts';
import { type Static, t } from '../../contract/schema.ts';

const names = ['rock', 'paper', 'scissors'] as const;
export type RpsChoice = (typeof names)[number];

/** On the wire, as the older programs number them. */
const outcomes = { lose: 0, win: 1, draw: 2 } as const;

const Choice = t.Union([...names.map((name) => t.Literal(name)), t.Null()]);
const RpsView = t.Object({
  yourChoice: Choice,
  /** Finished ones, the oldest first. */
  rounds: t.Array(
    t.Object({
      /** By seat; null: nothing in time. */
      choices: t.Tuple([Choice, Choice]),
      winner: t.Union([t.Integer({ minimum: 0 }), t.Null()]),
    }),
  ),
  isOver: t.Boolean(),
});
const schema = Compile(RpsView);

export type RpsView = Static<typeof RpsView>;

/** Undefined for a view of another game. */
export const readRpsView = (view: unknown): RpsView | undefined =>
  schema.Check(view) ? view : undefined;

/** Of `{"choice": 0 | 1 | 2}`; undefined for what is none. */
export function readChoice(message: unknown): RpsChoice | undefined {
  if (typeof message !== 'object' || message === null || !('choice' in message)) return undefined;
  const { choice } = message;
  return typeof choice === 'number' ? names[choice] : undefined;
}

/**
 * What the seat is told of round `at`, with the score after it; undefined of one that it let pass,
 * for which its player waits for no outcome. The wire has no number for a choice that was not made:
 * of the other seat, it is shown as one that loses.
 */
export function outcomeOf(
  { rounds }: RpsView,
  at: number,
  seat: number,
  accountIds: readonly number[],
): Json | undefined {
  const round = rounds[at];
  const mine = numberOf(round?.choices[seat]);
  if (round === undefined || mine < 0) return undefined;
  const { winner } = round;
  const outcome = winner === null ? 'draw' : winner === seat ? 'win' : 'lose';
  const others = numberOf(round.choices[1 - seat]);
  const standing = (of: number) => ({
    score: rounds.slice(0, at + 1).filter((one) => one.winner === of).length,
    accountId: accountIds[of] ?? nobody,
  });
  return {
    outcome: outcomes[outcome],
    choice: mine,
    otherChoice: others < 0 ? (mine + 2) % names.length : others,
    score: standing(seat),
    otherScore: standing(1 - seat),
  };
}

/** The id that stands for a bot: accounts are numbered from 1. */
export const nobody = 0;

const numberOf = (choice: RpsChoice | null | undefined): number =>
  choice == null ? -1 : names.indexOf(choice);
