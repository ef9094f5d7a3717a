// A player behind a wire that signs in once per connection and has no tokens of its own (text,
// messenger and their like): it calls commands with the session's token, renews the token in time,
// gets the player's events, and gives direct messages out in order, each once. A client that brings
// an access token is such a player, too; the session is another program's then, and goes on.
//
// Messages that waited come first, then those that come: each is acknowledged to the platform a
// moment after it was handed over, so that one that never left the server comes again at the next
// log-in.

import type { CommandArgs, CommandName, CommandResult } from '../contract/commands.ts';
import { PaperclipError } from '../contract/errors.ts';
import type { PlatformEvent } from '../contract/events.ts';
import type { DirectMessage } from '../contract/people-schema.ts';
import type { Player, Session } from '../contract/schema.ts';
import type { Log } from '../contract/telemetry.ts';
import type { Dispatcher, PlayerEvents } from '../domain/platform.ts';
import type { Timers } from '../domain/ports.ts';

export interface SignedInPlayerContext {
  readonly dispatcher: Dispatcher;
  readonly events: PlayerEvents;
  readonly timers: Timers;
  readonly log: Log;
  /** Metric label. */
  readonly wire: string;
  /** A rate-limit key. */
  readonly address: string;
  /** All events but direct messages to this player. Must not throw. */
  readonly onEvent: (event: PlatformEvent) => void;
  /** A direct message to this player, in order, each once. Absent: they wait for other wires. */
  readonly onMessage?: (message: DirectMessage) => void;
}

/** What it takes to act for a player; without the means to renew it, it ends with its token. */
interface Access {
  readonly player: Player;
  readonly accessToken: string;
  readonly renewal?: { readonly refreshToken: string; readonly afterMs: number };
}

/** A token is renewed when this share of its life is over. */
const renewAt = 0.75;
const renewRetryMs = 5_000;
/** Between the first message that is not acknowledged and the acknowledgement of all. */
const acknowledgeAfterMs = 100;

export class SignedInPlayer {
  readonly #context: SignedInPlayerContext;
  readonly #disconnect: () => void;
  #access: Access;
  #cancelRenewal: (() => void) | undefined;
  #lastMessageId = 0;
  /** Direct messages that came while those before them were fetched; undefined: they go out. */
  #held: DirectMessage[] | undefined = [];
  #acknowledged = 0;
  #cancelAcknowledgement: (() => void) | undefined;
  #isClosed = false;

