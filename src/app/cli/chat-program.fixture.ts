// `paperclip chat` as a script starts it: a program on pipes that goes on until its input ends, in
// this process.

import { PassThrough, Writable } from 'node:stream';
import { runCli } from './run-cli.ts';

export class Collected extends Writable {
  text = '';
  #looks = new Set<() => void>();

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    for (const look of this.#looks) look();
    done();
  }

  /** Resolves when that has been written. */
  async until(wanted: RegExp): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = (): void => {
      if (wanted.test(this.text)) resolve();
    };
    this.#looks.add(look);
    look();
    await promise;
    this.#looks.delete(look);
    return this.text;
  }
}

/** A program that goes on until its input ends. */
export function startChat(env: Readonly<Record<string, string>>, flags: readonly string[]) {
  const stdin = new PassThrough();
  const [out, err] = [new Collected(), new Collected()];
  let interrupt = (): void => undefined;
  const code = runCli(['chat', ...flags], {
    env,
    stdin,
    stdout: out,
    stderr: err,
    onInterrupt(listener) {
      interrupt = listener;
      return () => undefined;
    },
  });
  return {
    out,
    err,
    code,
    interrupt: () => interrupt(),
    type: (...lines: string[]) => void stdin.write(lines.map((line) => `${line}\n`).join('')),
    end(): Promise<number> {
      stdin.end();
      return code;
    },
  };
}
