// The servers of the capacity benchmark, each with its load generator: Paperclip, what stands below
// it, and what stands beside it.

import { existsSync } from 'node:fs';
import { compilerMissing } from '../harness/c-program.ts';
import { serverNames } from './result.ts';

export interface Server {
  readonly name: string;
  readonly host: URL;
  readonly load: URL;
  readonly overTls?: boolean;
  /** Why it cannot run here; undefined: it can. */
  readonly missing?: string | undefined;
}

const floorLoad = new URL('./floor-load-process.ts', import.meta.url);
const colyseus = {
  host: new URL('../colyseus/server-process.js', import.meta.url),
  load: new URL('../colyseus/load-process.js', import.meta.url),
  missing: existsSync(new URL('../colyseus/node_modules/', import.meta.url))
    ? undefined
    : 'npm ci --prefix bench/colyseus',
};

export const servers: readonly Server[] = [
  {
    name: serverNames.paperclip,
    host: new URL('./host-process.ts', import.meta.url),
    load: new URL('./load-process.ts', import.meta.url),
  },
  {
    name: serverNames.udp,
    host: new URL('./udp-host-process.ts', import.meta.url),
    load: floorLoad,
    missing:
      process.platform === 'linux' ? compilerMissing() : 'its system calls are those of Linux',
  },
  {
    name: serverNames.cipher,
    host: new URL('./cipher-host-process.ts', import.meta.url),
    load: floorLoad,
  },
  { name: serverNames.colyseus, ...colyseus },
  { name: serverNames.colyseusTls, ...colyseus, overTls: true },
];
