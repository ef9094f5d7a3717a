// The certificate that the TLS ports show: the operator's own, or one that is made here. A made one
// hangs under an authority that is made with it, so that clients have one file to believe; it is
// made anew before it runs out, under the same authority.

import { readFileSync } from 'node:fs';
import type { CertifiedKey } from '../../driver/certificates.ts';
import {
  certificateFiles,
  makeCertificates,
  readAuthority,
  readServerCertificate,
  writeCertificates,
} from './certificate-folder.ts';
import { ConfigError } from './config-error.ts';

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

/** Throws a `ConfigError` when given files cannot be used or made ones cannot be kept. */
export function openTlsIdentity(options: TlsIdentityOptions): TlsIdentity {
  const { certFile, keyFile, folder } = options;
  if (certFile !== undefined && keyFile !== undefined) {
    return { cert: readPem('--tls-cert', certFile), key: readPem('--tls-key', keyFile) };
  }
  if (folder === undefined) return makeCertificates(options).server;
  const files = certificateFiles(folder);
  const kept = readServerCertificate(files, options);
  if (kept !== undefined) return { ...kept, authorityFile: files.ca };
  const made = makeCertificates(options, readAuthority(files, options));
  try {
    writeCertificates(folder, made);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError(`The TLS certificate in ${folder} cannot be kept: ${why}.`);
  }
  return { ...made.server, authorityFile: files.ca };
}

function readPem(flag: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError(`${flag} ${file} cannot be read: ${why}.`);
  }
}
