// Accounts: register, log in, play as a guest. Sessions themselves are sessions.ts' business.
//
// A log-in of an unknown name costs what one of a known name costs: it verifies the password
// against a hash that nobody has the password of. Log-ins of one name from one address wait for
// each other, so that parallel guesses cannot slip past the lock. Failures lock a name for the
// address that they came from, or else anybody could keep anybody out; only very many from many
// addresses lock it for all. A log-in by the SHA-256 of the password, which some wires send in its
// place, goes the same way and is checked against a second hash.

import { PaperclipError } from '../../contract/errors.ts';
import { contractLimits as limits } from '../../contract/limits.ts';
import type { Session } from '../../contract/schema.ts';
import type { Background } from '../background.ts';
import { newDigits, newId, newSecret } from '../ids.ts';
import { KeyMutex } from '../key-mutex.ts';
import type { Clock, Digest, PasswordHasher, SecureRandom } from '../ports.ts';
import type { AccountStore, LoginStore, StoredLogin, StoredPlayer } from './account-store.ts';
import { busyWhenFull } from './busy-when-full.ts';
import { LoginLock } from './login-lock.ts';
import { isReserved, type NormalName, nameKey, normalNames } from './names.ts';
import type { Sanctions } from './sanctions.ts';
import type { SessionOrigin, Sessions } from './sessions.ts';

export interface AccountsOptions {
  readonly store: AccountStore;
  readonly logins: LoginStore;
  readonly sessions: Sessions;
  readonly sanctions: Sanctions;
  /** Whether a guest is here, whose exact name then is theirs. */
  readonly isConnected: (playerId: string) => boolean;
  /** Stricter rules for failed log-ins over some wires; they lock the name for all. */
  readonly lockOuts?: Readonly<Record<string, LockOut>>;
  readonly passwords: PasswordHasher;
  readonly digest: Digest;
  readonly clock: Clock;
  readonly random: SecureRandom;
  readonly background: Background;
}

export interface LockOut {
  /** Wrong passwords in a row. */
  readonly failuresMax: number;
  readonly lockS: number;
}

interface Credentials {
  readonly name: string;
  readonly password: string;
}

/** What is shown in proof of a password, and which of the stored hashes it must fit. */
interface Proof {
  readonly of: 'passwordHash' | 'digestHash';
  readonly secret: string;
}

/** Digits of a guest's number, try by try: more when the shorter ones were taken. */
const guestDigits = [4, 4, 6, 9, 12] as const;

/** Young ones are left alone, whatever they are doing just now. */
const lostGuestsAfterMs = 3_600_000;
/** Removed in one step, so that others' writes come in between; and steps in one go. */
const lostGuestsBatch = 500;
const lostGuestsBatchesMax = 200;
/** A guest who was just made has not had the time to connect. */
const newGuestMs = 60_000;

export class Accounts {
  readonly #o: AccountsOptions;
  readonly #dummyHash: string;
  readonly #normalName: NormalName = normalNames();
  /** By name and address, and by name. */
  readonly #lock: LoginLock;
  readonly #nameLock: LoginLock;
  readonly #wireLocks: ReadonlyMap<string, LoginLock>;
  readonly #logins = new KeyMutex(limits.loginsQueuedMax);

