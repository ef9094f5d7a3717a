// Changes that many clients hear of, at most once in a while each: what changed meanwhile goes out
// together, in its latest state. There is one timer, and none while nothing changes. Clients that
// are to hear the same form one group, so that it is made and encoded once and not once for each.

import type { Timers } from '../../domain/ports.ts';

export interface BroadcastGroup<Listener, Entity> {
  readonly listeners: readonly Listener[];
  /** By their ids, so that it does not matter in which order one heard of them. */
  readonly entities: readonly Entity[];
}

export interface ThrottledBroadcastOptions<Listener, Entity> {
  readonly timers: Timers;
  readonly everyMs: number;
  /** Two entities with one id are the same thing, the later one counts. */
  readonly idOf: (entity: Entity) => string;
  /** Two with one stamp say the same. */
  readonly stampOf: (entity: Entity) => string;
  /** Must not reject. What changes until it is done waits for the next time. */
  readonly deliver: (groups: readonly BroadcastGroup<Listener, Entity>[]) => Promise<void>;
}

export class ThrottledBroadcast<Listener, Entity> {
  readonly #options: ThrottledBroadcastOptions<Listener, Entity>;
  #dirty = new Map<Listener, Map<string, Entity>>();
  #cancel: (() => void) | undefined;
  #isDelivering = false;

  constructor(options: ThrottledBroadcastOptions<Listener, Entity>) {
    this.#options = options;
  }

  mark(listener: Listener, entity: Entity): void {
    const changes = this.#dirty.get(listener) ?? new Map<string, Entity>();
    changes.set(this.#options.idOf(entity), entity);
    this.#dirty.set(listener, changes);
    this.#arm();
  }

  /** The listener hears of nothing more. */
  forget(listener: Listener): void {
    this.#dirty.delete(listener);
    if (this.#dirty.size > 0) return;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #arm(): void {
    if (this.#isDelivering || this.#dirty.size === 0) return;
    this.#cancel ??= this.#options.timers.after(this.#options.everyMs, () => {
      this.#cancel = undefined;
      void this.#flush();
    });
  }

  async #flush(): Promise<void> {
    const groups = this.#groups();
    this.#dirty = new Map();
    this.#isDelivering = true;
    try {
      await this.#options.deliver(groups);
    } finally {
      this.#isDelivering = false;
      this.#arm();
    }
  }

  #groups(): readonly BroadcastGroup<Listener, Entity>[] {
    const groups = new Map<string, { listeners: Listener[]; entities: readonly Entity[] }>();
    for (const [listener, changes] of this.#dirty) {
      const entities = [...changes].sort(byId).map(([, entity]) => entity);
      const stamp = entities.map(this.#options.stampOf).join('\n');
      const group = groups.get(stamp);
      if (group === undefined) groups.set(stamp, { listeners: [listener], entities });
      else group.listeners.push(listener);
    }
    return [...groups.values()];
  }
}

const byId = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : a > b ? 1 : 0;
