// Accounts on the classic wire (Paperclip 0): each has an RSA key whose private part is kept
// encrypted with the account's password, and a certificate signed with it is all that a player
// shows over UDP. This service keeps the keys and says what a certificate is worth.
//
// It does NOT make keys or read certificates: those are ports. No command changes a password today;
// one that does must have the key made anew, or the old password will go on opening it.

import { PaperclipError } from '../../contract/errors.ts';
import { contractLimits as limits } from '../../contract/limits.ts';
import type { Session } from '../../contract/schema.ts';
import { KeyMutex } from '../key-mutex.ts';
import type { CallOrigin } from '../platform.ts';
import type { Clock, RateLimiter } from '../ports.ts';
import type { ClassicKeyStore, StoredPlayer } from './account-store.ts';
import type { Accounts } from './accounts.ts';
import { busyWhenFull } from './busy-when-full.ts';
import type { PlayerNumbers } from './player-numbers.ts';
import type { Sanctions } from './sanctions.ts';
import type { SessionOrigin, Sessions } from './sessions.ts';

/** What the classic wire needs of its accounts, beside commands. Rejects with a PaperclipError. */
export interface ClassicAccounts {
  /**
   * The session was made with this password just now: the account's key is made if it has none.
   * Rejects with BUSY.
   */
  keepKey(origin: CallOrigin, password: string): Promise<void>;
  /** Of the session's account, as it is stored: PKCS #8 in DER, encrypted. */
  encryptedKey(origin: CallOrigin): Promise<Uint8Array | undefined>;
  /** Rejects with RATE_LIMITED. */
  check(certificate: Uint8Array, origin: SessionOrigin): Promise<CertificateCheck>;
  /**
   * Ends the session that a certificate of the same account gave before. Rejects with
   * UNAUTHENTICATED, BANNED, RATE_LIMITED.
   */
  signIn(certificate: Uint8Array, origin: SessionOrigin): Promise<Session>;
}

export interface CertificateCheck {
  /** What the certificate claims; undefined of a server and of what is no certificate. */
  readonly accountNumber: number | undefined;
  readonly isValid: boolean;
}

export interface ClassicPorts {
  readonly keyMaker: {
    /** Rejects with an error named `QueueFull` when too many wait. */
    make(password: string): Promise<{
      /** DER SubjectPublicKeyInfo. */
      readonly publicKey: Uint8Array;
      /** DER EncryptedPrivateKeyInfo. */
      readonly privateKey: Uint8Array;
    }>;
  };
  /** Undefined for what is no certificate of this wire. */
  readonly readCertificate: (der: Uint8Array) => ClassicCertificate | undefined;
  /** Of this server, in DER: who has no account signs with it. */
  readonly serverPublicKey: Uint8Array;
}

export interface ClassicCertificate {
  readonly accountNumber: number | undefined;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  isSignedBy(publicKey: Uint8Array): boolean;
}

export interface ClassicKeysOptions extends ClassicPorts {
  readonly store: ClassicKeyStore;
  readonly accounts: Pick<Accounts, 'admit'>;
  readonly numbers: Pick<PlayerNumbers, 'playerOf'>;
  readonly sessions: Pick<Sessions, 'authenticate' | 'revoke'>;
  readonly sanctions: Pick<Sanctions, 'inForce'>;
  readonly limiter: RateLimiter;
  readonly clock: Clock;
}

/** Accounts whose session by a certificate is known; the one that signed in first is forgotten. */
const signInsKeptMax = 10_000;
/** Sign-ins of one account that wait for each other; one more gets BUSY. */
const signInsQueuedMax = 8;
/** Log-ins of one account that wait for its first key; one more gets BUSY. */
const firstKeysQueuedMax = 8;

export class ClassicKeys implements ClassicAccounts {
  readonly #o: ClassicKeysOptions;
  readonly #firstKeys = new KeyMutex(firstKeysQueuedMax);
  readonly #signIns = new KeyMutex(signInsQueuedMax);
  /** Player to session, in the order of signing in. */
  readonly #signedIn = new Map<string, string>();

  constructor(options: ClassicKeysOptions) {
    this.#o = options;
  }

