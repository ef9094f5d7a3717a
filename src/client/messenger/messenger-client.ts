// A messenger's client over one byte stream to the server: log-in, what is typed, what the server
// says, and private connections, which go on when the server has gone.
//
// Everything that happens comes as an event; it draws nothing and asks nobody. After a password
// comes `logged-in`, `needs-password` again, or the end.

import { parseJson } from '../../base/json.ts';
import {
  type MessengerCommandName,
  messengerCommands,
  messengerUsage,
} from '../../codec/messenger/commands.ts';
import {
  argumentsOf,
  type ClientMessageType,
  encodeMessage,
  type Message,
  messageOf,
  messageTypes,
} from '../../codec/messenger/messages.ts';
import type { ByteStream } from '../../protocol/byte-stream.ts';
import type { Crypto } from '../../protocol/crypto.ts';
import { LineReader } from '../../protocol/line/line-reader.ts';
import type { After } from '../after.ts';
import { messengerClientLimits as limits } from './messenger-client-limits.ts';
import { type Introduction, type PrivateNetwork, PrivatePeers } from './private-peers.ts';
import { helpLines, readTypedLine } from './typed-line.ts';

/** Why the server is gone. */
export type ServerEnd = 'logged-out' | 'timeout' | 'locked' | 'lost';

export type MessengerEvent =
  /** After an `error` that says why. */
  | { readonly kind: 'needs-name' }
  | { readonly kind: 'needs-password'; readonly isNew: boolean }
  | { readonly kind: 'logged-in'; readonly text: string }
  | { readonly kind: 'announcement'; readonly text: string }
  | { readonly kind: 'error'; readonly text: string }
  | { readonly kind: 'message' | 'broadcast'; readonly from: string; readonly text: string }
  | { readonly kind: 'names'; readonly names: readonly string[] }
  | { readonly kind: 'help'; readonly lines: readonly string[] }
  | { readonly kind: 'private-asked'; readonly from: string }
  | { readonly kind: 'private-opened'; readonly with: string; readonly isSealed: boolean }
  | { readonly kind: 'private-message'; readonly from: string; readonly text: string }
  | { readonly kind: 'private-ended'; readonly with: string }
  | { readonly kind: 'server-gone'; readonly why: ServerEnd }
  /** The server and every private connection are gone. Last. */
  | { readonly kind: 'over'; readonly why: ServerEnd };

export interface MessengerClientOptions {
  readonly network: PrivateNetwork;
  readonly crypto: Crypto;
  readonly after: After;
  /** Default true. */
  readonly encrypts?: boolean;
  readonly onEvent: (event: MessengerEvent) => void;
}

export class MessengerClient {
  readonly #stream: ByteStream;
  readonly #options: MessengerClientOptions;
  readonly #reader = new LineReader();
  readonly #peers: PrivatePeers;
  #phase: 'named' | 'asked' | 'in' | 'gone' = 'named';
  #name = '';
  /** What the server said last, before it closed. */
  #end: ServerEnd = 'lost';
  /** The user wants out of everything. */
  #isLeaving = false;
  #isOver = false;
  /** Who asks for a private connection and has no answer yet; oldest first. */
  readonly #questions: string[] = [];

