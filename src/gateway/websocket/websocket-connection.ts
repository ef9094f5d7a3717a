// One WebSocket: reads messages, runs commands, writes answers and events, and decides when to hang
// up. Its life is opening, anonymous, authenticated, closed; a command needs no session as far as
// this file is concerned, because the dispatcher says who may do what.
//
// It does NOT know other sockets; `websocket-gateway.ts` counts them and beats the heart.

import type { WebSocket } from 'ws';
import { errorBody, PaperclipError } from '../../contract/errors.ts';
import type { PlatformEvent } from '../../contract/events.ts';
import { contractLimits } from '../../contract/limits.ts';
import type { Log } from '../../contract/telemetry.ts';
import type { Caller, CallOrigin, Dispatcher, PlayerEvents } from '../../domain/platform.ts';
import type { Timers } from '../../domain/ports.ts';
import { failureBody } from '../failure.ts';
import { type ClientMessage, type MessageId, readClientMessage } from './client-message.ts';
import { closeCodes, webSocketLimits as limits } from './websocket-limits.ts';

/** Why a socket ended: a metric label. */
export type SocketEnd =
  | 'client'
  | 'too-large'
  | 'abuse'
  | 'slow-reader'
  | 'silent'
  | 'session'
  | 'replaced'
  | 'shutdown';

export interface ConnectionContext {
  readonly dispatcher: Dispatcher;
  readonly events: PlayerEvents;
  readonly timers: Timers;
  readonly log: Log;
  /** A rate-limit key. */
  readonly address: string;
  /** Called when the socket belongs to a player, again when to another. */
  readonly onPlayer: (connection: WebSocketConnection, playerId: string) => void;
  readonly onEnd: (connection: WebSocketConnection, end: SocketEnd) => void;
}

type Session =
  | { readonly state: 'anonymous'; readonly cancelDeadline: () => void }
  | {
      readonly state: 'authenticated';
      readonly accessToken: string;
      readonly caller: Caller;
      readonly disconnect: () => void;
      /** Set once the token has expired: ends the socket unless a new one comes. */
      cancelExpiry: (() => void) | undefined;
    }
  | { readonly state: 'closed' };

export class WebSocketConnection {
  readonly #socket: WebSocket;
  readonly #context: ConnectionContext;
  #session: Session;
  #end: SocketEnd = 'client';
  #commandsInFlight = 0;
  #refusals = 0;
  #isAlive = true;
  /** Set when the session has ended: answers under way still go out, then the socket closes. */
  #closeWhenIdle: { readonly code: number; readonly reason: string } | undefined;
  /** Commands sent right behind an `auth` wait for it. */
  #authenticating: Promise<void> = Promise.resolve();

  constructor(socket: WebSocket, context: ConnectionContext) {
    this.#socket = socket;
    this.#context = context;
    this.#session = {
      state: 'anonymous',
      cancelDeadline: context.timers.after(limits.authenticateWithinMs, () =>
        this.close('session', closeCodes.session, 'send {id, auth} first'),
      ),
    };
    socket.on('message', (data, isBinary) => this.#handleMessage(data, isBinary));
    socket.on('ping', (data: Uint8Array) => this.#handlePing(data));
    socket.on('pong', () => {
      this.#isAlive = true;
    });
    socket.on('error', (error) => {
      // ws closes by itself then: 1009 for a message over the limit, 1002 or 1007 for broken
      // frames.
      const isTooLarge = 'code' in error && error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH';
      this.#end = isTooLarge ? 'too-large' : 'abuse';
    });
    socket.on('close', () => this.#handleClose());
  }

  /** With a token that was verified already, from the upgrade's Authorization header. */
  adopt(accessToken: string, caller: Caller): void {
    const { playerId, sessionId } = caller;
    if (playerId === undefined || sessionId === undefined) return;
    const previous = this.#session;
    if (previous.state === 'closed') return;
    // Before the events, since it makes room for them: a player has so many connections.
    this.#context.onPlayer(this, playerId);
    const disconnect = this.#context.events.connect(playerId, sessionId, (event) =>
      this.#handleEvent(event),
    );
    // The new one first, so that a renewed session never looks absent.
    endSession(previous);
    this.#session = {
      state: 'authenticated',
      accessToken,
      caller,
      disconnect,
      cancelExpiry: undefined,
    };
  }

  /** Called every `heartbeatMs`. */
  beat(): void {
    if (!this.#isAlive) {
      this.#cut('silent');
      return;
    }
    const wish = this.#closeWhenIdle;
    if (wish !== undefined) this.close('session', wish.code, wish.reason);
    this.#isAlive = false;
    this.#refusals = 0;
    this.#socket.ping();
    void this.#checkSession();
  }

