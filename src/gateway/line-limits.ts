// What the line wires (text, messenger and their like) grant a connection. What the port grants
// before that is `driver/stream-limits.ts`. docs/limits.md lists these; a test compares.

import { lineBytesMaxDefault } from '../protocol/line/line-reader.ts';

export const lineLimits = {
  /** A line without its end, in bytes of UTF-8. */
  lineBytesMax: lineBytesMaxDefault,
  /**
   * Received and waiting for the line before it to be done; past it, nothing more is read from this
   * connection until then. Bytes and not lines: a line may be one byte or 64 KiB long.
   */
  waitingBytesMax: 64 * 1024,
  /** Lines that are handled in one go before other connections have their turn. */
  linesPerTurnMax: 64,
  /** Unsent bytes at which a reader that does not read is cut off. */
  unsentBytesMax: 1024 * 1024,
  /** Lines that are unknown, broken or too long, in a window from the first; more close it. */
  abuseLinesMax: 32,
  abuseWindowMs: 10_000,
  /** From the connection to a log-in; then it is closed. */
  loginWithinMs: 60_000,
  /** For last lines to leave when the server closes; then connections are cut. */
  closeGraceMs: 5_000,
} as const;

export type LineLimits = { readonly [name in keyof typeof lineLimits]: number };
