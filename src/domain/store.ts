// The stores of all services, as one thing to open and close.

import type { AccountStore, SessionStore } from './account/account-store.ts';
import type { LobbyStore } from './lobby/lobby-store.ts';
import type { MatchStore } from './match/match-store.ts';
import type { RatingStore } from './rating/rating-store.ts';

export interface Store {
  readonly accounts: AccountStore;
  readonly sessions: SessionStore;
  readonly lobbies: LobbyStore;
  readonly matches: MatchStore;
  readonly ratings: RatingStore;
  /** Finishes what was asked before. */
  close(): Promise<void>;
}
