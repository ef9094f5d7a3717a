// What the domain needs from outside, as interfaces. `store/`, `bus/`, `driver/` and `app/`
// implement them; tests give small ones. The stores' ports stand beside their services.

/** Unix milliseconds. */
export interface Clock {
  now(): number;
}

/** For ids, tokens and codes; from the operating system's generator outside tests. */
export interface SecureRandom {
  bytes(length: number): Uint8Array;
}

/** Argon2id; the parameters are in the hash text. */
export interface PasswordHasher {
  /** A PHC string. Rejects with an error named `QueueFull` when too many hashes wait. */
  hash(password: string): Promise<string>;
  /** Takes as long for a wrong password as for a right one. Rejects as `hash` does. */
  verify(phc: string, password: string): Promise<boolean>;
  /** The parameters have been raised since this hash was made. */
  needsRehash(phc: string): boolean;
}

export interface AccessClaims {
  readonly playerId: string;
  readonly sessionId: string;
  readonly kind: 'guest' | 'account' | 'admin';
  /** Unix seconds. */
  readonly expiresAtS: number;
}

/** Short-lived signed tokens (a JWT outside tests). */
export interface AccessTokens {
  issue(claims: AccessClaims): Promise<string>;
  verify(token: string): Promise<AccessClaims | 'expired' | 'invalid'>;
}

/** SHA-256; refresh tokens are stored only as this. */
export interface Digest {
  sha256Hex(text: string): string;
}

/** SHA-256 of what comes in pieces. */
export interface StreamDigest {
  sha256(): RunningSha256;
}

export interface RunningSha256 {
  update(bytes: Uint8Array): void;
  /** Once, and last. In lower-case hex. */
  finish(): string;
}

/** Signs match tickets with the platform's key. */
export interface TicketSigner {
  sign(ticket: {
    readonly playerId: string;
    readonly clientPublicKey: Uint8Array;
    readonly hostPublicKey: Uint8Array;
    readonly matchId: string;
    readonly seat: number;
    readonly notBeforeMs: number;
    readonly expiresAtMs: number;
    readonly userData: Uint8Array;
  }): Uint8Array;
}

/** Counts calls in windows. Resolves with 0 when the call may go on, else seconds to wait. */
export interface RateLimiter {
  take(key: string, calls: number, perS: number): Promise<number>;
}

/** One-shot timers, so that services work in virtual time. Returns a cancel function. */
export interface Timers {
  after(delayMs: number, run: () => void): () => void;
}
