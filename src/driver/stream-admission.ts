// Who may connect to a TCP port: so many in all, so many of an address, and so many new ones of an
// address a second. It is told the address and the time and knows no socket; its memory is bounded
// however many addresses ask, and a refusal changes nothing, so a flood costs two look-ups each.

import type { StreamRefusal } from '../protocol/byte-stream.ts';
import { shareKeyOf } from './share-key.ts';
import type { StreamLimits } from './stream-limits.ts';

type AdmissionLimits = Pick<
  StreamLimits,
  | 'connectionsMax'
  | 'connectionsPerAddressMax'
  | 'newPerAddressPerSecond'
  | 'newPerAddressBurst'
  | 'addressesMax'
>;

export class StreamAdmission {
  readonly #limits: AdmissionLimits;
  readonly #intervalMs: number;
  /** Open connections by address; not more entries than connections. */
  readonly #openOf = new Map<string, number>();
  /**
   * By address, least recently come first: when its whole burst is there again. One number says
   * what a token bucket says with two (the generic cell rate algorithm).
   */
  readonly #restoredAtMs = new Map<string, number>();
  #size = 0;

  constructor(limits: AdmissionLimits) {
    this.#limits = limits;
    this.#intervalMs = 1_000 / limits.newPerAddressPerSecond;
  }

  get size(): number {
    return this.#size;
  }

  get addressesRemembered(): number {
    return this.#restoredAtMs.size;
  }

  /** Undefined: it may come in, and its place is taken until `release`. */
  admit(host: string, nowMs: number): StreamRefusal | undefined {
    const { connectionsMax, connectionsPerAddressMax } = this.#limits;
    if (this.#size >= connectionsMax) return 'full';
    const key = keyOf(host);
    const open = this.#openOf.get(key) ?? 0;
    if (open >= connectionsPerAddressMax) return 'address-full';
    if (!this.#takeTurn(key, nowMs)) return 'address-rate';
    this.#openOf.set(key, open + 1);
    this.#size++;
    return undefined;
  }

  /** Once for each that was admitted, with the same host. */
  release(host: string): void {
    const key = keyOf(host);
    const left = (this.#openOf.get(key) ?? 1) - 1;
    if (left === 0) this.#openOf.delete(key);
    else this.#openOf.set(key, left);
    this.#size--;
  }

  #takeTurn(key: string, nowMs: number): boolean {
    const known = this.#restoredAtMs.get(key);
    const restoredAtMs = Math.max(known ?? nowMs, nowMs) + this.#intervalMs;
    if (restoredAtMs - nowMs > this.#limits.newPerAddressBurst * this.#intervalMs) return false;
    if (known !== undefined) this.#restoredAtMs.delete(key);
    else if (this.#restoredAtMs.size >= this.#limits.addressesMax) this.#forgetOldest();
    this.#restoredAtMs.set(key, restoredAtMs);
    return true;
  }

  #forgetOldest(): void {
    for (const key of this.#restoredAtMs.keys()) {
      this.#restoredAtMs.delete(key);
      return;
    }
  }
}

/**
 * Unlike datagrams, whose senders can be made up, a connection from this machine can be a flood,
 * too. There each address of 127.0.0.0/8 counts by itself, as addresses elsewhere do.
 */
const keyOf = (host: string): string => shareKeyOf(host) ?? host;
