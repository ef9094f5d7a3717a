// One connection of the messenger protocol: log-in, then commands until the user logs out, says
// nothing for too long, or is gone. Requests become commands of the platform, its events messages.

import {
  argumentsOf,
  encodeMessage,
  type Message,
  type MessageType,
  messageOf,
  messageTypes,
} from '../../codec/messenger/messages.ts';
import type { CommandArgs, CommandName, CommandResult } from '../../contract/commands.ts';
import type { ErrorBody } from '../../contract/errors.ts';
import type { PlatformEvent } from '../../contract/events.ts';
import type { DirectMessage } from '../../contract/people-schema.ts';
import type { Session } from '../../contract/schema.ts';
import type { Log } from '../../contract/telemetry.ts';
import type { Dispatcher, PlayerEvents } from '../../domain/platform.ts';
import { failureBody } from '../failure.ts';
import type { LineConnection, LineEnd, LineSession } from '../line-connection.ts';
import { SignedInPlayer } from '../signed-in-player.ts';
import { parseUntrustedJson } from '../untrusted-json.ts';
import { type CommandOfType, messengerCommandTable } from './messenger-commands.ts';
import type { MessengerShared, MessengerUser } from './messenger-user.ts';
import { handleSignal, leavePrivates } from './private-commands.ts';
import { MessengerRefusal, sentenceFor } from './sentences.ts';

export const wire = 'messenger';

export interface MessengerContext {
  readonly dispatcher: Dispatcher;
  readonly events: PlayerEvents;
  readonly log: Log;
  readonly idleTimeoutS: number;
  readonly lineBytesMax: number;
  readonly welcome: (name: string) => string;
  readonly shared: MessengerShared;
}

type State =
  | { readonly kind: 'name' }
  | { readonly kind: 'password'; readonly name: string; readonly isNew: boolean }
  | { readonly kind: 'in'; readonly player: SignedInPlayer }
  | { readonly kind: 'gone' };

export class MessengerSession implements LineSession, MessengerUser {
  readonly host: string;
  readonly #connection: LineConnection;
  readonly #context: MessengerContext;
  #state: State = { kind: 'name' };
  #cancelIdle: (() => void) | undefined;

  constructor(connection: LineConnection, context: MessengerContext) {
    this.#connection = connection;
    this.#context = context;
    this.host = hostOf(connection);
  }

  get id(): string {
    return this.#player.player.id;
  }

  get name(): string {
    return this.#player.player.name;
  }

  call<Name extends CommandName>(
    command: Name,
    args: CommandArgs<Name>,
  ): Promise<CommandResult<Name>> {
    return this.#player.call(command, args);
  }

  send(type: MessageType, content: unknown): void {
    this.#connection.send(encodeMessage(type, content));
  }

