// Asks a peer at regular times whether it is there, and says when it did not answer in time. One
// timer at a time for each peer, from the moment that peer logs in. Node keeps timers of one length
// in one list, so a shared wheel would gain nothing: ten thousand of these are about 6 MB, and no
// work while they wait.

import type { Timers } from '../domain/ports.ts';

export interface HeartbeatOptions {
  readonly timers: Timers;
  /** From the start to the first question, and from each to the next. */
  readonly everyMs: number;
  /** Less than `everyMs`. */
  readonly answerWithinMs: number;
  readonly ask: () => void;
  /** Called once; nothing more is asked then. */
  readonly onSilence: () => void;
}

export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #isAsking = false;
  #cancel: () => void;

  constructor(options: HeartbeatOptions) {
    const { everyMs, answerWithinMs } = options;
    if (!(answerWithinMs < everyMs)) throw new RangeError('answerWithinMs must be below everyMs');
    this.#options = options;
    this.#cancel = options.timers.after(everyMs, () => this.#ask());
  }

  /** False: nobody asked. */
  handleAnswer(): boolean {
    if (!this.#isAsking) return false;
    this.#isAsking = false;
    return true;
  }

  stop(): void {
    this.#isAsking = false;
    this.#cancel();
  }

  #ask(): void {
    const { timers, answerWithinMs, ask } = this.#options;
    this.#isAsking = true;
    this.#cancel = timers.after(answerWithinMs, () => this.#look());
    ask();
  }

  #look(): void {
    const { timers, everyMs, answerWithinMs, onSilence } = this.#options;
    if (this.#isAsking) {
      this.#isAsking = false;
      onSilence();
      return;
    }
    this.#cancel = timers.after(everyMs - answerWithinMs, () => this.#ask());
  }
}
