// X.509 certificates for servers of one's own: an authority that clients are told to believe, and
// a certificate of it for each server. ECDSA on P-256 with SHA-256, which every TLS client takes.
//
// It only writes (RFC 5280, DER); nothing here reads a certificate or decides whether to trust one,
// that is OpenSSL's. Keys and signatures are node:crypto's.

import {
  createHash,
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  X509Certificate,
} from 'node:crypto';
import { isIP, isIPv4 } from 'node:net';
import { concatBytes, utf8 } from '../base/bytes.ts';
import { bits, bytesOf, integer, oid, sequence, tagged, yes } from './der.ts';
import {
  type CertificateContent,
  extension,
  nameAttribute,
  signedCertificate,
  spkiOf,
  type Validity,
  oids as x509Oids,
} from './x509.ts';

/** PEM texts. The key is secret (PKCS #8). */
export interface CertifiedKey {
  readonly key: string;
  readonly cert: string;
}

export interface AuthorityOptions extends Validity {
  /** For people who look at the certificate: 1 to 64 characters. */
  readonly name: string;
}

/** An authority of its own, for servers' certificates and for nothing else. */
export function makeAuthority(options: AuthorityOptions): CertifiedKey {
  const { publicKey, privateKey } = newKeys();
  const id = keyIdOf(publicKey);
  const name = nameOf(options.name);
  const extensions = [
    extension(oids.basicConstraints, true, sequence(yes, integer(Uint8Array.of(0)))),
    extension(oids.keyUsage, true, bits(Uint8Array.of(keyUsage.certificatesAndLists), 1)),
    extension(oids.subjectKeyId, false, bytesOf(id)),
  ];
  const content = { issuer: name, subject: name, publicKey, validity: options, extensions };
  return { key: pemOf(privateKey), cert: certificate(content, privateKey) };
}

/**
 * A certificate for the server that is reached by these names: DNS names (`play.example.org`,
 * `*.example.org`, `localhost`) and numeric addresses.
 */
export function makeServerCertificate(
  authority: CertifiedKey,
  names: readonly string[],
  validity: Validity,
): CertifiedKey {
  const [first] = names;
  if (first === undefined) throw new RangeError('names: at least one DNS name or address');
  const issuerKey = createPrivateKey(authority.key);
  const issuer = new X509Certificate(authority.cert);
  if (!issuer.checkPrivateKey(issuerKey)) throw new Error('the authority has the key of another');
  const { publicKey, privateKey } = newKeys();
  const serverAuthentication = sequence(oid(oids.serverAuthentication));
  const issuerId = sequence(tagged(0x80, keyIdOf(issuer.publicKey)));
  const extensions = [
    extension(oids.basicConstraints, true, sequence()),
    extension(oids.keyUsage, true, bits(Uint8Array.of(keyUsage.signatures), 7)),
    extension(oids.extendedKeyUsage, false, serverAuthentication),
    extension(oids.subjectKeyId, false, bytesOf(keyIdOf(publicKey))),
    extension(oids.authorityKeyId, false, issuerId),
    extension(oids.alternativeNames, false, sequence(...names.map(alternativeName))),
  ];
  // The subject may say what it likes: clients go by the alternative names.
  const subject = nameOf(first.slice(0, commonNameCharactersMax));
  const commonName = /^CN=(.*)$/m.exec(issuer.subject)?.[1];
  if (commonName === undefined) throw new Error('the authority was not made by makeAuthority');
  const content = { issuer: nameOf(commonName), subject, publicKey, validity, extensions };
  return { key: pemOf(privateKey), cert: certificate(content, issuerKey) };
}

const oids = {
  ...x509Oids,
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  basicConstraints: '2.5.29.19',
  authorityKeyId: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuthentication: '1.3.6.1.5.5.7.3.1',
} as const;

/** RFC 5280 section 4.2.1.3: the highest bit is the first. */
const keyUsage = { signatures: 0x80, certificatesAndLists: 0x06 } as const;
/** RFC 5280 appendix A.1: ub-common-name. */
const commonNameCharactersMax = 64;
/** As PEM. */
function certificate(content: Omit<CertificateContent, 'algorithm'>, key: KeyObject): string {
  const whole = signedCertificate({ ...content, algorithm: 'ecdsa' }, key);
  const lines =
    Buffer.from(whole)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function nameOf(commonName: string): Uint8Array {
  if (!/^[\w .:*()-]{1,64}$/.test(commonName)) {
    throw new RangeError('name: 1 to 64 letters, digits, spaces and any of _ . : * ( ) -');
  }
  return sequence(nameAttribute(oids.commonName, commonName));
}

/** RFC 5280 section 4.2.1.6: dNSName is [2], iPAddress is [7]. */
function alternativeName(name: string): Uint8Array {
  if (isIP(name) !== 0) return tagged(0x87, addressBytes(name));
  if (!/^(\*\.)?([a-z0-9_]([a-z0-9-]*[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]*[a-z0-9])?$/i.test(name)) {
    throw new RangeError(`names: ${JSON.stringify(name)} is neither a DNS name nor an address`);
  }
  return tagged(0x82, utf8(name));
}

function addressBytes(address: string): Uint8Array {
  if (isIPv4(address)) return Uint8Array.from(address.split('.'), Number);
  // The URL parser writes IPv6 in one way: lower case, no IPv4 tail.
  const plain = new URL(`http://[${address.replace(/%.*/, '')}]`).hostname.slice(1, -1);
  const [front = [], back] = plain
    .split('::')
    .map((half) => half.split(':').filter((group) => group !== ''));
  const zeros = Array<string>(8 - front.length - (back?.length ?? 0)).fill('0');
  const groups = back === undefined ? front : [...front, ...zeros, ...back];
  return Uint8Array.from(
    groups.flatMap((group) => {
      const value = Number.parseInt(group, 16);
      return [value >> 8, value & 255];
    }),
  );
}

const newKeys = () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' });

/** RFC 7093 section 2, method 1: of a P-256 key, the last 65 bytes are the point. */
const keyIdOf = (publicKey: KeyObject): Uint8Array =>
  concatBytes(
    createHash('sha256').update(spkiOf(publicKey).subarray(-65)).digest().subarray(0, 20),
  );

const pemOf = (privateKey: KeyObject): string =>
  privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
