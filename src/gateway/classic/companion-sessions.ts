// Who is behind a request of the classic HTTP companion. Its clients show a password or a token
// with every request, and the platform has sessions: so one session per account is made at the
// first password and kept for the requests that follow.
//
// A password that was right is remembered for its name and address (as a MAC under a key of this
// process), because hashing one takes long on purpose. A wrong one forgets it and goes to the
// platform, so that each guess is counted by the platform's lock-out.

import type { CommandArgs, CommandName, CommandResult } from '../../contract/commands.ts';
import { PaperclipError } from '../../contract/errors.ts';
import type { Session } from '../../contract/schema.ts';
import type { ClassicAccounts } from '../../domain/account/classic-keys.ts';
import { nameKey } from '../../domain/account/names.ts';
import { KeyMutex } from '../../domain/key-mutex.ts';
import type { CallOrigin, Dispatcher } from '../../domain/platform.ts';
import type { Clock, Timers } from '../../domain/ports.ts';
import type { Credentials } from './basic-credentials.ts';
import { companionLimits as limits } from './companion-limits.ts';
import { CompanionTokens } from './companion-tokens.ts';
import { KeptSession } from './kept-session.ts';
import { passwordMarks } from './password-marks.ts';
import { wire } from './wire.ts';

export interface CompanionSessionsOptions {
  readonly dispatcher: Dispatcher;
  readonly classic: ClassicAccounts;
  readonly clock: Clock;
  readonly timers: Timers;
}

/** An account behind one request. */
export interface CompanionUser {
  readonly number: number;
  readonly playerId: string;
  readonly name: string;
  /** For what is no command. */
  readonly origin: CallOrigin;
  call<Name extends CommandName>(
    command: Name,
    args: CommandArgs<Name>,
  ): Promise<CommandResult<Name>>;
}

interface ShownPassword {
  readonly mark: string;
  readonly number: number;
  readonly untilMs: number;
}

/** Between two looks for sessions that nobody uses. */
const sweepEveryMs = 60_000;

export class CompanionSessions {
  readonly #o: CompanionSessionsOptions;
  readonly #tokens: CompanionTokens;
  readonly #markOf = passwordMarks();
  readonly #logIns = new KeyMutex(limits.logInsQueuedMax);
  /** By account number, in the order of their last use. */
  readonly #kept = new Map<number, KeptSession>();
  /** By address and name, in the order in which they were shown. */
  readonly #shown = new Map<string, ShownPassword>();
  #cancelSweep: (() => void) | undefined;

  constructor(options: CompanionSessionsOptions) {
    this.#o = options;
    this.#tokens = new CompanionTokens(options.clock);
  }

