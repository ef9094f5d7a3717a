// From a host's record to what is stored and shown: whether the record can be of that match at all,
// and each seat's place and result.

import type { MatchSeat } from '../../contract/schema.ts';
import type { MatchRecord } from '../../game/messages.ts';
import type { StoredMatch } from './match-store.ts';

/** Why the record cannot be of this match; undefined when it can. */
export function implausible(match: StoredMatch, record: MatchRecord): string | undefined {
  if (record.game !== match.game) return 'another game';
  if (record.gameVersion !== match.gameVersion) return 'another version of the game';
  if (record.seed !== match.seed) return 'another seed';
  if (record.seats.length !== match.seats.length) return 'another number of seats';
  const isSameSeat = (seat: MatchSeat) => record.seats[seat.seat]?.playerId === seat.playerId;
  if (!match.seats.every(isSameSeat)) return 'other players';
  const ranked = record.outcome?.ranking.flat() ?? [];
  if (new Set(ranked).size !== ranked.length) return 'a seat ranked twice';
  if (ranked.some((seat) => seat >= match.seats.length)) return 'a seat that nobody had';
  return undefined;
}

/**
 * Place 1 is best; those who share a group share a place, and the place behind them counts them all
 * (1, 1, 3). Alone at the top wins; sharing the top draws; everybody else lost.
 */
export function withResults(
  seats: readonly MatchSeat[],
  outcome: MatchRecord['outcome'],
): readonly MatchSeat[] {
  if (outcome === null) return seats;
  const placeOf = new Map<number, number>();
  let place = 1;
  for (const group of outcome.ranking) {
    for (const seat of group) placeOf.set(seat, place);
    place += group.length;
  }
  const isTopShared = (outcome.ranking.find((group) => group.length > 0)?.length ?? 0) > 1;
  return seats.map((seat) => {
    const mine = placeOf.get(seat.seat);
    const score = outcome.score?.[seat.seat];
    const scored = score === undefined ? seat : { ...seat, score };
    if (mine === undefined) return scored;
    const result = mine > 1 ? 'loss' : isTopShared ? 'draw' : 'win';
    return { ...scored, place: mine, result };
  });
}
