// The host "UDP alone" of the capacity benchmark: drives `udp-echo.c`, which does the work in a
// process of its own, and reads that one's CPU time.

import { join } from 'node:path';
import { socketBufferBytes } from '../../src/driver/udp.ts';
import { type Program, startProgram } from '../harness/c-program.ts';
import { serve } from '../harness/calls.ts';
import type { HostCalls } from './calls.ts';

const source = join(import.meta.dirname, 'udp-echo.c');
let program: Program | undefined;
let expected = 0;

serve({
  async listen({ connectionsMax }) {
    expected = connectionsMax;
    program = startProgram(source, [String(socketBufferBytes)]);
    return { port: numberIn(await program.line()), trust: '' };
  },

  async use() {
    const cpuUs = numberIn(await program?.ask());
    // It knows no connections, so there are none to wait for.
    return { cpuUs, atMs: performance.now(), links: expected };
  },
} satisfies Omit<HostCalls, 'heapSnapshot'>);

function numberIn(line: string | undefined): number {
  if (line === undefined) throw new Error('the program in C has ended');
  return Number(line);
}