  async handleLine(text: string): Promise<void> {
    const message = this.#read(text);
    if (message === undefined) return;
    try {
      if (this.#state.kind === 'in') await this.#handleRequest(message);
      else if (this.#state.kind !== 'gone') await this.#handleLogin(message, this.#state);
    } catch (cause) {
      this.send(messageTypes.ERROR, this.#sentence(cause, message));
    }
  }

  handleTooLong(): void {
    const { lineBytesMax } = this.#context;
    this.send(messageTypes.ERROR, `A message may have at most ${lineBytesMax} bytes.`);
  }

  handleInvalidUtf8(): void {
    this.send(messageTypes.ERROR, 'A message is UTF-8, and this was not.');
  }

  handleClosed(end: LineEnd): Promise<void> {
    return this.#leave(end === 'client' || end === 'lost' || end === 'slow-reader');
  }

  get #player(): SignedInPlayer {
    if (this.#state.kind === 'in') return this.#state.player;
    throw new Error('nobody is logged in here');
  }

  #read(text: string): Message | undefined {
    const parsed = parseUntrustedJson(text);
    const message = parsed.ok ? messageOf(parsed.value) : undefined;
    if (message !== undefined) return message;
    const problem = parsed.ok ? 'is not {"type": number, "content": ...}' : parsed.error;
    if (this.#connection.countAbuse()) this.send(messageTypes.ERROR, `The message ${problem}.`);
    return undefined;
  }

  async #handleRequest(message: Message): Promise<void> {
    if (message.type === messageTypes.LOGOUT) return this.#logOut(message);
    const command = messengerCommandTable.get(message.type);
    if (command === undefined) return this.#refuseType(message.type);
    this.#cancelIdle?.();
    try {
      await command.run(this, argumentsOf(message.content), this.#context.shared);
    } finally {
      this.#armIdle();
    }
  }

  async #logOut({ content }: Message): Promise<void> {
    if (argumentsOf(content).length > 0) throw new MessengerRefusal('Usage: logout');
    const { name } = this;
    await this.#leave(false);
    const goodbye = encodeMessage(messageTypes.LOGOUT_ANNOUNCEMENT, `Goodbye, ${name}.`);
    this.#connection.close(goodbye, 'goodbye');
  }

  #refuseType(type: number): void {
    const isLogIn = type === messageTypes.LOGIN_USERNAME || Math.trunc(type) === 0;
    const problem = isLogIn ? 'You are logged in already.' : `There is no message type ${type}.`;
    if (this.#connection.countAbuse()) this.send(messageTypes.ERROR, problem);
  }

  async #handleLogin(
    { type, content }: Message,
    state: State & { readonly kind: 'name' | 'password' },
  ): Promise<void> {
    const [given, ...more] = argumentsOf(content);
    const text = typeof given === 'string' && more.length === 0 ? given : undefined;
    if (type === messageTypes.LOGIN_USERNAME) {
      if (text === undefined) throw new MessengerRefusal('Usage: content: the username');
      return this.#handleName(text);
    }
    const isNew = type === messageTypes.LOGIN_NEW_PASSWORD;
    if (!isNew && type !== messageTypes.LOGIN_PASSWORD) {
      if (this.#connection.countAbuse()) throw new MessengerRefusal('Log in first: send a name.');
      return;
    }
    if (state.kind === 'name') throw new MessengerRefusal('Send a username first.');
    if (state.isNew !== isNew) return this.#askPassword(state);
    if (text === undefined) throw new MessengerRefusal('Usage: content: the password');
    const command = isNew ? 'account.register' : 'account.login';
    let session: Session;
    try {
      session = await this.#callAsAnyone(command, { name: state.name, password: text });
    } catch (cause) {
      this.#handleLoginFailure(failureBody(cause, this.#context.log, wire), state);
      return;
    }
    await this.#enter(session);
  }

  async #handleName(name: string): Promise<void> {
    this.#state = { kind: 'name' };
    const { kind } = await this.#callAsAnyone('account.exists', { name });
    if (kind === 'guest') {
      throw new MessengerRefusal(`${name} is the name of a guest who is here; choose another.`);
    }
    const state = { kind: 'password', name, isNew: kind === undefined } as const;
    this.#state = state;
    this.#askPassword(state);
  }

  #askPassword({ name, isNew }: State & { readonly kind: 'password' }): void {
    if (isNew) {
      this.send(messageTypes.REQUEST_NEW_USER, `${name} is new here: choose a password.`);
    } else this.send(messageTypes.REQUEST_NEED_PASSWORD, `The password of ${name}?`);
  }

