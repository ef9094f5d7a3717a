// `paperclip lobby`: a client of the lobby protocol in a terminal or a pipe. What is said and known
// is `client/lobby/`; here it is asked for, shown, and typed by hand where a game's program would
// speak.

import { connectLobby } from '../../client/lobby/connect-lobby.ts';
import type { LobbyClient, LobbyCredentials } from '../../client/lobby/lobby-client.ts';
import { endText, type LobbyEvent } from '../../client/lobby/lobby-events.ts';
import type { LobbyPlayer } from '../../client/lobby/lobby-messages.ts';
import { type CommandContext, type ExitCode, exitCodes } from './command.ts';
import { Interrupted, type Interrupts, watchInterrupts } from './interrupt.ts';
import { type LineInput, lineInput } from './line-input.ts';
import { askedAccount, prepareAccount } from './lobby-account.ts';
import { lobbyAddress, unreachable } from './lobby-address.ts';
import { eventFields, lobbyLines } from './lobby-lines.ts';
import { runLobbyInput, type WaitWish } from './lobby-typed.ts';
import { LobbyWaits } from './lobby-waits.ts';
import { UsageError } from './usage.ts';

/** For the server to say that it has read all, before a pipe's end closes the connection. */
const answersWithinMs = 5_000;
/** Typed lines that wait for a `wait`; past it, no more are read. */
const waitingLinesMax = 1_000;

export async function lobbyCommand(context: CommandContext): Promise<ExitCode> {
  const { host } = context;
  const address = await lobbyAddress(context);
  const interrupts = watchInterrupts(host);
  const visit = new LobbyVisit(context, interrupts);
  try {
    const credentials = await visit.credentials();
    if ('login' in credentials) await prepareAccount(context, credentials);
    const { signal } = interrupts;
    const onEvent = (event: LobbyEvent): void => visit.handle(event);
    const connecting = connectLobby(address, { onEvent, signal });
    const client = await connecting.catch((cause: unknown) => {
      signal.throwIfAborted();
      throw unreachable(address, cause);
    });
    signal.addEventListener('abort', () => client.close());
    const code = await Promise.race([visit.run(client, credentials), interrupts.atOnce]);
    if (signal.aborted) throw new Interrupted();
    return code;
  } finally {
    visit.close();
    interrupts.stop();
  }
}

/** One connection, from the log-in to the end, and who types. */
class LobbyVisit {
  readonly #context: CommandContext;
  readonly #interrupts: Interrupts;
  readonly #waits = new LobbyWaits();
  readonly #closed = Promise.withResolvers<void>();
  readonly #lines: string[] = [];
  #client: LobbyClient | undefined;
  #input: LineInput | undefined;
  #hasInputEnded = false;
  #isIn = false;
  #isLeaving = false;
  #wake = (): void => {};

  constructor(context: CommandContext, interrupts: Interrupts) {
    this.#context = context;
    this.#interrupts = interrupts;
    interrupts.signal.addEventListener('abort', () => {
      this.#hasInputEnded = true;
      this.#wake();
    });
  }

