// Every table, wait and rate of the handshake and of the endpoint that could grow, with its limit.
// The unit ends the name; the paper lists the same table. Those of an established connection are
// in `limits.ts`.

export const handshakeLimits = {
  /** How far the clocks of platform and host may be apart. */
  ticketClockSkewMsMax: 5_000,
  /** Used tickets remembered at once; past it, hosts refuse newcomers rather than forget. */
  usedTicketsMax: 65_536,

  /** A gate key is the present one for this long, and the last one for as long again. */
  gateRotationMs: 300_000,

  /** Handshakes answered and not yet proven by a data packet. */
  halfOpenMax: 1_024,
  /** Of those, per ticket, or per static key where there are no tickets. */
  halfOpenPerPlayerMax: 4,
  /** A client gives up after `giveUpMs`; its last AUTH 2 may be a second late. */
  halfOpenMs: 6_000,

  /** Players of one host; at most `halfOpenMax` ended connections more may still be draining. */
  connectionsMax: 4_096,

  /** A client's AUTH 1 goes out again after this long, then after twice that, and so on. */
  resendMs: 250,
  resendMsMax: 500,
  /** A client without an answer ends with `handshake-timed-out`. */
  giveUpMs: 5_000,

  /** Stateless VERSION errors a host sends per second; all others are dropped in silence. */
  versionErrorsPerSecond: 10,
} as const;
