// Passwords as Argon2id hashes (`argon2.ts`), in Node's thread pool. Each takes much memory on
// purpose, so few run at once and few wait; who comes beyond that is turned away at once.

import { type Argon2, argon2CostOf, nodeArgon2, sodiumArgon2 } from './argon2.ts';
import { loadSodium } from './sodium.ts';
import { WorkQueue } from './work-queue.ts';

export interface PasswordHasherOptions {
  /** Each takes `memoryBytes` and a core. */
  readonly atOnce: number;
  readonly queuedMax: number;
  /** Passes over the memory; libsodium's interactive preset is the default. */
  readonly passes?: number;
  readonly memoryBytes?: number;
  /** Default: libsodium where it loads, else node:crypto. */
  readonly argon2?: Argon2;
}

const interactivePasses = 2;
const interactiveMemoryBytes = 64 * 1024 * 1024;

export interface Argon2PasswordHasher {
  /** A PHC string, which holds salt and parameters. */
  hash(password: string): Promise<string>;
  verify(phc: string, password: string): Promise<boolean>;
  needsRehash(phc: string): boolean;
}

/** Throws where this machine has no Argon2id. */
export function createPasswordHasher(options: PasswordHasherOptions): Argon2PasswordHasher {
  const { passes = interactivePasses, memoryBytes = interactiveMemoryBytes } = options;
  const { argon2 = defaultArgon2() } = options;
  const cost = { passes, memoryBytes };
  const { atOnce, queuedMax } = options;
  const queue = new WorkQueue({ what: 'password hashes', atOnce, queuedMax });
  return {
    hash: (password) => queue.run(() => argon2.hash(bytesOf(password), cost)),
    verify: (phc, password) => queue.run(() => argon2.verify(phc, bytesOf(password))),
    needsRehash: (phc) => {
      const made = argon2CostOf(phc);
      return made === undefined || made.passes !== passes || made.memoryBytes !== memoryBytes;
    },
  };
}

function defaultArgon2(): Argon2 {
  const { sodium, problem } = loadSodium();
  const argon2 = sodium === undefined ? nodeArgon2() : sodiumArgon2(sodium);
  if (argon2 !== undefined) return argon2;
  throw new Error(
    `no Argon2id for passwords: sodium-native does not load (${problem}), and this Node has none; ` +
      'Node 24.7 with its own OpenSSL has',
  );
}

/** libsodium refuses no bytes at all; a byte that no text has keeps the empty password apart. */
const bytesOf = (password: string): Uint8Array =>
  password === '' ? Uint8Array.of(0xff) : new TextEncoder().encode(password);
