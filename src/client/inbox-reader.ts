// Direct messages to this player, handed to one handler: in order, one after the other, each once.
// They come from two sides, the inbox (what was not acknowledged yet) and live events; ids grow, so
// what comes from both is known again. A message is acknowledged when the handler is done with it,
// never before: what a crash cuts off stays in the inbox. It knows no wire; `chat.ts` gives it one.

import type { DirectMessage } from '../contract/people-schema.ts';
import type { After } from './after.ts';

export interface InboxPort {
  /** Unacknowledged messages after that id, oldest first. */
  page(after: number): Promise<{ readonly messages: readonly DirectMessage[]; more: boolean }>;
  acknowledge(upTo: number): Promise<void>;
  readonly after: After;
}

export type MessageHandler = (message: DirectMessage) => void | Promise<void>;

/** Live messages that wait for the handler; when there are more, they are read from the inbox. */
const liveQueuedMax = 1_000;
/** Ids remembered to know a message again: more than an inbox holds. */
const seenIdsMax = 4_096;
/** Messages handled at most before they are acknowledged together. */
const unacknowledgedMax = 100;
const retryFirstMs = 500;
const retryMaxMs = 30_000;

export class InboxReader {
  readonly #port: InboxPort;
  readonly #handler: MessageHandler;
  readonly #onTrouble: (cause: unknown) => void;
  /** In the order of their ids. */
  #live: DirectMessage[] = [];
  readonly #seen = new Set<number>();
  #mustCatchUp = false;
  /** Events may have been missed: to go on with a live message would skip those before it. */
  #isPaused = true;
  #handledId = 0;
  #acknowledgedId = 0;
  #unacknowledged = 0;
  #running: Promise<void> | undefined;
  #isStopped = false;
  #failures = 0;
  #cancelRetry: (() => void) | undefined;
  #idle: PromiseWithResolvers<void> | undefined;

  constructor(port: InboxPort, handler: MessageHandler, onTrouble: (cause: unknown) => void) {
    this.#port = port;
    this.#handler = handler;
    this.#onTrouble = onTrouble;
  }

  /** Events are being missed: live messages wait until `catchUp`. So it begins, too. */
  pause(): void {
    this.#isPaused = true;
  }

  /** Events come from now on: read the inbox, then go on with them. */
  catchUp(): void {
    this.#isPaused = false;
    this.#mustCatchUp = true;
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
    this.#wake();
  }

  /** A message that came as an event. */
  push(message: DirectMessage): void {
    if (this.#live.length >= liveQueuedMax) {
      // None of them is acknowledged, so all of them are in the inbox.
      this.#live = [];
      this.#mustCatchUp = true;
    } else {
      const at = this.#live.findLastIndex(({ id }) => id < message.id) + 1;
      this.#live.splice(at, 0, message);
    }
    this.#wake();
  }

  /** Resolves when there is nothing to hand over, or when it is stopped. */
  idle(): Promise<void> {
    if (this.#isStopped || !this.#hasWork) return Promise.resolve();
    this.#idle ??= Promise.withResolvers();
    return this.#idle.promise;
  }

  /** Resolves when the message under way, if any, is handled and acknowledged. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelRetry?.();
    this.#live = [];
    await this.#running;
    this.#tellIdle();
  }

  get #hasWork(): boolean {
    return this.#running !== undefined || this.#cancelRetry !== undefined;
  }

  #wake(): void {
    if (this.#isStopped || this.#isPaused || this.#hasWork) return;
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
      if (this.#cancelRetry !== undefined) return;
      // What came while the loop ended.
      if (!this.#isPaused && (this.#mustCatchUp || this.#live.length > 0)) this.#wake();
      else this.#tellIdle();
    });
  }

  #tellIdle(): void {
    this.#idle?.resolve();
    this.#idle = undefined;
  }

  async #run(): Promise<void> {
    try {
      while (!this.#isStopped && !this.#isPaused) {
        if (this.#mustCatchUp) await this.#readInbox();
        else {
          const next = this.#live.shift();
          if (next === undefined) break;
          await this.#handle(next);
          const isFull = this.#unacknowledged >= unacknowledgedMax;
          if (this.#live.length === 0 || isFull) await this.#acknowledge();
        }
        this.#failures = 0;
      }
    } catch (cause) {
      this.#failed(cause);
    }
  }

  async #readInbox(): Promise<void> {
    this.#mustCatchUp = false;
    for (let after = 0; !this.#isStopped; ) {
      const { messages, more } = await this.#port.page(after);
      await this.#handleAll(messages);
      const last = messages.at(-1);
      if (!more || last === undefined) return;
      after = last.id;
    }
  }

  async #handleAll(messages: readonly DirectMessage[]): Promise<void> {
    try {
      for (const message of messages) {
        if (this.#isStopped) break;
        await this.#handle(message);
      }
    } finally {
      await this.#acknowledge();
    }
  }

  async #handle(message: DirectMessage): Promise<void> {
    const { id } = message;
    if (!this.#seen.has(id)) {
      await this.#handler(message);
      this.#seen.add(id);
      for (const oldest of this.#seen) {
        if (this.#seen.size <= seenIdsMax) break;
        this.#seen.delete(oldest);
      }
    }
    this.#handledId = Math.max(this.#handledId, id);
    this.#unacknowledged++;
  }

  async #acknowledge(): Promise<void> {
    const upTo = this.#handledId;
    if (upTo <= this.#acknowledgedId) return;
    await this.#port.acknowledge(upTo);
    this.#acknowledgedId = upTo;
    this.#unacknowledged = 0;
  }

  /** The message that failed, and those behind it, are still in the inbox. */
  #failed(cause: unknown): void {
    this.#live = [];
    this.#mustCatchUp = true;
    if (this.#isStopped) return;
    const delayMs = Math.min(retryFirstMs * 2 ** this.#failures, retryMaxMs);
    this.#failures++;
    this.#cancelRetry = this.#port.after(delayMs, () => {
      this.#cancelRetry = undefined;
      this.#wake();
    });
    this.#onTrouble(cause);
  }
}
