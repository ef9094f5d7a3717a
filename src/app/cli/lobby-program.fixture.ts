// `paperclip lobby` as a script runs it: in this process or in one of its own, on pipes.

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { PassThrough, type Readable, type Writable } from 'node:stream';
import { runCli } from './run-cli.ts';

class Seen {
  text = '';
  #wakes = new Set<() => void>();

  constructor(from: Readable) {
    from.on('data', (chunk: Buffer) => {
      this.text += chunk.toString();
      for (const wake of this.#wakes) wake();
    });
  }

  /** Waits for it; gives what it matched. */
  async until(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.text);
      if (found !== null) return found;
      await new Promise<void>((done) => {
        this.#wakes.add(done);
      });
    }
  }
}

export class LobbyProgram {
  readonly out: Seen;
  readonly err: Seen;
  readonly code: Promise<number | null>;
  readonly interrupt: () => void;
  readonly #stdin: Writable;

  private constructor(
    streams: { readonly stdin: Writable; readonly stdout: Readable; readonly stderr: Readable },
    code: Promise<number | null>,
    interrupt: () => void,
  ) {
    this.#stdin = streams.stdin;
    this.out = new Seen(streams.stdout);
    this.err = new Seen(streams.stderr);
    this.code = code;
    this.interrupt = interrupt;
  }

  static here(args: readonly string[], env: Readonly<Record<string, string>> = {}): LobbyProgram {
    const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
    let interrupt = (): void => {};
    const code = runCli(['lobby', ...args], {
      ...{ env, stdin, stdout, stderr },
      onInterrupt: (listener) => {
        interrupt = listener;
        return () => undefined;
      },
    });
    return new LobbyProgram({ stdin, stdout, stderr }, code, () => interrupt());
  }

  static spawned(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): LobbyProgram {
    const child = spawn(
      process.execPath,
      [join(import.meta.dirname, 'main.ts'), 'lobby', ...args],
      { env: { ...process.env, ...env }, stdio: 'pipe' },
    );
    const code = new Promise<number | null>((done) => {
      child.on('close', done);
    });
    return new LobbyProgram(child, code, () => child.kill('SIGINT'));
  }

  types(...lines: readonly string[]): void {
    for (const line of lines) this.#stdin.write(`${line}\n`);
  }

  /** These are the last lines; gives the exit code. */
  ends(...lines: readonly string[]): Promise<number | null> {
    this.types(...lines);
    this.#stdin.end();
    return this.code;
  }

  /** With --json: what came, by its kind. */
  events(): readonly (Readonly<Record<string, unknown>> & { readonly event: string })[] {
    return this.out.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  }
}