  close(end: SocketEnd, code: number, reason: string): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#end = end;
    // Not when the peer has answered: one that is dead would keep the player's place till then.
    this.#leaveSession();
    this.#socket.close(code, reason);
  }

  #cut(end: SocketEnd): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#end = end;
    this.#socket.terminate();
  }

  #leaveSession(): void {
    endSession(this.#session);
    this.#session = { state: 'closed' };
  }

  #handleClose(): void {
    this.#leaveSession();
    this.#context.onEnd(this, this.#end);
  }

  #handleMessage(data: unknown, isBinary: boolean): void {
    this.#isAlive = true;
    if (this.#socket.readyState !== this.#socket.OPEN || this.#closeWhenIdle) return;
    if (isBinary) {
      this.close('abuse', closeCodes.unsupported, 'messages are text');
      return;
    }
    const message = readClientMessage(String(data));
    if (message.kind === 'refused') {
      this.#refuse(message.id, message.error);
    } else if (this.#commandsInFlight >= limits.commandsInFlightMax) {
      this.#refuse(message.id, errorBody('BUSY'));
    } else {
      void this.#run(message);
    }
  }

  async #run(message: Exclude<ClientMessage, { kind: 'refused' }>): Promise<void> {
    this.#commandsInFlight++;
    try {
      this.#send({ id: message.id, result: await this.#resultOf(message) });
    } catch (cause) {
      const error = failureBody(cause, this.#context.log, 'websocket');
      // Over HTTP each try costs the caller a request; here only the socket is left to take away.
      if (error.code === 'RATE_LIMITED') this.#refuse(message.id, error);
      else this.#send({ id: message.id, error });
    } finally {
      this.#commandsInFlight--;
      this.#closeIfIdle();
    }
  }

  async #resultOf(message: Exclude<ClientMessage, { kind: 'refused' }>): Promise<unknown> {
    const before = this.#authenticating;
    if (message.kind === 'auth') {
      const authenticated = before.then(() => this.#authenticate(message.accessToken));
      this.#authenticating = authenticated.then(
        () => {},
        () => {},
      );
      return authenticated;
    }
    await before;
    return this.#context.dispatcher.call(this.#origin(), message.command, message.args);
  }

  async #authenticate(accessToken: string): Promise<{ playerId: string; kind: string }> {
    const caller = await this.#context.dispatcher.authenticate(this.#origin(accessToken));
    if (caller.playerId === undefined) throw new PaperclipError('UNAUTHENTICATED');
    this.adopt(accessToken, caller);
    return { playerId: caller.playerId, kind: caller.kind };
  }

  #origin(accessToken?: string): CallOrigin {
    const session = this.#session;
    const token =
      accessToken ?? (session.state === 'authenticated' ? session.accessToken : undefined);
    const origin = { wire: 'websocket', address: this.#context.address };
    return token === undefined ? origin : { ...origin, accessToken: token };
  }

  /** Once per heartbeat: events must not go on to who could not ask for them any more. */
  async #checkSession(): Promise<void> {
    const session = this.#session;
    if (session.state !== 'authenticated' || session.cancelExpiry !== undefined) return;
    try {
      await this.#context.dispatcher.authenticate(this.#origin());
    } catch (cause) {
      if (this.#session !== session || !(cause instanceof PaperclipError)) return;
      if (cause.code === 'SESSION_EXPIRED') {
        this.#send({ id: null, error: cause.body });
        session.cancelExpiry = this.#context.timers.after(limits.expiryGraceMs, () =>
          this.close('session', closeCodes.session, 'the access token has expired'),
        );
      } else if (cause.code === 'UNAUTHENTICATED') {
        this.close('session', closeCodes.session, 'the session has ended');
      }
    }
  }

  #handleEvent(event: PlatformEvent): void {
    this.#send(event);
    if (event.event !== 'session.ended') return;
    this.#closeWhenIdle = { code: closeCodes.session, reason: 'the session has ended' };
    this.#closeIfIdle();
  }

  #closeIfIdle(): void {
    const wish = this.#closeWhenIdle;
    if (wish !== undefined && this.#commandsInFlight === 0) {
      this.close('session', wish.code, wish.reason);
    }
  }

  #handlePing(data: Uint8Array): void {
    this.#isAlive = true;
    if (this.#isOverBudget() || this.#isSlowReader()) return;
    this.#socket.pong(data);
  }

  #refuse(id: MessageId | null, error: object): void {
    if (!this.#isOverBudget()) this.#send({ id, error });
  }

  #isOverBudget(): boolean {
    if (++this.#refusals <= limits.refusalsPerHeartbeatMax) return false;
    this.close('abuse', closeCodes.abuse, 'too many refused messages');
    return true;
  }

  #send(message: object): void {
    if (this.#socket.readyState !== this.#socket.OPEN || this.#isSlowReader()) return;
    this.#socket.send(JSON.stringify(message));
  }

  /** A peer that does not read would make the server keep everything for it. */
  #isSlowReader(): boolean {
    if (this.#socket.bufferedAmount <= contractLimits.webSocketBufferedBytesMax) return false;
    this.#cut('slow-reader');
    return true;
  }
}

function endSession(session: Session): void {
  switch (session.state) {
    case 'anonymous':
      session.cancelDeadline();
      return;
    case 'authenticated':
      session.cancelExpiry?.();
      session.disconnect();
      return;
    case 'closed':
      return;
    default:
      session satisfies never;
  }
}
