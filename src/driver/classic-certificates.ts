// The certificates of Paperclip 0: self-signed, RSA-2048 with SHA-256, good for a day, with the
// account's number and name in the subject, or neither for a server. Written in DER here (decision
// 24), read by OpenSSL; what OpenSSL lets through and this wire does not is refused here.
//
// Reading says what a certificate claims. Whose key must have signed it is the platform's to know.

import { createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import { equalBytes, toHex, utf8 } from '../base/bytes.ts';
import { sequence, tagged } from './der.ts';
import {
  extension,
  nameAttribute,
  signedCertificate,
  type Validity,
  oids as x509Oids,
} from './x509.ts';

/** The private key, RSA with 2048 bits, signs a certificate for itself. */
export interface ClassicCertificateOptions extends Validity {
  readonly key: KeyObject;
  /** Of a player; a server has none. The name has 1 to 64 characters. */
  readonly account?: { readonly number: number; readonly name: string };
}

export interface ReadClassicCertificate extends Validity {
  /** Undefined of a server. */
  readonly accountNumber: number | undefined;
  /** Whether this key (DER SubjectPublicKeyInfo, RSA) signed it. */
  isSignedBy(publicKey: Uint8Array): boolean;
}

export const classicCertificateBytesMax = 4096;

const organization = 'Paperclip';
const commonName = '127.0.0.1';
const oids = {
  ...x509Oids,
  organization: '2.5.4.10',
  userId: '0.9.2342.19200300.100.1.1',
  pseudonym: '2.5.4.65',
} as const;

/** DER. */
export function makeClassicCertificate(options: ClassicCertificateOptions): Uint8Array {
  const { key, account, notBeforeMs, notAfterMs } = options;
  const name = sequence(
    nameAttribute(oids.organization, organization),
    nameAttribute(oids.commonName, commonName),
    ...(account === undefined
      ? []
      : [
          nameAttribute(oids.userId, String(account.number)),
          nameAttribute(oids.pseudonym, account.name),
        ]),
  );
  const localhost = sequence(tagged(0x82, utf8('localhost')));
  const content = {
    algorithm: 'rsa',
    issuer: name,
    subject: name,
    publicKey: createPublicKey(key),
    validity: { notBeforeMs, notAfterMs },
    extensions: [extension(oids.alternativeNames, false, localhost)],
  } as const;
  return signedCertificate(content, key);
}

/**
 * Where a certificate of RSA-2048 with SHA-256 ends: the algorithm sha256WithRSAEncryption, then a
 * bit string of 256 bytes. OpenSSL would check a signature with MD5 as well.
 */
const tailBeforeSignature = '300d06092a864886f70d01010b05000382010100';
const signatureBytes = 256;

/** Undefined for what is no such certificate. It may have run out; anyone may have signed it. */
export function readClassicCertificate(der: Uint8Array): ReadClassicCertificate | undefined {
  const tailFrom = der.length - signatureBytes - tailBeforeSignature.length / 2;
  if (der.length > classicCertificateBytesMax || tailFrom < 0) return undefined;
  const tail = toHex(der.subarray(tailFrom, der.length - signatureBytes));
  if (tail !== tailBeforeSignature) return undefined;
  try {
    const certificate = new X509Certificate(der);
    // It reads PEM as well, and ignores what follows.
    if (!equalBytes(certificate.raw, der)) return undefined;
    if (certificate.subject !== certificate.issuer) return undefined;
    const accountNumber = accountNumberOf(certificate);
    if (accountNumber === 'malformed') return undefined;
    return {
      accountNumber,
      notBeforeMs: certificate.validFromDate.getTime(),
      notAfterMs: certificate.validToDate.getTime(),
      isSignedBy: (publicKey) => isSignedBy(certificate, publicKey),
    };
  } catch {
    // Boundary: OpenSSL throws on what it cannot read, and why is nobody's business here.
    return undefined;
  }
}

function accountNumberOf(certificate: X509Certificate): number | undefined | 'malformed' {
  // By attribute, and a list where one comes twice; the text in `subject` needs unescaping.
  const subject: object = certificate.toLegacyObject().subject;
  const attribute = (name: string): unknown => Reflect.get(subject, name);
  if (attribute('O') !== organization || attribute('CN') !== commonName) return 'malformed';
  const number = attribute('UID');
  if (number === undefined) return undefined;
  const isNumber = typeof number === 'string' && /^[1-9]\d{0,14}$/.test(number);
  return isNumber ? Number(number) : 'malformed';
}

function isSignedBy(certificate: X509Certificate, publicKey: Uint8Array): boolean {
  const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' });
  return certificate.verify(key);
}
