// Direct messages: stored first, then told to whoever is connected. A message stays in its
// receiver's inbox until one of the receiver's clients acknowledges it, so that a crash on either
// side loses nothing; ids grow, so that a client that sees one twice knows it.
//
// Ids are microseconds of the clock, and never less than the last one: they order messages without
// asking the store for a number. One process hands them out.

import { PaperclipError } from '../../contract/errors.ts';
import { contractLimits as limits } from '../../contract/limits.ts';
import type { DirectMessage } from '../../contract/people-schema.ts';
import type { StoredPlayer } from '../account/account-store.ts';
import type { Accounts } from '../account/accounts.ts';
import type { Sanctions } from '../account/sanctions.ts';
import { decodeCursor, pageOf } from '../cursor.ts';
import { timestamp } from '../ids.ts';
import type { PlayerEventHub } from '../player-events.ts';
import type { Clock } from '../ports.ts';
import type { Blocks } from '../social/blocks.ts';
import { personOf, requireOther } from '../social/person.ts';
import type { MessageStore, StoredConversation, StoredMessage } from './chat-store.ts';

export interface DirectMessagesOptions {
  readonly store: MessageStore;
  readonly accounts: Accounts;
  readonly blocks: Blocks;
  readonly sanctions: Sanctions;
  readonly events: PlayerEventHub;
  readonly clock: Clock;
}

export interface MessageWish {
  readonly to: string;
  readonly message?: string;
  readonly sealed?: string;
}

/** Unread messages are counted so far. */
const unreadMax = 1_000;
/** Removed in one step, so that others' writes come in between; and steps in one go. */
const oldBatch = 500;
const oldBatchesMax = 200;

export class DirectMessages {
  readonly #o: DirectMessagesOptions;
  #lastId: number;
  /** Messages on their way into the store, by receiver. */
  readonly #onTheWay = new Map<string, number>();

  private constructor(options: DirectMessagesOptions, lastId: number) {
    this.#o = options;
    this.#lastId = lastId;
  }

  static async load(options: DirectMessagesOptions): Promise<DirectMessages> {
    return new DirectMessages(options, await options.store.lastId());
  }

  async send(
    from: StoredPlayer,
    wish: MessageWish,
    sessionId: string,
  ): Promise<{ readonly message: StoredMessage; readonly receiverIsOnline: boolean }> {
    const { accounts, blocks, sanctions, events } = this.#o;
    const text = textOf(wish);
    sanctions.requireVoice(from.id);
    const to = await accounts.get(wish.to);
    requireOther(to, from.id);
    blocks.requireOpen(to, from.id);
    const message = await this.#store(from, to, text, wish.sealed !== undefined);
    const event = { event: 'chat.message', data: { message: messageView(message) } } as const;
    events.emit(to.id, event);
    events.emitToOthers(from.id, sessionId, event);
    return { message, receiverIsOnline: events.isConnected(to.id) };
  }

  async inbox(
    playerId: string,
    after: number,
    limit: number,
  ): Promise<{ readonly messages: readonly StoredMessage[]; readonly more: boolean }> {
    const found = await this.#o.store.inbox(playerId, after, limit + 1);
    return { messages: found.slice(0, limit), more: found.length > limit };
  }

  acknowledge(playerId: string, upTo: number): Promise<void> {
    // Not beyond what there is: it would swallow messages that are yet to come.
    return this.#o.store.setDelivered(playerId, Math.min(upTo, this.#lastId));
  }

  async history(
    playerId: string,
    other: StoredPlayer,
    page: { readonly limit: number; readonly cursor?: string },
  ): Promise<{ readonly rows: readonly StoredMessage[]; readonly cursor?: string }> {
    const [before = Number.MAX_SAFE_INTEGER] =
      page.cursor === undefined ? [] : decodeCursor(page.cursor, ['number']);
    const { store } = this.#o;
    const found = await store.between(playerId, other.id, Number(before), page.limit + 1);
    return pageOf(found, page.limit, ({ id }) => [id]);
  }

  conversations(playerId: string, limit: number): Promise<readonly StoredConversation[]> {
    return this.#o.store.conversations(playerId, limit, unreadMax);
  }

  async read(player: StoredPlayer, other: StoredPlayer, upTo: number): Promise<void> {
    const upToId = Math.min(upTo, this.#lastId);
    const isNews = await this.#o.store.setRead(player.id, other.id, upToId);
    // Who has blocked the other lets them know nothing, and hears nothing of them.
    if (!isNews || this.#o.blocks.between(player.id, other.id)) return;
    const data = { by: personOf(player), upTo: upToId };
    this.#o.events.emit(other.id, { event: 'chat.read', data });
  }

  async removeOld(): Promise<void> {
    const sentBeforeMs = this.#o.clock.now() - limits.messagesKeptS * 1000;
    for (let i = 0; i < oldBatchesMax; i++) {
      if ((await this.#o.store.removeOld(sentBeforeMs, oldBatch)) < oldBatch) return;
    }
  }

  async #store(
    from: StoredPlayer,
    to: StoredPlayer,
    text: string,
    sealed: boolean,
  ): Promise<StoredMessage> {
    const onTheWay = this.#onTheWay.get(to.id) ?? 0;
    this.#onTheWay.set(to.id, onTheWay + 1);
    try {
      const room = limits.inboxMessagesMax - onTheWay;
      if (room <= 0 || (await this.#o.store.waiting(to.id, room)) >= room) {
        throw new PaperclipError('INBOX_FULL', { player: to.name, max: limits.inboxMessagesMax });
      }
      // Again, in the turn that stores it: the receiver may have blocked the sender by now.
      this.#o.blocks.requireOpen(to, from.id);
      const sentAtMs = this.#o.clock.now();
      // Taken in the turn that hands the message to the store, which keeps the order.
      const id = Math.max(this.#lastId + 1, sentAtMs * 1000);
      this.#lastId = id;
      const message = { id, from: personOf(from), to: personOf(to), sealed, text, sentAtMs };
      await this.#o.store.add(message);
      return message;
    } finally {
      const left = (this.#onTheWay.get(to.id) ?? 1) - 1;
      if (left === 0) this.#onTheWay.delete(to.id);
      else this.#onTheWay.set(to.id, left);
    }
  }
}

export const messageView = (stored: StoredMessage): DirectMessage => ({
  id: stored.id,
  from: stored.from,
  to: stored.to,
  ...(stored.sealed ? { sealed: stored.text } : { message: stored.text }),
  sentAt: timestamp(stored.sentAtMs),
});

function textOf({ message, sealed }: MessageWish): string {
  const text = message ?? sealed;
  if (text !== undefined && (message === undefined || sealed === undefined)) return text;
  throw new PaperclipError('BAD_REQUEST', {
    field: 'message',
    problem: 'give either message or sealed, and not both',
  });
}
