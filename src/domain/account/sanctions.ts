// Bans and mutes: who may not log in, who may not write, why and how long. All in force are in
// memory, because every message asks; there are few. They are stored before they hold.

import { PaperclipError } from '../../contract/errors.ts';
import { timestamp } from '../ids.ts';
import type { Clock } from '../ports.ts';
import type { SanctionStore, StoredSanction } from './account-store.ts';

type Kind = StoredSanction['kind'];

export class Sanctions {
  readonly #store: SanctionStore;
  readonly #clock: Clock;
  readonly #inForce = new Map<string, StoredSanction>();

  private constructor(store: SanctionStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  static async load(store: SanctionStore, clock: Clock): Promise<Sanctions> {
    const sanctions = new Sanctions(store, clock);
    for (const one of await store.all()) sanctions.#inForce.set(keyOf(one.playerId, one.kind), one);
    return sanctions;
  }

  inForce(playerId: string, kind: Kind): StoredSanction | undefined {
    const found = this.#inForce.get(keyOf(playerId, kind));
    return found !== undefined && this.#holds(found) ? found : undefined;
  }

  /** Throws MUTED. */
  requireVoice(playerId: string): void {
    const mute = this.inForce(playerId, 'mute');
    if (mute !== undefined) throw this.error(mute, '');
  }

  error({ kind, reason, untilMs }: StoredSanction, name: string): PaperclipError {
    const until = untilMs === null ? 'for good' : `until ${timestamp(untilMs)}`;
    return kind === 'ban'
      ? new PaperclipError('BANNED', { name, until, reason })
      : new PaperclipError('MUTED', { until, reason });
  }

  all(): readonly StoredSanction[] {
    return [...this.#inForce.values()].filter((one) => this.#holds(one));
  }

  async put(
    playerId: string,
    wish: { readonly kind: Kind; readonly reason: string; readonly forS?: number },
  ): Promise<StoredSanction> {
    const sinceMs = this.#clock.now();
    const untilMs = wish.forS === undefined ? null : sinceMs + wish.forS * 1000;
    const sanction = { playerId, kind: wish.kind, reason: wish.reason, sinceMs, untilMs };
    await this.#store.put(sanction);
    this.#inForce.set(keyOf(playerId, wish.kind), sanction);
    return sanction;
  }

  /** False when there was none. */
  async remove(playerId: string, kind: Kind): Promise<boolean> {
    const wasInForce = this.inForce(playerId, kind) !== undefined;
    await this.#store.remove(playerId, kind);
    this.#inForce.delete(keyOf(playerId, kind));
    return wasInForce;
  }

  /** The store has forgotten these players, and with them what they had done. */
  forget(playerIds: readonly string[]): void {
    for (const id of playerIds) {
      for (const kind of ['ban', 'mute'] as const) this.#inForce.delete(keyOf(id, kind));
    }
  }

  #holds({ untilMs }: StoredSanction): boolean {
    return untilMs === null || untilMs > this.#clock.now();
  }
}

const keyOf = (playerId: string, kind: Kind): string => `${kind} ${playerId}`;
