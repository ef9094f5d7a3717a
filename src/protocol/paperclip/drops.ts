// Why a connection drops a datagram that was routed to it. The same words stand in statistics,
// metrics and the paper's numbered receive checks, in the order in which the checks are made.
//
// An authenticated peer's mistake is NOT a drop: it ends the connection with a code.

export const dropReasons = [
  /** Shorter than header, one byte of frames and tag; or longer than this end said it takes. */
  'malformed-length',
  /** The first byte is not that of a data packet. */
  'malformed-header',
  /** The destination connection id is another's. */
  'wrong-connection',
  /** The packet number was seen before, or is older than the replay window. */
  'replayed',
  /** Its key was given up, some PTOs after the next came into use; or nothing came with any yet. */
  'key-not-in-use',
  /** The tag does not verify. */
  'aead-failed',
  /** The connection has ended and only waits out its draining period. */
  'after-close',
] as const;

export type DropReason = (typeof dropReasons)[number];

export type DropCounts = Record<DropReason, number>;

export function noDrops(): DropCounts {
  return {
    'malformed-length': 0,
    'malformed-header': 0,
    'wrong-connection': 0,
    replayed: 0,
    'key-not-in-use': 0,
    'aead-failed': 0,
    'after-close': 0,
  };
}
