// Who won, from the places: for one seat of a running match, and back from a stored one.

import type { MatchSummary } from '../contract/schema.ts';
import type { Outcome } from '../game/define-game.ts';

export type PlayerResult = 'win' | 'loss' | 'draw';

/** First is a win, shared first a draw, everything else a loss. */
export function resultOf(outcome: Outcome | undefined, seat: number): PlayerResult | undefined {
  const best = outcome?.ranking[0];
  if (best === undefined) return undefined;
  if (!best.includes(seat)) return 'loss';
  return best.length === 1 ? 'win' : 'draw';
}

/** Undefined when nobody was ranked. */
export function outcomeOf(match: MatchSummary): Outcome | undefined {
  const places = [...new Set(match.seats.map(({ place }) => place))]
    .filter((place) => place !== undefined)
    .sort((a, b) => a - b);
  if (places.length === 0) return undefined;
  const ranking = places.map((place) =>
    match.seats.filter((seat) => seat.place === place).map(({ seat }) => seat),
  );
  const score = match.seats.map((seat) => seat.score).filter((one) => one !== undefined);
  return score.length === match.seats.length ? { ranking, score } : { ranking };
}
