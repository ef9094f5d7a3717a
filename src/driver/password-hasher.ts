// Passwords as Argon2id hashes (RFC 9106) through libsodium, in Node's thread pool. Each takes much
// memory on purpose, so few run at once and few wait; who comes beyond that is turned away at once.
//
// Measured on the 2-core reference machine: one hash takes 70 ms and 64 MiB.

import sodium from 'sodium-native';

export interface PasswordHasherOptions {
  /** Each takes `memoryBytes` and a core. */
  readonly atOnce: number;
  readonly queuedMax: number;
  /** Passes over the memory; libsodium's interactive preset is the default. */
  readonly passes?: number;
  readonly memoryBytes?: number;
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
/** crypto_pwhash_STRBYTES: the text and zeros behind it. */
const phcBytes = 128;

export interface Argon2PasswordHasher {
  /** A PHC string, which holds salt and parameters. */
  hash(password: string): Promise<string>;
  verify(phc: string, password: string): Promise<boolean>;
  needsRehash(phc: string): boolean;
}

export function createPasswordHasher(options: PasswordHasherOptions): Argon2PasswordHasher {
  const { passes = interactivePasses, memoryBytes = interactiveMemoryBytes } = options;
  const queue = new WorkQueue(options.atOnce, options.queuedMax);
  return {
    hash: (password) =>
      queue.run(async () => {
        const out = Buffer.alloc(phcBytes);
        await sodium.crypto_pwhash_str_async(out, bytesOf(password), passes, memoryBytes);
        return textOf(out);
      }),
    verify: (phc, password) =>
      queue.run(async () => {
        const padded = paddedPhc(phc);
        if (padded === undefined) return false;
        return sodium.crypto_pwhash_str_verify_async(padded, bytesOf(password));
      }),
    needsRehash: (phc) => {
      const padded = paddedPhc(phc);
      if (padded === undefined) return true;
      return sodium.crypto_pwhash_str_needs_rehash(padded, passes, memoryBytes);
    },
  };
}

/** libsodium refuses no bytes at all; a byte that no text has keeps the empty password apart. */
const bytesOf = (password: string): Uint8Array =>
  password === '' ? Uint8Array.of(0xff) : new TextEncoder().encode(password);

function textOf(padded: Buffer): string {
  const end = padded.indexOf(0);
  return padded.toString('latin1', 0, end < 0 ? padded.length : end);
}

/** Undefined for what cannot be a PHC string of ours. */
function paddedPhc(phc: string): Buffer | undefined {
  if (!phc.startsWith('$argon2id$') || phc.length >= phcBytes) return undefined;
  const padded = Buffer.alloc(phcBytes);
  padded.write(phc, 'latin1');
  return padded;
}

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