  constructor(stream: ByteStream, options: MessengerClientOptions) {
    const { network, crypto, after, encrypts = true, onEvent } = options;
    this.#stream = stream;
    this.#options = options;
    this.#peers = new PrivatePeers({
      network,
      crypto,
      after,
      encrypts,
      ownName: () => this.#name,
      onOpen: (name, isSealed) => onEvent({ kind: 'private-opened', with: name, isSealed }),
      onText: (from, text) => onEvent({ kind: 'private-message', from, text }),
      onEnd: (name, wasTold) => this.#handlePrivateEnd(name, wasTold),
    });
    stream.onData = (bytes) => this.#handleBytes(bytes);
    stream.onClose = () => this.#handleClosed();
  }

  get hasServer(): boolean {
    return this.#phase !== 'gone';
  }

  sendName(name: string): void {
    this.#phase = 'named';
    this.#name = name;
    this.#send(messageTypes.LOGIN_USERNAME, name);
  }

  sendPassword(password: string, isNew: boolean): void {
    this.#phase = 'asked';
    const type = isNew ? messageTypes.LOGIN_NEW_PASSWORD : messageTypes.LOGIN_PASSWORD;
    this.#send(type, password);
  }

  /** One line as typed by who is logged in. */
  run(line: string): void {
    const typed = readTypedLine(line);
    switch (typed.kind) {
      case 'nothing':
        break;
      case 'help':
        this.#emit({ kind: 'help', lines: helpLines() });
        break;
      case 'unknown':
        if (this.hasServer) this.#send(messageTypes.NO_COMMAND, typed.word);
        else this.#error(`There is no command ${typed.word}. Usage: ${messengerUsage}`);
        break;
      case 'misused':
        if (this.hasServer) this.#send(messageTypes.ARGUMENT_ERROR, typed.command);
        else this.#error(`Usage: ${messengerCommands[typed.command].usage}`);
        break;
      case 'command':
        this.#runCommand(typed.command, typed.args.user, typed.args.text);
        break;
      default:
        typed satisfies never;
    }
  }

  /** At once: the server may not be there to say goodbye. */
  close(): void {
    this.#stream.end();
    this.#peers.close();
  }

  #runCommand(command: MessengerCommandName, user: string, text: string): void {
    switch (command) {
      case 'private':
        if (this.#peers.say(user, text)) break;
        this.#error(
          this.#peers.has(user)
            ? 'That is longer than a message may be.'
            : `There is no private connection with ${user}.`,
        );
        break;
      case 'stopprivate':
        this.#stopPrivate(user);
        break;
      case 'logout':
        this.#isLeaving = true;
        if (this.hasServer) this.#send(messageTypes.LOGOUT, null);
        else this.#finish();
        break;
      default:
        if (this.hasServer) this.#runOnServer(command, user, text);
        else this.#error('The server is gone: there is only private, stopprivate and logout.');
    }
  }

  #runOnServer(
    command: Exclude<MessengerCommandName, 'private' | 'stopprivate' | 'logout'>,
    user: string,
    text: string,
  ): void {
    switch (command) {
      case 'message':
        this.#send(messageTypes.MESSAGE, [user, text]);
        break;
      case 'broadcast':
      case 'whoelsesince':
        this.#send(messengerCommands[command].type, text);
        break;
      case 'whoelse':
        this.#send(messageTypes.WHOELSE, null);
        break;
      case 'block':
      case 'unblock':
      case 'startprivate':
        this.#send(messengerCommands[command].type, user);
        break;
      case 'yes':
      case 'no':
        this.#answer(command, user);
        break;
      default:
        command satisfies never;
    }
  }

  #answer(answer: 'yes' | 'no', user: string): void {
    const asker = this.#takeQuestion(user === '' ? this.#questions[0] : user);
    if (asker === undefined) this.#error('Nobody has asked you for a private connection.');
    else if (answer === 'no') this.#send(messageTypes.NO, asker);
    else this.#introduceMyself(messageTypes.YES, asker);
  }

  #takeQuestion(user: string | undefined): string | undefined {
    const at = this.#questions.findIndex((name) => isSame(name, user ?? ''));
    return at < 0 ? undefined : this.#questions.splice(at, 1)[0];
  }

  #introduceMyself(
    type: typeof messageTypes.YES | typeof messageTypes.TELL_TARGET_TO_SET_UP_PRIVATE_SENDER,
    user: string,
  ): void {
    this.#peers.address().then(
      ({ port, key }) => this.#send(type, key === undefined ? [user, port] : [user, port, key]),
      (cause: unknown) => this.#giveUp(user, 'No port to listen on', cause),
    );
  }

  #stopPrivate(user: string): void {
    const isEnded = this.#peers.end(user);
    if (isEnded) this.#emit({ kind: 'private-ended', with: user });
    if (this.hasServer) this.#send(messageTypes.STOP_PRIVATE, user);
    else if (isEnded) this.#finishWhenAlone();
    else this.#error(`There is no private connection with ${user}.`);
  }

  #giveUp(user: string, problem: string, cause: unknown): void {
    this.#error(`${problem}: ${cause instanceof Error ? cause.message : String(cause)}.`);
    this.#peers.end(user);
    this.#send(messageTypes.STOP_PRIVATE, user);
  }

  #handlePrivateEnd(name: string, wasTold: boolean): void {
    this.#emit({ kind: 'private-ended', with: name });
    // Who ends it on purpose tells the server, too.
    if (!wasTold) this.#send(messageTypes.PRIVATE_STOPPED, name);
    this.#finishWhenAlone();
  }

  #handleBytes(bytes: Uint8Array): void {
    this.#reader.handleBytes(bytes);
    for (let event = this.#reader.pollLine(); event; event = this.#reader.pollLine()) {
      const parsed = event.kind === 'line' ? parseJson(event.text) : undefined;
      const message = parsed?.ok ? messageOf(parsed.value) : undefined;
      // A newer server may say more than this client knows.
      if (message !== undefined) this.#handleMessage(message);
    }
  }

  #handleMessage({ type, content }: Message): void {
    const args = argumentsOf(content);
    const text = typeof args[0] === 'string' ? args[0] : '';
    const second = typeof args[1] === 'string' ? args[1] : '';
    switch (type) {
      case messageTypes.REQUEST_NEW_USER:
      case messageTypes.REQUEST_NEED_PASSWORD: {
        this.#phase = 'asked';
        const isNew = type === messageTypes.REQUEST_NEW_USER;
        this.#emit({ kind: 'needs-password', isNew });
        break;
      }
      case messageTypes.ERROR:
        this.#error(text);
        if (this.#phase === 'named') this.#emit({ kind: 'needs-name' });
        break;
      case messageTypes.ANNOUNCEMENT:
        this.#handleAnnouncement(text);
        break;
      case messageTypes.MESSAGE:
        this.#emit({ kind: 'message', from: text, text: second });
        break;
      case messageTypes.BROADCAST:
        this.#emit({ kind: 'broadcast', from: text, text: second });
        break;
      case messageTypes.WHOELSE:
      case messageTypes.WHOELSESINCE: {
        const names = args.filter((name) => typeof name === 'string');
        this.#emit({ kind: 'names', names });
        break;
      }
      case messageTypes.TIMEOUT:
        this.#handleEnd('timeout', text);
        break;
      case messageTypes.ACCOUNT_BLOCKED:
        this.#handleEnd('locked', text);
        break;
      case messageTypes.LOGOUT_ANNOUNCEMENT:
        this.#handleEnd('logged-out', text);
        break;
      default:
        this.#handlePrivateMessage(type, text, args);
    }
  }

  #handleAnnouncement(text: string): void {
    const isWelcome = this.#phase !== 'in';
    this.#phase = 'in';
    this.#emit({ kind: isWelcome ? 'logged-in' : 'announcement', text });
  }

  #handleEnd(end: ServerEnd, text: string): void {
    this.#end = end;
    this.#emit({ kind: 'announcement', text });
  }

  #handlePrivateMessage(type: number, user: string, args: readonly unknown[]): void {
    switch (type) {
      case messageTypes.ASK_FOR_PRIVATE_CONNECTION:
        this.#takeQuestion(user);
        if (this.#questions.length >= limits.questionsMax) this.#questions.shift();
        this.#questions.push(user);
        this.#emit({ kind: 'private-asked', from: user });
        break;
      case messageTypes.SEND_REQUESTER_SOCKET_ADDRESS: {
        const other = introductionOf(args);
        if (other === undefined) break;
        this.#peers.expect(other);
        this.#introduceMyself(messageTypes.TELL_TARGET_TO_SET_UP_PRIVATE_SENDER, user);
        break;
      }
      case messageTypes.SET_UP_PRIVATE_SENDER: {
        const other = introductionOf(args);
        if (other === undefined) break;
        this.#peers.dial(other).catch((cause: unknown) => {
          this.#giveUp(user, `No connection to ${user}`, cause);
        });
        break;
      }
      case messageTypes.STOP_AND_DELETE_PRIVATE: {
        const isQuestion = this.#takeQuestion(user) !== undefined;
        const isLink = this.#peers.end(user);
        if (isQuestion || isLink) this.#emit({ kind: 'private-ended', with: user });
        this.#send(messageTypes.PRIVATE_STOPPED, user);
        break;
      }
      case messageTypes.STOPPED_PRIVATE_CONFIRM:
        this.#peers.end(user);
        this.#emit({
          kind: 'announcement',
          text: `The private connection with ${user} is ended on both sides.`,
        });
        break;
      default:
      // Of a newer server.
    }
  }

  #handleClosed(): void {
    this.#phase = 'gone';
    this.#questions.length = 0;
    this.#emit({ kind: 'server-gone', why: this.#end });
    if (this.#isLeaving) this.#finish();
    else this.#finishWhenAlone();
  }

  #finishWhenAlone(): void {
    if (!this.hasServer && this.#peers.size === 0) this.#finish();
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#peers.close();
    this.#emit({ kind: 'over', why: this.#end });
  }

  #send(type: ClientMessageType, content: unknown): void {
    if (this.hasServer) this.#stream.write(`${encodeMessage(type, content)}\n`);
  }

  #error(text: string): void {
    this.#emit({ kind: 'error', text });
  }

  #emit(event: MessengerEvent): void {
    this.#options.onEvent(event);
  }
}

const isSame = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

function introductionOf([name, host, port, key]: readonly unknown[]): Introduction | undefined {
  if (typeof name !== 'string' || typeof host !== 'string' || typeof port !== 'number') {
    return undefined;
  }
  return { name, host, port, key: typeof key === 'string' ? key : undefined };
}
