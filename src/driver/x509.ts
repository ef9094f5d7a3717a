// What every X.509 certificate that is written here is made of (RFC 5280 section 4.1): the signed
// content, its extensions and its names. Which certificates there are stands in `certificates.ts`
// and `classic-certificates.ts`; keys and signatures are node:crypto's.

import { type KeyObject, randomBytes, sign } from 'node:crypto';
import { concatBytes } from '../base/bytes.ts';
import {
  bits,
  bytesOf,
  integer,
  nothing,
  oid,
  sequence,
  set,
  tagged,
  text,
  time,
  yes,
} from './der.ts';

export interface Validity {
  /** Unix milliseconds, cut to whole seconds. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** Of the issuer's key; the hash is SHA-256. */
const signatureAlgorithms = {
  ecdsa: sequence(oid('1.2.840.10045.4.3.2')),
  rsa: sequence(oid('1.2.840.113549.1.1.11'), nothing),
} as const;

export interface CertificateContent {
  readonly algorithm: keyof typeof signatureAlgorithms;
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly publicKey: KeyObject;
  readonly validity: Validity;
  readonly extensions: readonly Uint8Array[];
}

const serialBytes = 16;

/** In DER. */
export function signedCertificate(content: CertificateContent, issuerKey: KeyObject): Uint8Array {
  const { notBeforeMs, notAfterMs } = content.validity;
  if (!(notBeforeMs < notAfterMs)) throw new RangeError('notAfterMs must be after notBeforeMs');
  const algorithm = signatureAlgorithms[content.algorithm];
  const serial = new Uint8Array(randomBytes(serialBytes));
  // Positive, and of full length.
  serial[0] = (serial[0]! & 0x7f) | 0x40;
  const version3 = tagged(0xa0, integer(Uint8Array.of(2)));
  const signed = sequence(
    version3,
    integer(serial),
    algorithm,
    content.issuer,
    sequence(time(notBeforeMs), time(notAfterMs)),
    content.subject,
    spkiOf(content.publicKey),
    tagged(0xa3, sequence(...content.extensions)),
  );
  const signature = new Uint8Array(sign('sha256', signed, issuerKey));
  return sequence(signed, algorithm, bits(signature, 0));
}

export function extension(id: string, isCritical: boolean, value: Uint8Array): Uint8Array {
  return sequence(oid(id), ...(isCritical ? [yes] : []), bytesOf(value));
}

/** One attribute of a name in a set of its own, as a UTF8String. */
export const nameAttribute = (id: string, value: string): Uint8Array =>
  set(sequence(oid(id), text(value)));

/** A certificate's extension and the attribute of a name that more than one kind of it has. */
export const oids = { commonName: '2.5.4.3', alternativeNames: '2.5.29.17' } as const;

export const spkiOf = (publicKey: KeyObject): Uint8Array =>
  concatBytes(publicKey.export({ type: 'spki', format: 'der' }));
