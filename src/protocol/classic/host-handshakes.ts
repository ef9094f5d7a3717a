// The handshakes under way at a host, bounded in number and rate, in all and for each address,
// before anything about a newcomer is known (paper, section 4). A flood costs what these bounds
// allow and is dropped without a word beyond that; who is connected does not pass here.

import { AddressShares } from '../paperclip/address-shares.ts';
import type { PeerAddress } from '../paperclip/endpoint-output.ts';
import { TokenBucket } from '../paperclip/token-bucket.ts';
import type { Wakeable } from '../paperclip/wake-heap.ts';
import type { ClassicCrypto } from './classic-crypto.ts';
import { type AuthPacket, HostHandshake } from './host-handshake.ts';
import { classicLimits } from './limits.ts';
import type { RefusalReason } from './refusals.ts';

const { authBurst, authPerSecond, handshakesMax, handshakesPerAddressMax, handshakesPerShareMax } =
  classicLimits;

export interface Newcomer<Address extends PeerAddress> extends Wakeable {
  readonly kind: 'handshake';
  /** What the application calls it; the connection keeps the number. */
  readonly number: number;
  readonly address: Address;
  readonly handshake: HostHandshake;
}

export class HostHandshakes<Address extends PeerAddress> {
  readonly #crypto: ClassicCrypto;
  readonly #shares = new AddressShares();
  readonly #rate: TokenBucket;
  readonly #byAddress = new Map<string, Newcomer<Address>[]>();
  readonly #byNumber = new Map<number, Newcomer<Address>>();
  readonly #perShare = new Map<string, number>();

  constructor(crypto: ClassicCrypto, nowMs: number) {
    this.#crypto = crypto;
    this.#rate = new TokenBucket(authPerSecond, authBurst, nowMs);
  }

  get size(): number {
    return this.#byNumber.size;
  }

  at(address: Address): readonly Newcomer<Address>[] {
    return this.#byAddress.get(address.key) ?? [];
  }

  get(number: number): Newcomer<Address> | undefined {
    return this.#byNumber.get(number);
  }

  /** The caller has checked that the AUTH is not of a handshake that is known. */
  start(
    nowMs: number,
    address: Address,
    auth: AuthPacket,
    number: number,
  ): Newcomer<Address> | RefusalReason {
    const share = address.shareKey;
    const sameShare = share === undefined ? 0 : (this.#perShare.get(share) ?? 0);
    const isFull =
      this.size >= handshakesMax ||
      sameShare >= handshakesPerShareMax ||
      this.at(address).length >= handshakesPerAddressMax;
    if (isFull) return 'handshakes-full';
    if (!this.#shares.take(nowMs, share) || !this.#rate.take(nowMs)) return 'handshake-rate';
    const handshake = new HostHandshake(this.#crypto, auth, nowMs);
    const wakeIndex = -1;
    const newcomer: Newcomer<Address> = {
      kind: 'handshake',
      number,
      address,
      handshake,
      wakeIndex,
    };
    this.#byNumber.set(number, newcomer);
    this.#byAddress.set(address.key, [...this.at(address), newcomer]);
    if (share !== undefined) this.#perShare.set(share, sameShare + 1);
    return newcomer;
  }

  delete({ number, address }: Newcomer<Address>): void {
    if (!this.#byNumber.delete(number)) return;
    const left = this.at(address).filter((newcomer) => newcomer.number !== number);
    if (left.length > 0) this.#byAddress.set(address.key, left);
    else this.#byAddress.delete(address.key);
    const share = address.shareKey;
    if (share === undefined) return;
    const sameShare = (this.#perShare.get(share) ?? 0) - 1;
    if (sameShare > 0) this.#perShare.set(share, sameShare);
    else this.#perShare.delete(share);
  }
}