  private constructor(access: Access, sessionId: string, context: SignedInPlayerContext) {
    this.#context = context;
    this.#access = access;
    this.#disconnect = context.events.connect(access.player.id, sessionId, (event) =>
      this.#handleEvent(event),
    );
    this.#renewInTime();
  }

  /**
   * With a session that a log-in gave; it is ended where this fails. Rejects with BUSY: the player
   * has too many connections.
   */
  static async signIn(session: Session, context: SignedInPlayerContext): Promise<SignedInPlayer> {
    const access = accessOf(session);
    try {
      return new SignedInPlayer(access, await sessionOf(access.accessToken, context), context);
    } catch (cause) {
      await endSession(access.accessToken, context);
      throw cause;
    }
  }

  /** With the access token of a session that stays whoever's it is. Rejects as `signIn` does. */
  static async adopt(accessToken: string, context: SignedInPlayerContext): Promise<SignedInPlayer> {
    const { dispatcher, wire, address } = context;
    const sessionId = await sessionOf(accessToken, context);
    const origin = { wire, address, accessToken };
    const { player } = await dispatcher.call(origin, 'account.me', {});
    return new SignedInPlayer({ player, accessToken }, sessionId, context);
  }

  get player(): Player {
    return this.#access.player;
  }

  /** False: it acts with a token that somebody else must renew. */
  get isRenewed(): boolean {
    return this.#access.renewal !== undefined;
  }

  /** Whether commands would still be taken. */
  async isAuthenticated(): Promise<boolean> {
    try {
      await sessionOf(this.#access.accessToken, this.#context);
      return true;
    } catch (cause) {
      if (cause instanceof PaperclipError) return false;
      throw cause;
    }
  }

  call<Name extends CommandName>(
    command: Name,
    args: CommandArgs<Name>,
  ): Promise<CommandResult<Name>> {
    const { dispatcher, wire, address } = this.#context;
    const { accessToken } = this.#access;
    return dispatcher.call({ wire, address, accessToken }, command, args);
  }

  /** Gives out what waited for the player; from then on messages come as they are sent. */
  async deliverMessages(): Promise<void> {
    for (;;) {
      const { messages, more } = await this.call('chat.inbox', { after: this.#lastMessageId });
      for (const message of messages) this.#deliver(message);
      if (!more || this.#isClosed) break;
    }
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const message of held) this.#deliver(message);
  }

  /**
   * Ends the session, unless it is another program's: such a wire has nothing to come back with.
   * What was handed over last to a connection that was lost may not have arrived: it comes again.
   */
  async close(wasLost: boolean): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cancelRenewal?.();
    this.#cancelAcknowledgement?.();
    this.#disconnect();
    // A session must not live on because its last messages will come again.
    if (!wasLost)
      await this.#acknowledge().catch((cause: unknown) => this.#noteLateMessages(cause));
    if (this.isRenewed) await endSession(this.#access.accessToken, this.#context);
  }

  #handleEvent(event: PlatformEvent): void {
    if (event.event === 'chat.message') {
      const { message } = event.data;
      if (this.#context.onMessage === undefined) return;
      // What the player sent from elsewhere is not for this wire.
      if (message.to.id !== this.player.id) return;
      if (this.#held === undefined) this.#deliver(message);
      else this.#held.push(message);
      return;
    }
    this.#context.onEvent(event);
  }

  #deliver(message: DirectMessage): void {
    if (this.#isClosed || message.id <= this.#lastMessageId) return;
    this.#lastMessageId = message.id;
    this.#context.onMessage?.(message);
    this.#cancelAcknowledgement ??= this.#context.timers.after(acknowledgeAfterMs, () => {
      this.#cancelAcknowledgement = undefined;
      this.#acknowledge().catch((cause: unknown) => this.#noteLateMessages(cause));
    });
  }

  /** They come again at the next log-in, which is better than never. */
  #noteLateMessages(cause: unknown): void {
    const { wire, log } = this.#context;
    log.warn('messages not acknowledged', { wire, playerId: this.player.id, error: cause });
  }

  async #acknowledge(): Promise<void> {
    const upTo = this.#lastMessageId;
    if (upTo === this.#acknowledged) return;
    await this.call('chat.ack', { upTo });
    this.#acknowledged = Math.max(this.#acknowledged, upTo);
  }

  #renewInTime(): void {
    const { renewal } = this.#access;
    if (renewal !== undefined) this.#renewLater(renewal.refreshToken, renewal.afterMs);
  }

  #renewLater(refreshToken: string, delayMs: number): void {
    const renew = (): void => void this.#renew(refreshToken);
    this.#cancelRenewal = this.#context.timers.after(delayMs, renew);
  }

  async #renew(refreshToken: string): Promise<void> {
    const { dispatcher, wire, address } = this.#context;
    try {
      const session = await dispatcher.call({ wire, address }, 'account.refresh', { refreshToken });
      this.#access = accessOf(session);
      if (!this.#isClosed) this.#renewInTime();
    } catch (cause) {
      // A session that was ended says so by its own event.
      const isOver = cause instanceof PaperclipError && cause.code.startsWith('REFRESH_');
      if (!isOver && !this.#isClosed) this.#renewLater(refreshToken, renewRetryMs);
    }
  }
}

function accessOf({ player, accessToken, refreshToken, accessTokenExpiresInS }: Session): Access {
  const afterMs = accessTokenExpiresInS * 1000 * renewAt;
  return { player, accessToken, renewal: { refreshToken, afterMs } };
}

/** Never rejects: nobody could do anything about it. */
async function endSession(accessToken: string, context: SignedInPlayerContext): Promise<void> {
  const { dispatcher, wire, address, log } = context;
  try {
    await dispatcher.call({ wire, address, accessToken }, 'account.logout', {});
  } catch (cause) {
    // It was ended elsewhere, or the server is going away.
    if (cause instanceof PaperclipError) return;
    log.error('session not ended', { wire, error: cause });
  }
}

async function sessionOf(accessToken: string, context: SignedInPlayerContext): Promise<string> {
  const { dispatcher, wire, address } = context;
  const { sessionId } = await dispatcher.authenticate({ wire, address, accessToken });
  if (sessionId === undefined) throw new PaperclipError('UNAUTHENTICATED');
  return sessionId;
}
