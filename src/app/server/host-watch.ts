// Which hosts have announced themselves, for readiness and for the start to wait on.

import type { Bus } from '../../domain/bus.ts';

export class HostWatch {
  readonly #present = new Set<string>();
  readonly #endings: readonly (() => void)[];
  #isDraining = false;
  #waiting: { readonly count: number; readonly resolve: () => void } | undefined;

  constructor(bus: Bus) {
    this.#endings = [
      bus.subscribe('host.announce', ({ hostId, draining }) => {
        if (draining) this.#present.delete(hostId);
        else this.#present.add(hostId);
        this.#wake();
      }),
      bus.subscribe('host.gone', ({ hostId }) => this.#present.delete(hostId)),
    ];
  }

  /** Resolves when that many are there. */
  announced(count: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting = { count, resolve };
    this.#wake();
    return promise;
  }

  /** From now on the server counts as not ready. */
  drain(): void {
    this.#isDraining = true;
  }

  /** Empty when players can be taken. */
  get reasonsNotReady(): readonly string[] {
    if (this.#isDraining) return ['the server is shutting down'];
    return this.#present.size === 0 ? ['no host has announced itself'] : [];
  }

  close(): void {
    for (const end of this.#endings) end();
  }

  #wake(): void {
    if (this.#waiting !== undefined && this.#present.size >= this.#waiting.count) {
      this.#waiting.resolve();
      this.#waiting = undefined;
    }
  }
}
