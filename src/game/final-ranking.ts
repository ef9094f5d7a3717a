// Ranks the seats of a match that the rules did not finish: who stayed comes before who left, and
// who left later before who left earlier.

import type { Seat } from './define-game.ts';

/** `left` in the order of leaving. With a `score`, those who stayed are ranked by it. */
export function finalRanking(
  stayed: readonly Seat[],
  left: readonly (readonly Seat[])[],
  score?: readonly number[],
): Seat[][] {
  const groups: Seat[][] = [];
  if (score === undefined) groups.push([...stayed]);
  else {
    const points = (seat: Seat): number => score[seat] ?? 0;
    let last: number | undefined;
    for (const seat of [...stayed].sort((a, b) => points(b) - points(a) || a - b)) {
      if (points(seat) === last) groups.at(-1)?.push(seat);
      else groups.push([seat]);
      last = points(seat);
    }
  }
  for (const group of left.toReversed()) groups.push([...group]);
  return groups.filter((group) => group.length > 0);
}
