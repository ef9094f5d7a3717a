// Passwords as Argon2id hashes (`argon2.ts`), in Node's thread pool. Each takes much memory on
// purpose, so few run at once and few wait; who comes beyond that is turned away at once.

import { type Argon2, argon2CostOf, nodeArgon2, sodiumArgon2 } from './argon2.ts';
import { loadSodium } from './sodium.ts';

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

/** Rejected with when `queuedMax` wait already. */
export class QueueFull extends Error {
  override readonly name = 'QueueFull';

  constructor() {
    super('too many password hashes wait');
  }
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
  const queue = new WorkQueue(options.atOnce, options.queuedMax);
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

class WorkQueue {
  readonly #atOnce: number;
  readonly #queuedMax: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(atOnce: number, queuedMax: number) {
    this.#atOnce = atOnce;
    this.#queuedMax = queuedMax;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running < this.#atOnce) {
      this.#running++;
    } else {
      if (this.#waiting.length >= this.#queuedMax) throw new QueueFull();
      // Woken with the place of the one that ended, so nobody can take it in between.
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }
}
