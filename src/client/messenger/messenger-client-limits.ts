// What a messenger's client grants the clients that connect to it directly. docs/limits.md lists
// these; a test compares.

export const messengerClientLimits = {
  /** A sealed frame, or a plain line, of a private connection. */
  privateFrameBytesMax: 32 * 1024,
  /** From the connection to the other client's name, proven. */
  privateHelloWithinMs: 10_000,
  /** Connections whose other end has not said who it is; one more is closed. */
  privateStrangersMax: 8,
  /** Questions for a private connection that wait for yes or no; the oldest goes first. */
  questionsMax: 32,
} as const;
