// Why an endpoint refuses a datagram that no connection took, as a closed list: the same words
// stand in statistics, metrics and the paper's numbered receive checks, in the order in which the
// checks are made. What a connection itself drops is counted in `drops.ts`.

export const refusalReasons = [
  /** An empty datagram, or one cut before its type could be told. */
  'too-short',
  /** The high nibble of the first byte is not 1. */
  'unknown-version',
  /** A reserved type, or one that this role does not take. */
  'unknown-type',
  /** AUTH 1 is not 1200 bytes, or AUTH 2, ERROR or RETRY not as long as it says. */
  'wrong-length',
  /** More AUTH datagrams a second than a host looks at: dropped unseen. */
  'auth-rate',
  /** Reserved bytes or padding of a handshake datagram are not zero, or its stage is unknown. */
  'auth-malformed',
  'unknown-suite',
  /** The client speaks to another application. */
  'wrong-protocol-id',
  /** The gate id is neither the present nor the last one. */
  'gate-unknown',
  'gate-mac',
  /** The host is under load, and AUTH 1 came without a cookie: it was answered with RETRY. */
  'cookie-missing',
  /** The cookie was made for another address, or is too old: answered with RETRY, too. */
  'cookie-mac',
  'host-closing',
  /** All places for unfinished handshakes, or this ticket's share of them, are taken. */
  'half-open-full',
  /** Under load, this address has had its share of handshakes. */
  'address-share',
  /** Under load, all addresses together have had theirs. */
  'handshake-rate',
  'noise-failed',
  /** What was inside the Noise message is not a handshake payload. */
  'payload-malformed',
  'parameters-invalid',
  'ticket-missing',
  'ticket-malformed',
  'ticket-key-unknown',
  'ticket-signature',
  'ticket-host',
  'ticket-client-key',
  'ticket-not-yet',
  'ticket-expired',
  'channels-differ',
  'ticket-used',
  /** The same player is connected with a ticket that was issued later. */
  'ticket-superseded',
  'connections-full',
  /** A data packet for a connection that is not here, or not here any more. */
  'unknown-connection',
  /**
   * At a host: a first packet, or AUTH 1 again, from elsewhere than AUTH 2 went; later packets may
   * move. At a client: a datagram that is not its host's.
   */
  'wrong-address',
  /** The first packet of an unfinished connection was not authentic. */
  'first-packet-failed',
  /** A RETRY whose cookie does not open: it is not the host's, or answers another AUTH 1. */
  'retry-failed',
  /** A handshake answer that nobody waits for. */
  'unexpected-answer',
] as const;

export type RefusalReason = (typeof refusalReasons)[number];

export class RefusalCounts {
  readonly #counts: Record<RefusalReason, number>;

  constructor() {
    const zeros = refusalReasons.map((reason) => [reason, 0] as const);
    this.#counts = Object.fromEntries(zeros) as Record<RefusalReason, number>;
  }

  add(reason: RefusalReason): void {
    this.#counts[reason]++;
  }

  /** A copy. */
  get all(): Readonly<Record<RefusalReason, number>> {
    return { ...this.#counts };
  }

  get total(): number {
    let sum = 0;
    for (const reason of refusalReasons) sum += this.#counts[reason];
    return sum;
  }
}
