import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toHex } from '../../base/bytes.ts';
import {
  deviceIdOf,
  encodeKeyBundle,
  keyBundleText,
  readKeyBundle,
  readKeyBundleText,
  signKeyBundle,
} from './key-bundle.ts';
import { seededCrypto } from './sealed.fixture.ts';

const crypto = seededCrypto('bundle');
const counted = (from: number) => Uint8Array.from({ length: 32 }, (_, i) => from + i);
const bundle = signKeyBundle(crypto, counted(0), {
  exchangeKey: counted(0x20),
  prekeyId: 0x01020304,
  prekey: counted(0x40),
});

test('a bundle has the layout that its file says, and comes back', () => {
  const bytes = encodeKeyBundle(bundle);
  assert.equal(
    toHex(bytes.subarray(0, 101)),
    `01${toHex(bundle.identity)}${toHex(counted(0x20))}01020304${toHex(counted(0x40))}`,
  );
  assert.deepEqual(readKeyBundle(crypto, bytes), { ok: true, value: bundle });
  assert.equal(keyBundleText(bundle).length, 220);
  assert.deepEqual(readKeyBundleText(crypto, keyBundleText(bundle)), { ok: true, value: bundle });
});

test('every bit that is flipped is noticed', () => {
  const bytes = encodeKeyBundle(bundle);
  for (let at = 0; at < bytes.length; at++) {
    const bent = bytes.with(at, bytes[at]! ^ (1 << (at & 7)));
    const read = readKeyBundle(crypto, bent);
    assert.deepEqual(read, { ok: false, error: at === 0 ? 'version' : 'signature' }, `byte ${at}`);
  }
});

test('what is no bundle is refused with its reason', () => {
  const bytes = encodeKeyBundle(bundle);
  const none = readKeyBundle(crypto, new Uint8Array(0));
  assert.deepEqual(none, { ok: false, error: 'length' });
  assert.equal(readKeyBundle(crypto, Uint8Array.of(...bytes, 0)).ok, false);
  const zero = signKeyBundle(crypto, counted(0), { ...bundle, prekeyId: 0 });
  assert.deepEqual(readKeyBundle(crypto, encodeKeyBundle(zero)), {
    ok: false,
    error: 'prekey-id',
  });
  const text = keyBundleText(bundle);
  assert.deepEqual(readKeyBundleText(crypto, text.slice(1)), { ok: false, error: 'length' });
  const starred = readKeyBundleText(crypto, `*${text.slice(1)}`);
  assert.deepEqual(starred, { ok: false, error: 'not-base64url' });
});

test('another identity or exchange key is another device, another prekey is not', () => {
  const id = toHex(deviceIdOf(crypto, bundle));
  assert.equal(id.length, 32);
  assert.equal(toHex(deviceIdOf(crypto, { ...bundle, ...{ prekey: counted(9) } })), id);
  assert.notEqual(toHex(deviceIdOf(crypto, { ...bundle, identity: counted(9) })), id);
  assert.notEqual(toHex(deviceIdOf(crypto, { ...bundle, exchangeKey: counted(9) })), id);
});
