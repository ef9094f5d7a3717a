// What the leaderboards need kept. The counts change with the match that they come from, in one
// step: see match/match-store.ts. Here they are only read.

export interface RatingChange {
  readonly playerId: string;
  /** Exactly one of them. */
  readonly counts: 'wins' | 'losses' | 'draws' | 'botWins' | 'botLosses';
}

export interface RatingRow {
  readonly playerId: string;
  readonly name: string;
  readonly nameKey: string;
  readonly wins: number;
  readonly losses: number;
  readonly draws: number;
  readonly botWins: number;
  readonly botLosses: number;
}

/** The sort key of a row: wins, fewest losses, name. */
export type RatingKey = readonly [wins: number, losses: number, nameKey: string];

export interface RatingStore {
  /** The rows behind `after`, best first. */
  page(game: string, after: RatingKey | undefined, limit: number): Promise<readonly RatingRow[]>;
  /** How many stand before the key: in the order, and by wins and losses alone. */
  countBefore(
    game: string,
    key: RatingKey,
  ): Promise<{ readonly inOrder: number; readonly better: number }>;
}
