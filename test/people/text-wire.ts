// A session of the text protocol. What it cannot say (blocks, friends, lobbies) its player says
// over HTTP; what it is told is put into the model's words, and what it should not be told stays as
// it came, so that no model expects it.

import { textCodes } from '../../src/gateway/text/text-codes.ts';
import { actByCommands } from './by-commands.ts';
import type { Action } from './history.ts';
import { LineTalk } from './line-talk.ts';
import type { RealSession, Visitor } from './real-session.ts';

interface Line {
  readonly header: string;
  /** Boundary: what the server sends. */
  readonly body: Readonly<Record<string, never>>;
}

/** The codes that a history can meet, as the platform calls them. */
const refusals = new Map<number, string>([
  [textCodes.noSuchPlayer, 'BLOCKED'],
  [textCodes.toYourself, 'TO_YOURSELF'],
]);

export class TextSession implements RealSession {
  readonly #talk: LineTalk;
  readonly #visitor: Visitor;
  #news: string[] = [];

  private constructor(talk: LineTalk, visitor: Visitor) {
    this.#talk = talk;
    this.#visitor = visitor;
  }

  static async logIn(port: number, visitor: Visitor): Promise<TextSession> {
    const talk = await LineTalk.open(port, (line, mine) => {
      if (line !== 'PING') return false;
      mine.say('PONG');
      return true;
    });
    const session = new TextSession(talk, visitor);
    const welcome = await talk.until((line) => line.startsWith('WELCOME '));
    if (welcome.length > 1) throw new Error(`before the welcome: ${welcome}`);
    const { name: username, password } = visitor;
    const answer = await session.#ask('LOGIN_REQ', { username, password }, 'LOGIN_RESP');
    if (answer['status'] !== 'OK') throw new Error(`no log-in: ${JSON.stringify(answer)}`);
    return session;
  }

  async act(action: Action): Promise<readonly string[] | string> {
    const { names, game, overHttp } = this.#visitor;
    switch (action.do) {
      case 'list-room': {
        const { users } = await this.#ask('LIST_USERS_REQ', undefined, 'LIST_USERS_RESP');
        return users ?? [];
      }
      case 'say': {
        const body = { message: action.text };
        return outcome(await this.#ask('BROADCAST_REQ', body, 'BROADCAST_RESP'), 'said');
      }
      case 'send': {
        const body = { receiver: names[action.whom], message: action.text };
        const answer = await this.#ask('PRIVATE_MESSAGE_REQ', body, 'PRIVATE_MESSAGE_RESP');
        return outcome(answer, 'sent');
      }
      default:
        return actByCommands({ call: overHttp, names, game }, action);
    }
  }

  seen(): readonly string[] {
    return this.#news.splice(0);
  }

  /** A second log-in is refused without asking anybody, as often as one likes. */
  async mark(): Promise<void> {
    const { name: username } = this.#visitor;
    const answer = await this.#ask('LOGIN_REQ', { username }, 'LOGIN_RESP');
    if (answer['code'] !== textCodes.loggedInAlready) throw new Error(JSON.stringify(answer));
  }

  async logOut(): Promise<void> {
    await this.#ask('BYE', undefined, 'BYE_RESP');
    await this.#talk.closed;
  }

  destroy(): void {
    this.#talk.destroy();
  }

  async #ask(header: string, body: object | undefined, answer: string): Promise<Line['body']> {
    const { name } = this.#visitor;
    this.#talk.say(body === undefined ? header : `${header} ${JSON.stringify(body)}`);
    const lines = await this.#talk.until((line) => line.startsWith(`${answer} `));
    const last = lines.at(-1) ?? '';
    for (const line of lines.slice(0, -1)) this.#news.push(observation(line, name));
    return lineOf(last).body;
  }
}

function outcome(answer: Line['body'], done: string): string {
  if (answer['status'] === 'OK') return done;
  return refusals.get(Number(answer['code'])) ?? JSON.stringify(answer);
}

function lineOf(line: string): Line {
  const space = line.indexOf(' ');
  if (space < 0) return { header: line, body: {} };
  return { header: line.slice(0, space), body: JSON.parse(line.slice(space + 1)) };
}

function observation(line: string, me: string): string {
  const { header, body } = lineOf(line);
  switch (header) {
    case 'JOINED':
      return `${body['username']} enters`;
    case 'LEFT':
      return `${body['username']} leaves`;
    case 'BROADCAST':
      return `${body['username']} says ${body['message']}`;
    case 'PRIVATE_MESSAGE':
      return `${body['sender']} to ${me}: ${body['message']}`;
    default:
      return line;
  }
}
