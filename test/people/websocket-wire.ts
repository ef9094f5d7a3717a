// A session on a plain WebSocket, as a browser has it: commands and events as they are.

import type { CommandArgs, CommandName, CommandResult } from '../../src/contract/commands.ts';
import { type ErrorBody, PaperclipError } from '../../src/contract/errors.ts';
import type { PlatformEvent } from '../../src/contract/events.ts';
import { actByCommands, observation } from './by-commands.ts';
import type { Action } from './history.ts';
import type { RealSession, Visitor } from './real-session.ts';

/** Boundary: what the server sends, which its own tests hold to the contract. */
type Incoming =
  | (PlatformEvent & { readonly id?: undefined })
  | { readonly id: number; readonly result?: never; readonly error?: ErrorBody };

export class WebSocketSession implements RealSession {
  readonly #socket: WebSocket;
  readonly #visitor: Visitor;
  readonly #asked = new Map<number, PromiseWithResolvers<never>>();
  readonly #closed: Promise<void>;
  #lastId = 0;
  #news: string[] = [];

  private constructor(socket: WebSocket, visitor: Visitor) {
    this.#socket = socket;
    this.#visitor = visitor;
    socket.addEventListener('message', ({ data }) => this.#handle(JSON.parse(String(data))));
    this.#closed = new Promise((done) => {
      socket.addEventListener('close', ({ code, reason }) => {
        const error = new Error(`the WebSocket was closed: ${code} ${reason}`);
        for (const { reject } of this.#asked.values()) reject(error);
        done();
      });
    });
  }

  static async logIn(url: string, visitor: Visitor): Promise<WebSocketSession> {
    const { name, password } = visitor;
    const { accessToken } = await visitor.overHttp('account.login', { name, password });
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/v1/ws`);
    const session = new WebSocketSession(socket, visitor);
    await new Promise<void>((done, fail) => {
      socket.addEventListener('open', () => done());
      socket.addEventListener('error', () => fail(new Error(`no WebSocket at ${url}`)));
    });
    await session.#ask({ auth: accessToken });
    return session;
  }

  act(action: Action): Promise<readonly string[] | string> {
    const { names, game } = this.#visitor;
    return actByCommands({ call: this.#call, names, game }, action);
  }

  seen(): readonly string[] {
    return this.#news.splice(0);
  }

  async mark(): Promise<void> {
    await this.#call('account.me', {});
  }

  async logOut(): Promise<void> {
    await this.#call('account.logout', {});
    // The server closes it behind the answer, and by then it has told the others.
    await this.#closed;
  }

  destroy(): void {
    this.#socket.close();
  }

  readonly #call = <Name extends CommandName>(
    command: Name,
    args: CommandArgs<Name>,
  ): Promise<CommandResult<Name>> => this.#ask({ command, args });

  #ask(message: object): Promise<never> {
    const id = ++this.#lastId;
    const asked = Promise.withResolvers<never>();
    this.#asked.set(id, asked);
    this.#socket.send(JSON.stringify({ id, ...message }));
    return asked.promise;
  }

  #handle(message: Incoming): void {
    if (message.id === undefined) {
      this.#news.push(...[observation(message) ?? []].flat());
      return;
    }
    const asked = this.#asked.get(message.id);
    this.#asked.delete(message.id);
    if (message.error !== undefined) asked?.reject(PaperclipError.from(message.error));
    // Boundary: the answer to a command is its result.
    else asked?.resolve(message.result as never);
  }
}
