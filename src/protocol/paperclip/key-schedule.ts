// The keys of one connection over its life (paper: key update; RFC 9001 section 6 in shape): which
// one seals, which one opens a packet of this phase and number, and when the next ones come into
// use. Packet numbers and nonces go on over a change of keys. Sealing, opening and replays are not
// known here.
//
// There are never more than three keys to read with. The next one is made before anybody can ask
// for it, so that a forged packet of the other phase costs what any forged packet costs.

import { utf8 } from '../../base/bytes.ts';
import type { AeadKey, Crypto } from '../crypto.ts';
import { protocolLimits } from './limits.ts';
import type { ConnectionSetup } from './parameters.ts';
import type { ConnectionTrace } from './trace.ts';

/** What loss detection knows: how long a packet may be under way, and what the peer has seen. */
export interface KeyTiming {
  readonly ptoMs: number;
  readonly largestAcked: number;
}

type KeySetup = Pick<ConnectionSetup, 'crypto' | 'sealKey' | 'openKey' | 'keyLimits' | 'trace'>;

const keyBytes = 32;
const nextKeyLabel: Uint8Array = utf8('paperclip 1 key update');

/** The key that follows `key` in its direction: 32 bytes. */
export const nextKey = (crypto: Crypto, key: Uint8Array): Uint8Array =>
  crypto.hmacSha256(key, nextKeyLabel);

export class KeySchedule {
  /** The key phase bit of packets that leave, and their key. */
  writePhase = 0;
  writeKey: AeadKey;
  /** Changes of the write key so far. */
  updates = 0;
  /** The peer changed its key too early: it broke the rules. */
  isBroken = false;

  readonly #crypto: Crypto;
  readonly #trace: ConnectionTrace | undefined;
  readonly #timing: KeyTiming;
  readonly #packetsMax: number;
  readonly #ageMsMax: number;

  /** What the next keys are made of: the write key, and behind it the read key after this one. */
  readonly #keyBytes = new Uint8Array(2 * keyBytes);
  #writeSinceMs: number;
  /** Packets sealed with the write key, and the number of the first. */
  #sealed = 0;
  #firstSealed = 0;

  #readPhase = 0;
  #readUpdates = 0;
  #readKey: AeadKey;
  /** The lowest number that the read key has opened: below it, the other phase means late. */
  #readFrom = Number.POSITIVE_INFINITY;
  #readTo = -1;
  #nextReadKey: AeadKey;
  #previousReadKey: AeadKey | undefined;
  #previousUntilMs = 0;
  /** Packets sealed since the read key came into use. */
  #sealedSinceRead = 0;

  constructor(setup: KeySetup, nowMs: number, timing: KeyTiming) {
    const { crypto, sealKey, openKey, keyLimits, trace } = setup;
    this.#crypto = crypto;
    this.#trace = trace;
    this.#timing = timing;
    this.#packetsMax = keyLimits?.packetsMax ?? protocolLimits.keyPacketsMax;
    this.#ageMsMax = keyLimits?.ageMsMax ?? protocolLimits.keyAgeMsMax;
    this.#keyBytes.set(sealKey);
    this.writeKey = crypto.aeadKey(sealKey);
    this.#writeSinceMs = nowMs;
    this.#readKey = crypto.aeadKey(openKey);
    this.#nextReadKey = this.#advance(keyBytes, openKey);
  }

  /** The one key to try on a packet. Undefined: the only one it could have is given up. */
  readKeyFor(nowMs: number, phase: number, number: number): AeadKey | undefined {
    if (phase === this.#readPhase) return this.#readKey;
    if (number >= this.#readFrom) return this.#nextReadKey;
    this.#forgetPrevious(nowMs);
    return this.#previousReadKey;
  }

  /** The packet was authentic under the key that `readKeyFor` gave for it. */
  onOpened(nowMs: number, phase: number, number: number): void {
    if (phase === this.#readPhase) {
      if (number < this.#readFrom) this.#readFrom = number;
      if (number > this.#readTo) this.#readTo = number;
    } else if (number >= this.#readFrom) this.#advanceRead(nowMs, number);
  }

  /** Before each packet: gives up what has had its time, and begins an update when one is due. */
  beforePacket(nowMs: number): void {
    if (this.#previousReadKey !== undefined) this.#forgetPrevious(nowMs);
    const isDue = this.#sealed >= this.#packetsMax || nowMs - this.#writeSinceMs >= this.#ageMsMax;
    if (isDue && this.#mayUpdate) this.#advanceWrite(nowMs);
  }

  onSealed(number: number): void {
    if (this.#sealed === 0) this.#firstSealed = number;
    this.#sealed += 1;
    this.#sealedSinceRead += 1;
  }

  /** RFC 9001 section 6.1 and 6.5: the last update is over at both ends, and late packets too. */
  get #mayUpdate(): boolean {
    return (
      this.#sealed > 0 &&
      this.#timing.largestAcked >= this.#firstSealed &&
      this.writePhase === this.#readPhase &&
      this.#previousReadKey === undefined
    );
  }

  #advanceRead(nowMs: number, number: number): void {
    // Without a packet of ours since, it cannot have seen an acknowledgement of the last change.
    if (this.#sealedSinceRead === 0 || number < this.#readTo) this.isBroken = true;
    this.#sealedSinceRead = 0;
    this.#previousReadKey = this.#readKey;
    this.#previousUntilMs = nowMs + protocolLimits.oldKeyPtos * this.#timing.ptoMs;
    this.#readKey = this.#nextReadKey;
    this.#readPhase ^= 1;
    this.#readFrom = number;
    this.#readTo = number;
    this.#nextReadKey = this.#advance(keyBytes);
    this.#readUpdates += 1;
    this.#trace?.keyUpdated(nowMs, 'read', this.#readUpdates);
    // Both ends may have begun at the same moment; else this is the answer.
    if (this.writePhase !== this.#readPhase) this.#advanceWrite(nowMs);
  }

  #advanceWrite(nowMs: number): void {
    this.writeKey = this.#advance(0);
    this.writePhase ^= 1;
    this.updates += 1;
    this.#writeSinceMs = nowMs;
    this.#sealed = 0;
    this.#trace?.keyUpdated(nowMs, 'write', this.updates);
  }

  /** The key that follows the one at `at`, which it replaces, or `key`. */
  #advance(at: number, key: Uint8Array = this.#keyBytes.slice(at, at + keyBytes)): AeadKey {
    const next = nextKey(this.#crypto, key);
    this.#keyBytes.set(next, at);
    return this.#crypto.aeadKey(next);
  }

  #forgetPrevious(nowMs: number): void {
    if (nowMs >= this.#previousUntilMs) this.#previousReadKey = undefined;
  }
}
