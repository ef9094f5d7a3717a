// One connection of the text protocol: reads a line by the table of requests, answers it, and says
// what happens to its player. It is anonymous, then logged in, then over; lines come one after the
// other, and the next one when the last is answered.

import { PaperclipError } from '../../contract/errors.ts';
import type { PlatformEvent } from '../../contract/events.ts';
import type { DirectMessage } from '../../contract/people-schema.ts';
import type { Session } from '../../contract/schema.ts';
import type { Log } from '../../contract/telemetry.ts';
import type { CallOrigin, Dispatcher, PlayerEvents } from '../../domain/platform.ts';
import type { Timers } from '../../domain/ports.ts';
import type { ReadGuessView } from '../guess-view.ts';
import { Heartbeat } from '../heartbeat.ts';
import type { LineConnection, LineEnd, LineSession, SessionEnd } from '../line-connection.ts';
import { SignedInPlayer } from '../signed-in-player.ts';
import { parseUntrustedJson } from '../untrusted-json.ts';
import { FileOffers } from './file-offers.ts';
import { GuessingGame } from './guessing-game.ts';
import { type Credentials, logIn } from './log-in.ts';
import type { ReadSecureSignal } from './secure-signals.ts';
import { type TextCode, TextRefusal, textCodes } from './text-codes.ts';
import { textError } from './text-errors.ts';
import { textLimits as limits } from './text-limits.ts';
import type { TextActions, TextRequest } from './text-requests.ts';

export interface TextContext {
  readonly dispatcher: Dispatcher;
  readonly events: PlayerEvents;
  readonly timers: Timers;
  readonly log: Log;
  readonly version: string;
  readonly requests: ReadonlyMap<string, TextRequest>;
  readonly readView: ReadGuessView;
  readonly readSignal: ReadSecureSignal;
  /** Ids of players that are logged in over this protocol. */
  readonly present: Set<string>;
}

interface LoggedIn {
  readonly player: SignedInPlayer;
  readonly game: GuessingGame;
  readonly files: FileOffers;
  heartbeat: Heartbeat | undefined;
}

export const line = (header: string, body?: object): string =>
  body === undefined ? header : `${header} ${JSON.stringify(body)}`;

export const disconnect = (reason: TextCode): string => line('DSCN', { reason });

export class TextSession implements LineSession, TextActions {
  readonly #connection: LineConnection;
  readonly #o: TextContext;
  readonly #origin: CallOrigin;
  #loggedIn: LoggedIn | undefined;
  /** Events that came before the answer to the log-in; undefined: they go out. */
  #held: PlatformEvent[] | undefined = [];
  /** The line under way keeps a PONG waiting. */
  #isBusy = false;
  /** One that was asked for came too late because of that, and is fine. */
  #isPongLate = false;

  constructor(connection: LineConnection, context: TextContext) {
    this.#connection = connection;
    this.#o = context;
    this.#origin = { wire: 'text', address: connection.address };
    this.#send('WELCOME', { msg: `Welcome to Paperclip ${context.version}` });
  }

