// Players as this protocol shows them. Ratings are those of a newcomer: the platform has none that
// such a client could read, and the fields must be there.

import type { Person } from '../../contract/people-schema.ts';

/** A player whom somebody hears of, with what changed about them. */
export interface SeenPlayer {
  readonly person: Person;
  readonly isOffline: boolean;
}

interface Rating {
  readonly rating: readonly [mean: number, deviation: number];
  readonly number_of_games: number;
}

const newcomer: Rating = { rating: [1500, 500], number_of_games: 0 };

export interface PlayerObject {
  readonly id: number;
  readonly login: string;
  readonly country: string;
  readonly ratings: Readonly<Record<string, Rating>>;
  readonly state?: 'offline';
}

export const playerObject = (
  id: number,
  { person, isOffline }: SeenPlayer,
): PlayerObject & object => ({
  id,
  login: person.name,
  country: '',
  ratings: { global: newcomer, ladder_1v1: newcomer },
  // Clients of the first years read these.
  ...{ global_rating: newcomer.rating, ladder_rating: newcomer.rating, number_of_games: 0 },
  ...(isOffline && { state: 'offline' }),
});

/** Messages of at most so many players, by their numbers; one, if there are none. */
export function playerInfos(all: readonly PlayerObject[], perMessage: number): object[] {
  const players = all.toSorted((a, b) => a.id - b.id);
  const messages: object[] = [];
  for (let at = 0; at === 0 || at < players.length; at += perMessage) {
    messages.push({ command: 'player_info', players: players.slice(at, at + perMessage) });
  }
  return messages;
}
