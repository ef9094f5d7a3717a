// Certificates of Paperclip 0 as OpenSSL reads them, as the older implementation wrote them, and as
// a stranger might.

import assert from 'node:assert/strict';
import { createHash, createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { fromHex, toHex } from '../base/bytes.ts';
import {
  classicCertificateBytesMax,
  makeClassicCertificate,
  readClassicCertificate,
} from './classic-certificates.ts';
import { createClassicKeyMaker, makeClassicServerKey } from './classic-keys.ts';

type Key = Awaited<ReturnType<typeof makeClassicServerKey>>;

const vectorsFile = new URL('../../../shared/vectors/paperclip-0.json', import.meta.url);
const vectorsSkip = existsSync(vectorsFile) ? false : 'the vectors are not beside this project';

const day = { notBeforeMs: Date.UTC(2026, 4, 6), notAfterMs: Date.UTC(2026, 4, 7) };
const spki = (key: Key): Uint8Array =>
  new Uint8Array(createPublicKey(key).export({ type: 'spki', format: 'der' }));

describe('classic certificates', () => {
  let key: Key;
  let otherKey: Key;

  before(async () => {
    key = await makeClassicServerKey();
    otherKey = await makeClassicServerKey();
  });

  test('a player’s names the account by number and name, one attribute per set', () => {
    const account = { number: 1, name: 'Mario' };
    const der = makeClassicCertificate({ key, account, ...day });
    const certificate = new X509Certificate(der);
    assert.equal(certificate.subject, 'O=Paperclip\nCN=127.0.0.1\nUID=1\npseudonym=Mario');
    assert.equal(certificate.issuer, certificate.subject);
    assert.equal(certificate.subjectAltName, 'DNS:localhost');
    assert.equal(certificate.publicKey.asymmetricKeyDetails?.modulusLength, 2048);
    assert.ok(certificate.verify(certificate.publicKey));
    const read = readClassicCertificate(der);
    assert.equal(read?.accountNumber, 1);
    assert.equal(read.notBeforeMs, day.notBeforeMs);
    assert.equal(read.notAfterMs, day.notAfterMs);
    assert.equal(read.isSignedBy(spki(key)), true);
    assert.equal(read.isSignedBy(spki(otherKey)), false);
  });

  test('a server’s names nobody', () => {
    const der = makeClassicCertificate({ key, ...day });
    assert.equal(new X509Certificate(der).subject, 'O=Paperclip\nCN=127.0.0.1');
    const read = readClassicCertificate(der);
    assert.notEqual(read, undefined);
    assert.equal(read?.accountNumber, undefined);
  });

  test('a name beyond ASCII and a large number are read back', () => {
    const account = { number: 123_456_789_012_345, name: 'Jürgen 💚\\=,+' };
    const der = makeClassicCertificate({ key, account, ...day });
    assert.equal(readClassicCertificate(der)?.accountNumber, account.number);
  });

  test('a changed byte anywhere is no certificate or not signed by the key', () => {
    const der = makeClassicCertificate({ key, account: { number: 7, name: 'Mario' }, ...day });
    for (let at = 0; at < der.length; at += 3) {
      const changed = der.slice();
      changed[at]! ^= 0x01;
      const read = readClassicCertificate(changed);
      const isTaken = read?.isSignedBy(spki(key)) === true;
      assert.equal(isTaken, false, `byte ${at}`);
    }
  });

  test('what is cut off, has a tail, is PEM, or is too large is no certificate', () => {
    const der = makeClassicCertificate({ key, ...day });
    for (let length = 0; length < der.length; length += 7) {
      assert.equal(readClassicCertificate(der.slice(0, length)), undefined, `${length} bytes`);
    }
    assert.equal(readClassicCertificate(Uint8Array.of(...der, 0)), undefined);
    const pem = new TextEncoder().encode(new X509Certificate(der).toString());
    assert.equal(readClassicCertificate(pem), undefined);
    const huge = new Uint8Array(classicCertificateBytesMax + 1);
    huge.set(der, huge.length - der.length);
    assert.equal(readClassicCertificate(huge), undefined);
  });

  test('an account number that is none, or comes twice, is refused', () => {
    for (const number of [0, -1, 1.5, Number.NaN, 1e21]) {
      const der = makeClassicCertificate({ key, account: { number, name: 'Mario' }, ...day });
      assert.equal(readClassicCertificate(der), undefined, String(number));
    }
  });

  test('the older implementation’s are read, and carry the names ours do', {
    skip: vectorsSkip,
  }, () => {
    const { handshake } = JSON.parse(readFileSync(vectorsFile, 'utf8')) as {
      readonly handshake: Readonly<
        Record<'client_certificate' | 'server_certificate', { readonly der: string }>
      >;
    };
    const client = fromHex(handshake.client_certificate.der)!;
    const server = fromHex(handshake.server_certificate.der)!;
    const own = new X509Certificate(client).publicKey.export({ type: 'spki', format: 'der' });
    const read = readClassicCertificate(client);
    assert.equal(read?.accountNumber, 1);
    assert.equal(read.notBeforeMs, Date.UTC(2024, 4, 10, 8, 40));
    assert.equal(read.notAfterMs, Date.UTC(2024, 4, 11, 8, 40));
    assert.equal(read.isSignedBy(own), true);
    assert.equal(readClassicCertificate(server)?.isSignedBy(own), false);
    assert.equal(readClassicCertificate(server)?.accountNumber, undefined);
    // From the algorithm to the key is what the two have in common, but for the dates.
    const dates = {
      notBeforeMs: Date.UTC(2024, 4, 10, 8, 40),
      notAfterMs: Date.UTC(2024, 4, 11, 8, 40),
    };
    for (const [der, account] of [
      [client, { number: 1, name: 'Mario' }],
      [server, undefined],
    ] as const) {
      const ours = makeClassicCertificate({ key, ...dates, ...(account && { account }) });
      assert.equal(afterSerial(ours), afterSerial(der));
      assert.equal(extensionsOf(ours), extensionsOf(der));
    }
  });
});

/** The algorithm, both names and the dates, up to the key. */
function afterSerial(der: Uint8Array): string {
  const [from, to] = ['300d06092a864886f70d01010b0500', '30820122300d06092a864886f70d010101'];
  const text = toHex(der);
  return text.slice(text.indexOf(from), text.indexOf(to));
}

const extensionsOf = (der: Uint8Array): string =>
  /a318301630140603551d11.{28}/.exec(toHex(der))![0];

describe('classic account keys', () => {
  const maker = createClassicKeyMaker({ atOnce: 1, queuedMax: 1, rounds: 70_000 });

  test('the private key opens with the password and no other, and is the public one’s', async () => {
    const pair = await maker.make('pässword 🔑');
    const open = (passphrase: string) =>
      createPrivateKey({
        key: Buffer.from(pair.privateKey),
        format: 'der',
        type: 'pkcs8',
        passphrase,
      });
    const key = open('pässword 🔑');
    assert.equal(toHex(spki(key)), toHex(pair.publicKey));
    assert.equal(key.asymmetricKeyDetails?.modulusLength, 2048);
    assert.throws(() => open('password'));
  });

  test('it is encrypted by PBES2 with PBKDF2-SHA256, as many rounds as asked, and AES-256-CBC', async () => {
    const { privateKey } = await maker.make('secret');
    const text = toHex(privateKey);
    for (const part of [
      '06092a864886f70d01050d', // PBES2
      '06092a864886f70d01050c', // PBKDF2
      '0203011170', // 70000 rounds
      '300c06082a864886f70d02090500', // HMAC with SHA-256
      '060960864801650304012a', // AES-256-CBC
    ]) {
      assert.ok(text.includes(part), part);
    }
  });

  test('one more than may wait is turned away', async () => {
    const first = maker.make('a');
    const second = maker.make('b');
    await assert.rejects(maker.make('c'), { name: 'QueueFull' });
    const [a, b] = await Promise.all([first, second]);
    const print = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
    assert.notEqual(print(a.publicKey), print(b.publicKey));
  });
});
