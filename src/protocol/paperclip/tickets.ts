// Tickets as a right: signing one (the platform), checking one and letting it be used once (the
// host). The bytes are in `codec/paperclip/ticket.ts`.
//
// A ticket is safe to lose: without the client's static secret key it opens nothing. A host keeps
// only the platform's public keys and the ids of used tickets until those have expired.

import { toHex } from '../../base/bytes.ts';
import { err, ok, type Result } from '../../base/result.ts';
import {
  decodeTicket,
  encodeTicketClaims,
  type TicketClaims,
  ticketLimits,
  ticketSignatureLabel,
} from '../../codec/paperclip/ticket.ts';
import type { Crypto } from '../crypto.ts';
import { handshakeLimits } from './handshake-limits.ts';
import type { RefusalReason } from './refusals.ts';

const { ticketClockSkewMsMax, usedTicketsMax } = handshakeLimits;

/** The whole ticket, to be given to a player. `signingSeed` is the Ed25519 seed, 32 bytes. */
export function signTicket(
  crypto: Crypto,
  signingSeed: Uint8Array,
  claims: TicketClaims,
): Uint8Array {
  const { publicKey } = crypto.ed25519KeyPair(signingSeed);
  const signed = encodeTicketClaims(ticketKeyId(crypto, publicKey), claims);
  const message = new Uint8Array(ticketSignatureLabel.length + signed.length);
  message.set(ticketSignatureLabel);
  message.set(signed, ticketSignatureLabel.length);
  const ticket = new Uint8Array(signed.length + ticketLimits.signatureBytes);
  ticket.set(signed);
  ticket.set(crypto.ed25519Sign(signingSeed, message), signed.length);
  return ticket;
}

/** The first 4 bytes of SHA-256 of the platform's public key: which key to check with. */
export function ticketKeyId(crypto: Crypto, platformPublicKey: Uint8Array): Uint8Array {
  return crypto.sha256(platformPublicKey).slice(0, ticketLimits.keyIdBytes);
}

/** Platform public keys by key id. Two may be known at once, so that a platform can change its. */
export class TicketKeys {
  readonly #crypto: Crypto;
  readonly #byId = new Map<string, Uint8Array>();

  constructor(crypto: Crypto, platformKeys: readonly Uint8Array[]) {
    this.#crypto = crypto;
    for (const [index, key] of platformKeys.entries()) {
      if (key.length !== ticketLimits.publicKeyBytes) {
        throw new RangeError(`platformKeys[${index}] must be 32 bytes, not ${key.length}`);
      }
      this.#byId.set(toHex(ticketKeyId(crypto, key)), new Uint8Array(key));
    }
  }

  /** The claims of a ticket that one of the keys signed. Time, keys and use are not looked at. */
  open(ticket: Uint8Array): Result<TicketClaims, RefusalReason> {
    if (ticket.length === 0) return err('ticket-missing');
    const decoded = decodeTicket(ticket);
    if (!decoded.ok) return err('ticket-malformed');
    const { keyId, claims, signed, signature } = decoded.value;
    const key = this.#byId.get(toHex(keyId));
    if (key === undefined) return err('ticket-key-unknown');
    const message = new Uint8Array(ticketSignatureLabel.length + signed.length);
    message.set(ticketSignatureLabel);
    message.set(signed, ticketSignatureLabel.length);
    if (!this.#crypto.ed25519Verify(key, message, signature)) return err('ticket-signature');
    return ok(claims);
  }
}

/** Whether this host takes this ticket from this client now. */
export function checkTicket(
  crypto: Crypto,
  claims: TicketClaims,
  expected: {
    readonly hostPublicKey: Uint8Array;
    readonly clientPublicKey: Uint8Array;
    readonly unixMs: number;
  },
): RefusalReason | undefined {
  if (!crypto.equal(claims.hostPublicKey, expected.hostPublicKey)) return 'ticket-host';
  if (!crypto.equal(claims.clientPublicKey, expected.clientPublicKey)) return 'ticket-client-key';
  if (expected.unixMs < claims.notBeforeMs - ticketClockSkewMsMax) return 'ticket-not-yet';
  if (expected.unixMs >= claims.expiresAtMs + ticketClockSkewMsMax) return 'ticket-expired';
  return undefined;
}

/**
 * Which tickets were used. An id is forgotten when its ticket could no longer be accepted anyway.
 * Order of use is near order of expiry, so old ids go from the front; one out of order stays a
 * little longer, at most the lifetime of a ticket.
 */
export class UsedTickets {
  readonly #expiryMs = new Map<string, number>();

  get size(): number {
    return this.#expiryMs.size;
  }

  has(ticketId: Uint8Array): boolean {
    return this.#expiryMs.has(toHex(ticketId));
  }

  isFull(unixMs: number): boolean {
    this.#forget(unixMs);
    return this.#expiryMs.size >= usedTicketsMax;
  }

  add(claims: TicketClaims, unixMs: number): void {
    this.#forget(unixMs);
    this.#expiryMs.set(toHex(claims.ticketId), claims.expiresAtMs);
  }

  #forget(unixMs: number): void {
    for (const [ticketId, expiresAtMs] of this.#expiryMs) {
      if (unixMs < expiresAtMs + ticketClockSkewMsMax) return;
      this.#expiryMs.delete(ticketId);
    }
  }
}
