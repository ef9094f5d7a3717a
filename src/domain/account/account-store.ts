// What accounts and sessions need kept. Every method resolves when the change is durable.

export interface StoredPlayer {
  readonly id: string;
  readonly name: string;
  /** What makes the name unique: see names.ts. */
  readonly nameKey: string;
  readonly kind: 'account' | 'guest';
  /** A PHC string; null for guests. */
  readonly passwordHash: string | null;
  readonly createdAtMs: number;
}

export interface StoredSession {
  readonly id: string;
  readonly playerId: string;
  /** SHA-256 of the part that all refresh tokens of the session share. */
  readonly familyHash: string;
  /** SHA-256 of the part that changes with each refresh. */
  readonly tokenHash: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}

export interface AccountStore {
  /** Both or neither. */
  add(player: StoredPlayer, session: StoredSession): Promise<'added' | 'name-taken'>;
  byId(playerId: string): Promise<StoredPlayer | undefined>;
  byNameKey(nameKey: string): Promise<StoredPlayer | undefined>;
  setPasswordHash(playerId: string, passwordHash: string): Promise<void>;
  /**
   * Guests made before then who have no session and so can never come back, are in no lobby and
   * in no running match, and stand on no leaderboard. At most `limit`; how many there were.
   */
  removeLostGuests(madeBeforeMs: number, limit: number): Promise<number>;
}

export interface SessionStore {
  /** The player's sessions beyond `keepMax` are removed, those that were refreshed last stay. */
  add(session: StoredSession, keepMax: number): Promise<void>;
  byId(sessionId: string): Promise<StoredSession | undefined>;
  /** False, and nothing changed, when the stored token hash is not `fromHash` (any more). */
  rotate(
    sessionId: string,
    fromHash: string,
    toHash: string,
    expiresAtMs: number,
  ): Promise<boolean>;
  /** Ended sessions are not kept. False when there was none. */
  remove(sessionId: string): Promise<boolean>;
  /** How many had expired. */
  removeExpired(nowMs: number): Promise<number>;
}
