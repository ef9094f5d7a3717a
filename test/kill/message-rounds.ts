// Direct messages to players who are away, from a server that is killed again and again: while they
// are sent, when all are sent, and while they are fetched. A send whose answer was lost is not
// repeated, so it may be there or not; all else is exact.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Random, seededRandom } from '../../src/base/prng.ts';
import { type Fetch, type HttpCaller, httpCaller } from '../../src/client/http-caller.ts';
import type { CommandArgs, CommandName, CommandResult } from '../../src/contract/commands.ts';
import type { Session } from '../../src/contract/schema.ts';
import { Inbox } from './inbox.ts';
import { ServerProcess } from './server-process.ts';

export interface MessageOptions {
  readonly senders: number;
  readonly receivers: number;
  /** Of each sender; more than the rate limit lets through in its window would be refused. */
  readonly messagesEach: number;
  /** Beside one while messages are sent and one when all are. */
  readonly killsWhileFetching: number;
  readonly seed: number;
}

export interface MessageRound {
  /** Sends that the server answered, and that it may have got or not. */
  readonly acknowledged: number;
  readonly unsure: number;
  readonly delivered: number;
  readonly kills: number;
}

/** Inboxes; more log-ins than the server's queue of hashes takes would be refused with BUSY. */
const fetchedAtOnce = 20;
const password = 'correct horse';

/** Throws at the first message that is lost, out of order, or there twice. */
export async function messageRounds(options: MessageOptions): Promise<MessageRound> {
  const folder = mkdtempSync(join(tmpdir(), 'paperclip-crash-'));
  const random = seededRandom('messages', options.seed);
  const server = await MortalServer.start(join(folder, 'crash.sqlite'), random);
  try {
    const round = new Round(options, random, server);
    await round.register();

    await round.send();

    await server.kill();
    await round.fetch();

    round.check();
    return { ...round.counts(), kills: server.kills };
  } catch (cause) {
    throw new Error(`seed ${options.seed}`, { cause });
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true });
  }
}

class Round {
  readonly #o: MessageOptions;
  readonly #random: Random;
  readonly #server: MortalServer;
  #senders: readonly Session[] = [];
  #inboxes: readonly Inbox[] = [];

  constructor(options: MessageOptions, random: Random, server: MortalServer) {
    this.#o = options;
    this.#random = random;
    this.#server = server;
  }

  /** Nobody stays connected: everybody is away. */
  async register(): Promise<void> {
    const numbers = (count: number) => Array.from({ length: count }, (_, at) => at);
    const call = this.#server.sure;
    this.#senders = await Promise.all(
      numbers(this.#o.senders).map(() => call('account.guest', {})),
    );
    const inboxes: Inbox[] = [];
    for (const at of numbers(this.#o.receivers)) {
      const name = `Receiver ${at}`;
      await call('account.register', { name, password });
      inboxes.push(new Inbox(name));
    }
    this.#inboxes = inboxes;
  }

  async send(): Promise<void> {
    const all = this.#o.senders * this.#o.messagesEach;
    this.#server.killAfter(1 + this.#random.below(all));
    const seeds = this.#senders.map(() => this.#random.uint32());
    await Promise.all(
      this.#senders.map(({ accessToken }, sender) => {
        return this.#sendAll(sender, accessToken, seededRandom('sender', seeds[sender] ?? 0));
      }),
    );
  }

  async #sendAll(sender: number, accessToken: string, random: Random): Promise<void> {
    for (let number = 0; number < this.#o.messagesEach; number++) {
      const inbox = random.pick(this.#inboxes);
      const text = `${sender} ${number}`;
      const args = { to: inbox.name, message: text };
      const answer = await this.#server.call('chat.send', args, accessToken);
      inbox.sent(text, answer?.id);
    }
  }

  async fetch(): Promise<void> {
    const { killsWhileFetching, receivers: answers } = this.#o;
    let nextKill = 0;
    // Of answers there are three at least for each receiver: log-in, messages, the empty inbox.
    this.#server.killAfter(1 + this.#random.below(answers), () =>
      ++nextKill < killsWhileFetching ? 1 + this.#random.below(answers) : undefined,
    );
    const waiting = [...this.#inboxes];
    const lane = async (): Promise<void> => {
      for (let inbox = waiting.pop(); inbox !== undefined; inbox = waiting.pop()) {
        await this.#fetchAll(inbox);
      }
    };
    await Promise.all(Array.from({ length: fetchedAtOnce }, lane));
  }

  async #fetchAll(inbox: Inbox): Promise<void> {
    const { accessToken } = await this.#server.sure('account.login', {
      name: inbox.name,
      password,
    });
    for (;;) {
      const limit = 20;
      const { messages } = await this.#server.sure('chat.inbox', { limit }, accessToken);
      const last = messages.at(-1);
      for (const { id, message = '' } of messages) inbox.got(id, message);
      if (last === undefined) return;
      const answer = await this.#server.call('chat.ack', { upTo: last.id }, accessToken);
      if (answer !== undefined) inbox.acknowledged(last.id);
    }
  }

  check(): void {
    for (const inbox of this.#inboxes) inbox.check();
    assert.ok(
      this.#server.kills === this.#o.killsWhileFetching + 2,
      `killed ${this.#server.kills} times only`,
    );
  }

  counts(): Omit<MessageRound, 'kills'> {
    const sum = (of: (inbox: Inbox) => number) =>
      this.#inboxes.reduce((total, inbox) => total + of(inbox), 0);
    return {
      acknowledged: sum(({ sureCount }) => sureCount),
      unsure: sum(({ unsureCount }) => unsureCount),
      delivered: sum(({ gotCount }) => gotCount),
    };
  }
}

