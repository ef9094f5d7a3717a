// The RSA keys of Paperclip 0: a server's, and an account's, whose private part leaves this file
// only encrypted with the account's password. Made in Node's thread pool, few at once, because one
// takes a core for a good part of a second.
//
// The encryption (PBES2, RFC 8018: PBKDF2 with HMAC-SHA-256, AES-256-CBC) is put together here and
// not by `generateKeyPair`, which always takes 2048 rounds: whoever got hold of a database could
// then try passwords on these keys much faster than on the Argon2id hashes beside them.

import {
  createCipheriv,
  createPrivateKey,
  generateKeyPair,
  type KeyObject,
  pbkdf2,
  randomBytes,
} from 'node:crypto';
import { promisify } from 'node:util';
import { bytesOf, integer, nothing, oid, sequence } from './der.ts';
import { WorkQueue } from './work-queue.ts';
import { spkiOf } from './x509.ts';

const generate = promisify(generateKeyPair);
const deriveKey = promisify(pbkdf2);

const modulusBits = 2048;

export interface ClassicKeyPair {
  /** DER SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array;
  /** DER EncryptedPrivateKeyInfo (PKCS #8). */
  readonly privateKey: Uint8Array;
}

export interface ClassicKeyMaker {
  /** Rejects with an error named `QueueFull` when too many wait. */
  make(password: string): Promise<ClassicKeyPair>;
}

export interface ClassicKeyMakerOptions {
  /** Each takes a core. */
  readonly atOnce: number;
  readonly queuedMax: number;
  /** Of PBKDF2: what one guess at a password costs. Clients read any number. */
  readonly rounds: number;
}

export function createClassicKeyMaker(options: ClassicKeyMakerOptions): ClassicKeyMaker {
  const { atOnce, queuedMax, rounds } = options;
  const queue = new WorkQueue({ what: 'classic keys', atOnce, queuedMax });
  return {
    make: (password) =>
      queue.run(async () => {
        const { publicKey, privateKey } = await makePair();
        return {
          publicKey: spkiOf(publicKey),
          privateKey: await encrypted(privateKey, password, rounds),
        };
      }),
  };
}

export const makeClassicServerKey = async (): Promise<KeyObject> => (await makePair()).privateKey;

/** Undefined: it is no such key, or the password is another. Takes a core while it tries. */
export function openClassicKey(privateKey: Uint8Array, password: string): KeyObject | undefined {
  const key = Buffer.from(privateKey);
  try {
    return createPrivateKey({ key, format: 'der', type: 'pkcs8', passphrase: password });
  } catch {
    // Boundary: OpenSSL throws on both, and does not say which it is.
    return undefined;
  }
}

const makePair = () => generate('rsa', { modulusLength: modulusBits });

const oids = {
  pbes2: '1.2.840.113549.1.5.13',
  pbkdf2: '1.2.840.113549.1.5.12',
  hmacWithSha256: '1.2.840.113549.2.9',
  aes256Cbc: '2.16.840.1.101.3.4.1.42',
} as const;
const saltBytes = 16;
const ivBytes = 16;
const keyBytes = 32;

async function encrypted(key: KeyObject, password: string, rounds: number): Promise<Uint8Array> {
  const salt = randomBytes(saltBytes);
  const iv = randomBytes(ivBytes);
  const derived = await deriveKey(password, salt, rounds, keyBytes, 'sha256');
  const cipher = createCipheriv('aes-256-cbc', derived, iv);
  const plain = key.export({ type: 'pkcs8', format: 'der' });
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
  plain.fill(0);
  derived.fill(0);
  const prf = sequence(oid(oids.hmacWithSha256), nothing);
  const kdf = sequence(oid(oids.pbkdf2), sequence(bytesOf(salt), wholeNumber(rounds), prf));
  const encryption = sequence(oid(oids.aes256Cbc), bytesOf(iv));
  const algorithm = sequence(oid(oids.pbes2), sequence(kdf, encryption));
  return sequence(algorithm, bytesOf(sealed));
}

function wholeNumber(value: number): Uint8Array {
  const bytes = Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
  const first = bytes.findIndex((byte) => byte !== 0);
  const digits = bytes.subarray(first);
  return integer(digits[0]! < 0x80 ? digits : Uint8Array.of(0, ...digits));
}
