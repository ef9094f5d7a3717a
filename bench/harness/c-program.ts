// The C peers: compiled with the system's compiler against Debian's libenet-dev when they are
// needed, into a folder that goes with the process. Each speaks through its output alone.

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
  return existsSync(compiler) ? undefined : 'install a C compiler for it';
}

export interface Program {
  /** The next line of its output; undefined when it has ended. */
  line(): Promise<string | undefined>;
  ended(): Promise<void>;
}

/** Compiles `source`, which uses ENet, and starts it. It is ended with this process. */
export function startEnetProgram(source: string, args: readonly string[]): Program {
  const folder = mkdtempSync(join(tmpdir(), 'paperclip-bench-'));
  const path = join(folder, 'peer');
  execFileSync(compiler, ['-O2', '-Wall', '-o', path, source, '-lenet', '-lm']);
  const child = spawn(path, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit').then(() => rmSync(folder, { recursive: true, force: true }));
  process.once('exit', () => {
    child.kill();
    rmSync(folder, { recursive: true, force: true });
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    async line() {
      const next = await lines.next();
      return next.done === true ? undefined : next.value;
    },
    ended: () => exited,
  };
}
