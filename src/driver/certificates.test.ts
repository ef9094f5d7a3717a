// Certificates as OpenSSL reads them. That TLS takes them is shown by `tcp.test.ts`.

import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { makeAuthority, makeServerCertificate } from './certificates.ts';

const validity = {
  notBeforeMs: Date.UTC(2025, 0, 2, 3, 4, 5),
  notAfterMs: Date.UTC(2055, 0, 2, 3, 4, 5),
};
const authority = makeAuthority({ name: 'Paperclip (test)', ...validity });
const names = ['localhost', '*.example.org', '127.0.0.1', '::1', '2001:db8::5:0:1'];

test('an authority signs itself and may sign servers only', () => {
  const cert = new X509Certificate(authority.cert);
  assert.equal(cert.ca, true);
  assert.equal(cert.subject, 'CN=Paperclip (test)');
  assert.ok(cert.verify(cert.publicKey));
  assert.ok(cert.checkIssued(cert));
});

test('a server certificate is issued by its authority, for its names and no others', () => {
  const server = makeServerCertificate(authority, names, validity);
  const cert = new X509Certificate(server.cert);
  const issuer = new X509Certificate(authority.cert);
  assert.ok(cert.checkIssued(issuer));
  assert.ok(cert.verify(issuer.publicKey));
  assert.equal(cert.ca, false);
  assert.deepEqual(cert.keyUsage, ['1.3.6.1.5.5.7.3.1']);
  assert.equal(cert.checkHost('localhost'), 'localhost');
  assert.equal(cert.checkHost('play.example.org'), '*.example.org');
  assert.equal(cert.checkHost('example.com'), undefined);
  for (const address of ['127.0.0.1', '::1', '2001:db8::5:0:1']) {
    assert.equal(cert.checkIP(address), address);
  }
  assert.equal(cert.checkIP('127.0.0.2'), undefined);
  assert.match(server.key, /^-----BEGIN PRIVATE KEY-----\n/);
});

test('the dates are the ones that were asked for, before and after 2050', () => {
  const cert = new X509Certificate(authority.cert);
  assert.equal(cert.validFromDate.getTime(), validity.notBeforeMs);
  assert.equal(cert.validToDate.getTime(), validity.notAfterMs);
});

test('two certificates have two serial numbers, positive and 16 bytes long', () => {
  const serials = Array.from({ length: 20 }, () => {
    const { cert } = makeServerCertificate(authority, ['localhost'], validity);
    return new X509Certificate(cert).serialNumber;
  });
  assert.equal(new Set(serials).size, 20);
  for (const serial of serials) assert.match(serial, /^[4-7][0-9A-F]{31}$/);
});

test('a mistake of the caller throws and says which', () => {
  for (const bad of ['', 'a b', 'http://x', '-x.org', 'x..org', 'é.org', '*']) {
    assert.throws(() => makeServerCertificate(authority, [bad], validity), /names: /);
  }
  assert.throws(() => makeServerCertificate(authority, [], validity), /names: at least one/);
  const backwards = { notBeforeMs: 2_000, notAfterMs: 1_000 };
  assert.throws(() => makeServerCertificate(authority, ['a'], backwards), /notAfterMs/);
  for (const name of ['', 'a\nb', 'x'.repeat(65)]) {
    assert.throws(() => makeAuthority({ name, ...validity }), /^RangeError: name: /);
  }
  const other = makeAuthority({ name: 'Other', ...validity });
  const mixed = { key: other.key, cert: authority.cert };
  assert.throws(() => makeServerCertificate(mixed, ['a'], validity), /key of another/);
});
