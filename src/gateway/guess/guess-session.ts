// One connection of the guessing wire: a guest who chooses a mode, plays, and goes back. It holds
// no rule of the game: what a guess comes to is said by the platform's views (`single-play.ts`,
// `multi-play.ts`).

import type { PlatformEvent } from '../../contract/events.ts';
import type { Session } from '../../contract/schema.ts';
import type { Log } from '../../contract/telemetry.ts';
import type { CallOrigin, Dispatcher, PlayerEvents } from '../../domain/platform.ts';
import type { Timers } from '../../domain/ports.ts';
import type { JsonValueEvent } from '../../protocol/line/json-values.ts';
import { failureBody } from '../failure.ts';
import type { ConnectionEnd, FrameSession } from '../framed-connection.ts';
import type { ReadGuessView } from '../guess-view.ts';
import { SignedInPlayer } from '../signed-in-player.ts';
import type { GuessConnection } from './guess-connection.ts';
import { rulesAlone } from './guess-limits.ts';
import type { GuessLog } from './guess-log.ts';
import {
  errorOf,
  type GuessCode,
  type GuessError,
  type GuessMode,
  GuessRefusal,
  type GuessRequest,
  platformError,
  readRequest,
  welcome,
} from './guess-messages.ts';
import type { GuessPlay } from './guess-play.ts';
import { MultiPlay } from './multi-play.ts';
import { SinglePlay } from './single-play.ts';

export interface GuessContext {
  readonly dispatcher: Dispatcher;
  readonly events: PlayerEvents;
  readonly timers: Timers;
  readonly log: Log;
  readonly readView: ReadGuessView;
}

export const wire = 'guess';

export class GuessSession implements FrameSession<JsonValueEvent> {
  readonly #connection: GuessConnection;
  readonly #o: GuessContext;
  readonly #log: GuessLog;
  readonly #origin: CallOrigin;
  #player: SignedInPlayer | undefined;
  #play: GuessPlay | undefined;
  /** The client was greeted, and has been told nothing since. */
  #knowsRules = false;

  constructor(connection: GuessConnection, context: GuessContext, log: GuessLog) {
    this.#connection = connection;
    this.#o = context;
    this.#log = log;
    this.#origin = { wire, address: connection.address };
    log.connection('opened', { address: connection.remoteAddress });
  }

  async handleFrame(event: JsonValueEvent): Promise<void> {
    if (event.kind === 'malformed') return this.#refuseUnread('NOT_JSON');
    if (event.kind === 'too-long') return this.#refuseUnread('TOO_LONG');
    const { text } = event;
    let request: GuessRequest;
    try {
      request = readRequest(text);
    } catch (cause) {
      if (cause instanceof GuessRefusal) return this.#refuseUnread(cause.code, text);
      throw cause;
    }
    this.#log.received(text);
    try {
      await this.#do(request);
    } catch (cause) {
      this.#tellFailure(cause);
    }
  }

  async handleClosed(end: ConnectionEnd): Promise<void> {
    this.#log.connection('closed', { end });
    await this.#play?.leave();
    await this.#player?.close(true);
  }

  #do(request: GuessRequest): Promise<void> {
    switch (request.kind) {
      case 'start':
        return this.#start();
      case 'mode':
        return this.#choose(request.mode);
      case 'key':
        return this.#guess(request.key);
      case 'exit':
        return this.#exit();
      default:
        return request satisfies never;
    }
  }

  async #start(): Promise<void> {
    if (this.#play !== undefined) throw new GuessRefusal('IN_A_ROUND');
    await this.#signIn();
    this.#greet();
  }

  #greet(): void {
    this.#send(welcome(rulesAlone));
    this.#knowsRules = true;
  }

  async #choose(mode: GuessMode): Promise<void> {
    if (this.#play !== undefined) throw new GuessRefusal('IN_A_ROUND');
    await this.#begin(mode, false);
  }

  async #guess(key: number): Promise<void> {
    // Who has not chosen plays alone.
    const play = this.#play ?? (await this.#begin('single', this.#knowsRules));
    await play?.guess(key);
  }

  async #exit(): Promise<void> {
    const play = this.#play;
    if (play === undefined) {
      this.#connection.end();
      return;
    }
    // It hears of its end while it leaves.
    await play.leave();
    this.#play = undefined;
    this.#log.game('left', {});
    this.#greet();
  }

  async #begin(mode: GuessMode, knowsRules: boolean): Promise<GuessPlay | undefined> {
    const player = await this.#signIn();
    if (!this.#connection.isOpen) return undefined;
    const context = {
      ...this.#o,
      player,
      knowsRules,
      send: (message: object) => this.#send(message),
      note: (what: string, fields: object) => this.#log.game(what, { mode, ...fields }),
      onLost: (cause: unknown) => this.#lose(play, cause),
    };
    const play = mode === 'single' ? new SinglePlay(context) : new MultiPlay(context);
    this.#play = play;
    try {
      await play.begin();
    } catch (cause) {
      if (this.#play === play) this.#play = undefined;
      throw cause;
    }
    return play;
  }

  #lose(play: GuessPlay, cause: unknown): void {
    if (this.#play !== play) return;
    this.#play = undefined;
    void play.leave();
    this.#tellFailure(cause);
    this.#greet();
  }

  async #signIn(): Promise<SignedInPlayer> {
    if (this.#player !== undefined) return this.#player;
    const session: Session = await this.#o.dispatcher.call(this.#origin, 'account.guest', {});
    this.#player = await SignedInPlayer.signIn(session, {
      ...this.#o,
      ...this.#origin,
      onEvent: (event) => this.#handleEvent(event),
    });
    this.#connection.setLoggedIn();
    this.#log.connection('signed in', { player: session.player.name });
    return this.#player;
  }

  #handleEvent(event: PlatformEvent): void {
    if (event.event === 'session.ended') this.#connection.end(undefined, 'refused');
    else this.#play?.handleEvent(event);
  }

  #send(message: object): void {
    this.#knowsRules = false;
    const text = JSON.stringify(message);
    this.#log.sent(text);
    this.#connection.send(text);
  }

  #sendError(error: GuessError): void {
    this.#log.failed(error.error.code);
    this.#send(error);
  }

  #tellFailure(cause: unknown): void {
    if (cause instanceof GuessRefusal) this.#sendError(errorOf(cause.code));
    else this.#sendError(platformError(failureBody(cause, this.#o.log, wire)));
  }

  /** What it was is not repeated in the log: it may be anything. */
  #refuseUnread(code: GuessCode, text = ''): void {
    this.#log.unread(text.length);
    // A person's slip is none.
    const isAbuse = code !== 'NOT_A_NUMBER';
    if (!isAbuse || this.#connection.countAbuse()) this.#sendError(errorOf(code));
  }
}

/** The last line of a connection that is closed by the server. */
export const farewells = {
  abuse: errorOf('TOO_MANY_ERRORS'),
  'no-login': errorOf('NO_START'),
  shutdown: errorOf('STOPPING'),
} as const;
