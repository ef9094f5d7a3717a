// A session of the messenger protocol. What it cannot say (friends, lobbies, the room's list) its
// player says over HTTP; what it is told is put into the model's words, and what it should not be
// told stays as it came, so that no model expects it.

import { type MessageType, messageTypes as types } from '../../src/codec/messenger/messages.ts';
import { actByCommands } from './by-commands.ts';
import type { Action } from './history.ts';
import { LineTalk } from './line-talk.ts';
import type { RealSession, Visitor } from './real-session.ts';

interface Incoming {
  readonly type: number;
  /** Boundary: what the server sends. */
  readonly content: never;
}

/** Refused with a sentence that nothing else gives, without asking anybody. */
const marker = { type: types.ARGUMENT_ERROR, content: 'logout', answer: 'Usage: logout' } as const;

/** What the user reads, as the platform calls it. */
const sentences: readonly (readonly [pattern: RegExp, answer: string])[] = [
  [/^Your message could not reach some recipients\.$/, 'said, not to all'],
  [/^\w+ is offline and gets this at the next log-in\.$/, 'kept'],
  [/^You have (un)?blocked \w+\.$/, 'done'],
  [/^\w+ has blocked you\.$/, 'BLOCKED'],
  [/^You have blocked \w+ already\.$/, 'BLOCKED_ALREADY'],
  [/^You have not blocked \w+\.$/, 'NOT_BLOCKED'],
  [/^You cannot (send a message to|block|unblock) yourself\.$/, 'TO_YOURSELF'],
];

export class MessengerSession implements RealSession {
  readonly #talk: LineTalk;
  readonly #visitor: Visitor;
  #news: string[] = [];

  private constructor(talk: LineTalk, visitor: Visitor) {
    this.#talk = talk;
    this.#visitor = visitor;
  }

  static async logIn(port: number, visitor: Visitor): Promise<MessengerSession> {
    const talk = await LineTalk.open(port);
    const session = new MessengerSession(talk, visitor);
    const { name, password } = visitor;
    session.#say(types.LOGIN_USERNAME, name);
    await talk.until((line) => read(line).type === types.REQUEST_NEED_PASSWORD);
    session.#say(types.LOGIN_PASSWORD, password);
    const [welcome = ''] = await talk.until(() => true);
    if (!String(read(welcome).content).startsWith(`Welcome, ${name}.`)) throw new Error(welcome);
    // The inbox and the room are behind the welcome.
    await session.mark();
    return session;
  }

  async act(action: Action): Promise<readonly string[] | string> {
    const { names, game, overHttp } = this.#visitor;
    const whom = 'whom' in action ? names[action.whom] : undefined;
    switch (action.do) {
      case 'say':
        return this.#ask(types.BROADCAST, action.text, 'said');
      case 'send':
        return this.#ask(types.MESSAGE, [whom, action.text], 'delivered');
      case 'list-online':
        return this.#ask(types.WHOELSE, undefined);
      case 'list-since':
        return this.#ask(types.WHOELSESINCE, 3600);
      case 'block':
        return this.#ask(types.BLOCK, whom);
      case 'unblock':
        return this.#ask(types.UNBLOCK, whom);
      default:
        return actByCommands({ call: overHttp, names, game }, action);
    }
  }

  seen(): readonly string[] {
    return this.#news.splice(0);
  }

  async mark(): Promise<void> {
    this.#news.push(...(await this.#untilMarker()).map((line) => this.#observation(line)));
  }

  async logOut(): Promise<void> {
    this.#say(types.LOGOUT, undefined);
    await this.#talk.closed;
  }

  destroy(): void {
    this.#talk.destroy();
  }

  #say(type: MessageType, content: unknown): void {
    this.#talk.say(JSON.stringify({ type, content }));
  }

  /** `silence` is what it means when nothing is answered. */
  async #ask(
    type: MessageType,
    content: unknown,
    silence = 'no answer',
  ): Promise<readonly string[] | string> {
    this.#say(type, content);
    let answer: readonly string[] | string = silence;
    for (const line of await this.#untilMarker()) {
      const one = this.#answer(line);
      if (one === undefined) this.#news.push(this.#observation(line));
      else answer = one;
    }
    return answer;
  }

  async #untilMarker(): Promise<readonly string[]> {
    this.#say(marker.type, marker.content);
    const lines = await this.#talk.until((line) => read(line).content === marker.answer);
    return lines.slice(0, -1);
  }

  #answer(line: string): readonly string[] | string | undefined {
    const { type, content } = read(line);
    if (type === types.WHOELSE || type === types.WHOELSESINCE) return this.#known(content);
    if (type !== types.ANNOUNCEMENT && type !== types.ERROR) return undefined;
    return sentences.find(([pattern]) => pattern.test(content))?.[1];
  }

  #known(players: readonly string[]): readonly string[] {
    return players.filter((name) => this.#visitor.names.includes(name));
  }

  #observation(line: string): string {
    const { type, content } = read(line);
    const [from, text]: readonly string[] = Array.isArray(content) ? content : [];
    if (type === types.MESSAGE) return `${from} to ${this.#visitor.name}: ${text}`;
    if (type === types.BROADCAST) return `${from} says ${text}`;
    if (type !== types.ANNOUNCEMENT) return line;
    const [, who, how] = /^(\w+) has logged (in|out)\.$/.exec(content) ?? [];
    return who === undefined ? line : `${who} ${how === 'in' ? 'enters' : 'leaves'}`;
  }
}

const read = (line: string): Incoming => JSON.parse(line);