  private constructor(options: AccountsOptions, dummyHash: string) {
    this.#o = options;
    this.#dummyHash = dummyHash;
    this.#lock = new LoginLock(options.clock, limits.loginFailuresBeforeLock);
    this.#nameLock = new LoginLock(options.clock, limits.loginFailuresOfNameBeforeLock);
    this.#wireLocks = new Map(
      Object.entries(options.lockOuts ?? {}).map(([wire, { failuresMax, lockS }]) => [
        wire,
        new LoginLock(options.clock, failuresMax, lockS),
      ]),
    );
  }

  static async create(options: AccountsOptions): Promise<Accounts> {
    const nobodysPassword = newSecret(options.random, 24);
    return new Accounts(options, await options.passwords.hash(nobodysPassword));
  }

  async register(
    wish: Credentials & { readonly digestLogin?: boolean },
    origin: SessionOrigin,
  ): Promise<Session> {
    const { name, passwordHash } = await this.#newCredentials(wish);
    const hashes =
      wish.digestLogin === true
        ? { passwordHash, digestHash: await this.#digestHash(wish.password) }
        : { passwordHash };
    const session = await this.#add(name, 'account', hashes, origin);
    if (session === undefined) throw new PaperclipError('NAME_TAKEN', { name });
    this.#record(session.player.id, origin, 'registered');
    return session;
  }

  /** The guest keeps the id, and so all that is known under it. */
  async upgrade(guest: StoredPlayer, wish: Credentials, origin: SessionOrigin): Promise<Session> {
    if (guest.kind !== 'guest') throw new PaperclipError('NOT_A_GUEST', { name: guest.name });
    const { name, key, passwordHash } = await this.#newCredentials(wish, guest.id);
    const { row, refreshToken } = this.#o.sessions.make(guest.id, origin);
    const { store, sessions } = this.#o;
    if ((await store.upgrade(guest.id, name, key, passwordHash, row)) === 'refused') {
      throw new PaperclipError('NAME_TAKEN', { name });
    }
    this.#record(guest.id, origin, 'registered');
    // They are a guest's: their tokens would say so until they expire.
    await sessions.endAll(guest.id, 'upgraded', { except: row.id });
    const account: StoredPlayer = { ...guest, kind: 'account', name, nameKey: key, passwordHash };
    return sessions.answer(account, row.id, refreshToken);
  }

  async guest(
    wish: { readonly name?: string; readonly exact?: boolean },
    origin: SessionOrigin,
  ): Promise<Session> {
    const name = wish.name === undefined ? 'Guest' : this.#nameFrom(wish.name);
    if (wish.exact === true && wish.name !== undefined) return this.#exactGuest(name, origin);
    for (const digits of guestDigits) {
      // `#` is in no name that can be registered, so this guest never passes for an account.
      const free = `${name}#${newDigits(this.#o.random, digits)}`;
      const session = await this.#add(free, 'guest', noHashes, origin);
      if (session !== undefined) return session;
    }
    throw new PaperclipError('BUSY');
  }

  login({ name, password }: Credentials, origin: SessionOrigin): Promise<Session> {
    return this.#login(name, passwordProof(password), origin);
  }

  /** For an account that enabled it; to any other it is a wrong password. */
  loginDigest(
    { name, passwordSha256 }: { readonly name: string; readonly passwordSha256: string },
    origin: SessionOrigin,
  ): Promise<Session> {
    const proof: Proof = { of: 'digestHash', secret: passwordSha256.toLowerCase() };
    return this.#login(name, proof, origin);
  }

  /** Guesses at the password count here as they do at a log-in. */
  async enableDigestLogin(
    account: StoredPlayer,
    password: string,
    origin: SessionOrigin,
  ): Promise<void> {
    await this.#oneAtATime(account.name, origin, (place, key) =>
      this.#proven(account.name, passwordProof(password), { place, key, origin }),
    );
    await this.#o.store.setDigestHash(account.id, await this.#digestHash(password));
  }

  /** A session for a player who has shown to be that player, by password or otherwise. */
  async admit(player: StoredPlayer, origin: SessionOrigin): Promise<Session> {
    const ban = this.#o.sanctions.inForce(player.id, 'ban');
    if (ban !== undefined) {
      this.#record(player.id, origin, 'banned');
      throw this.#o.sanctions.error(ban, player.name);
    }
    this.#record(player.id, origin, 'ok');
    return this.#o.sessions.start(player, origin);
  }

  /** Newest first. */
  logins(playerId: string): Promise<readonly StoredLogin[]> {
    return this.#o.logins.ofPlayer(playerId);
  }

  /** What a name is: a guest's only while nobody else can have it. */
  async kindOfName(name: string): Promise<StoredPlayer['kind'] | undefined> {
    const player = await this.#o.store.byNameKey(nameKey(name));
    if (player?.kind !== 'guest') return player?.kind;
    return (await this.#holdsName(player)) ? 'guest' : undefined;
  }

  /**
   * A guest whose session has ended can never come back: without this, everybody could fill the
   * store for ever. Who has played against people stays, as the name on a leaderboard.
   */
  async removeLostGuests(forget: (playerIds: readonly string[]) => void): Promise<void> {
    const madeBeforeMs = this.#o.clock.now() - lostGuestsAfterMs;
    for (let i = 0; i < lostGuestsBatchesMax; i++) {
      const removed = await this.#o.store.removeLostGuests(madeBeforeMs, lostGuestsBatch);
      forget(removed);
      if (removed.length < lostGuestsBatch) return;
    }
  }

  byId(playerId: string): Promise<StoredPlayer | undefined> {
    return this.#o.store.byId(playerId);
  }

  /** By id, or by name without regard to case. */
  async find(idOrName: string): Promise<StoredPlayer | undefined> {
    return (await this.byId(idOrName)) ?? (await this.#o.store.byNameKey(nameKey(idOrName)));
  }

  byIds(playerIds: readonly string[]): Promise<readonly StoredPlayer[]> {
    return this.#o.store.byIds(playerIds);
  }

  /** As `find`, but rejects with PLAYER_NOT_FOUND. */
  async get(idOrName: string): Promise<StoredPlayer> {
    const player = await this.find(idOrName);
    if (player === undefined) throw new PaperclipError('PLAYER_NOT_FOUND', { player: idOrName });
    return player;
  }

  async #login(name: string, proof: Proof, origin: SessionOrigin): Promise<Session> {
    return this.#oneAtATime(name, origin, async (place, key) => {
      const { player, hash } = await this.#proven(name, proof, { place, key, origin });
      const session = await this.admit(player, origin);
      if (this.#o.passwords.needsRehash(hash)) this.#rehash(player.id, proof);
      return session;
    });
  }

  #oneAtATime<T>(
    name: string,
    { address }: SessionOrigin,
    run: (place: string, key: string) => Promise<T>,
  ): Promise<T> {
    const key = nameKey(name);
    const place = `${address} ${key}`;
    return this.#logins.run(place, () => run(place, key));
  }

  /** Rejects with ACCOUNT_LOCKED or WRONG_PASSWORD, and counts the failure. */
  async #proven(
    name: string,
    proof: Proof,
    at: { readonly place: string; readonly key: string; readonly origin: SessionOrigin },
  ): Promise<{ readonly player: StoredPlayer; readonly hash: string }> {
    const { place, key, origin } = at;
    const retryAfterS = this.#lockedForS(place, key);
    if (retryAfterS > 0) throw new PaperclipError('ACCOUNT_LOCKED', { name, retryAfterS });
    const player = await this.#o.store.byNameKey(key);
    const hash = player?.[proof.of] ?? undefined;
    const checked = this.#o.passwords.verify(hash ?? this.#dummyHash, proof.secret);
    const fits = await busyWhenFull(checked);
    if (!fits || player === undefined || hash === undefined) {
      const { locks, byWire } = this.#failed(place, key, origin.wire);
      if (player?.kind === 'account') {
        this.#record(player.id, origin, locks ? 'locked' : 'wrong-password');
      }
      if (!byWire) throw new PaperclipError('WRONG_PASSWORD');
      // Such a wire says so at once, and not at the next try.
      throw new PaperclipError('ACCOUNT_LOCKED', {
        name,
        retryAfterS: this.#lockedForS(place, key),
      });
    }
    // Not of the name as a whole: the others who fail at it are not this player.
    this.#lock.succeeded(place);
    this.#wireLocks.get(origin.wire)?.succeeded(key);
    return { player, hash };
  }

  /** Of the password as it was typed: clients hash what they get, in no normal form. */
  #digestHash(password: string): Promise<string> {
    const { passwords, digest } = this.#o;
    return busyWhenFull(passwords.hash(digest.sha256Hex(password)));
  }

  async #newCredentials(
    wish: Credentials,
    ownerId?: string,
  ): Promise<{ readonly name: string; readonly key: string; readonly passwordHash: string }> {
    const name = this.#nameFrom(wish.name);
    const key = nameKey(name);
    // Asked before the hash, which is dear; the store's own check is the one that counts.
    if (isReserved(key) || !(await this.#freeName(key, ownerId))) {
      throw new PaperclipError('NAME_TAKEN', { name });
    }
    const password = wish.password.normalize('NFKC');
    return { name, key, passwordHash: await busyWhenFull(this.#o.passwords.hash(password)) };
  }

  async #exactGuest(name: string, origin: SessionOrigin): Promise<Session> {
    const key = nameKey(name);
    if (!isReserved(key) && (await this.#freeName(key))) {
      const session = await this.#add(name, 'guest', noHashes, origin);
      if (session !== undefined) return session;
    }
    throw new PaperclipError('NAME_TAKEN', { name });
  }

  /** False when somebody has the name. A guest who has gone gives it up for one with a number. */
  async #freeName(key: string, ownerId?: string): Promise<boolean> {
    const { store, random } = this.#o;
    const holder = await store.byNameKey(key);
    if (holder === undefined || holder.id === ownerId) return true;
    if (holder.kind === 'account' || (await this.#holdsName(holder))) return false;
    for (const digits of guestDigits) {
      const name = `${holder.name}#${newDigits(random, digits)}`;
      const outcome = await store.renameGuest(holder.id, key, name, nameKey(name));
      if (outcome === 'done') return true;
    }
    return false;
  }

  async #holdsName({ id, name, createdAtMs }: StoredPlayer): Promise<boolean> {
    if (name.includes('#') || this.#o.isConnected(id)) return true;
    const isNew = this.#o.clock.now() - createdAtMs < newGuestMs;
    return isNew && (await this.#o.sessions.ofPlayer(id)).length > 0;
  }

  #lockedForS(place: string, key: string): number {
    const ofWires = [...this.#wireLocks.values()].map((lock) => lock.lockedForS(key));
    return Math.max(this.#lock.lockedForS(place), this.#nameLock.lockedForS(key), ...ofWires);
  }

  /** Whether the failure locks the name, here or everywhere; and whether the wire's rule does. */
  #failed(
    place: string,
    key: string,
    wire: string,
  ): { readonly locks: boolean; readonly byWire: boolean } {
    const ofPlace = this.#lock.failed(place);
    const ofName = this.#nameLock.failed(key);
    const byWire = this.#wireLocks.get(wire)?.failed(key) === true;
    return { locks: ofPlace || ofName || byWire, byWire };
  }

  /** The log-in does not wait for it. */
  #record(
    playerId: string,
    { wire, address }: SessionOrigin,
    outcome: StoredLogin['outcome'],
  ): void {
    const login = { playerId, atMs: this.#o.clock.now(), wire, address, outcome };
    this.#o.background.run('record log-in', () => this.#o.logins.add(login, limits.loginsKeptMax));
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
    hashes: Pick<StoredPlayer, 'passwordHash' | 'digestHash'>,
    origin: SessionOrigin,
  ): Promise<Session | undefined> {
    const player: StoredPlayer = {
      id: newId(this.#o.random, 16),
      name,
      nameKey: nameKey(name),
      kind,
      ...hashes,
      createdAtMs: this.#o.clock.now(),
    };
    const { row, refreshToken } = this.#o.sessions.make(player.id, origin);
    const outcome = await this.#o.store.add(player, row);
    if (outcome === 'name-taken') return undefined;
    return this.#o.sessions.answer(player, row.id, refreshToken);
  }

  /** The log-in does not wait for it, and a full queue leaves it to the next log-in. */
  #rehash(playerId: string, { of, secret }: Proof): void {
    const { store, passwords, background } = this.#o;
    background.run('rehash', async () => {
      const hash = await passwords.hash(secret);
      if (of === 'passwordHash') await store.setPasswordHash(playerId, hash);
      else await store.setDigestHash(playerId, hash);
    });
  }
}

const noHashes = { passwordHash: null } as const;

const passwordProof = (password: string): Proof => ({
  of: 'passwordHash',
  secret: password.normalize('NFKC'),
});
