// Argon2id (RFC 9106) as PHC strings, `$argon2id$v=19$m=65536,t=2,p=1$SALT$HASH`, by libsodium or
// by node:crypto: what one writes the other verifies. Both work in the thread pool of Node.
//
// Measured on the 2-core reference machine, 64 MiB and 2 passes: libsodium 70 ms, node:crypto 130.

import * as nodeCrypto from 'node:crypto';
import { promisify } from 'node:util';
import type { Sodium } from './sodium.ts';

export interface Argon2Cost {
  readonly passes: number;
  readonly memoryBytes: number;
}

export interface Argon2 {
  /** A PHC string with a new salt. */
  hash(password: Uint8Array, cost: Argon2Cost): Promise<string>;
  /** False, too, for what is not a PHC string of ours. */
  verify(phc: string, password: Uint8Array): Promise<boolean>;
}

/** crypto_pwhash_STRBYTES: the text and zeros behind it. */
const phcBytes = 128;
const saltBytes = 16;
const hashBytes = 32;
/** Of a hash to verify: more than anyone here asks for, and still a machine's to give. */
const memoryKibMax = 1024 * 1024;
const passesMax = 100;

const phcForm =
  /^\$argon2id\$v=19\$m=(\d{1,8}),t=(\d{1,3}),p=1\$([A-Za-z0-9+/]{22})\$([A-Za-z0-9+/]{43})$/;

/** The cost in a PHC string; undefined for what is not one of ours. */
export function argon2CostOf(phc: string): Argon2Cost | undefined {
  const match = phcForm.exec(phc);
  if (match === null) return undefined;
  return { memoryBytes: 1024 * Number(match[1]), passes: Number(match[2]) };
}

export function sodiumArgon2(sodium: Sodium): Argon2 {
  return {
    hash: async (password, { passes, memoryBytes }) => {
      const out = Buffer.alloc(phcBytes);
      await sodium.crypto_pwhash_str_async(out, password, passes, memoryBytes);
      return out.toString('latin1', 0, out.indexOf(0));
    },
    verify: async (phc, password) => {
      if (!isAffordable(phc)) return false;
      const padded = Buffer.alloc(phcBytes);
      padded.write(phc, 'latin1');
      return sodium.crypto_pwhash_str_verify_async(padded, password);
    },
  };
}

/** Undefined where Node is older than 24.7, or its OpenSSL than 3.2. */
export function nodeArgon2(): Argon2 | undefined {
  if (typeof nodeCrypto.argon2 !== 'function') return undefined;
  const argon2 = promisify(nodeCrypto.argon2);
  const digest = (password: Uint8Array, salt: Buffer, { passes, memoryBytes }: Argon2Cost) =>
    argon2('argon2id', {
      message: password,
      nonce: salt,
      parallelism: 1,
      tagLength: hashBytes,
      memory: Math.floor(memoryBytes / 1024),
      passes,
    });
  return {
    hash: async (password, cost) => {
      const salt = nodeCrypto.randomBytes(saltBytes);
      const hash = await digest(password, salt, cost);
      const memoryKib = Math.floor(cost.memoryBytes / 1024);
      return `$argon2id$v=19$m=${memoryKib},t=${cost.passes},p=1$${base64(salt)}$${base64(hash)}`;
    },
    verify: async (phc, password) => {
      const cost = argon2CostOf(phc);
      if (cost === undefined || !isAffordable(phc)) return false;
      const [salt, hash] = phc.split('$').slice(-2);
      const made = await digest(password, Buffer.from(salt!, 'base64'), cost);
      return nodeCrypto.timingSafeEqual(made, Buffer.from(hash!, 'base64'));
    },
  };
}

/** Costs that cannot be, 0 passes or 7 KiB, would throw; those beyond reason would take it all. */
function isAffordable(phc: string): boolean {
  const cost = argon2CostOf(phc);
  if (cost === undefined) return false;
  const memoryKib = cost.memoryBytes / 1024;
  return (
    cost.passes >= 1 && cost.passes <= passesMax && memoryKib >= 8 && memoryKib <= memoryKibMax
  );
}

/** As PHC strings have it: no padding. */
const base64 = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '');
