// A player among people: the room, direct messages, friends. It does what a client of these has to
// get right and would write again each time: enter the room anew when the connection was lost, read
// the inbox, hand each direct message over once and in order, acknowledge it when it is dealt with.
// The other commands and events of people are plain: `me.call` and `me.on`.

import type { CommandResult } from '../contract/commands.ts';
import { PaperclipError } from '../contract/errors.ts';
import type { DirectMessage, Person } from '../contract/people-schema.ts';
import { type After, hostAfter } from './after.ts';
import { InboxReader, type MessageHandler } from './inbox-reader.ts';
import type { PlayerClient } from './player-client.ts';

/**
 * `here`: connected, in the room, and the inbox is being read. `lost`: it reconnects; what is said
 * in the room meanwhile is not kept by the server. An error: it will not come back.
 */
export type ChatState = 'here' | 'lost' | Error;

export interface ChatOptions {
  /**
   * Each direct message to this player, in the order in which they were sent and once; the next one
   * waits until this is done. When it throws, the message stays in the inbox and comes again.
   */
  readonly onMessage: MessageHandler;
  /** A direct message that this player sent from another session. */
  readonly onSent?: (message: DirectMessage) => void;
  readonly onState?: (state: ChatState) => void;
  /** `onMessage` threw, or a command failed behind the scenes; it is tried again later. */
  readonly onTrouble?: (cause: unknown) => void;
  /** False: direct messages only. Default: true. */
  readonly room?: boolean;
  readonly after?: After;
}

/** Opens the event stream and enters the room. Rejects when either cannot be done. */
export async function openChat(me: PlayerClient, options: ChatOptions): Promise<Chat> {
  const chat = new Chat(me, options);
  try {
    await chat.open();
  } catch (cause) {
    await chat.close();
    throw cause;
  }
  return chat;
}

/** So much of a changing room is remembered while it is being entered. */
const changesKeptMax = 1_000;
const retryFirstMs = 500;
const retryMaxMs = 30_000;

export class Chat {
  readonly #me: PlayerClient;
  readonly #options: ChatOptions;
  readonly #inbox: InboxReader;
  readonly #stops: (() => void)[] = [];
  #room = new Map<string, Person>();
  /** While the room is being entered: who came and went, to be applied to the answer. */
  #changes: (() => void)[] | undefined;
  #state: ChatState | 'new' | 'closed' = 'new';
  #cancelRetry: (() => void) | undefined;

  constructor(me: PlayerClient, options: ChatOptions) {
    this.#me = me;
    this.#options = options;
    const port = {
      page: (after: number) => me.call('chat.inbox', after === 0 ? {} : { after }),
      acknowledge: async (upTo: number) => void (await me.call('chat.ack', { upTo })),
      after: options.after ?? hostAfter,
    };
    this.#inbox = new InboxReader(port, options.onMessage, (cause) => this.#trouble(cause));
  }

  /** Called once, by `openChat`. */
  async open(): Promise<void> {
    const me = this.#me;
    await me.openEvents();
    this.#stops.push(
      me.on('chat.message', ({ message }) => {
        if (message.from.id === me.player.id) this.#options.onSent?.(message);
        else this.#inbox.push(message);
      }),
      me.on('room.joined', ({ player }) => this.#change(() => this.#room.set(player.id, player))),
      me.on('room.left', ({ player }) => this.#change(() => this.#room.delete(player.id))),
      me.onStream((state) => {
        if (state === 'again') {
          this.#inbox.catchUp();
          void this.#comeBack(0);
          return;
        }
        this.#inbox.pause();
        this.#enterState(state);
      }),
    );
    await this.#enter();
    this.#inbox.catchUp();
  }

  /** Who is in the room, this player among them, as far as this client was told. */
  get room(): readonly Person[] {
    return [...this.#room.values()];
  }

  /** Resolves when the inbox has been read and every message is handled. */
  caughtUp(): Promise<void> {
    return this.#inbox.idle();
  }

  /** To everybody in the room. `someNotReached`: somebody there has blocked this player. */
  say(message: string): Promise<CommandResult<'room.say'>> {
    return this.#me.call('room.say', { message });
  }

  /** To one player, by name or id. It waits for who is not there. */
  send(to: string, message: string): Promise<CommandResult<'chat.send'>> {
    return this.#me.call('chat.send', { to, message });
  }

  /** A conversation, newest first; `cursor` of one page gets the next, older one. */
  history(
    player: string,
    page: { readonly limit?: number; readonly cursor?: string } = {},
  ): Promise<CommandResult<'chat.history'>> {
    return this.#me.call('chat.history', { player, ...page });
  }

  /** The latest first, with what is unread in each. */
  async conversations(): Promise<CommandResult<'chat.conversations'>['conversations']> {
    return (await this.#me.call('chat.conversations', {})).conversations;
  }

  /** The person has seen it, and everything before it; the sender is told. */
  async markRead({ from, id }: Pick<DirectMessage, 'from' | 'id'>): Promise<void> {
    await this.#me.call('chat.read', { player: from.id, upTo: id });
  }

  /** Friends with where they are, and requests both ways. Only accounts have friends. */
  friends(): Promise<CommandResult<'friend.list'>> {
    return this.#me.call('friend.list');
  }

  /** Leave the room; a message that is being handled is finished first. The client stays open. */
  async close(): Promise<void> {
    if (this.#state === 'closed') return;
    const wasHere = this.#state === 'here';
    this.#state = 'closed';
    this.#cancelRetry?.();
    for (const stop of this.#stops) stop();
    await this.#inbox.stop();
    if (!wasHere || this.#options.room === false) return;
    // Who is gone is out of the room anyway.
    await this.#me.call('room.leave').catch(() => undefined);
  }

  async #enter(): Promise<void> {
    if (this.#options.room !== false) {
      const changes: (() => void)[] = [];
      this.#changes = changes;
      const { players } = await this.#me.call('room.enter');
      this.#room = new Map(players.map((player) => [player.id, player]));
      // Told while the answer was under way; the last word about each player is true.
      for (const change of changes) change();
      this.#changes = undefined;
    }
    this.#enterState('here');
  }

  /** The connection is back: so must be its place in the room. */
  async #comeBack(failures: number): Promise<void> {
    this.#cancelRetry?.();
    try {
      await this.#enter();
    } catch (cause) {
      if (this.#isClosed()) return;
      // Lost again: the next `again` comes here.
      if (cause instanceof PaperclipError && cause.code === 'NOT_CONNECTED') return;
      this.#trouble(cause);
      const delayMs = Math.min(retryFirstMs * 2 ** failures, retryMaxMs);
      const after = this.#options.after ?? hostAfter;
      this.#cancelRetry = after(delayMs, () => void this.#comeBack(failures + 1));
    }
  }

  #change(change: () => void): void {
    change();
    if ((this.#changes?.length ?? 0) < changesKeptMax) this.#changes?.push(change);
  }

  #enterState(state: ChatState): void {
    if (this.#isClosed()) return;
    this.#state = state;
    if (state !== 'here') this.#cancelRetry?.();
    this.#options.onState?.(state);
  }

  /** While the connection is lost, everything fails, and `lost` has said so. */
  #trouble(cause: unknown): void {
    if (this.#state !== 'lost' && !this.#isClosed()) this.#options.onTrouble?.(cause);
  }

  /** A method, because a check of the field would be remembered across an await by the compiler. */
  #isClosed(): boolean {
    return this.#state === 'closed';
  }
}
