// A RETRY and the AUTH 1 that shows its cookie, for whoever writes a second implementation from the
// paper: docs/protocol/vectors/retry.json. It goes on from the AUTH 1 of handshake.json.
// After a deliberate change of the bytes: UPDATE_VECTORS=1 node --test <this file>

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { env } from 'node:process';
import { test } from 'node:test';
import { fromHex, toHex, utf8 } from '../../base/bytes.ts';
import { authLimits, decodeRetry } from '../../codec/paperclip/auth.ts';
import { createSodiumCrypto } from '../../driver/crypto-sodium.ts';
import { HostCookies, openRetry, showCookie } from './cookies.ts';

const vectors = new URL('../../../docs/protocol/vectors/', import.meta.url);
const file = new URL('retry.json', vectors);
const clientAddress = '192.0.2.7:40112';

interface HandshakeVector {
  readonly gateKey: string;
  readonly auth1: string;
  readonly clientConnectionId: number;
}

function makeVector(handshake: HandshakeVector): Readonly<Record<string, unknown>> {
  const secret = Uint8Array.from({ length: 32 }, (_, i) => i);
  const drawn = [new Uint8Array(16).fill(0xa0), secret];
  const crypto = createSodiumCrypto({ randomBytes: () => drawn.shift()! });
  const gateKey = fromHex(handshake.gateKey)!;
  const auth1 = fromHex(handshake.auth1)!;
  const from = { key: clientAddress };
  const cookies = new HostCookies(crypto, 0);
  const retry = cookies.retry(0, from, gateKey, handshake.clientConnectionId, auth1);
  const decoded = decodeRetry(retry);
  assert.ok(decoded.ok);
  const cookie = openRetry(crypto, gateKey, auth1, decoded.value);
  assert.ok(cookie !== undefined);
  showCookie(crypto, cookie, auth1);
  assert.equal(cookies.check(0, from, auth1), undefined);
  const label = 'paperclip 1 retry';
  return {
    about: 'What a host under load answers to the AUTH 1 of handshake.json, and what that becomes.',
    label,
    gateKey: toHex(gateKey),
    gateMac: toHex(auth1.subarray(authLimits.gateMacOffset, authLimits.cookieMacOffset)),
    cookieSecret: toHex(secret),
    clientAddress,
    cookie: toHex(cookie),
    nonce: toHex(decoded.value.nonce),
    sealingKey: toHex(crypto.hmacSha256(gateKey, utf8(label), decoded.value.nonce)),
    retry: toHex(retry),
    cookieMac: toHex(auth1.subarray(authLimits.cookieMacOffset)),
    auth1WithCookie: toHex(auth1),
  };
}

test('a RETRY makes the bytes of docs/protocol/vectors/retry.json', () => {
  const read = (from: URL) => readFileSync(from, 'utf8');
  const handshake = JSON.parse(read(new URL('handshake.json', vectors))) as HandshakeVector;
  const made = `${JSON.stringify(makeVector(handshake), undefined, 1)}\n`;
  if (env['UPDATE_VECTORS'] === '1') writeFileSync(file, made);
  assert.equal(read(file), made);
});
