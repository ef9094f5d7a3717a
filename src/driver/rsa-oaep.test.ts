import assert from 'node:assert/strict';
import { generateKeyPairSync, webcrypto } from 'node:crypto';
import { test } from 'node:test';
import { generateRsaKeys, type RsaSealed, rsaFingerprint, rsaOpen, rsaSeal } from './rsa-oaep.ts';

const keys = await generateRsaKeys();
const other = await generateRsaKeys();
const parties = { sender: 'alice', receiver: 'bob' };

const sealed = (text: string): RsaSealed => {
  const result = rsaSeal(keys.publicKey, parties, text);
  assert.ok(result.ok);
  return result.value;
};
const refused = (error: string) => ({ ok: false, error });
const bent = (base64: string, at: number): string => {
  const bytes = Buffer.from(base64, 'base64');
  bytes[at]! ^= 1;
  return bytes.toString('base64');
};

test('a text comes back, and each sealing is another', () => {
  for (const text of ['', 'hello', 'Grüße \u{1f4ce}\ufeff', 'x'.repeat(32_768)]) {
    const one = sealed(text);
    assert.deepEqual(rsaOpen(keys.privateKey, parties, one), { ok: true, value: text });
    const again = sealed(text);
    assert.notEqual(again.message, one.message);
    assert.notEqual(again.sessionKey, one.sessionKey);
  }
});

test('another key, other names and names the other way round open nothing', () => {
  const one = sealed('hello');
  assert.deepEqual(rsaOpen(other.privateKey, parties, one), refused('session-key'));
  for (const names of [
    { sender: 'bob', receiver: 'alice' },
    { sender: 'alic', receiver: 'ebob' },
    { sender: 'alice', receiver: 'bobby' },
    { sender: 'mallory', receiver: 'bob' },
  ]) {
    assert.deepEqual(rsaOpen(keys.privateKey, names, one), refused('not-authentic'));
  }
});

test('names that could be taken for others are refused on both sides', () => {
  const one = sealed('hello');
  for (const names of [
    { sender: '', receiver: 'bob' },
    { sender: 'alice', receiver: '' },
    { sender: 'alice\0', receiver: 'bob' },
  ]) {
    assert.deepEqual(rsaSeal(keys.publicKey, names, 'hello'), refused('names'));
    assert.deepEqual(rsaOpen(keys.privateKey, names, one), refused('names'));
  }
});

test('a flipped bit in any byte of the message is refused', () => {
  const one = sealed('hello');
  const { length } = Buffer.from(one.message, 'base64');
  assert.equal(length, 12 + 5 + 16);
  for (let at = 0; at < length; at++) {
    const tampered = { ...one, message: bent(one.message, at) };
    assert.deepEqual(rsaOpen(keys.privateKey, parties, tampered), refused('not-authentic'));
  }
  for (const at of [0, 1, 100, 254, 255]) {
    const tampered = { ...one, sessionKey: bent(one.sessionKey, at) };
    assert.deepEqual(rsaOpen(keys.privateKey, parties, tampered), refused('session-key'));
  }
  const mixed = { ...one, sessionKey: sealed('hello').sessionKey };
  assert.deepEqual(rsaOpen(keys.privateKey, parties, mixed), refused('not-authentic'));
});

test('text that is not the one form of its bytes is refused', () => {
  const one = sealed('hello');
  for (const message of [
    '',
    'AAAA',
    `${one.message}=`,
    ` ${one.message}`,
    `${one.message}\n`,
    one.message.slice(0, 8),
    `-${one.message.slice(1)}`,
    'A'.repeat(60_000),
  ]) {
    const malformed = rsaOpen(keys.privateKey, parties, { ...one, message });
    assert.deepEqual(malformed, refused('malformed'), message.slice(0, 50));
  }
  for (const sessionKey of ['', 'AAAA', `${one.sessionKey}AAAA`, one.sessionKey.slice(4)]) {
    const malformed = rsaOpen(keys.privateKey, parties, { ...one, sessionKey });
    assert.deepEqual(malformed, refused('malformed'));
  }
});

test('only RSA keys of 2048 bits and exponent 65537 are sealed to', () => {
  const spki = (key: { export(o: { format: 'der'; type: 'spki' }): Buffer }) =>
    key.export({ format: 'der', type: 'spki' }).toString('base64');
  for (const publicKey of [
    '',
    'hello',
    keys.privateKey,
    `${keys.publicKey}AAAA`,
    spki(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey),
    spki(generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 }).publicKey),
    spki(generateKeyPairSync('x25519').publicKey),
    'A'.repeat(100_000),
  ]) {
    assert.deepEqual(rsaSeal(publicKey, parties, 'hello'), refused('public-key'));
    assert.equal(rsaFingerprint(publicKey), undefined);
  }
  assert.deepEqual(rsaSeal(keys.publicKey, parties, 'é'.repeat(16_385)), refused('too-long'));
});

test('a fingerprint is of the key alone', () => {
  assert.match(rsaFingerprint(keys.publicKey) ?? '', /^[0-9a-f]{4}( [0-9a-f]{4}){15}$/);
  assert.notEqual(rsaFingerprint(keys.publicKey), rsaFingerprint(other.publicKey));
});

test('a browser’s WebCrypto opens it: the padding, the hash and the order are standard', async () => {
  const one = sealed('hello');
  const { subtle } = webcrypto;
  const privateKey = await subtle.importKey(
    'pkcs8',
    Buffer.from(keys.privateKey, 'base64'),
    { name: 'RSA-OAEP', hash: 'SHA-256' },
    false,
    ['unwrapKey'],
  );
  const sessionKey = await subtle.unwrapKey(
    'raw',
    Buffer.from(one.sessionKey, 'base64'),
    privateKey,
    'RSA-OAEP',
    'AES-GCM',
    false,
    ['decrypt'],
  );
  const message = Buffer.from(one.message, 'base64');
  const additionalData = Buffer.from('alice\0bob');
  const plain = await subtle.decrypt(
    { name: 'AES-GCM', iv: message.subarray(0, 12), additionalData },
    sessionKey,
    message.subarray(12),
  );
  assert.equal(Buffer.from(plain).toString(), 'hello');
});
