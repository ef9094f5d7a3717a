import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, toHex, utf8 } from '../../base/bytes.ts';
import { authLimits, decodeRetry, type Retry } from '../../codec/paperclip/auth.ts';
import { createSodiumCrypto } from '../../driver/crypto-sodium.ts';
import { HostCookies, openRetry, showCookie } from './cookies.ts';
import { handshakeLimits } from './handshake-limits.ts';

const crypto = createSodiumCrypto();
const period = handshakeLimits.cookieRotationMs;
const gateKey = new Uint8Array(32).fill(4);
const home = { key: '127.0.0.1:5001' };

function someAuth1(): Uint8Array {
  return crypto.randomBytes(authLimits.auth1Bytes).fill(0, authLimits.cookieMacOffset);
}

function retryOf(cookies: HostCookies, auth1: Uint8Array, nowMs = 0, from = home): Retry {
  const decoded = decodeRetry(cookies.retry(nowMs, from, gateKey, 7, auth1));
  assert.ok(decoded.ok);
  return decoded.value;
}

function withCookie(cookies: HostCookies, nowMs = 0, from = home): Uint8Array {
  const auth1 = someAuth1();
  const cookie = openRetry(crypto, gateKey, auth1, retryOf(cookies, auth1, nowMs, from));
  assert.ok(cookie !== undefined);
  showCookie(crypto, cookie, auth1);
  return auth1;
}

test('RETRY has the bytes of the paper', () => {
  const drawn = [new Uint8Array(16).fill(2), new Uint8Array(32).fill(1)];
  const fixed = createSodiumCrypto({ randomBytes: () => drawn.shift()! });
  const auth1 = new Uint8Array(1_200).fill(3);
  const bytes = new HostCookies(fixed, 0).retry(0, home, gateKey, 0x11223344, auth1);

  const cookie = crypto.hmacSha256(new Uint8Array(32).fill(1), utf8('127.0.0.1:5001'));
  // Counted up for each RETRY.
  const nonce = new Uint8Array(16).fill(2).with(15, 3);
  const key = crypto.hmacSha256(gateKey, utf8('paperclip 1 retry'), nonce);
  const bound = fromHex(`1511223344${'03'.repeat(16)}`)!;
  const sealed = new Uint8Array(32);
  crypto.aeadKey(key).seal(sealed, 0, cookie, 0, 16, 0, bound, 0, bound.length);
  assert.equal(toHex(bytes), `1511223344${toHex(nonce)}${toHex(sealed)}`);

  showCookie(crypto, cookie.subarray(0, 16), auth1);
  const mac = crypto.hmacSha256(cookie.subarray(0, 16), auth1.subarray(0, 1_184));
  assert.equal(toHex(auth1.subarray(1_184)), toHex(mac.subarray(0, 16)));
});

test('a cookie is good for its own address and port only', () => {
  const cookies = new HostCookies(crypto, 0);
  const auth1 = withCookie(cookies);
  assert.equal(cookies.check(0, home, auth1), undefined);
  assert.equal(cookies.check(0, { key: '127.0.0.1:5002' }, auth1), 'cookie-mac');
  assert.equal(cookies.check(0, { key: '127.0.0.2:5001' }, auth1), 'cookie-mac');
});

test('a cookie is good while its secret is present and while it is the last, then no more', () => {
  const cookies = new HostCookies(crypto, 0);
  const auth1 = withCookie(cookies, period - 1);
  assert.equal(cookies.check(period - 1, home, auth1), undefined);
  assert.equal(cookies.check(2 * period - 1, home, auth1), undefined);
  assert.equal(cookies.check(2 * period, home, auth1), 'cookie-mac');
});

test('a secret that nobody asked for in two periods is forgotten with its cookies', () => {
  const cookies = new HostCookies(crypto, 0);
  const auth1 = withCookie(cookies);
  assert.equal(cookies.check(2 * period, home, auth1), 'cookie-mac');
});

test('a cookie is missing when all its bytes are zero, and wrong when any bit is', () => {
  const cookies = new HostCookies(crypto, 0);
  const auth1 = withCookie(cookies);
  for (let at = 0; at < authLimits.auth1Bytes; at++) {
    const bent = auth1.slice();
    bent[at]! ^= 0x10;
    assert.equal(cookies.check(0, home, bent), 'cookie-mac', `byte ${at}`);
  }
  assert.equal(cookies.check(0, home, auth1.fill(0, authLimits.cookieMacOffset)), 'cookie-missing');
});

test('a RETRY opens for the AUTH 1 it answers, with the gate key, and unbent', () => {
  const cookies = new HostCookies(crypto, 0);
  const auth1 = someAuth1();
  const retry = retryOf(cookies, auth1);
  const bend = (bytes: Uint8Array, at: number) => bytes.with(at, bytes[at]! ^ 1);
  assert.ok(openRetry(crypto, gateKey, auth1, retry));
  assert.equal(openRetry(crypto, gateKey, someAuth1(), retry), undefined);
  assert.equal(openRetry(crypto, bend(gateKey, 0), auth1, retry), undefined);
  for (let at = 0; at < 32; at++) {
    const sealedCookie = bend(retry.sealedCookie, at);
    assert.equal(openRetry(crypto, gateKey, auth1, { ...retry, sealedCookie }), undefined);
  }
  for (let at = 0; at < 16; at++) {
    const nonce = bend(retry.nonce, at);
    assert.equal(openRetry(crypto, gateKey, auth1, { ...retry, nonce }), undefined);
  }
  assert.equal(openRetry(crypto, gateKey, auth1, { ...retry, clientConnectionId: 8 }), undefined);
});

test('each RETRY is sealed anew, and their cookies are equal', () => {
  const cookies = new HostCookies(crypto, 0);
  const auth1 = someAuth1();
  const [one, two] = [retryOf(cookies, auth1), retryOf(cookies, auth1)];
  assert.notDeepEqual(one.nonce, two.nonce);
  assert.notDeepEqual(one.sealedCookie, two.sealedCookie);
  const opened = [one, two].map((retry) => openRetry(crypto, gateKey, auth1, retry));
  assert.deepEqual(opened[0], opened[1]);
});
