// Who has blocked whom. A block has one direction: the blocked player sees and reaches the blocker
// no more, on any wire; the blocker sees and reaches the blocked one as before.
//
// All blocks are in memory, because every message and every "who is here" asks for many at once.
// One holds there before it is stored: what is let through was let through before, so that once a
// player has the answer, nothing of the blocked one comes any more.

import { PaperclipError } from '../../contract/errors.ts';
import { contractLimits as limits } from '../../contract/limits.ts';
import type { StoredPlayer } from '../account/account-store.ts';
import { KeyMutex } from '../key-mutex.ts';
import type { Clock } from '../ports.ts';
import type { BlockStore } from './social-store.ts';

/** Changes of one player's blocks that wait for each other; one more gets BUSY. */
const changesQueuedMax = 32;

export class Blocks {
  readonly #store: BlockStore;
  readonly #clock: Clock;
  readonly #blockedBy = new Map<string, Set<string>>();
  readonly #changes = new KeyMutex(changesQueuedMax);
  readonly #onAdded: ((blockerId: string, blockedId: string) => void)[] = [];

  private constructor(store: BlockStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  static async load(store: BlockStore, clock: Clock): Promise<Blocks> {
    const blocks = new Blocks(store, clock);
    for (const { blockerId, blockedId } of await store.all()) blocks.#put(blockerId, blockedId);
    return blocks;
  }

  /** Whether the first has blocked the second. */
  has(blockerId: string, blockedId: string): boolean {
    return this.#blockedBy.get(blockerId)?.has(blockedId) === true;
  }

  /** In either direction: they are not to be put together. */
  between(playerId: string, otherId: string): boolean {
    return this.has(playerId, otherId) || this.has(otherId, playerId);
  }

  /** Throws BLOCKED when the receiver has blocked the sender. */
  requireOpen(receiver: StoredPlayer, senderId: string): void {
    if (this.has(receiver.id, senderId)) {
      throw new PaperclipError('BLOCKED', { player: receiver.name });
    }
  }

  /** Called after each block: what runs between the two may have to end. */
  onAdded(handle: (blockerId: string, blockedId: string) => void): void {
    this.#onAdded.push(handle);
  }

  of(blockerId: string): readonly string[] {
    return [...(this.#blockedBy.get(blockerId) ?? [])];
  }

  add(blockerId: string, blocked: StoredPlayer): Promise<void> {
    return this.#changes.run(blockerId, async () => {
      if (this.has(blockerId, blocked.id)) {
        throw new PaperclipError('BLOCKED_ALREADY', { player: blocked.name });
      }
      if ((this.#blockedBy.get(blockerId)?.size ?? 0) >= limits.blocksMax) {
        throw new PaperclipError('BLOCKS_FULL', { max: limits.blocksMax });
      }
      this.#put(blockerId, blocked.id);
      try {
        await this.#store.add({ blockerId, blockedId: blocked.id }, this.#clock.now());
      } catch (error) {
        this.#drop(blockerId, blocked.id);
        throw error;
      }
      for (const handle of this.#onAdded) handle(blockerId, blocked.id);
    });
  }

  remove(blockerId: string, blocked: StoredPlayer): Promise<void> {
    return this.#changes.run(blockerId, async () => {
      if (!this.has(blockerId, blocked.id)) {
        throw new PaperclipError('NOT_BLOCKED', { player: blocked.name });
      }
      await this.#store.remove({ blockerId, blockedId: blocked.id });
      this.#drop(blockerId, blocked.id);
    });
  }

  /** The store has forgotten these players, and with them their blocks both ways. */
  forget(playerIds: readonly string[]): void {
    for (const id of playerIds) this.#blockedBy.delete(id);
    for (const blockerId of this.#blockedBy.keys()) {
      for (const id of playerIds) this.#drop(blockerId, id);
    }
  }

  #put(blockerId: string, blockedId: string): void {
    const mine = this.#blockedBy.get(blockerId) ?? new Set();
    mine.add(blockedId);
    this.#blockedBy.set(blockerId, mine);
  }

  #drop(blockerId: string, blockedId: string): void {
    const mine = this.#blockedBy.get(blockerId);
    if (mine?.delete(blockedId) === true && mine.size === 0) this.#blockedBy.delete(blockerId);
  }
}