  /** Rejects with UNAUTHENTICATED, and as `account.login` does. */
  async user(credentials: Credentials, address: string): Promise<CompanionUser> {
    if (credentials.kind === 'password') return this.#byPassword(credentials, address);
    const token = await this.#tokens.verify(credentials.token);
    const kept = token && (await this.#alive(token.accountNumber, address));
    // One of a session before this one ended with that.
    if (kept === undefined || token === undefined || token.issuedAtS < kept.startedAtS) {
      throw new PaperclipError('UNAUTHENTICATED');
    }
    return this.#use(kept, address);
  }

  /** Rejects as `account.register` does. */
  register(name: string, password: string, address: string): Promise<CompanionUser> {
    const place = placeOf(name, address);
    return this.#logIns.run(place, async () => {
      const { dispatcher } = this.#o;
      const session = await dispatcher.call({ wire, address }, 'account.register', {
        name,
        password,
      });
      return this.#keep(session, { place, password, address });
    });
  }

  token(user: CompanionUser): Promise<string> {
    return this.#tokens.issue(user.number);
  }

  /** Ends the sessions: their tokens die with this process. */
  async close(): Promise<void> {
    this.#cancelSweep?.();
    this.#shown.clear();
    const all = [...this.#kept.values()];
    this.#kept.clear();
    await Promise.all(all.map((kept) => kept.end()));
  }

  #byPassword(
    { name, password }: { readonly name: string; readonly password: string },
    address: string,
  ): Promise<CompanionUser> {
    const place = placeOf(name, address);
    return this.#logIns.run(place, async () => {
      const shown = this.#shown.get(place);
      // Until it has been shown again: whatever goes wrong from here, the platform judges.
      this.#shown.delete(place);
      const isFresh = shown !== undefined && shown.untilMs > this.#o.clock.now();
      if (isFresh && shown.mark === (await this.#markOf(place, password))) {
        const kept = await this.#alive(shown.number, address);
        if (kept !== undefined) {
          this.#shown.set(place, shown);
          return this.#use(kept, address);
        }
      }
      const { dispatcher } = this.#o;
      const session = await dispatcher.call({ wire, address }, 'account.login', { name, password });
      return this.#keep(session, { place, password, address });
    });
  }

  async #keep(
    session: Session,
    shown: { readonly place: string; readonly password: string; readonly address: string },
  ): Promise<CompanionUser> {
    const { dispatcher, clock } = this.#o;
    const { place, password, address } = shown;
    const number = await this.#prepare(session, password, address);
    const fresh = new KeptSession(session, { number, address, dispatcher, clock, wire });
    const before = await this.#alive(number, address);
    if (before !== undefined) await fresh.end();
    const kept = before ?? fresh;
    this.#kept.set(number, kept);
    const mark = await this.#markOf(place, password);
    this.#shown.set(place, { mark, number, untilMs: clock.now() + limits.passwordShownS * 1000 });
    this.#bound();
    return this.#use(kept, address);
  }

  /** The account has a number, and a key if there is time to make one. */
  async #prepare(session: Session, password: string, address: string): Promise<number> {
    const { dispatcher, classic } = this.#o;
    const origin = { wire, address, accessToken: session.accessToken };
    try {
      await classic.keepKey(origin, password);
    } catch (cause) {
      // The account is there all the same, and the next log-in makes its key.
      if (!(cause instanceof PaperclipError && cause.code === 'BUSY')) throw cause;
    }
    const players = [session.player.id];
    const { numbers } = await dispatcher.call(origin, 'player.numbers', { players });
    const number = numbers[0]?.number;
    if (number === undefined) throw new PaperclipError('UNAUTHENTICATED');
    return number;
  }

  async #alive(number: number, address: string): Promise<KeptSession | undefined> {
    const kept = this.#kept.get(number);
    if (kept === undefined || (await kept.isAlive(address))) return kept;
    if (this.#kept.get(number) === kept) this.#kept.delete(number);
    return undefined;
  }

  async #use(kept: KeptSession, address: string): Promise<CompanionUser> {
    kept.lastUsedMs = this.#o.clock.now();
    // Set again, so that the map stays in the order of use.
    if (this.#kept.delete(kept.number)) this.#kept.set(kept.number, kept);
    this.#sweepLater();
    return {
      number: kept.number,
      playerId: kept.player.id,
      name: kept.player.name,
      origin: await kept.origin(address),
      call: (command, args) => kept.call(address, command, args),
    };
  }

  #bound(): void {
    for (const kept of this.#kept.values()) {
      if (this.#kept.size <= limits.sessionsMax) break;
      this.#drop(kept);
    }
    for (const place of this.#shown.keys()) {
      if (this.#shown.size <= limits.sessionsMax) break;
      this.#shown.delete(place);
    }
  }

  #sweepLater(): void {
    this.#cancelSweep ??= this.#o.timers.after(sweepEveryMs, () => {
      this.#cancelSweep = undefined;
      const now = this.#o.clock.now();
      for (const kept of this.#kept.values()) {
        if (now - kept.lastUsedMs < limits.sessionIdleS * 1000) break;
        this.#drop(kept);
      }
      for (const [place, { untilMs }] of this.#shown) {
        if (untilMs <= now) this.#shown.delete(place);
      }
      if (this.#kept.size > 0) this.#sweepLater();
    });
  }

  #drop(kept: KeptSession): void {
    this.#kept.delete(kept.number);
    void kept.end();
  }
}

/** Names that mean one account are one place; a text that is no name need not be whole. */
const placeOf = (name: string, address: string): string =>
  `${address} ${nameKey(name.slice(0, 64))}`;
