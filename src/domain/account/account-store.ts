// What accounts and sessions need kept. Every method resolves when the change is durable.

export interface StoredPlayer {
  readonly id: string;
  readonly name: string;
  /** What makes the name unique: see names.ts. */
  readonly nameKey: string;
  readonly kind: 'account' | 'guest';
  /** A PHC string; null for guests. */
  readonly passwordHash: string | null;
  /** Of the password's SHA-256 in lower-case hex, where log-in by that was enabled. */
  readonly digestHash?: string;
  readonly createdAtMs: number;
}

export interface StoredSession {
  readonly id: string;
  readonly playerId: string;
  /** SHA-256 of the part that all refresh tokens of the session share. */
  readonly familyHash: string;
  /** SHA-256 of the part that changes with each refresh. */
  readonly tokenHash: string;
  /** From where it was made. */
  readonly wire: string;
  readonly address: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}

/** A log-in of an account, or one that failed. */
export interface StoredLogin {
  readonly playerId: string;
  readonly atMs: number;
  readonly wire: string;
  readonly address: string;
  readonly outcome: 'ok' | 'registered' | 'wrong-password' | 'locked' | 'banned';
}

export interface StoredSanction {
  readonly playerId: string;
  readonly kind: 'ban' | 'mute';
  readonly reason: string;
  readonly sinceMs: number;
  /** Null: for good. */
  readonly untilMs: number | null;
}

export interface AccountStore {
  /** Both or neither. */
  add(player: StoredPlayer, session: StoredSession): Promise<'added' | 'name-taken'>;
  /** Without a session: the account's owner is not here. */
  addAccount(account: StoredPlayer): Promise<'added' | 'name-taken'>;
  byId(playerId: string): Promise<StoredPlayer | undefined>;
  byNameKey(nameKey: string): Promise<StoredPlayer | undefined>;
  /** In any order; without those that there are not. */
  byIds(playerIds: readonly string[]): Promise<readonly StoredPlayer[]>;
  /** The guest becomes an account and gets the session; all of it or nothing. */
  upgrade(
    playerId: string,
    name: string,
    nameKey: string,
    passwordHash: string,
    session: StoredSession,
  ): Promise<'done' | 'refused'>;
  /** A guest gives its name up for another. False when it has another name by now. */
  renameGuest(
    playerId: string,
    fromKey: string,
    name: string,
    nameKey: string,
  ): Promise<'done' | 'refused'>;
  setPasswordHash(playerId: string, passwordHash: string): Promise<void>;
  setDigestHash(playerId: string, digestHash: string): Promise<void>;
  /**
   * Guests made before then who have no session and so can never come back, are in no lobby and
   * in no running match, and stand on no leaderboard; with all that is theirs, save what they wrote
   * to others. At most `limit`; whom.
   */
  removeLostGuests(madeBeforeMs: number, limit: number): Promise<readonly string[]>;
}

/** The RSA keys of an account on the classic wire, in DER. */
export interface StoredClassicKey {
  readonly playerId: string;
  /** SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array;
  /** EncryptedPrivateKeyInfo (PKCS #8), under the account's password. */
  readonly privateKey: Uint8Array;
  readonly madeAtMs: number;
}

export interface ClassicKeyStore {
  /** False, and nothing changed, when the player has one. */
  add(key: StoredClassicKey): Promise<boolean>;
  ofPlayer(playerId: string): Promise<StoredClassicKey | undefined>;
}

export interface NumberStore {
  /**
   * Gives a number, from 1, to those that have none; without those that there are not. A number is
   * never given again.
   */
  ofPlayers(
    playerIds: readonly string[],
  ): Promise<readonly { readonly playerId: string; readonly number: number }[]>;
  playerOf(number: number): Promise<string | undefined>;
}

export interface SessionStore {
  /** The player's sessions beyond `keepMax` are removed, those that were refreshed last stay. */
  add(session: StoredSession, keepMax: number): Promise<void>;
  byId(sessionId: string): Promise<StoredSession | undefined>;
  /** Refreshed last first. */
  ofPlayer(playerId: string): Promise<readonly StoredSession[]>;
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

export interface LoginStore {
  /** The player's log-ins beyond `keepMax` are removed, the oldest first. */
  add(login: StoredLogin, keepMax: number): Promise<void>;
  /** Newest first. */
  ofPlayer(playerId: string): Promise<readonly StoredLogin[]>;
}

export interface SanctionStore {
  all(): Promise<readonly StoredSanction[]>;
  /** In place of an earlier one of the same kind. */
  put(sanction: StoredSanction): Promise<void>;
  remove(playerId: string, kind: StoredSanction['kind']): Promise<void>;
}
