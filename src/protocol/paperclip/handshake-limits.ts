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

  /** AUTH datagrams looked at, a quarter of a core's work; the rest of a flood goes unseen. */
  authPerSecondMax: 25_000,
  authBurst: 1_000,
  /** While the driver is woken so late, and for so long after, each look counts as so many. */
  authLateMs: 3,
  authLateForMs: 250,
  authLateLooks: 10,
  /** AUTH 1 that show the gate: more a second than this, past a burst, put a host under load. */
  loadKnocksPerSecond: 200,
  loadKnocksBurst: 100,
  /** Half-open handshakes that put a host under load, and those that keep it there. */
  loadHalfOpenOn: 256,
  loadHalfOpenOff: 128,
  /** Delay of the event loop that puts a host under load, and one that keeps it there. */
  loadDelayMsOn: 50,
  loadDelayMsOff: 20,
  /** All three below the second mark for so long, and the load is over. */
  loadCalmMs: 2_000,
  /** A cookie is made with a secret for so long, and accepted for as long again. */
  cookieRotationMs: 120_000,
  /** Handshakes answered for one address under load (IPv4 whole, IPv6 by /64), after a burst. */
  addressHandshakesPerSecond: 20,
  addressHandshakesBurst: 20,
  /** Addresses whose share is remembered; past it, the one that asked least recently is not. */
  addressSharesMax: 4_096,
  /** Handshakes answered for all addresses under load, so that the players are served first. */
  handshakesPerSecondMax: 500,
  handshakesBurst: 100,

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
