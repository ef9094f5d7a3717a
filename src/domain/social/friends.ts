// Friends: asked for, accepted or declined, ended. Two who ask each other are friends at once. A
// block ends it, and nobody who is blocked can ask.

import { PaperclipError } from '../../contract/errors.ts';
import { contractLimits as limits } from '../../contract/limits.ts';
import type { StoredPlayer } from '../account/account-store.ts';
import { KeyMutex } from '../key-mutex.ts';
import type { PlayerEventHub } from '../player-events.ts';
import type { Clock } from '../ports.ts';
import type { Blocks } from './blocks.ts';
import { personOf } from './person.ts';
import type { FriendStore, StoredFriendship } from './social-store.ts';

export interface FriendsOptions {
  readonly store: FriendStore;
  readonly blocks: Blocks;
  readonly events: PlayerEventHub;
  readonly clock: Clock;
}

/** Friend commands under way in the whole server; one more gets BUSY. */
const changesQueuedMax = 256;

export class Friends {
  readonly #o: FriendsOptions;
  /** One at a time: two who ask each other in one moment must meet, and the bounds must hold. */
  readonly #changes = new KeyMutex(changesQueuedMax);

  constructor(options: FriendsOptions) {
    this.#o = options;
  }

  request(player: StoredPlayer, other: StoredPlayer): Promise<StoredFriendship['state']> {
    return this.#change(async () => {
      const { store, blocks, clock } = this.#o;
      if (other.kind !== 'account') {
        throw new PaperclipError('NOT_AN_ACCOUNT', { player: other.name });
      }
      blocks.requireOpen(other, player.id);
      const before = await store.between(player.id, other.id);
      if (before?.state === 'friends' || before?.fromId === player.id) {
        throw new PaperclipError('FRIENDS_ALREADY', { player: other.name });
      }
      if (before !== undefined) {
        await this.#accept(before, player, other);
        return 'friends';
      }
      await this.#requireRoom(player, limits.friendRequestsMax);
      await this.#requireRoomForRequest(other);
      await store.put({
        fromId: player.id,
        toId: other.id,
        state: 'requested',
        sinceMs: clock.now(),
      });
      this.#tell(other.id, 'friend.requested', player);
      return 'requested';
    });
  }

  /** One of the changes here: what a request that came before it does, it undoes. */
  block(player: StoredPlayer, other: StoredPlayer): Promise<void> {
    return this.#change(() => this.#o.blocks.add(player.id, other));
  }

  accept(player: StoredPlayer, other: StoredPlayer): Promise<void> {
    return this.#change(async () => {
      const request = await this.#o.store.between(player.id, other.id);
      if (request?.state !== 'requested' || request.toId !== player.id) {
        throw new PaperclipError('NO_FRIEND_REQUEST', { player: other.name });
      }
      await this.#accept(request, player, other);
    });
  }

  /** The request of either side. */
  decline(player: StoredPlayer, other: StoredPlayer): Promise<void> {
    return this.#change(async () => {
      const request = await this.#o.store.between(player.id, other.id);
      if (request?.state !== 'requested') {
        throw new PaperclipError('NO_FRIEND_REQUEST', { player: other.name });
      }
      await this.#o.store.remove(player.id, other.id);
    });
  }

  remove(player: StoredPlayer, other: StoredPlayer): Promise<void> {
    return this.#change(async () => {
      const before = await this.#o.store.between(player.id, other.id);
      if (before?.state !== 'friends') {
        throw new PaperclipError('NOT_FRIENDS', { player: other.name });
      }
      await this.#o.store.remove(player.id, other.id);
      this.#tell(other.id, 'friend.removed', player);
    });
  }

  /** Friendships and requests both ways. */
  of(playerId: string): Promise<readonly StoredFriendship[]> {
    return this.#o.store.ofPlayer(playerId);
  }

  /** Of those who are friends. */
  async idsOf(playerId: string): Promise<readonly string[]> {
    return (await this.of(playerId))
      .filter(({ state }) => state === 'friends')
      .map(({ fromId, toId }) => (fromId === playerId ? toId : fromId));
  }

  async #accept(
    { fromId, toId }: StoredFriendship,
    player: StoredPlayer,
    other: StoredPlayer,
  ): Promise<void> {
    await this.#requireRoom(player);
    await this.#requireRoom(other);
    await this.#o.store.put({ fromId, toId, state: 'friends', sinceMs: this.#o.clock.now() });
    this.#tell(other.id, 'friend.accepted', player);
  }

  async #requireRoom(player: StoredPlayer, requestsMax?: number): Promise<void> {
    const all = await this.#o.store.ofPlayer(player.id);
    const friends = all.filter(({ state }) => state === 'friends').length;
    const requests = all.filter(({ state, fromId }) => {
      return state === 'requested' && fromId === player.id;
    }).length;
    const max = requestsMax ?? limits.friendsMax;
    const isFull = friends >= limits.friendsMax || (requestsMax !== undefined && requests >= max);
    if (isFull) throw new PaperclipError('FRIENDS_FULL', { player: player.name, max });
  }

  async #requireRoomForRequest(player: StoredPlayer): Promise<void> {
    const all = await this.#o.store.ofPlayer(player.id);
    const waiting = all.filter(({ state, toId }) => state === 'requested' && toId === player.id);
    const max = limits.friendRequestsWaitingMax;
    if (waiting.length >= max)
      throw new PaperclipError('FRIENDS_FULL', { player: player.name, max });
  }

  #change<T>(job: () => Promise<T>): Promise<T> {
    return this.#changes.run('friends', job);
  }

  #tell(
    playerId: string,
    event: 'friend.requested' | 'friend.accepted' | 'friend.removed',
    by: StoredPlayer,
  ): void {
    this.#o.events.emit(playerId, { event, data: { by: personOf(by) } });
  }
}
