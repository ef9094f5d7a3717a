// The server's two secrets: the key that signs access tokens, and the seed of the Ed25519 key that
// signs match tickets. They are made at the first start and kept in a file that its owner alone may
// read; whoever has them can be any player. A key that only some servers need has a file of its own
// beside it.

import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { fromBase64Url, toBase64Url } from '../../base/bytes.ts';
import { parseJson } from '../../base/json.ts';
import { ConfigError } from './config-error.ts';
import { makeFolder } from './make-folder.ts';

export interface Secrets {
  /** HMAC-SHA-256 key of access tokens. */
  readonly tokenKey: Uint8Array<ArrayBuffer>;
  /** Ed25519 seed (RFC 8032) of match tickets. */
  readonly ticketSeed: Uint8Array<ArrayBuffer>;
}

export interface OpenedSecrets extends Secrets {
  /** `made`: a new file. `unsaved`: nothing outlives this run. */
  readonly origin: 'read' | 'made' | 'unsaved';
}

const keyBytes = 32;
const format = 1;

/** Throws a `ConfigError` when the file is there and must not be used, or cannot be made. */
export function openSecrets(path: string | undefined): OpenedSecrets {
  if (path === undefined) return { ...makeSecrets(), origin: 'unsaved' };
  const secrets = makeSecrets();
  const text = JSON.stringify({
    format,
    tokenKey: toBase64Url(secrets.tokenKey),
    ticketSeed: toBase64Url(secrets.ticketSeed),
  });
  return writeNew(path, `${text}\n`)
    ? { ...secrets, origin: 'made' }
    : { ...readSecrets(path), origin: 'read' };
}

/**
 * The text of a key: as it is in the file, or what `make` gives and is kept there from now on.
 * Rejects with a `ConfigError` when the file is there and must not be used, or cannot be made.
 */
export async function openSecretKey(
  path: string | undefined,
  make: () => Promise<string>,
): Promise<string> {
  if (path === undefined) return make();
  if (existsSync(path)) return readPrivate(path);
  const made = await make();
  // Another server may have been faster.
  return writeNew(path, made) ? made : readPrivate(path);
}

const makeSecrets = (): Secrets => ({
  tokenKey: new Uint8Array(randomBytes(keyBytes)),
  ticketSeed: new Uint8Array(randomBytes(keyBytes)),
});

/** False when there is a file already. Exclusive, so that two servers cannot both write one. */
function writeNew(path: string, text: string): boolean {
  try {
    makeFolder(dirname(path), { mode: 0o700 });
    const file = openSync(path, 'wx', 0o600);
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    return true;
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') return false;
    throw new ConfigError(`The secrets file ${path} cannot be made: ${messageOf(cause)}.`);
  }
}

/** Throws a `ConfigError` when it cannot be read, or not by its owner alone. */
function readPrivate(path: string): string {
  try {
    const { mode } = statSync(path);
    // Windows has no such bits; its files take the rights of the folder.
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new ConfigError(
        `Others may read the secrets in ${path} (mode ${(mode & 0o777).toString(8)}). ` +
          `Run: chmod 600 ${path}`,
      );
    }
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause;
    throw new ConfigError(`The secrets file ${path} cannot be read: ${messageOf(cause)}.`);
  }
}

function readSecrets(path: string): Secrets {
  const text = readPrivate(path);
  const parsed = parseJson(text);
  const value: unknown = parsed.ok ? parsed.value : undefined;
  if (typeof value !== 'object' || value === null) throw notSecrets(path, 'it is not JSON');
  if (!('format' in value) || value.format !== format) {
    throw notSecrets(path, `its format is not ${format}`);
  }
  return { tokenKey: key(path, value, 'tokenKey'), ticketSeed: key(path, value, 'ticketSeed') };
}

function key(path: string, value: object, name: keyof Secrets): Uint8Array<ArrayBuffer> {
  const text: unknown = Reflect.get(value, name);
  const bytes = typeof text === 'string' ? fromBase64Url(text) : undefined;
  if (bytes?.length !== keyBytes) {
    throw notSecrets(path, `${name} is not ${keyBytes} bytes in base64url`);
  }
  // What a person types by hand is never this; a placeholder from a template is.
  if (bytes.every((byte) => byte === bytes[0])) throw notSecrets(path, `${name} is no secret`);
  return bytes;
}

const notSecrets = (path: string, why: string): ConfigError =>
  new ConfigError(
    `${path} does not hold the secrets of a server: ${why}. ` +
      'Restore it, or move it away to have new ones made; then everyone must log in again.',
  );

const codeOf = (cause: unknown): unknown =>
  cause instanceof Error && 'code' in cause ? cause.code : undefined;

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : `${cause}`);