/** A server that is killed after so many answers, and comes back on the same file. */
class MortalServer {
  kills = 0;
  readonly #file: string;
  readonly #random: Random;
  #process: ServerProcess;
  #http: HttpCaller;
  #restarted: Promise<void> = Promise.resolve();
  #answersLeft = Number.POSITIVE_INFINITY;
  #next: () => number | undefined = () => undefined;

  private constructor(file: string, random: Random, process: ServerProcess) {
    this.#file = file;
    this.#random = random;
    this.#process = process;
    this.#http = httpCaller(process.url, { fetch: this.#fetch });
  }

  static async start(file: string, random: Random): Promise<MortalServer> {
    return new MortalServer(file, random, await ServerProcess.start(file));
  }

  /** `next` gives the number of the kill after that. */
  killAfter(answers: number, next: () => number | undefined = () => undefined): void {
    this.#answersLeft = answers;
    this.#next = next;
  }

  /** Undefined when the server died before it answered. Any other failure rejects. */
  async call<Name extends CommandName>(
    name: Name,
    args: CommandArgs<Name>,
    accessToken?: string,
  ): Promise<CommandResult<Name> | undefined> {
    await this.#restarted;
    const life = this.kills;
    try {
      const answer = await this.#http.call(name, args, accessToken);
      if (this.kills === life && --this.#answersLeft === 0) {
        this.#answersLeft = this.#next() ?? Number.POSITIVE_INFINITY;
        void this.kill().catch(() => undefined);
      }
      return answer;
    } catch (error) {
      if (this.kills === life) throw error;
      return undefined;
    }
  }

  /** Asks until there is an answer; for what may happen twice. */
  readonly sure = async <Name extends CommandName>(
    name: Name,
    args: CommandArgs<Name>,
    accessToken?: string,
  ): Promise<CommandResult<Name>> => {
    for (;;) {
      const answer = await this.call(name, args, accessToken);
      if (answer !== undefined) return answer;
    }
  };

  /** Resolves when there is a server again. */
  kill(): Promise<void> {
    this.kills++;
    // One after the other: the last answers may ask for a kill just before the round does.
    this.#restarted = this.#restarted.then(async () => {
      await this.#process.kill();
      this.#process = await ServerProcess.start(this.#file);
      this.#http = httpCaller(this.#process.url, { fetch: this.#fetch });
    });
    return this.#restarted;
  }

  async stop(): Promise<void> {
    await this.#restarted.catch(() => undefined);
    await this.#process.kill();
  }

  /** Every call from an address of its own: the limits per address are not what is tested. */
  readonly #fetch: Fetch = (url, init) => {
    const bits = this.#random.uint32();
    const address = `10.${bits >>> 24}.${(bits >>> 16) & 255}.${bits & 255}`;
    const headers = { ...init.headers, 'x-forwarded-for': address };
    return fetch(url, { ...init, headers } as RequestInit);
  };
}
