// The programs in C: compiled with the system's compiler when they are needed, into a folder that
// goes with the process. Those that use ENet are compiled against Debian's libenet-dev. Each speaks
// through its output, in lines; one that asks its input for lines is answered by `ask`.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const compiler = '/usr/bin/cc';

/** Why ENet cannot run here; undefined: it can. */
export function enetMissing(): string | undefined {
  if (!existsSync('/usr/include/enet/enet.h')) return 'install libenet-dev for it';
  return compilerMissing();
}

/** Why nothing in C can run here; undefined: it can. */
export function compilerMissing(): string | undefined {
  return existsSync(compiler) ? undefined : 'install a C compiler for it';
}

export interface Program {
  /** The next line of its output; undefined when it has ended. */
  line(): Promise<string | undefined>;
  /** Its next line, after it was given an empty one. */
  ask(): Promise<string | undefined>;
  ended(): Promise<void>;
}

/** Compiles `source`, which uses ENet, and starts it. It is ended with this process. */
export const startEnetProgram = (source: string, args: readonly string[]): Program =>
  startProgram(source, args, ['-lenet', '-lm']);

/** The same for a source that is linked with these libraries, and with C's own. */
export function startProgram(
  source: string,
  args: readonly string[],
  libraries: readonly string[] = [],
): Program {
  const folder = mkdtempSync(join(tmpdir(), 'paperclip-bench-'));
  const path = join(folder, 'peer');
  execFileSync(compiler, ['-O2', '-Wall', '-o', path, source, ...libraries]);
  const child = spawn(path, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(child, 'exit').then(() => rmSync(folder, { recursive: true, force: true }));
  process.once('exit', () => {
    child.kill();
    rmSync(folder, { recursive: true, force: true });
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const line = async () => {
    const next = await lines.next();
    return next.done === true ? undefined : next.value;
  };
  return {
    line,
    ask() {
      child.stdin.write('\n');
      return line();
    },
    ended: () => exited,
  };
}
