// Why an endpoint of Paperclip 0 drops a datagram, and how often it did: for metrics and tests.
// What a connection drops as a duplicate is no refusal.

export const refusalReasons = [
  /** It is no packet. The sender was told, unless it sent an ERROR or others asked too often. */
  'malformed',
  /** From an address with which there is no connection and no handshake, and no AUTH. */
  'stranger',
  /** A client: not from its host. */
  'wrong-address',
  /** AUTH without a certificate, or with a key that is none. */
  'invalid-auth',
  /** More new handshakes than may be looked at, from all or from there. */
  'handshake-rate',
  /** More handshakes under way than may be. */
  'handshakes-full',
  /** As many connections as there may be. */
  'connections-full',
  /** Finished does not match. */
  'wrong-finished',
] as const;

export type RefusalReason = (typeof refusalReasons)[number];

export class Refusals {
  readonly #counts = new Map<RefusalReason, number>();

  add(reason: RefusalReason): void {
    this.#counts.set(reason, this.count(reason) + 1);
  }

  count(reason: RefusalReason): number {
    return this.#counts.get(reason) ?? 0;
  }
}
