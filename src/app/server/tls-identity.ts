// The certificate that the TLS ports show: the operator's own, or one that is made here. A made one
// hangs under an authority that is made with it, so that clients have one file to believe; it is
// made anew before it runs out. Keys are in files that their owner alone may read.

import { X509Certificate } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type CertifiedKey,
  makeAuthority,
  makeServerCertificate,
} from '../../driver/certificates.ts';
import { ConfigError } from './config-error.ts';
import { makeFolder } from './make-folder.ts';

export interface TlsIdentity extends CertifiedKey {
  /** PEM file that clients give as `--ca`; undefined where the operator's own is used. */
  readonly authorityFile?: string;
}

export interface TlsIdentityOptions {
  /** PEM files of the operator's, both or neither. */
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
  /** Where made ones are kept; undefined: for this run alone. */
  readonly folder: string | undefined;
  /** Names and addresses that clients connect to. */
  readonly names: readonly string[];
  readonly nowMs: number;
}

const dayMs = 24 * 3600 * 1000;
const validMs = 825 * dayMs;
/** A made certificate with less left is made anew at the next start. */
const renewBeforeMs = 30 * dayMs;
/** Clocks of clients may be behind. */
const backdatedMs = dayMs;

/** Throws a `ConfigError` when given files cannot be used or made ones cannot be kept. */
export function openTlsIdentity(options: TlsIdentityOptions): TlsIdentity {
  const { certFile, keyFile, folder } = options;
  if (certFile !== undefined && keyFile !== undefined) {
    return { cert: readPem('--tls-cert', certFile), key: readPem('--tls-key', keyFile) };
  }
  if (folder === undefined) return makeIdentity(options).server;
  const files = {
    ca: join(folder, 'ca.pem'),
    cert: join(folder, 'server.pem'),
    key: join(folder, 'server-key.pem'),
  };
  const kept = keptIdentity(files, options);
  if (kept !== undefined) return { ...kept, authorityFile: files.ca };
  const made = makeIdentity(options);
  try {
    makeFolder(folder, { mode: 0o700 });
    // The key first: a certificate without its key would be taken for a whole pair.
    writeWhole(files.key, made.server.key);
    writeWhole(files.ca, made.authority.cert);
    writeWhole(files.cert, made.server.cert);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError(`The TLS certificate in ${folder} cannot be kept: ${why}.`);
  }
  return { ...made.server, authorityFile: files.ca };
}

function makeIdentity({ names, nowMs }: TlsIdentityOptions): {
  readonly authority: CertifiedKey;
  readonly server: CertifiedKey;
} {
  const validity = { notBeforeMs: nowMs - backdatedMs, notAfterMs: nowMs + validMs };
  const authority = makeAuthority({ name: 'Paperclip local authority', ...validity });
  return { authority, server: makeServerCertificate(authority, names, validity) };
}

/** Undefined when there is none, or one that does not serve any more. */
function keptIdentity(
  files: { readonly cert: string; readonly key: string },
  { names, nowMs }: TlsIdentityOptions,
): CertifiedKey | undefined {
  try {
    const identity = {
      cert: readFileSync(files.cert, 'utf8'),
      key: readFileSync(files.key, 'utf8'),
    };
    const certificate = new X509Certificate(identity.cert);
    const isFresh = Date.parse(certificate.validTo) - nowMs > renewBeforeMs;
    const fits = names.every(
      (name) =>
        certificate.checkHost(name) !== undefined || certificate.checkIP(name) !== undefined,
    );
    return isFresh && fits ? identity : undefined;
  } catch {
    return undefined;
  }
}

function readPem(flag: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError(`${flag} ${file} cannot be read: ${why}.`);
  }
}

function writeWhole(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