  async handleLine(text: string): Promise<void> {
    const space = text.indexOf(' ');
    const request = this.#o.requests.get(space < 0 ? text : text.slice(0, space));
    if (request === undefined) {
      if (this.#connection.countAbuse()) this.#send('UNKNOWN_COMMAND');
      return;
    }
    const prepared = request.prepare(space < 0 ? {} : bodyOf(text.slice(space + 1)));
    if (prepared === undefined) {
      this.handleInvalidUtf8();
      return;
    }
    this.#isBusy = true;
    try {
      const result = await prepared.run(this);
      if (result !== undefined) this.#send(request.answer, { status: 'OK', ...result });
    } catch (cause) {
      this.#send(request.answer, { ...textError(cause, this.#o.log), ...prepared.echo });
    }
    this.#isBusy = false;
  }

  handleTooLong(): void {
    this.#close(textCodes.lineTooLong, 'too-long');
  }

  /** No JSON is. */
  handleInvalidUtf8(): void {
    if (this.#connection.countAbuse()) this.#send('PARSE_ERROR');
  }

  handleClosed(end: LineEnd): Promise<void> {
    return this.#end(end !== 'goodbye');
  }

  loggedIn(): LoggedIn {
    if (this.#loggedIn === undefined) throw new TextRefusal(textCodes.notLoggedIn);
    return this.#loggedIn;
  }

  async logIn(credentials: Credentials): Promise<void> {
    if (this.#loggedIn !== undefined) throw new TextRefusal(textCodes.loggedInAlready);
    const session = await logIn(this.#o.dispatcher, this.#origin, credentials);
    const { id } = session.player;
    if (this.#o.present.has(id)) {
      await this.#endSession(session);
      throw new TextRefusal(textCodes.nameInUse);
    }
    this.#o.present.add(id);
    try {
      await this.#enter(session);
    } catch (cause) {
      await this.#end(true);
      this.#o.present.delete(id);
      this.#held = [];
      throw cause;
    }
  }

  takePong(): void {
    if (this.#loggedIn?.heartbeat?.handleAnswer() === true) return;
    const isLate = this.#isPongLate;
    this.#isPongLate = false;
    if (isLate) return;
    if (!this.#connection.countAbuse()) return;
    this.#send('PONG_ERROR', { code: textCodes.pongNotAsked });
  }

  async leave(): Promise<void> {
    await this.#end(false);
    this.#connection.close(line('BYE_RESP', { status: 'OK' }));
  }

  #send(header: string, body?: object): void {
    this.#connection.send(line(header, body));
  }

  #close(reason: TextCode, end: SessionEnd): void {
    this.#connection.close(disconnect(reason), end);
  }

  /** From a session to a player in the room, who is told so before anything else. */
  async #enter(session: Session): Promise<void> {
    const { timers } = this.#o;
    const player = await SignedInPlayer.signIn(session, {
      ...this.#o,
      ...this.#origin,
      onEvent: (event) => this.#handleEvent(event),
      onMessage: (message) => this.#handleMessage(message),
    });
    const send = (header: string, body: object) => this.#send(header, body);
    const game = new GuessingGame({ ...this.#o, player, send });
    const files = new FileOffers({ ...this.#o, player, send });
    const loggedIn: LoggedIn = { player, game, files, heartbeat: undefined };
    this.#loggedIn = loggedIn;
    await player.call('room.enter', {});
    this.#connection.setLoggedIn();
    this.#send('LOGIN_RESP', { status: 'OK' });
    loggedIn.heartbeat = this.#beat(timers);
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const event of held) this.#handleEvent(event);
    await player.deliverMessages().catch((cause: unknown) => {
      // Those that came meanwhile would wait for ever; at the next log-in they come all.
      this.#o.log.warn('messages not delivered', { wire: 'text', error: cause });
      this.#close(textCodes.failed, 'refused');
    });
  }

  #beat(timers: Timers): Heartbeat {
    return new Heartbeat({
      timers,
      everyMs: limits.pingEveryMs,
      answerWithinMs: limits.pongWithinMs,
      ask: () => this.#send('PING'),
      onSilence: () => {
        if (!this.#isBusy) this.#close(textCodes.noPong, 'silent');
        else if (this.#loggedIn !== undefined) {
          // Its PONG may stand behind the line that we are busy with.
          this.#isPongLate = true;
          this.#loggedIn.heartbeat = this.#beat(timers);
        }
      },
    });
  }

  #handleEvent(event: PlatformEvent): void {
    if (this.#held === undefined) this.#tell(event);
    else if (this.#held.length < limits.heldEventsMax) this.#held.push(event);
    else this.#close(textCodes.failed, 'refused');
  }

  #tell(event: PlatformEvent): void {
    switch (event.event) {
      case 'room.joined':
        this.#send('JOINED', { username: event.data.player.name });
        break;
      case 'room.left':
        this.#send('LEFT', { username: event.data.player.name });
        break;
      case 'room.message': {
        const { from, message } = event.data;
        this.#send('BROADCAST', { username: from.name, message });
        break;
      }
      case 'announcement':
        // Nobody can have this name.
        this.#send('BROADCAST', { username: 'server', message: event.data.message });
        break;
      case 'signal.received': {
        const notice = this.#o.readSignal(event.data);
        if (notice !== undefined) this.#send(notice.header, notice.body);
        break;
      }
      case 'session.ended':
        this.#close(textCodes.sessionEnded, 'refused');
        break;
      default:
        this.#loggedIn?.game.handleEvent(event);
        this.#loggedIn?.files.handleEvent(event);
    }
  }

  #handleMessage({ from: { name: sender }, message }: DirectMessage): void {
    // It stays in the conversation, for a client with the keys.
    const sealed = { message: '(a sealed message, which only `paperclip chat` can open)' };
    const body = message === undefined ? sealed : { message };
    this.#send('PRIVATE_MESSAGE', { sender, ...body });
  }

  async #end(wasLost: boolean): Promise<void> {
    const loggedIn = this.#loggedIn;
    if (loggedIn === undefined) return;
    this.#loggedIn = undefined;
    const { player, game, heartbeat } = loggedIn;
    heartbeat?.stop();
    try {
      await game.leave();
    } finally {
      await player.close(wasLost);
      this.#o.present.delete(player.player.id);
    }
  }

  async #endSession({ accessToken }: Session): Promise<void> {
    try {
      await this.#o.dispatcher.call({ ...this.#origin, accessToken }, 'account.logout', {});
    } catch (cause) {
      // It ends by itself, later.
      if (!(cause instanceof PaperclipError)) throw cause;
    }
  }
}

/** Undefined when it is no JSON object. */
function bodyOf(text: string): unknown {
  const parsed = parseUntrustedJson(text);
  return parsed.ok && !Array.isArray(parsed.value) ? parsed.value : undefined;
}
