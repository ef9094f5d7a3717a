// Work that takes much of the machine (a password hash, an RSA key): few at once, few more wait,
// and who comes beyond that is turned away at once.

/** Rejected with when `queuedMax` wait already. */
class QueueFull extends Error {
  override readonly name = 'QueueFull';

  constructor(what: string) {
    super(`too many ${what} wait`);
  }
}

export interface WorkQueueOptions {
  /** For the error: `password hashes`. */
  readonly what: string;
  readonly atOnce: number;
  readonly queuedMax: number;
}

export class WorkQueue {
  readonly #o: WorkQueueOptions;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(options: WorkQueueOptions) {
    this.#o = options;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running < this.#o.atOnce) {
      this.#running++;
    } else {
      if (this.#waiting.length >= this.#o.queuedMax) throw new QueueFull(this.#o.what);
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
