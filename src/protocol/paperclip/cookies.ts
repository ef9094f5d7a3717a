// Cookies: how a host under load has a client show, before anything is computed or kept for it,
// that it can be reached where it says it is. The host remembers nothing but its own secrets.
//
//   cookie     = HMAC-SHA256(secret, address)[0, 16)
//   RETRY      : the cookie sealed with ChaCha20-Poly1305, counter 0,
//                under HMAC-SHA256(gate key, "paperclip 1 retry" || nonce),
//                associated data = the first 5 bytes of RETRY || the gate MAC of the AUTH 1
//   cookie MAC = HMAC-SHA256(cookie, AUTH 1 [0, 1184))[0, 16)
//
// So only who holds the gate key can read or make a RETRY, only for an AUTH 1 it has seen, and
// what was read on the way fits one address. WireGuard's cookies, with the primitives we have
// (docs/decisions/0014-cookies-without-xchacha.md).

import { utf8 } from '../../base/bytes.ts';
import { authLimits, datagramTypes, encodeRetry, type Retry } from '../../codec/paperclip/auth.ts';
import type { Crypto } from '../crypto.ts';
import type { PeerAddress } from './endpoint-output.ts';
import { handshakeLimits } from './handshake-limits.ts';

const { gateMacOffset, cookieMacOffset, cookieBytes, macBytes, retryHeaderBytes } = authLimits;
const sealedBytes = cookieBytes + macBytes;
/** The header of RETRY and the gate MAC: what its tag covers. */
const boundBytes = retryHeaderBytes + macBytes;
const sealLabel: Uint8Array = utf8('paperclip 1 retry');

export class HostCookies {
  readonly #crypto: Crypto;
  /** Drawn with the secret and counted up: no nonce comes twice, and none has to be drawn. */
  readonly #nonce: Uint8Array;
  /** Where cookies are sealed: the cookie and its tag, and what the tag covers. */
  readonly #scratch = new Uint8Array(cookieBytes + macBytes + boundBytes);
  #secret: Uint8Array;
  #lastSecret: Uint8Array | undefined;
  #sinceMs: number;

  constructor(crypto: Crypto, nowMs: number) {
    this.#crypto = crypto;
    this.#nonce = crypto.randomBytes(authLimits.retryNonceBytes);
    this.#secret = crypto.randomBytes(32);
    this.#sinceMs = nowMs;
  }

  /** Undefined: AUTH 1 shows this address's cookie, made from the present or the last secret. */
  check(
    nowMs: number,
    from: PeerAddress,
    auth1: Uint8Array,
  ): 'cookie-missing' | 'cookie-mac' | undefined {
    if (hasNoCookie(auth1)) return 'cookie-missing';
    this.#rotate(nowMs);
    const address = utf8(from.key);
    if (this.#isShown(this.#secret, address, auth1)) return undefined;
    const last = this.#lastSecret;
    return last !== undefined && this.#isShown(last, address, auth1) ? undefined : 'cookie-mac';
  }

  /** What this AUTH 1 is answered with. Nothing is kept of it. */
  retry(
    nowMs: number,
    from: PeerAddress,
    gateKey: Uint8Array,
    clientConnectionId: number,
    auth1: Uint8Array,
  ): Uint8Array {
    this.#rotate(nowMs);
    const nonce = this.#nonce;
    countUp(nonce);
    const scratch = this.#scratch;
    scratch.set(cookieOf(this.#crypto, this.#secret, utf8(from.key)));
    writeBound(scratch, sealedBytes, clientConnectionId, auth1);
    this.#crypto
      .aeadKey(sealingKey(this.#crypto, gateKey, nonce))
      .seal(scratch, 0, scratch, 0, cookieBytes, 0, scratch, sealedBytes, scratch.length);
    const sealedCookie = scratch.subarray(0, sealedBytes);
    return encodeRetry({ clientConnectionId, nonce, sealedCookie });
  }

  #isShown(secret: Uint8Array, address: Uint8Array, auth1: Uint8Array): boolean {
    const expected = cookieMac(this.#crypto, cookieOf(this.#crypto, secret, address), auth1);
    return this.#crypto.equal(expected, auth1.subarray(cookieMacOffset));
  }

  #rotate(nowMs: number): void {
    const periods = Math.floor((nowMs - this.#sinceMs) / handshakeLimits.cookieRotationMs);
    if (periods < 1) return;
    this.#sinceMs += periods * handshakeLimits.cookieRotationMs;
    // After two periods nobody holds a cookie of the last secret that could still be good.
    this.#lastSecret = periods === 1 ? this.#secret : undefined;
    this.#secret = this.#crypto.randomBytes(32);
  }
}

/** The client's side: the cookie, when this RETRY is the host's answer to this very AUTH 1. */
export function openRetry(
  crypto: Crypto,
  gateKey: Uint8Array,
  auth1: Uint8Array,
  { clientConnectionId, nonce, sealedCookie }: Retry,
): Uint8Array | undefined {
  const cookie = new Uint8Array(cookieBytes);
  const bound = new Uint8Array(boundBytes);
  writeBound(bound, 0, clientConnectionId, auth1);
  const end = crypto
    .aeadKey(sealingKey(crypto, gateKey, nonce))
    .open(cookie, 0, sealedCookie, 0, sealedCookie.length, 0, bound, 0, bound.length);
  return end < 0 ? undefined : cookie;
}

/** The gate MAC stays as it was: for the host it is still the same AUTH 1. */
export function showCookie(crypto: Crypto, cookie: Uint8Array, auth1: Uint8Array): void {
  auth1.set(cookieMac(crypto, cookie, auth1), cookieMacOffset);
}

/** A MAC that is all zero by chance has one of 2^128 clients ask once more. */
function hasNoCookie(auth1: Uint8Array): boolean {
  for (let at = cookieMacOffset; at < authLimits.auth1Bytes; at++) {
    if (auth1[at] !== 0) return false;
  }
  return true;
}

function cookieOf(crypto: Crypto, secret: Uint8Array, address: Uint8Array): Uint8Array {
  return crypto.hmacSha256(secret, address).subarray(0, cookieBytes);
}

function cookieMac(crypto: Crypto, cookie: Uint8Array, auth1: Uint8Array): Uint8Array {
  return crypto.hmacSha256(cookie, auth1.subarray(0, cookieMacOffset)).subarray(0, macBytes);
}

/** A key for each RETRY, so that its nonce may be of any length: it is a salt. */
function sealingKey(crypto: Crypto, gateKey: Uint8Array, nonce: Uint8Array): Uint8Array {
  return crypto.hmacSha256(gateKey, sealLabel, nonce);
}

function writeBound(
  into: Uint8Array,
  at: number,
  clientConnectionId: number,
  auth1: Uint8Array,
): void {
  into[at] = datagramTypes.retry;
  into[at + 1] = clientConnectionId >>> 24;
  into[at + 2] = clientConnectionId >>> 16;
  into[at + 3] = clientConnectionId >>> 8;
  into[at + 4] = clientConnectionId;
  for (let i = 0; i < macBytes; i++) into[at + retryHeaderBytes + i] = auth1[gateMacOffset + i]!;
}

/** As a whole number of 16 bytes, which never comes round. */
function countUp(nonce: Uint8Array): void {
  for (let at = nonce.length - 1; at >= 0; at--) {
    const byte = (nonce[at]! + 1) & 0xff;
    nonce[at] = byte;
    if (byte !== 0) return;
  }
}
