// Work that no command waits for: a timer's consequence, a match that ends. It is counted, so that
// a shutdown and a test can wait for it, and its failures are logged and go no further.

import type { Log } from '../contract/telemetry.ts';

export class Background {
  readonly #log: Log;
  readonly #underWay = new Set<Promise<void>>();

  constructor(log: Log) {
    this.#log = log;
  }

  run(what: string, job: () => Promise<unknown>): void {
    const work = job()
      .catch((error: unknown) => this.#log.error('background work failed', { what, error }))
      .then(() => {
        this.#underWay.delete(work);
      });
    this.#underWay.add(work);
  }

  /** Resolves when nothing is under way, including what the present work starts. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }
}
