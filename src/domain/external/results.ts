// What players' programs report of an ended game, and what is believed of it. They are not trusted
// one by one: a result stands when more than half of those who played say how it ended and nobody
// contradicts. It moves no leaderboard, since friends could report what they like.

import type { MatchSeat } from '../../contract/schema.ts';
import type { MatchEnd } from '../match/match-store.ts';
import type { ExternalSeat } from './external-game.ts';

export interface ArmyReport {
  readonly army: number;
  readonly outcome?: 'victory' | 'defeat' | 'draw';
  readonly score?: number;
}

const outcomeOf: Readonly<Record<string, ArmyReport['outcome']>> = {
  victory: 'victory',
  defeat: 'defeat',
  recall: 'defeat',
  draw: 'draw',
  mutual_draw: 'draw',
};

/** `victory 10`, `defeat -10`, `score 5`; undefined for anything else. */
export function parseResult(army: unknown, text: unknown): ArmyReport | undefined {
  const number = typeof army === 'string' && army.trim() !== '' ? Number(army) : army;
  if (typeof number !== 'number' || !Number.isInteger(number)) return undefined;
  if (typeof text !== 'string' || text.length > 64) return undefined;
  const words = text.toLowerCase().trim().split(/\s+/);
  const score = Number(words.at(-1));
  const kind = words.at(-2) ?? '';
  if (words.length < 2 || !Number.isSafeInteger(score)) return undefined;
  if (kind === 'score') return { army: number, score };
  const outcome = Object.hasOwn(outcomeOf, kind) ? outcomeOf[kind] : undefined;
  return outcome === undefined ? undefined : { army: number, outcome, score };
}

/** The newest of a kind counts: a score says nothing of the outcome, and the other way round. */
export function withReport(
  reports: readonly ArmyReport[],
  report: ArmyReport,
  armiesMax: number,
): readonly ArmyReport[] {
  const before = reports.find(({ army }) => army === report.army);
  if (before === undefined && reports.length >= armiesMax) return reports;
  const rest = reports.filter((one) => one !== before);
  return [...rest, { ...before, ...report }];
}

export interface ExternalResult {
  /** `outcome`: agreed; `failed`: in contradiction; `abandoned`: too few said anything. */
  readonly reason: Extract<MatchEnd['reason'], 'outcome' | 'failed' | 'abandoned'>;
  readonly seats: readonly MatchSeat[];
}

export function externalResult(
  seats: readonly ExternalSeat[],
  reports: ReadonlyMap<string, readonly ArmyReport[]>,
): ExternalResult {
  const bare = seats.map(({ person }, seat): MatchSeat => {
    return { seat, playerId: person.id, name: person.name, kind: person.kind };
  });
  const witnesses = seats.flatMap(({ person }) => {
    const said = reports.get(person.id)?.filter(({ outcome }) => outcome !== undefined) ?? [];
    return said.length === 0 ? [] : [said];
  });
  if (witnesses.length * 2 <= seats.length) return { reason: 'abandoned', seats: bare };
  const said = Map.groupBy(witnesses.flat(), ({ army }) => army);
  const outcomes = seats.map((seat) => agreedOutcome(seat, seats, said));
  const isWon = outcomes.includes('victory');
  const isWhole =
    !outcomes.includes('disputed') &&
    (isWon ? !outcomes.includes('draw') : outcomes.includes('draw'));
  if (!isWhole) return { reason: 'failed', seats: bare };
  const best = isWon ? 'victory' : 'draw';
  const bestCount = outcomes.filter((outcome) => outcome === best).length;
  return {
    reason: 'outcome',
    seats: bare.map((seat, i) => {
      const outcome = outcomes[i];
      if (outcome === undefined || outcome === 'disputed') return seat;
      const score = agreedScore(seats[i]?.place.army, said);
      return {
        ...seat,
        ...(score === undefined ? {} : { score }),
        place: outcome === best ? 1 : bestCount + 1,
        result: outcome === 'victory' ? 'win' : outcome === 'draw' ? 'draw' : 'loss',
      };
    }),
  };
}

type Said = ReadonlyMap<number, readonly ArmyReport[]>;

/** A team wins together, whatever became of each of its armies. Team 1 means: none. */
function agreedOutcome(
  { place }: ExternalSeat,
  seats: readonly ExternalSeat[],
  said: Said,
): ArmyReport['outcome'] | 'disputed' {
  const isTeam = place.team !== undefined && place.team > 1;
  const mates = isTeam ? seats.filter((other) => other.place.team === place.team) : [{ place }];
  const outcomes = mates.flatMap(({ place: { army } }) => {
    const claims = new Set(said.get(army ?? -1)?.map(({ outcome }) => outcome));
    return claims.size > 1 ? ['disputed' as const] : [...claims];
  });
  for (const outcome of ['disputed', 'victory', 'draw', 'defeat'] as const) {
    if (outcomes.includes(outcome)) return outcome;
  }
  return undefined;
}

function agreedScore(army: number | undefined, said: Said): number | undefined {
  const scores = new Set(said.get(army ?? -1)?.map(({ score }) => score));
  return scores.size === 1 ? [...scores][0] : undefined;
}
