// The one output union of the sans-I/O core and its one drain rule:
//
//   after every `handle*` call and every batch of commands, call `poll(now)` until it returns
//   undefined; act on each output in order. An output and its bytes are valid until the next
//   `poll`; the event in it is the caller's.
//
// The last output of a drain is a `timeout`: call `handleTimeout(now)` at `atMs` at the latest.
// A later `timeout` replaces an earlier one.

import type { LinkEnd, LostReason } from '../link.ts';

export interface MessageEvent {
  readonly type: 'message';
  readonly channel: number;
  readonly message: Uint8Array;
  /** Of a reliable-latest channel. */
  readonly key?: number;
}

export type ConnectionEvent =
  | MessageEvent
  /** The queue fell below its mark after `send` said false. */
  | { readonly type: 'writable' }
  | { readonly type: 'delivered'; readonly messageHandle: number }
  | { readonly type: 'lost'; readonly messageHandle: number; readonly reason: LostReason }
  /** Something goes unanswered: nothing authentic came for a while. Told once, until `resumed`. */
  | { readonly type: 'interrupted' }
  | { readonly type: 'resumed' }
  /** The connection will send and accept nothing more; only draining is left. */
  | { readonly type: 'ended'; readonly end: LinkEnd };

/** Waits in a connection as the bytes that credit was charged for; it comes out as `message`. */
export interface CompressedMessage {
  readonly type: 'compressed-message';
  readonly channel: number;
  readonly message: Uint8Array;
  readonly key?: number;
}

/** Where the parts of a connection put what the application will hear. */
export interface EventSink {
  push(event: ConnectionEvent): void;
}

/** One for all events: a million messages a second need no million of them. */
export interface EventOutput {
  readonly kind: 'event';
  /** The local connection id. */
  readonly connection: number;
  event: ConnectionEvent;
}

export type ConnectionOutput<Address> =
  /**
   * One UDP payload: `bytes[0, length)`. The buffer is reused by the next `poll`. `to` is one of
   * the addresses that datagrams came from, or undefined where the peer does not move.
   */
  | {
      readonly kind: 'transmit';
      readonly to: Address | undefined;
      readonly bytes: Uint8Array;
      readonly length: number;
    }
  | Readonly<EventOutput>
  | { readonly kind: 'timeout'; readonly atMs: number };
