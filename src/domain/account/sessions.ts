// Sessions: an access token of minutes that is verified without the store, and a refresh token that
// works once. All refresh tokens of a session share a family secret and differ in a second one;
// only SHA-256 of both is stored, one row per session however often it is refreshed.
//
// A token with the right family secret and another second secret was used before: whoever has it
// copied it or was copied from, so the whole session ends. Only the token before the present one
// gives the present one again, for some seconds: two tabs of an honest player refresh at once, and
// an answer can be lost on its way. A thief who takes that chance is found out at the next refresh.
// Without the family secret a token is merely unknown, so that nobody can end a session by its id.

import { PaperclipError } from '../../contract/errors.ts';
import type { EventData } from '../../contract/events.ts';
import { contractLimits as limits } from '../../contract/limits.ts';
import type { Player, Session } from '../../contract/schema.ts';
import { newId, newSecret, timestamp } from '../ids.ts';
import { KeyMutex } from '../key-mutex.ts';
import type { Caller, CallOrigin } from '../platform.ts';
import type { PlayerEventHub } from '../player-events.ts';
import type { AccessTokens, Clock, Digest, SecureRandom } from '../ports.ts';
import type { AccountStore, SessionStore, StoredPlayer, StoredSession } from './account-store.ts';

export interface SessionsOptions {
  readonly store: SessionStore;
  readonly accounts: AccountStore;
  readonly tokens: AccessTokens;
  readonly digest: Digest;
  readonly clock: Clock;
  readonly random: SecureRandom;
  readonly events: PlayerEventHub;
  /** Such a player's sessions are ended; one that was made in that moment is worth nothing. */
  readonly isBanned: (playerId: string) => boolean;
  /** Of accounts that may do what an operator may. */
  readonly adminNameKeys?: ReadonlySet<string>;
}

/** Where a session was made. */
export type SessionOrigin = Pick<CallOrigin, 'wire' | 'address'>;

export type SessionEndReason = EventData<'session.ended'>['reason'];

/** Sessions known to be alive without asking the store; the one seen first is dropped first. */
const aliveMax = 50_000;

/** Refreshes of one session that wait for each other; one more gets BUSY. */
const refreshesQueuedMax = 16;
/** Sessions whose last refresh can be repeated; the oldest is forgotten first. */
const repeatsMax = 50_000;

interface Repeat {
  readonly fromHash: string;
  readonly next: string;
  readonly untilMs: number;
}

const anyone: Caller = { kind: 'anyone' };

export const publicPlayer = (player: StoredPlayer): Player => ({
  id: player.id,
  name: player.name,
  kind: player.kind,
  createdAt: timestamp(player.createdAtMs),
});

export class Sessions {
  readonly #o: SessionsOptions;
  readonly #alive = new Set<string>();
  /** Ended here, until their last access token has expired. */
  readonly #endedUntilMs = new Map<string, number>();
  readonly #refreshes = new KeyMutex(refreshesQueuedMax);
  /** The last refresh of a session, in order of time. */
  readonly #repeats = new Map<string, Repeat>();

  constructor(options: SessionsOptions) {
    this.#o = options;
  }

