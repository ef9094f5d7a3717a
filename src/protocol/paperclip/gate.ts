// The gate: a key that the platform hands to players and that AUTH 1 must show, so that a stranger
// cannot make a host compute a Diffie-Hellman. It proves nothing about who someone is.
//
// A rotating gate (id 1 to 255) changes every five minutes and the last one still opens. The
// derived gate (id 0) is made from the host's public key, for hosts without a platform: whoever
// may know the host's key may knock.

import { utf8 } from '../../base/bytes.ts';
import { authLimits } from '../../codec/paperclip/auth.ts';
import type { Crypto } from '../crypto.ts';
import { handshakeLimits } from './handshake-limits.ts';

export interface Gate {
  /** 0 to 255. */
  readonly id: number;
  /** 32 bytes. */
  readonly key: Uint8Array;
}

const derivationLabel: Uint8Array = utf8('paperclip gate 1');

export function derivedGate(crypto: Crypto, hostPublicKey: Uint8Array): Gate {
  return { id: 0, key: crypto.hmacSha256(derivationLabel, hostPublicKey) };
}

/** The gates that a host opens for. */
export interface HostGate {
  /** What clients must show from now on. */
  current(nowMs: number): Gate;
  /** Undefined: not one that opens now. */
  keyOf(nowMs: number, id: number): Uint8Array | undefined;
}

export function fixedGate(gate: Gate): HostGate {
  return { current: () => gate, keyOf: (_nowMs, id) => (id === gate.id ? gate.key : undefined) };
}

export class RotatingGate implements HostGate {
  readonly #crypto: Crypto;
  #current: Gate;
  #last: Gate | undefined;
  #sinceMs: number;

  constructor(crypto: Crypto, nowMs: number) {
    this.#crypto = crypto;
    // A first id by chance: a restarted host's gate is most likely not mistaken for the old one.
    this.#current = this.#next(crypto.randomBytes(1)[0]!);
    this.#sinceMs = nowMs;
  }

  current(nowMs: number): Gate {
    this.#rotate(nowMs);
    return this.#current;
  }

  keyOf(nowMs: number, id: number): Uint8Array | undefined {
    this.#rotate(nowMs);
    if (id === this.#current.id) return this.#current.key;
    return id === this.#last?.id ? this.#last.key : undefined;
  }

  #rotate(nowMs: number): void {
    const periods = Math.floor((nowMs - this.#sinceMs) / handshakeLimits.gateRotationMs);
    if (periods < 1) return;
    this.#sinceMs += periods * handshakeLimits.gateRotationMs;
    // After two periods nobody can hold the last gate that was handed out.
    this.#last = periods === 1 ? this.#current : undefined;
    this.#current = this.#next(this.#current.id);
  }

  #next(id: number): Gate {
    return { id: (id % 255) + 1, key: this.#crypto.randomBytes(32) };
  }
}

/** Fills the place of the gate MAC in an AUTH 1. */
export function sealGate(crypto: Crypto, gate: Gate, auth1: Uint8Array): void {
  auth1.set(gateMac(crypto, gate.key, auth1), authLimits.gateMacOffset);
}

export function verifyGate(crypto: Crypto, key: Uint8Array, auth1: Uint8Array): boolean {
  const shown = auth1.subarray(authLimits.gateMacOffset, authLimits.cookieMacOffset);
  return crypto.equal(gateMac(crypto, key, auth1), shown);
}

function gateMac(crypto: Crypto, key: Uint8Array, auth1: Uint8Array): Uint8Array {
  const covered = auth1.subarray(0, authLimits.gateMacOffset);
  return crypto.hmacSha256(key, covered).subarray(0, authLimits.macBytes);
}
