// Accounts: register, log in, play as a guest. Sessions themselves are sessions.ts' business.
//
// A log-in of an unknown name costs what one of a known name costs: it verifies the password
// against a hash that nobody has the password of. Log-ins of one name from one address wait for
// each other, so that parallel guesses cannot slip past the lock. Failures lock a name for the
// address that they came from, or else anybody could keep anybody out; only very many from many
// addresses lock it for all.

import { PaperclipError } from '../../contract/errors.ts';
import { contractLimits as limits } from '../../contract/limits.ts';
import type { Session } from '../../contract/schema.ts';
import type { Background } from '../background.ts';
import { newDigits, newId, newSecret } from '../ids.ts';
import { KeyMutex } from '../key-mutex.ts';
import type { Clock, PasswordHasher, SecureRandom } from '../ports.ts';
import type { AccountStore, StoredPlayer } from './account-store.ts';
import { LoginLock } from './login-lock.ts';
import { isReserved, type NormalName, nameKey, normalNames } from './names.ts';
import type { Sessions } from './sessions.ts';

export interface AccountsOptions {
  readonly store: AccountStore;
  readonly sessions: Sessions;
  readonly passwords: PasswordHasher;
  readonly clock: Clock;
  readonly random: SecureRandom;
  readonly background: Background;
}

interface Credentials {
  readonly name: string;
  readonly password: string;
}

/** Digits of a guest's number, try by try: more when the shorter ones were taken. */
const guestDigits = [4, 4, 6, 9, 12] as const;

/** Young ones are left alone, whatever they are doing just now. */
const lostGuestsAfterMs = 3_600_000;
/** Removed in one step, so that others' writes come in between; and steps in one go. */
const lostGuestsBatch = 500;
const lostGuestsBatchesMax = 200;

export class Accounts {
  readonly #o: AccountsOptions;
  readonly #dummyHash: string;
  readonly #normalName: NormalName = normalNames();
  /** By name and address, and by name. */
  readonly #lock: LoginLock;
  readonly #nameLock: LoginLock;
  readonly #logins = new KeyMutex(limits.loginsQueuedMax);

  private constructor(options: AccountsOptions, dummyHash: string) {
    this.#o = options;
    this.#dummyHash = dummyHash;
    this.#lock = new LoginLock(options.clock, limits.loginFailuresBeforeLock);
    this.#nameLock = new LoginLock(options.clock, limits.loginFailuresOfNameBeforeLock);
  }

  static async create(options: AccountsOptions): Promise<Accounts> {
    const nobodysPassword = newSecret(options.random, 24);
    return new Accounts(options, await options.passwords.hash(nobodysPassword));
  }

  async register(wish: Credentials): Promise<Session> {
    const name = this.#nameFrom(wish.name);
    const key = nameKey(name);
    // Asked before the hash, which is dear; the store's own check at `add` is the one that counts.
    const isTaken = isReserved(key) || (await this.#o.store.byNameKey(key)) !== undefined;
    if (isTaken) throw new PaperclipError('NAME_TAKEN', { name });
    const passwordHash = await busyWhenFull(
      this.#o.passwords.hash(wish.password.normalize('NFKC')),
    );
    const session = await this.#add(name, 'account', passwordHash);
    if (session === undefined) throw new PaperclipError('NAME_TAKEN', { name });
    return session;
  }

  async guest(wish: { readonly name?: string }): Promise<Session> {
    const name = wish.name === undefined ? 'Guest' : this.#nameFrom(wish.name);
    for (const digits of guestDigits) {
      // `#` is in no name that can be registered, so a guest never passes for an account.
      const session = await this.#add(
        `${name}#${newDigits(this.#o.random, digits)}`,
        'guest',
        null,
      );
      if (session !== undefined) return session;
    }
    throw new PaperclipError('BUSY');
  }

  async login(given: Credentials, address: string): Promise<Session> {
    const key = nameKey(given.name);
    const place = `${address} ${key}`;
    return this.#logins.run(place, async () => {
      const retryAfterS = Math.max(this.#lock.lockedForS(place), this.#nameLock.lockedForS(key));
      if (retryAfterS > 0) {
        throw new PaperclipError('ACCOUNT_LOCKED', { name: given.name, retryAfterS });
      }
      const player = await this.#o.store.byNameKey(key);
      const hash = player?.passwordHash ?? this.#dummyHash;
      const password = given.password.normalize('NFKC');
      const fits = await busyWhenFull(this.#o.passwords.verify(hash, password));
      if (!fits || player === undefined || player.passwordHash === null) {
        this.#lock.failed(place);
        this.#nameLock.failed(key);
        throw new PaperclipError('WRONG_PASSWORD');
      }
      // Not of the name as a whole: the others who fail at it are not this player.
      this.#lock.succeeded(place);
      if (this.#o.passwords.needsRehash(hash)) this.#rehash(player.id, password);
      return this.#o.sessions.start(player);
    });
  }

  /**
   * A guest whose session has ended can never come back: without this, everybody could fill the
   * store for ever. Who has played against people stays, as the name on a leaderboard.
   */
  async removeLostGuests(): Promise<void> {
    const madeBeforeMs = this.#o.clock.now() - lostGuestsAfterMs;
    for (let i = 0; i < lostGuestsBatchesMax; i++) {
      const removed = await this.#o.store.removeLostGuests(madeBeforeMs, lostGuestsBatch);
      if (removed < lostGuestsBatch) return;
    }
  }

  byId(playerId: string): Promise<StoredPlayer | undefined> {
    return this.#o.store.byId(playerId);
  }

  /** By id, or by name without regard to case. */
  async find(idOrName: string): Promise<StoredPlayer | undefined> {
    return (await this.byId(idOrName)) ?? (await this.#o.store.byNameKey(nameKey(idOrName)));
  }

  #nameFrom(wish: string): string {
    const name = this.#normalName(wish);
    if (name !== undefined) return name;
    throw new PaperclipError('BAD_REQUEST', {
      field: 'name',
      problem:
        'does not fit in its Unicode normal form (NFKC), or has characters that show nothing',
    });
  }

  async #add(
    name: string,
    kind: StoredPlayer['kind'],
    passwordHash: string | null,
  ): Promise<Session | undefined> {
    const player: StoredPlayer = {
      id: newId(this.#o.random, 16),
      name,
      nameKey: nameKey(name),
      kind,
      passwordHash,
      createdAtMs: this.#o.clock.now(),
    };
    const { row, refreshToken } = this.#o.sessions.make(player.id);
    const outcome = await this.#o.store.add(player, row);
    if (outcome === 'name-taken') return undefined;
    return this.#o.sessions.answer(player, row.id, refreshToken);
  }

  /** The log-in does not wait for it, and a full queue leaves it to the next log-in. */
  #rehash(playerId: string, password: string): void {
    this.#o.background.run('rehash', async () => {
      await this.#o.store.setPasswordHash(playerId, await this.#o.passwords.hash(password));
    });
  }
}

/** The hasher lives outside of the domain and knows its errors by a name only: see ports.ts. */
async function busyWhenFull<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Error && error.name === 'QueueFull') throw new PaperclipError('BUSY');
    throw error;
  }
}
