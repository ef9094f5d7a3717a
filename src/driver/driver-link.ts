// A `Link` in front of an endpoint: names instead of channel ids, callbacks instead of handles.

import type {
  HostTime,
  Link,
  LinkEnd,
  LinkPeer,
  LinkStats,
  SendOptions,
} from '../protocol/link.ts';
import type { MessageOptions } from '../protocol/paperclip/outbox.ts';
import type { ConnectionEvent } from '../protocol/paperclip/output.ts';
import type { PlannedChannel } from '../protocol/paperclip/parameters.ts';

/** One connection of an endpoint, with the clock and the drain loop behind it. */
export interface LinkControl {
  send(channel: number, message: Uint8Array, options: MessageOptions | undefined): boolean;
  flush(): void;
  close(code: number, reason: string): void;
  /** Neither end has closed it, whether or not the event that says so was handed on yet. */
  isOpen(): boolean;
  /** Undefined when the connection is gone. */
  stats(): LinkStats | undefined;
  hostTime(): HostTime | undefined;
}

/** A channel plan both ways; one for all links of a listener. */
export class LinkChannels {
  readonly planned: readonly PlannedChannel[];
  readonly #ids: ReadonlyMap<string, number>;
  /** The one asked for last: most messages go where the one before went. */
  #lastName: string | undefined;
  #lastId = 0;

  constructor(planned: readonly PlannedChannel[]) {
    this.planned = planned;
    this.#ids = new Map(planned.map(({ name }, id) => [name, id]));
  }

  /** Throws on a name that is not in the plan. */
  idOf(name: string): number {
    if (name === this.#lastName) return this.#lastId;
    const id = this.#ids.get(name);
    if (id === undefined) {
      const names = [...this.#ids.keys()].join(', ');
      throw new RangeError(`channel ${name} is not in the plan; there are: ${names}`);
    }
    this.#lastName = name;
    this.#lastId = id;
    return id;
  }
}

export class DriverLink implements Link {
  readonly peer: LinkPeer;
  readonly #control: LinkControl;
  readonly #channels: LinkChannels;
  /** Callbacks of messages whose fate is open: bounded by the connection's own queues. */
  #callbacks: Map<number, SendOptions> | undefined;
  #nextHandle = 1;
  #end: LinkEnd | undefined;
  #isClosing = false;
  #lastStats: LinkStats | undefined;

  onMessage: ((channel: string, message: Uint8Array, key?: number) => void) | undefined;
  onWritable: (() => void) | undefined;
  onInterrupted: (() => void) | undefined;
  onResumed: (() => void) | undefined;
  onEnd: ((end: LinkEnd) => void) | undefined;

  constructor(peer: LinkPeer, channels: LinkChannels, control: LinkControl) {
    this.peer = peer;
    this.#channels = channels;
    this.#control = control;
  }

  get isOpen(): boolean {
    return this.#end === undefined && this.#control.isOpen();
  }

  send(channel: string, message: Uint8Array, options?: SendOptions): boolean {
    if (this.#end !== undefined || this.#isClosing) {
      throw new Error('the link is closed: nothing can be sent on it any more');
    }
    const id = this.#channels.idOf(channel);
    if (options === undefined) return this.#control.send(id, message, undefined);
    return this.#sendWith(id, message, options);
  }

  #sendWith(id: number, message: Uint8Array, options: SendOptions): boolean {
    const { ttlMs, compress, key, priority, onDelivered, onLost } = options;
    const wantsWord = onDelivered !== undefined || onLost !== undefined;
    const handle = this.#nextHandle;
    const isBelowMark = this.#control.send(id, message, {
      ...(ttlMs !== undefined && { ttlMs }),
      ...(priority !== undefined && { priority }),
      ...(compress !== undefined && { compress }),
      ...(key !== undefined && { key }),
      ...(wantsWord && { handle }),
    });
    if (wantsWord) {
      this.#nextHandle++;
      this.#callbacks ??= new Map();
      this.#callbacks.set(handle, options);
    }
    return isBelowMark;
  }

  flush(): void {
    if (this.#end === undefined) this.#control.flush();
  }

  close(code = 0, reason = ''): void {
    if (!this.isOpen) return;
    // Throws on a code that cannot be, and then nothing was closed.
    this.#control.close(code, reason);
    this.#isClosing = true;
  }

  /** After the end: what was last known. */
  stats(): LinkStats {
    const stats = this.#end === undefined ? this.#control.stats() : this.#lastStats;
    if (stats === undefined) throw new Error('the link has no statistics before it is made');
    return stats;
  }

  hostTime(): HostTime | undefined {
    return this.#end === undefined ? this.#control.hostTime() : undefined;
  }

  /** For the driver. */
  handleEvent(event: ConnectionEvent): void {
    switch (event.type) {
      case 'message': {
        const channel = this.#channels.planned[event.channel];
        if (channel !== undefined) this.onMessage?.(channel.name, event.message, event.key);
        return;
      }
      case 'writable':
        // The queue of a link that ends empties, too; whoever waited could not send any more.
        if (this.isOpen) this.onWritable?.();
        return;
      case 'delivered':
        this.#takeCallbacks(event.messageHandle)?.onDelivered?.();
        return;
      case 'lost':
        this.#takeCallbacks(event.messageHandle)?.onLost?.(event.reason);
        return;
      case 'interrupted':
        this.onInterrupted?.();
        return;
      case 'resumed':
        this.onResumed?.();
        return;
      case 'ended':
        this.#lastStats = this.#control.stats();
        this.#end = event.end;
        this.#callbacks = undefined;
        this.onEnd?.(event.end);
        return;
      default:
        event satisfies never;
    }
  }

  #takeCallbacks(handle: number): SendOptions | undefined {
    const options = this.#callbacks?.get(handle);
    this.#callbacks?.delete(handle);
    return options;
  }
}