  /** From the flags, the environment, questions, or the first line of a pipe. */
  async credentials(): Promise<LobbyCredentials> {
    const { typed, terminal, host } = this.#context;
    if (typed.isSet('token')) {
      const token = host.env['PAPERCLIP_TOKEN'] || undefined;
      if (token === undefined) throw new UsageError('--token needs a token in PAPERCLIP_TOKEN.');
      return { token };
    }
    if (terminal.interactive) return askedAccount(this.#context);
    const login = typed.text('user');
    if (login === undefined) throw new UsageError('Without a terminal it needs --user NAME.');
    const known = host.env['PAPERCLIP_PASSWORD'] || undefined;
    if (known !== undefined) return { login, password: known };
    this.#read();
    const password = await this.#nextLine();
    this.#interrupts.signal.throwIfAborted();
    if (password === undefined) {
      throw new UsageError('It needs a password: in PAPERCLIP_PASSWORD, or as the first line.');
    }
    return { login, password };
  }

  async run(client: LobbyClient, credentials: LobbyCredentials): Promise<ExitCode> {
    const { terminal } = this.#context;
    this.#client = client;
    const outcome = await client.logIn(credentials);
    if (!outcome.ok) {
      terminal.problem(`${outcome.error.replace(/\.$/, '')}.`);
      if (client.isOpen) terminal.problem(firstTime);
      client.close();
      return exitCodes.failed;
    }
    this.#read();
    const isDone = await Promise.race([this.#obey(client), this.#closed.promise]);
    if (isDone !== undefined) await this.#leave(client);
    return isDone === true ? exitCodes.ok : exitCodes.failed;
  }

  handle(event: LobbyEvent): void {
    const { terminal } = this.#context;
    terminal.event(event.kind, eventFields(event));
    const isIn = this.#isIn;
    for (const line of lobbyLines(event, { terminal, isIn })) this.#show(line);
    this.#waits.handle(event);
    if (event.kind === 'ready') this.#greet(event.me);
    if (event.kind !== 'closed') return;
    if (!this.#isLeaving && isIn) terminal.problem(`${endText(event.end)}.`);
    this.#closed.resolve();
  }

  close(): void {
    this.#waits.close();
    this.#client?.close();
    this.#input?.close();
    this.#context.host.stdin.pause();
  }

  #greet({ login }: LobbyPlayer): void {
    this.#isIn = true;
    const { players, games } = this.#client?.view ?? {};
    this.#show(`${login}, you are logged in; \`help\` shows what you can do.`);
    this.#show(`${count(players?.size ?? 0, 'player')} here, ${count(games?.size ?? 0, 'game')}.`);
  }

  /** Line by line until there are no more. False: something that was waited for did not come. */
  async #obey(client: LobbyClient): Promise<boolean> {
    for (;;) {
      const line = await this.#nextLine();
      if (line === undefined) return true;
      const wish = runLobbyInput(
        { client, terminal: this.#context.terminal, show: (text) => this.#show(text) },
        line,
      );
      if (wish === 'leave') return true;
      if (wish !== undefined && !(await this.#wait(wish))) return false;
    }
  }

  async #wait({ name, withinMs }: WaitWish): Promise<boolean> {
    const { terminal } = this.#context;
    if (await this.#waits.until(name, withinMs)) return true;
    terminal.problem(`${name} did not come within ${withinMs / 1000} s.`);
    // Who types can do something else.
    return terminal.interactive;
  }

  /** What was said is read and answered before the connection closes. */
  async #leave(client: LobbyClient): Promise<void> {
    this.#isLeaving = true;
    client.ping();
    await Promise.race([this.#waits.until('pong', answersWithinMs), this.#closed.promise]);
    client.close();
    await this.#closed.promise;
  }

  #read(): void {
    const { terminal, host } = this.#context;
    this.#input ??= lineInput({
      ...{ terminal, host, interrupts: this.#interrupts },
      onLine: (line) => {
        this.#lines.push(line);
        if (this.#lines.length >= waitingLinesMax) this.#input?.hold(true);
        this.#wake();
      },
      onEnd: () => {
        this.#hasInputEnded = true;
        this.#wake();
      },
    });
  }

  async #nextLine(): Promise<string | undefined> {
    while (this.#lines.length === 0 && !this.#hasInputEnded) {
      await new Promise<void>((done) => {
        this.#wake = done;
      });
    }
    const line = this.#lines.shift();
    if (this.#lines.length === 0 && !this.#hasInputEnded) this.#input?.hold(false);
    return line;
  }

  #show(text: string): void {
    if (this.#input === undefined) this.#context.terminal.line(text);
    else this.#input.show(text);
  }
}

const firstTime =
  'An account of this server allows such log-ins once it is told to: try again with --enable, or ' +
  'with --register for a new one.';

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;