  /** A session that is not stored yet, with the refresh token that only its player will know. */
  make(
    playerId: string,
    { wire, address }: SessionOrigin,
  ): { readonly row: StoredSession; readonly refreshToken: string } {
    const now = this.#o.clock.now();
    const id = newId(this.#o.random, 26);
    const [family, secret] = [newSecret(this.#o.random, 16), newSecret(this.#o.random, 32)];
    return {
      refreshToken: `${id}.${family}.${secret}`,
      row: {
        id,
        playerId,
        familyHash: this.#o.digest.sha256Hex(family),
        tokenHash: this.#o.digest.sha256Hex(secret),
        wire,
        address,
        createdAtMs: now,
        expiresAtMs: now + limits.refreshTokenLifetimeS * 1000,
      },
    };
  }

  async start(player: StoredPlayer, origin: SessionOrigin): Promise<Session> {
    const { row, refreshToken } = this.make(player.id, origin);
    // Ended as if somebody had: the store's own bound would leave their connections and tokens.
    const others = await this.#o.store.ofPlayer(player.id);
    for (const { id } of others.slice(limits.sessionsPerPlayerMax - 1)) {
      await this.#end(player.id, id, 'revoked');
    }
    await this.#o.store.add(row, limits.sessionsPerPlayerMax);
    // A ban that came meanwhile has ended the sessions that it saw, and not this one.
    if (this.#o.isBanned(player.id)) await this.#end(player.id, row.id, 'banned');
    return this.answer(player, row.id, refreshToken);
  }

  /** What the player gets for a stored session. */
  async answer(player: StoredPlayer, sessionId: string, refreshToken: string): Promise<Session> {
    const nowS = Math.floor(this.#o.clock.now() / 1000);
    const accessToken = await this.#o.tokens.issue({
      playerId: player.id,
      sessionId,
      kind: this.#isAdmin(player) ? 'admin' : player.kind,
      expiresAtS: nowS + limits.accessTokenLifetimeS,
    });
    this.#markAlive(sessionId);
    return {
      player: publicPlayer(player),
      accessToken,
      accessTokenExpiresInS: limits.accessTokenLifetimeS,
      refreshToken,
      refreshTokenExpiresInS: limits.refreshTokenLifetimeS,
    };
  }

  async refresh(refreshToken: string): Promise<Session> {
    const { store, digest, clock } = this.#o;
    const [sessionId = '', family = '', secret = '', ...rest] = refreshToken.split('.');
    const session = rest.length === 0 ? await store.byId(sessionId) : undefined;
    if (session === undefined || session.expiresAtMs <= clock.now()) {
      throw new PaperclipError('REFRESH_REFUSED');
    }
    // Hashes of secrets with 128 random bits: comparing them in variable time tells nothing.
    if (digest.sha256Hex(family) !== session.familyHash) {
      throw new PaperclipError('REFRESH_REFUSED');
    }
    const player = await this.#o.accounts.byId(session.playerId);
    if (player === undefined || this.#o.isBanned(player.id))
      throw new PaperclipError('REFRESH_REFUSED');
    const next = await this.#refreshes.run(sessionId, () => this.#rotate(session, secret));
    return this.answer(player, sessionId, `${sessionId}.${family}.${next}`);
  }

  /** The part of the next refresh token that changes. */
  async #rotate({ id, playerId }: StoredSession, secret: string): Promise<string> {
    const { store, digest, clock, random } = this.#o;
    if (this.#endedUntilMs.has(id)) throw new PaperclipError('REFRESH_REFUSED');
    const now = clock.now();
    const fromHash = digest.sha256Hex(secret);
    const last = this.#repeats.get(id);
    if (last?.fromHash === fromHash && last.untilMs > now) return last.next;
    const next = newSecret(random, 32);
    const expiresAtMs = now + limits.refreshTokenLifetimeS * 1000;
    if (await store.rotate(id, fromHash, digest.sha256Hex(next), expiresAtMs)) {
      this.#remember(id, { fromHash, next, untilMs: now + limits.refreshRepeatS * 1000 });
      return next;
    }
    const wasAlive = await this.#end(playerId, id, 'refresh-reused');
    throw new PaperclipError(wasAlive ? 'REFRESH_REUSED' : 'REFRESH_REFUSED');
  }

  #remember(sessionId: string, repeat: Repeat): void {
    const now = this.#o.clock.now();
    // Deleted first, so that the map stays in order of time.
    this.#repeats.delete(sessionId);
    this.#repeats.set(sessionId, repeat);
    for (const [oldest, { untilMs }] of this.#repeats) {
      if (untilMs > now && this.#repeats.size <= repeatsMax) break;
      this.#repeats.delete(oldest);
    }
  }

  async logout(playerId: string, sessionId: string): Promise<void> {
    await this.#end(playerId, sessionId, 'logged-out');
  }

  /** Refreshed last first. */
  ofPlayer(playerId: string): Promise<readonly StoredSession[]> {
    return this.#o.store.ofPlayer(playerId);
  }

  /** One of the player's own, named by them. Rejects with SESSION_NOT_FOUND. */
  async revoke(playerId: string, sessionId: string): Promise<void> {
    const session = await this.#o.store.byId(sessionId);
    const isTheirs = session?.playerId === playerId;
    if (!isTheirs || !(await this.#end(playerId, sessionId, 'revoked'))) {
      throw new PaperclipError('SESSION_NOT_FOUND');
    }
  }

  /** All of a player, save one that is to stay. */
  async endAll(
    playerId: string,
    reason: SessionEndReason,
    options: { readonly why?: string; readonly except?: string } = {},
  ): Promise<void> {
    const sessions = await this.#o.store.ofPlayer(playerId);
    for (const { id } of sessions) {
      if (id !== options.except) await this.#end(playerId, id, reason, options.why);
    }
  }

  /** Rejects with SESSION_EXPIRED or UNAUTHENTICATED. */
  async authenticate(accessToken: string | undefined): Promise<Caller> {
    if (accessToken === undefined) return anyone;
    const claims = await this.#o.tokens.verify(accessToken);
    if (claims === 'invalid') throw new PaperclipError('UNAUTHENTICATED');
    const isOver = claims === 'expired' || claims.expiresAtS * 1000 <= this.#o.clock.now();
    if (isOver) throw new PaperclipError('SESSION_EXPIRED');
    const { sessionId, playerId, kind } = claims;
    const isAlive = await this.#isAlive(sessionId);
    if (!isAlive || this.#o.isBanned(playerId)) throw new PaperclipError('UNAUTHENTICATED');
    return { kind, playerId, sessionId };
  }

  async removeExpired(): Promise<number> {
    const now = this.#o.clock.now();
    for (const [sessionId, untilMs] of this.#endedUntilMs) {
      if (untilMs <= now) this.#endedUntilMs.delete(sessionId);
    }
    return this.#o.store.removeExpired(now);
  }

  async #isAlive(sessionId: string): Promise<boolean> {
    if (this.#endedUntilMs.has(sessionId)) return false;
    if (this.#alive.has(sessionId)) return true;
    const session = await this.#o.store.byId(sessionId);
    // It may have been ended while the store was asked.
    if (session === undefined || this.#endedUntilMs.has(sessionId)) return false;
    this.#markAlive(sessionId);
    return true;
  }

  #isAdmin({ kind, nameKey }: StoredPlayer): boolean {
    return kind === 'account' && this.#o.adminNameKeys?.has(nameKey) === true;
  }

  #markAlive(sessionId: string): void {
    if (this.#endedUntilMs.has(sessionId)) return;
    this.#alive.add(sessionId);
    for (const oldest of this.#alive) {
      if (this.#alive.size <= aliveMax) break;
      this.#alive.delete(oldest);
    }
  }

  /** False when it had ended before. */
  async #end(
    playerId: string,
    sessionId: string,
    reason: SessionEndReason,
    why?: string,
  ): Promise<boolean> {
    this.#alive.delete(sessionId);
    this.#repeats.delete(sessionId);
    this.#endedUntilMs.set(
      sessionId,
      this.#o.clock.now() + (limits.accessTokenLifetimeS + 1) * 1000,
    );
    const wasAlive = await this.#o.store.remove(sessionId).catch((error: unknown) => {
      // Then it has not ended, and who logs out can try again; one that leaked stays shut here.
      if (reason !== 'refresh-reused') this.#endedUntilMs.delete(sessionId);
      throw error;
    });
    if (wasAlive) {
      const data = { reason, ...(why === undefined ? {} : { why }) };
      const event = { event: 'session.ended', data } as const;
      this.#o.events.emitToSession(playerId, sessionId, event);
    }
    return wasAlive;
  }
}
