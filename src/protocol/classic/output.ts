// What the sans-I/O core of Paperclip 0 wants, as one union with one drain rule:
//
//   after every `handle*` call and command, call `poll(now)` until it returns undefined, and act on
//   each output in order. The last one of a drain is a `timeout`: call `handleTimeout(now)` at
//   `atMs` at the latest; a later `timeout` replaces an earlier one.
//
// Bytes to transmit are complete datagrams. They may be sent again and must not be changed.

/** Everything that ends a connection, or the attempt at one. */
export type ClassicEnd =
  /** `disconnect` was called here, and the peer knows, or did not say so in time. */
  | { readonly kind: 'closed-here'; readonly isAcknowledged: boolean }
  /** ERROR 1.x or 2.x. */
  | { readonly kind: 'closed-by-peer'; readonly code: number; readonly text: string }
  /** Nothing came for `goneMs`. */
  | { readonly kind: 'timed-out' }
  /** A RELIABLE message was not acknowledged within `giveUpMs`. */
  | { readonly kind: 'unanswered' }
  /** The same address has made a new connection. */
  | { readonly kind: 'replaced' }
  /** Of a client: the server was silent for `handshakeMs`. */
  | { readonly kind: 'handshake-timed-out' }
  /** Of a client: this side does not accept the server; it was told the code. */
  | { readonly kind: 'refused-here'; readonly code: number };

/** What a peer is told at the end: ERROR 1.x or 2.x, and a text of a few words or none. */
export interface Goodbye {
  readonly code: number;
  readonly text: string;
}

export interface ReceivedMessage {
  readonly type: 'message';
  /** The receiver's to keep. */
  readonly data: Uint8Array;
  readonly isReliable: boolean;
}

export type ConnectionEvent =
  | ReceivedMessage
  /** Once, last. */
  | { readonly type: 'ended'; readonly end: ClassicEnd };

export type EndpointEvent<Address> =
  | ConnectionEvent
  /**
   * The peer's certificate, X.509 DER, for the application to check; it answers with
   * `certificateChecked`.
   */
  | {
      readonly type: 'certificate';
      readonly address: Address;
      readonly certificate: Uint8Array;
    }
  | {
      readonly type: 'established';
      readonly address: Address;
      readonly certificate: Uint8Array;
    };

/** `full`: valid, but there is no room. */
export type CertificateVerdict = 'accepted' | 'invalid' | 'full';

export type ClassicOutput<Address> =
  | { readonly kind: 'transmit'; readonly to: Address; readonly bytes: Uint8Array }
  | {
      readonly kind: 'event';
      /** The same number from `certificate` to `ended`. */
      readonly connection: number;
      readonly event: EndpointEvent<Address>;
    }
  | { readonly kind: 'timeout'; readonly atMs: number };
