// What the datagram side of the classic wire grants a player. docs/limits.md lists these; a test
// compares.

export const bridgeLimits = {
  /** After a refusal that may pass (the host is silent, no server has room), it is tried again. */
  retryMs: 2_000,
  /** A match and a seat that are to be given up: so often is it tried, after so long each. */
  leaveTriesMax: 20,
  leaveRetryMs: 250,
} as const;
