// Parts of a benchmark in processes of their own, so that each one's CPU time, memory and stalls
// are its own. The parent calls functions of the child by name over Node's IPC channel; a child
// ends when its parent does.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What a child script offers: functions of one plain value, which answer with a plain value. */
export type Calls = Readonly<Record<string, (input: never) => unknown>>;

interface Question {
  readonly id: number;
  readonly name: string;
  readonly input: unknown;
}

interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

export interface StartOptions {
  /** A network namespace to run in. */
  readonly namespace?: string | undefined;
  /** Options for Node itself. */
  readonly nodeOptions?: readonly string[];
}

/** For the child script: answer the parent's calls, and end with it. */
export function serve(calls: Calls): void {
  process.on('message', ({ id, name, input }: Question) => {
    const answer = (rest: Omit<Answer, 'id'>) => process.send?.({ id, ...rest } satisfies Answer);
    // Boundary: the parent's `call` was checked against the type of this very object.
    const call = calls[name] as ((input: unknown) => unknown) | undefined;
    void (async () => {
      try {
        if (call === undefined) throw new Error(`there is no call ${name}`);
        answer({ value: await call(input) });
      } catch (error) {
        answer({ error: error instanceof Error ? (error.stack ?? error.message) : `${error}` });
      }
    })();
  });
  process.once('disconnect', () => process.exit());
}

export class Child<C extends Calls> {
  readonly #process: ChildProcess;
  readonly #open = new Map<number, (answer: Answer) => void>();
  #nextId = 1;

  constructor(script: URL, { namespace, nodeOptions = [] }: StartOptions = {}) {
    const node = [process.execPath, ...nodeOptions, fileURLToPath(script)];
    const [command = '', ...args] =
      namespace === undefined ? node : ['ip', 'netns', 'exec', namespace, ...node];
    this.#process = spawn(command, args, {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      serialization: 'advanced',
    });
    this.#process.on('message', (answer: Answer) => {
      this.#open.get(answer.id)?.(answer);
      this.#open.delete(answer.id);
    });
    this.#process.once('exit', (code, signal) => {
      const error = `the process ${script.pathname} ended early (${signal ?? code})`;
      for (const [id, settle] of this.#open) settle({ id, error });
    });
  }

  call<Name extends keyof C & string>(
    name: Name,
    input: Parameters<C[Name]>[0],
  ): Promise<Awaited<ReturnType<C[Name]>>> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#open.set(id, ({ value, error }) => {
        if (error !== undefined) reject(new Error(error));
        // Boundary: `serve` answers with what the function of this name returned.
        else resolve(value as Awaited<ReturnType<C[Name]>>);
      });
      this.#process.send({ id, name, input } satisfies Question);
    });
  }

  async end(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exited = once(this.#process, 'exit');
    this.#process.disconnect();
    await exited;
  }
}
