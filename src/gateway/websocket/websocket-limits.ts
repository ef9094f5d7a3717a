// What the WebSocket wire grants, and the codes with which it closes. Message size, unsent bytes
// and sockets per player are in `contract/limits.ts`. docs/websocket.md lists these; a test
// compares.

export const webSocketLimits = {
  socketsMax: 10_000,
  /** Of one address (an IPv6 /64); many players can sit behind one. */
  socketsPerAddressMax: 256,
  /** Commands of one socket under way; one more gets BUSY. */
  commandsInFlightMax: 32,
  /**
   * Messages that cannot be read or get UNKNOWN_COMMAND, BUSY or RATE_LIMITED, and pings, between
   * two heartbeats.
   */
  refusalsPerHeartbeatMax: 64,
  idCharactersMax: 64,
  /** From opening to a session; then the socket is closed. */
  authenticateWithinMs: 30_000,
  /** A peer that is silent from one heartbeat to the next is gone. */
  heartbeatMs: 30_000,
  /** From an expired access token to the close, for the client to send a new one. */
  expiryGraceMs: 30_000,
  /** For the peer to answer a close. */
  closeTimeoutMs: 5_000,
} as const;

/** RFC 6455 section 7.4; 4000 and up are ours. */
export const closeCodes = {
  /** The server is shutting down: connect again in a while. */
  goingAway: 1001,
  /** Binary messages; everything here is text. */
  unsupported: 1003,
  /** Too many refused messages. */
  abuse: 4400,
  /** No session in time, expired, or ended: get a new access token. */
  session: 4401,
  /** The player opened too many; the oldest goes. */
  replaced: 4409,
} as const;
