// What the messenger's user types: on a terminal an input line that stays while messages arrive
// above it, otherwise the lines of stdin, one for each question and then one for each command.

import { createInterface, type Interface } from 'node:readline';
import type { CliHost } from './command.ts';
import type { Interrupts } from './interrupt.ts';
import { Prompts } from './prompts.ts';
import type { Terminal } from './terminal.ts';

export interface MessengerInput {
  /** Undefined: nobody answers any more. */
  ask(question: 'name' | 'password' | 'new password'): Promise<string | undefined>;
  /** From now on every line is a command; `onEnd` when there are no more. */
  readCommands(prompt: string, onLine: (line: string) => void, onEnd: () => void): void;
  /** Prints something without disturbing what is being typed. */
  print(text: string): void;
  close(): void;
}

export function openMessengerInput(
  host: CliHost,
  terminal: Terminal,
  interrupts: Interrupts,
): MessengerInput {
  return terminal.interactive
    ? new TerminalInput(host, terminal, interrupts)
    : new PipedInput(host, terminal);
}

class TerminalInput implements MessengerInput {
  readonly #host: CliHost;
  readonly #terminal: Terminal;
  readonly #interrupts: Interrupts;
  #line: Interface | undefined;

  constructor(host: CliHost, terminal: Terminal, interrupts: Interrupts) {
    this.#host = host;
    this.#terminal = terminal;
    this.#interrupts = interrupts;
  }

  async ask(question: 'name' | 'password' | 'new password'): Promise<string | undefined> {
    const prompts = new Prompts(this.#host);
    const check = (text: string) => (text === '' ? 'Type something.' : undefined);
    if (question === 'name') return prompts.text('Name', check);
    if (question === 'password') return prompts.password('Password', check);
    const password = await prompts.password('A password for the new account', check);
    await prompts.password('The same again', (text) =>
      text === password ? undefined : 'That is not the same.',
    );
    return password;
  }

  readCommands(prompt: string, onLine: (line: string) => void, onEnd: () => void): void {
    const { stdin, stdout } = this.#host;
    const line = createInterface({ input: stdin, output: stdout, terminal: true, prompt });
    this.#line = line;
    line.on('line', (text) => {
      onLine(text);
      line.prompt();
    });
    line.on('SIGINT', () => this.#interrupts.press());
    line.on('close', onEnd);
    line.prompt();
  }

  print(text: string): void {
    // Back to the first column and the row erased, then the input line again below.
    if (this.#line !== undefined) this.#terminal.control('\r\x1b[K');
    this.#terminal.line(text);
    this.#line?.prompt(true);
  }

  close(): void {
    const line = this.#line;
    this.#line = undefined;
    line?.removeAllListeners('close');
    line?.close();
    if (line !== undefined) this.#terminal.control('\r\x1b[K');
    this.#host.stdin.pause();
  }
}

/** Lines of stdin that wait for a question; past it, stdin is held back. */
const waitingLinesMax = 1_000;

class PipedInput implements MessengerInput {
  readonly #terminal: Terminal;
  readonly #lines: Interface;
  readonly #waiting: string[] = [];
  #onLine: ((line: string) => void) | undefined;
  #onEnd = (): void => {};
  #isEnded = false;

  constructor({ stdin }: CliHost, terminal: Terminal) {
    this.#terminal = terminal;
    this.#lines = createInterface({ input: stdin, terminal: false });
    this.#lines.on('line', (line) => {
      if (this.#onLine === undefined) this.#hold(line);
      else this.#onLine(line);
    });
    this.#lines.on('close', () => {
      this.#isEnded = true;
      this.#onEnd();
    });
  }

  ask(): Promise<string | undefined> {
    const first = this.#waiting.shift();
    if (first !== undefined || this.#isEnded) return Promise.resolve(first);
    this.#lines.resume();
    return new Promise((done) => {
      this.#onLine = (line) => {
        this.#onLine = undefined;
        done(line);
      };
      this.#onEnd = () => done(undefined);
    });
  }

  readCommands(_prompt: string, onLine: (line: string) => void, onEnd: () => void): void {
    for (const line of this.#waiting.splice(0)) onLine(line);
    this.#onLine = onLine;
    this.#onEnd = onEnd;
    if (this.#isEnded) onEnd();
    else this.#lines.resume();
  }

  print(text: string): void {
    this.#terminal.line(text);
  }

  close(): void {
    this.#onEnd = () => {};
    this.#lines.close();
  }

  /** A chunk of stdin has many lines; they wait for who asks. */
  #hold(line: string): void {
    this.#waiting.push(line);
    if (this.#waiting.length >= waitingLinesMax) this.#lines.pause();
  }
}
