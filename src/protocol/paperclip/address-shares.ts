// How many handshakes an address may have answered under load: a rate with a burst for each, in a
// table of fixed size. A full table forgets who asked least recently; what a crowd of addresses
// can take together is bounded elsewhere (`handshakesPerSecondMax`).

import { handshakeLimits } from './handshake-limits.ts';

const { addressSharesMax, addressHandshakesPerSecond, addressHandshakesBurst } = handshakeLimits;
const intervalMs = 1_000 / addressHandshakesPerSecond;
const burstMs = addressHandshakesBurst * intervalMs;

export class AddressShares {
  /**
   * By address, least recently asked first: when its whole burst is there again. One number says
   * what a token bucket says with two (the generic cell rate algorithm).
   */
  readonly #restoredAtMs = new Map<string, number>();

  get size(): number {
    return this.#restoredAtMs.size;
  }

  /** False: its share is used up. Undefined has no share, and takes what it wants. */
  take(nowMs: number, address: string | undefined): boolean {
    if (address === undefined) return true;
    const known = this.#restoredAtMs.get(address);
    const restoredAtMs = Math.max(known ?? nowMs, nowMs) + intervalMs;
    const isGranted = restoredAtMs - nowMs <= burstMs;
    if (known !== undefined) this.#restoredAtMs.delete(address);
    else if (this.#restoredAtMs.size >= addressSharesMax) this.#forgetOldest();
    this.#restoredAtMs.set(address, isGranted ? restoredAtMs : known!);
    return isGranted;
  }

  #forgetOldest(): void {
    for (const address of this.#restoredAtMs.keys()) {
      this.#restoredAtMs.delete(address);
      return;
    }
  }
}
