// Drives `enet.c`, which it compiles with the system's compiler against Debian's libenet-dev.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Peer, ReceiveReport } from './peer.ts';

const source = join(import.meta.dirname, 'enet.c');

export const enet: Peer = {
  name: 'enet',
  promise: 'reliable-ordered',

  missing() {
    if (!existsSync('/usr/include/enet/enet.h')) return 'install libenet-dev for it';
    return existsSync('/usr/bin/cc') ? undefined : 'install a C compiler for it';
  },

  async receive() {
    const program = compile();
    const child = spawn(program.path, ['receive'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const exited = once(child, 'exit');
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const port = Number((await lines.next()).value);
    return {
      address: port,
      async finish() {
        const report = JSON.parse(String((await lines.next()).value)) as ReceiveReport;
        await exited;
        program.remove();
        return report;
      },
    };
  },

  async send(address, bytes, durationMs) {
    const program = compile();
    const args = ['send', String(address), String(bytes), String(durationMs)];
    const output = execFileSync(program.path, args, { encoding: 'utf8' });
    program.remove();
    const { count, cpuUs, ...wire } = JSON.parse(output) as Record<string, number>;
    return { sent: count ?? 0, cpuUs: cpuUs ?? 0, wire };
  },
};

function compile(): { readonly path: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'paperclip-bench-'));
  const path = join(folder, 'enet');
  execFileSync('/usr/bin/cc', ['-O2', '-o', path, source, '-lenet']);
  return { path, remove: () => rmSync(folder, { recursive: true }) };
}
