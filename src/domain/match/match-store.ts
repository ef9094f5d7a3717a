// What matches need kept: who plays, how it ended, and the record that replays it.

import type { Json } from '../../base/json.ts';
import type { MatchEndReason, MatchSeat } from '../../contract/schema.ts';
import type { RatingChange } from '../rating/rating-store.ts';

export interface StoredMatch {
  readonly id: string;
  readonly game: string;
  readonly gameVersion: number;
  readonly lobbyId: string;
  readonly hostId: string;
  readonly settings: Json;
  /** Secret until the match has ended. */
  readonly seed: string;
  readonly seats: readonly MatchSeat[];
  readonly startedAtMs: number;
  /** Absent while it runs. */
  readonly end?: MatchEnd;
}

export interface MatchEnd {
  readonly reason: MatchEndReason;
  readonly endedAtMs: number;
  readonly stateHash: string | null;
}

export interface MatchOutcome extends MatchEnd {
  /** With places and results where there are any. */
  readonly seats: readonly MatchSeat[];
  /** The match record as JSON text; null when the host could not hand one over. */
  readonly record: string | null;
  readonly ratings: readonly RatingChange[];
}

export interface MatchQuery {
  readonly playerId?: string;
  readonly game?: string;
  /** Sort key of the last row before: newest first, then by id. */
  readonly after?: readonly [endedAtMs: number, matchId: string];
  readonly limit: number;
}

export interface MatchStore {
  /** One that runs. */
  add(match: StoredMatch): Promise<void>;
  /**
   * A match that was not there before it ended. All of it or nothing. False, and nothing changed,
   * when there is one with this id.
   */
  addEnded(match: StoredMatch, outcome: MatchOutcome): Promise<boolean>;
  /** All of it or nothing. False, and nothing changed, when the match had ended before. */
  end(matchId: string, game: string, outcome: MatchOutcome): Promise<boolean>;
  /** Ends every match that runs as abandoned; at start, when no host can have one of ours. */
  abandonRunning(endedAtMs: number): Promise<number>;
  byId(matchId: string): Promise<StoredMatch | undefined>;
  /** Ended matches. */
  page(query: MatchQuery): Promise<readonly StoredMatch[]>;
  record(matchId: string): Promise<string | undefined>;
}
