// A folder with a certificate authority of one's own and a server's certificate under it, as
// `paperclip certs` and the server itself make and find it. Keys are in files that their owner
// alone may read; the authority's certificate is what clients are given.

import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type CertifiedKey,
  makeAuthority,
  makeServerCertificate,
} from '../../driver/certificates.ts';
import { makeFolder } from './make-folder.ts';

export interface CertificateFiles {
  /** The authority's, for clients. */
  readonly ca: string;
  readonly caKey: string;
  readonly cert: string;
  readonly key: string;
}

export const certificateFiles = (folder: string): CertificateFiles => ({
  ca: join(folder, 'ca.pem'),
  caKey: join(folder, 'ca-key.pem'),
  cert: join(folder, 'server.pem'),
  key: join(folder, 'server-key.pem'),
});

export interface CertificateWish {
  /** Names and addresses that clients connect to. */
  readonly names: readonly string[];
  readonly nowMs: number;
}

export interface MadeCertificates {
  readonly authority: CertifiedKey;
  readonly server: CertifiedKey;
}

const dayMs = 24 * 3600 * 1000;
/** What clients of all makes accept at most. */
const serverValidMs = 825 * dayMs;
/** So that clients need not be given another soon. */
const authorityValidMs = 10 * 365 * dayMs;
/** One with less left is made anew. */
const renewBeforeMs = 30 * dayMs;
/** Clocks of clients may be behind. */
const backdatedMs = dayMs;

/** Under that authority, or under a new one. */
export function makeCertificates(
  { names, nowMs }: CertificateWish,
  kept?: CertifiedKey,
): MadeCertificates {
  const notBeforeMs = nowMs - backdatedMs;
  const authority =
    kept ??
    makeAuthority({
      name: 'Paperclip local authority',
      notBeforeMs,
      notAfterMs: nowMs + authorityValidMs,
    });
  const validity = { notBeforeMs, notAfterMs: nowMs + serverValidMs };
  return { authority, server: makeServerCertificate(authority, names, validity) };
}

/** Throws what the file system says. */
export function writeCertificates(folder: string, made: MadeCertificates): CertificateFiles {
  const files = certificateFiles(folder);
  makeFolder(folder, { mode: 0o700 });
  // Keys first: a certificate without its key would be taken for a whole pair.
  writeWhole(files.key, made.server.key);
  writeWhole(files.caKey, made.authority.key);
  writeWhole(files.ca, made.authority.cert);
  writeWhole(files.cert, made.server.cert);
  return files;
}

/** Undefined when there is none, or one that does not serve (any more). */
export function readServerCertificate(
  files: CertificateFiles,
  { names, nowMs }: CertificateWish,
): CertifiedKey | undefined {
  try {
    const pair = { cert: readFileSync(files.cert, 'utf8'), key: readFileSync(files.key, 'utf8') };
    const certificate = new X509Certificate(pair.cert);
    const authority = new X509Certificate(readFileSync(files.ca, 'utf8'));
    const isWhole =
      certificate.checkPrivateKey(createPrivateKey(pair.key)) &&
      certificate.verify(authority.publicKey);
    const isFresh = Date.parse(certificate.validTo) - nowMs > renewBeforeMs;
    const fits = names.every(
      (name) =>
        certificate.checkHost(name) !== undefined || certificate.checkIP(name) !== undefined,
    );
    return isWhole && isFresh && fits ? pair : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined when there is none, or one that could not sign a server's certificate now. */
export function readAuthority(
  files: CertificateFiles,
  { nowMs }: Pick<CertificateWish, 'nowMs'>,
): CertifiedKey | undefined {
  try {
    const pair = { cert: readFileSync(files.ca, 'utf8'), key: readFileSync(files.caKey, 'utf8') };
    const certificate = new X509Certificate(pair.cert);
    const isWhole = certificate.checkPrivateKey(createPrivateKey(pair.key));
    // A server's certificate does not outlast its authority's.
    const isFresh = Date.parse(certificate.validTo) - nowMs > serverValidMs;
    return isWhole && isFresh ? pair : undefined;
  } catch {
    return undefined;
  }
}

function writeWhole(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