  async keepKey(origin: CallOrigin, password: string): Promise<void> {
    const playerId = await this.#accountOf(origin);
    const { store, keyMaker, clock } = this.#o;
    await this.#firstKeys.run(playerId, async () => {
      if ((await store.ofPlayer(playerId)) !== undefined) return;
      // As it was typed, without a normal form: so the client will type it to open the key.
      const pair = await busyWhenFull(keyMaker.make(password));
      await store.add({ playerId, ...pair, madeAtMs: clock.now() });
    });
  }

  async encryptedKey(origin: CallOrigin): Promise<Uint8Array | undefined> {
    const playerId = await this.#accountOf(origin);
    return (await this.#o.store.ofPlayer(playerId))?.privateKey;
  }

  async check(certificate: Uint8Array, origin: SessionOrigin): Promise<CertificateCheck> {
    const { accountNumber, isValid } = await this.#judge(certificate, origin);
    return { accountNumber, isValid };
  }

  async signIn(certificate: Uint8Array, origin: SessionOrigin): Promise<Session> {
    const { isValid, owner } = await this.#judge(certificate, origin);
    // Of a banned account it is not valid, and its player may know why.
    if (owner === undefined || (!isValid && !this.#isBanned(owner))) {
      throw new PaperclipError('UNAUTHENTICATED');
    }
    return this.#signIns.run(owner.id, async () => {
      // A certificate is easily seen and shown again: else, whoever does that often enough would
      // push out the account's sessions on all wires.
      await this.#endSignIn(owner.id);
      const session = await this.#o.accounts.admit(owner, origin);
      await this.#noteSignIn(owner.id, session);
      return session;
    });
  }

  async #noteSignIn(playerId: string, { accessToken }: Session): Promise<void> {
    const { sessionId } = await this.#o.sessions.authenticate(accessToken);
    if (sessionId !== undefined) this.#signedIn.set(playerId, sessionId);
    for (const oldest of this.#signedIn.keys()) {
      if (this.#signedIn.size <= signInsKeptMax) break;
      this.#signedIn.delete(oldest);
    }
  }

  async #endSignIn(playerId: string): Promise<void> {
    const sessionId = this.#signedIn.get(playerId);
    if (sessionId === undefined) return;
    this.#signedIn.delete(playerId);
    try {
      await this.#o.sessions.revoke(playerId, sessionId);
    } catch (cause) {
      // It ended by itself.
      if (!(cause instanceof PaperclipError && cause.code === 'SESSION_NOT_FOUND')) throw cause;
    }
  }

  /** The owner is there only where the certificate is that account's and in its time. */
  async #judge(
    der: Uint8Array,
    { address }: SessionOrigin,
  ): Promise<CertificateCheck & { readonly owner?: StoredPlayer }> {
    await this.#limit(address);
    const certificate = this.#o.readCertificate(der);
    const accountNumber = certificate?.accountNumber;
    if (certificate === undefined || !this.#isInTime(certificate)) {
      return { accountNumber, isValid: false };
    }
    if (accountNumber === undefined) {
      return { accountNumber, isValid: certificate.isSignedBy(this.#o.serverPublicKey) };
    }
    const owner = await this.#playerOf(accountNumber);
    const key = owner && (await this.#o.store.ofPlayer(owner.id));
    if (owner === undefined || key === undefined || !certificate.isSignedBy(key.publicKey)) {
      return { accountNumber, isValid: false };
    }
    return { accountNumber, isValid: !this.#isBanned(owner), owner };
  }

  #isInTime({ notBeforeMs, notAfterMs }: ClassicCertificate): boolean {
    const now = this.#o.clock.now();
    const lifetimeMs = notAfterMs - notBeforeMs;
    // Whoever has seen a certificate can show it, so a player's own may not last longer either.
    return (
      lifetimeMs <= limits.classicCertificateLifetimeS * 1000 &&
      notBeforeMs <= now + limits.classicClockAheadS * 1000 &&
      now <= notAfterMs
    );
  }

  async #playerOf(number: number): Promise<StoredPlayer | undefined> {
    try {
      return await this.#o.numbers.playerOf(number);
    } catch (cause) {
      if (cause instanceof PaperclipError && cause.code === 'PLAYER_NOT_FOUND') return undefined;
      throw cause;
    }
  }

  #isBanned({ id }: StoredPlayer): boolean {
    return this.#o.sanctions.inForce(id, 'ban') !== undefined;
  }

  async #limit(address: string): Promise<void> {
    const { classicCertificatesOfAddressMax: calls, classicCertificatesWindowS: perS } = limits;
    const command = 'classic certificate';
    const retryAfterS = await this.#o.limiter.take(`${command} ${address}`, calls, perS);
    if (retryAfterS > 0) throw new PaperclipError('RATE_LIMITED', { command, retryAfterS });
  }

  async #accountOf({ accessToken }: CallOrigin): Promise<string> {
    const { kind, playerId } = await this.#o.sessions.authenticate(accessToken);
    if (playerId === undefined) throw new PaperclipError('UNAUTHENTICATED');
    if (kind === 'guest') throw new PaperclipError('FORBIDDEN', { caller: kind });
    return playerId;
  }
}
