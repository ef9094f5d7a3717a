// A platform session that outlives the request which made it: its access token is renewed when it
// is used late in its life, so that a session nobody uses costs nothing.

import type { CommandArgs, CommandName, CommandResult } from '../../contract/commands.ts';
import { PaperclipError } from '../../contract/errors.ts';
import type { Player, Session } from '../../contract/schema.ts';
import type { CallOrigin, Dispatcher } from '../../domain/platform.ts';
import type { Clock } from '../../domain/ports.ts';

export interface KeptSessionContext {
  /** Of the account. */
  readonly number: number;
  /** From where it was made: what is done for it and not for a request comes from there. */
  readonly address: string;
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  readonly wire: string;
}

/** A token is renewed when this share of its life is over. */
const renewAt = 0.75;

export class KeptSession {
  readonly #context: KeptSessionContext;
  #session: Session;
  #renewFromMs: number;
  #renewal: Promise<void> | undefined;
  lastUsedMs: number;
  readonly startedAtS: number;

  constructor(session: Session, context: KeptSessionContext) {
    this.#context = context;
    this.#session = session;
    this.lastUsedMs = context.clock.now();
    this.startedAtS = Math.floor(this.lastUsedMs / 1000);
    this.#renewFromMs = this.#renewTime(session);
  }

  get number(): number {
    return this.#context.number;
  }

  get player(): Player {
    return this.#session.player;
  }

  /** Of a request from this address. */
  async origin(address: string): Promise<CallOrigin> {
    const { clock, wire } = this.#context;
    if (clock.now() >= this.#renewFromMs) {
      this.#renewal ??= this.#renew().finally(() => {
        this.#renewal = undefined;
      });
      await this.#renewal;
    }
    return { wire, address, accessToken: this.#session.accessToken };
  }

  async call<Name extends CommandName>(
    address: string,
    command: Name,
    args: CommandArgs<Name>,
  ): Promise<CommandResult<Name>> {
    return this.#context.dispatcher.call(await this.origin(address), command, args);
  }

  /** False when it was ended elsewhere. */
  async isAlive(address: string): Promise<boolean> {
    try {
      await this.#context.dispatcher.authenticate(await this.origin(address));
      return true;
    } catch (cause) {
      if (cause instanceof PaperclipError && isOver.has(cause.code)) return false;
      throw cause;
    }
  }

  async end(): Promise<void> {
    try {
      await this.call(this.#context.address, 'account.logout', {});
    } catch (cause) {
      // It was ended elsewhere, or the server is going away.
      if (!(cause instanceof PaperclipError)) throw cause;
    }
  }

  async #renew(): Promise<void> {
    const { dispatcher, wire, address } = this.#context;
    const { refreshToken } = this.#session;
    this.#session = await dispatcher.call({ wire, address }, 'account.refresh', {
      refreshToken,
    });
    this.#renewFromMs = this.#renewTime(this.#session);
  }

  #renewTime({ accessTokenExpiresInS }: Session): number {
    return this.#context.clock.now() + accessTokenExpiresInS * 1000 * renewAt;
  }
}

const isOver: ReadonlySet<string> = new Set([
  'UNAUTHENTICATED',
  'SESSION_EXPIRED',
  'REFRESH_REFUSED',
  'REFRESH_REUSED',
]);