  #handleLoginFailure(body: ErrorBody, state: State & { readonly kind: 'password' }): void {
    const type = state.isNew ? messageTypes.LOGIN_NEW_PASSWORD : messageTypes.LOGIN_PASSWORD;
    const sentence = sentenceFor(body, type);
    if (body.code === 'ACCOUNT_LOCKED') {
      this.#refuse(messageTypes.ACCOUNT_BLOCKED, sentence);
    } else if (body.code === 'BANNED') {
      this.#refuse(messageTypes.ERROR, sentence);
    } else {
      this.send(messageTypes.ERROR, sentence);
      this.#askPassword(state);
    }
  }

  /** After a password comes the welcome, the question again, or this: a client can rely on it. */
  #refuse(type: typeof messageTypes.ACCOUNT_BLOCKED | typeof messageTypes.ERROR, why: string) {
    this.#state = { kind: 'gone' };
    this.#connection.close(encodeMessage(type, why), 'refused');
  }

  async #enter(session: Session): Promise<void> {
    const { shared, log, dispatcher, events, welcome } = this.#context;
    const { player: account, accessToken } = session;
    if (shared.users.has(account.id)) {
      await this.#callAsAnyone('account.logout', {}, accessToken);
      const why = `${account.name} is logged in elsewhere; log out there first.`;
      return this.#refuse(messageTypes.ERROR, why);
    }
    // Taken before anything else can happen: two at once must not both get in.
    shared.users.set(account.id, this);
    try {
      const player = await SignedInPlayer.signIn(session, {
        dispatcher,
        events,
        timers: shared.timers,
        log,
        wire,
        address: this.#connection.address,
        onEvent: (event) => this.#handleEvent(event),
        onMessage: (message) => this.#handleMessage(message),
      });
      this.#state = { kind: 'in', player };
    } catch (cause) {
      shared.users.delete(account.id);
      const body = failureBody(cause, log, wire);
      return this.#refuse(messageTypes.ERROR, sentenceFor(body, messageTypes.LOGIN_PASSWORD));
    }
    this.#connection.setLoggedIn();
    this.send(messageTypes.ANNOUNCEMENT, welcome(account.name));
    try {
      await this.#player.deliverMessages();
      await this.call('room.enter', {});
    } finally {
      this.#armIdle();
    }
  }

  /** Others are told by the platform. Happens once, whatever comes first. */
  async #leave(wasLost: boolean): Promise<void> {
    const state = this.#state;
    if (state.kind !== 'in') return;
    this.#cancelIdle?.();
    const { shared } = this.#context;
    leavePrivates(this, shared);
    shared.users.delete(this.id);
    this.#state = { kind: 'gone' };
    await state.player.close(wasLost);
  }

  #armIdle(): void {
    if (this.#state.kind !== 'in') return;
    this.#cancelIdle?.();
    const { idleTimeoutS, shared } = this.#context;
    this.#cancelIdle = shared.timers.after(idleTimeoutS * 1000, () => {
      const sentence = `No command for ${idleTimeoutS} s: you were logged out.`;
      this.#end(encodeMessage(messageTypes.TIMEOUT, sentence), 'idle');
    });
  }

  /** From outside of a line: nobody waits for what is left to do. */
  #end(lastLine: string, end: 'idle' | 'refused'): void {
    this.#connection.close(lastLine, end);
    this.#leave(false).catch((error: unknown) => {
      this.#context.log.error('log-out failed', { wire, error });
    });
  }

  #handleMessage({ from, message }: DirectMessage): void {
    if (message !== undefined) this.send(messageTypes.MESSAGE, [from.name, message]);
    else this.send(messageTypes.ANNOUNCEMENT, `${from.name} sent a message sealed for other apps.`);
  }

  #handleEvent({ event, data }: PlatformEvent): void {
    switch (event) {
      case 'room.joined':
        this.send(messageTypes.ANNOUNCEMENT, `${data.player.name} has logged in.`);
        break;
      case 'room.left':
        this.send(messageTypes.ANNOUNCEMENT, `${data.player.name} has logged out.`);
        break;
      case 'room.message':
        this.send(messageTypes.BROADCAST, [data.from.name, data.message]);
        break;
      case 'announcement':
        this.send(messageTypes.ANNOUNCEMENT, data.message);
        break;
      case 'signal.received':
        if (this.#state.kind === 'in') {
          handleSignal(this, data.from, data.kind, this.#context.shared);
        }
        break;
      case 'session.ended': {
        const why = data.why === undefined ? '' : `: ${data.why}`;
        const sentence = `You were logged out (${data.reason}${why}).`;
        this.#end(encodeMessage(messageTypes.LOGOUT_ANNOUNCEMENT, sentence), 'refused');
        break;
      }
      default:
      // Lobbies, matches and friends are not this wire's.
    }
  }

  #callAsAnyone<Name extends CommandName>(
    command: Name,
    args: CommandArgs<Name>,
    accessToken?: string,
  ): Promise<CommandResult<Name>> {
    const origin = { wire, address: this.#connection.address };
    const known = accessToken === undefined ? origin : { ...origin, accessToken };
    return this.#context.dispatcher.call(known, command, args);
  }

  #sentence(cause: unknown, { type }: Message): string {
    if (cause instanceof MessengerRefusal) return cause.message;
    const command: CommandOfType | undefined = messengerCommandTable.get(type);
    return sentenceFor(failureBody(cause, this.#context.log, wire), type, command?.usage);
  }
}

/** The address that a limit counts by is whole for IPv4, and plain. */
function hostOf({ address, remoteAddress }: LineConnection): string {
  return address.includes('/') ? (remoteAddress.split('%')[0] ?? '') : address;
}
