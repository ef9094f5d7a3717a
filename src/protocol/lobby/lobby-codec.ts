// What the two framings of the lobby protocol are to the code above them: one way to write a
// message and one to read a stream of them. Whoever reads and writes knows no format, and a format
// knows no commands.

/** Of one message, without what frames it, in bytes. */
export const lobbyMessageBytesMax = 10 * 1024 * 1024;

export interface LobbyCodec {
  /** Metric label, and for logs. */
  readonly name: 'json' | 'qdatastream';
  /** With all that frames it: such bytes can follow each other. */
  encode(message: object): Uint8Array;
  /** One for each connection. `messageBytesMax` is `lobbyMessageBytesMax` if not given. */
  createDecoder(messageBytesMax?: number): LobbyDecoder;
}

export type LobbyDecoded =
  /** Any JSON: whoever asked says what is wrong with one that is no object. */
  | { readonly kind: 'value'; readonly value: unknown }
  /** It takes more bytes to say; after `handleEnd` it is the end in order. */
  | { readonly kind: 'more' }
  /** Said from then on: there is no next message in such a stream. */
  | { readonly kind: 'malformed'; readonly reason: string };

/** Calling order: `handleBytes`, and `handleEnd` last; `poll` until it wants more. */
export interface LobbyDecoder {
  /** Given and not yet given out; what is kept of a message under way is never over its limit. */
  readonly waitingBytes: number;
  /** The bytes must not be changed afterwards. */
  handleBytes(bytes: Uint8Array): void;
  /** The peer sends no more. */
  handleEnd(): void;
  poll(): LobbyDecoded;
}

export const moreWanted: LobbyDecoded = { kind: 'more' };

export const malformed = (reason: string): LobbyDecoded & { readonly kind: 'malformed' } => ({
  kind: 'malformed',
  reason,
});
