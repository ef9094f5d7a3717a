// One timer per lobby at most: for what must happen with it later. It does not know what that is.

import type { Timers } from '../ports.ts';

export class LobbyTimers {
  readonly #timers: Timers;
  readonly #cancels = new Map<string, () => void>();
  #isClosed = false;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** In place of the lobby's timer, if it has one. */
  arm(lobbyId: string, delayMs: number, run: () => void): void {
    this.cancel(lobbyId);
    if (this.#isClosed) return;
    const cancel = this.#timers.after(delayMs, () => {
      this.#cancels.delete(lobbyId);
      run();
    });
    this.#cancels.set(lobbyId, cancel);
  }

  cancel(lobbyId: string): void {
    this.#cancels.get(lobbyId)?.();
    this.#cancels.delete(lobbyId);
  }

  /** Cancels all, and arms none any more. */
  close(): void {
    this.#isClosed = true;
    for (const cancel of this.#cancels.values()) cancel();
    this.#cancels.clear();
  }
}
