// What a TCP or TLS port grants to whoever connects, before anybody knows who that is. What a line
// means and costs is `gateway/line-limits.ts`. docs/limits.md lists these; a test compares.

export const streamLimits = {
  /** Open connections of one port; more are closed at once. */
  connectionsMax: 16_384,
  /** Of one address (an IPv6 /64); many players can sit behind one. */
  connectionsPerAddressMax: 256,
  /** New ones of one address after a burst; faster ones are closed at once. */
  newPerAddressPerSecond: 32,
  newPerAddressBurst: 256,
  /** Addresses whose rate is remembered; past it, the one that came least recently is not. */
  addressesMax: 8_192,
  /** From the connection to the end of the TLS handshake. */
  handshakeTimeoutMs: 10_000,
  /** What waits unsent for one peer; past it, the peer is cut off. */
  bufferedBytesMax: 4 * 1024 * 1024,
  /** From `end` to the last byte and the peer's own end; then the stream is destroyed. */
  endTimeoutMs: 5_000,
  /** For a client: from the call to an open stream. */
  connectTimeoutMs: 10_000,
  /** Silence after which the system asks whether the peer is still there. */
  keepAliveMs: 30_000,
  /** Connections that the system accepts before the program has seen them. */
  backlogMax: 1_024,
} as const;

export type StreamLimits = { readonly [name in keyof typeof streamLimits]: number };
