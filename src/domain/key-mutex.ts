// Runs jobs of the same key one after the other, in order; jobs of different keys side by side.
// The queue of a key is bounded: one job too many is refused with BUSY.

import { PaperclipError } from '../contract/errors.ts';

interface Lane {
  tail: Promise<unknown>;
  jobs: number;
}

export class KeyMutex {
  readonly #lanes = new Map<string, Lane>();
  readonly #jobsMax: number;

  constructor(jobsMax: number) {
    this.#jobsMax = jobsMax;
  }

  /** Resolves or rejects as the job does; a job that fails does not stop those behind it. */
  async run<T>(key: string, job: () => Promise<T>): Promise<T> {
    if ((this.#lanes.get(key)?.jobs ?? 0) >= this.#jobsMax) throw new PaperclipError('BUSY');
    return this.runAlways(key, job);
  }

  /** For jobs of our own that must happen, and of which there are few. */
  async runAlways<T>(key: string, job: () => Promise<T>): Promise<T> {
    const lane = this.#lanes.get(key) ?? { tail: Promise.resolve(), jobs: 0 };
    this.#lanes.set(key, lane);
    lane.jobs++;
    const mine = lane.tail.then(job);
    lane.tail = mine.catch(() => undefined);
    try {
      return await mine;
    } finally {
      lane.jobs--;
      if (lane.jobs === 0) this.#lanes.delete(key);
    }
  }
}
