// Compression as a protocol needs it, as an interface: raw deflate (RFC 1951), one message at a
// time and without memory of earlier ones, so that a lost message costs nothing but itself.
// `driver/node-deflate.ts` implements it.

/** `too-long`: not within the limit. `malformed`: not one whole deflate stream, to the byte. */
export type InflateFailure = 'too-long' | 'malformed';

export interface Deflate {
  /** Fresh bytes, which may be more than went in. */
  deflate(bytes: Uint8Array): Uint8Array;
  /**
   * Fresh bytes that hold the message and nothing else. Never makes more than `bytesMax` and a
   * working buffer of them, and never throws on a stranger's bytes.
   */
  inflate(bytes: Uint8Array, bytesMax: number): Uint8Array | InflateFailure;
}
