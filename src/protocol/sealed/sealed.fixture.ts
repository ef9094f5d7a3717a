// Devices with seeded keys for the tests of this folder: two ends that seal for each other and
// open, each with its state in one variable. Not a model of a network.

import assert from 'node:assert/strict';
import { utf8, utf8Text } from '../../base/bytes.ts';
import { seededRandom } from '../../base/prng.ts';
import { createSodiumCrypto } from '../../driver/crypto-sodium.ts';
import type { Crypto } from '../crypto.ts';
import type { KeyBundle } from './key-bundle.ts';
import { createOwnDevice, type OwnDevice, ownBundle } from './own-device.ts';
import { decodeSealedMessage } from './sealed-message.ts';
import {
  type OpenRefusal,
  openFromDevice,
  type Pairing,
  type PeerDevice,
  peerDeviceOf,
  sealForDevice,
} from './sessions.ts';

export function seededCrypto(seed: number | string): Crypto {
  const random = seededRandom('sealed', seed);
  return createSodiumCrypto({
    randomBytes: (length) => Uint8Array.from({ length }, () => random.below(256)),
  });
}

export class End {
  readonly player: string;
  readonly crypto: Crypto;
  own: OwnDevice;
  peer: PeerDevice | undefined;
  #other: End | undefined;

  constructor(player: string, crypto: Crypto) {
    this.player = player;
    this.crypto = crypto;
    this.own = createOwnDevice(crypto);
  }

  knows(other: End): void {
    this.#other = other;
    this.peer = peerDeviceOf(other.bundle);
  }

  get bundle(): KeyBundle {
    return ownBundle(this.crypto, this.own);
  }

  get pairing(): Pairing {
    assert.ok(this.peer !== undefined && this.#other !== undefined);
    const { own, peer, player } = this;
    return { own, ownPlayer: player, peer, peerPlayer: this.#other.player };
  }

  seal(text: string, bundle: KeyBundle = this.#other!.bundle): Uint8Array {
    const sealed = sealForDevice(this.crypto, this.pairing, bundle, utf8(text));
    assert.ok(sealed);
    // Through JSON at every step: a state is plain data.
    this.peer = JSON.parse(JSON.stringify(sealed.peer));
    return sealed.bytes;
  }

  /** The text, or why not; then the state must be as it was. */
  open(bytes: Uint8Array, pairing: Pairing = this.pairing): { text: string } | Refused {
    const message = decodeSealedMessage(bytes);
    if (!message.ok) return { refused: message.error };
    const before = JSON.stringify(pairing);
    const opened = openFromDevice(this.crypto, pairing, message.value);
    assert.equal(JSON.stringify(pairing), before, 'the state was written into');
    if (!opened.ok) return { refused: opened.error };
    this.peer = JSON.parse(JSON.stringify(opened.value.peer));
    return { text: utf8Text(opened.value.plain) ?? '' };
  }
}

export interface Refused {
  readonly refused: OpenRefusal | 'length' | 'version' | 'kind' | 'prekey-id';
}

/** Alice and Bob, who have each other's bundles and no session. */
export function twoEnds(seed: number | string): readonly [End, End] {
  const crypto = seededCrypto(seed);
  const ends = [new End('alice', crypto), new End('bob', crypto)] as const;
  ends[0].knows(ends[1]);
  ends[1].knows(ends[0]);
  return ends;
}
