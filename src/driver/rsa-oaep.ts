// The encrypted message of the text protocol: a session key under RSA-OAEP, the text under that
// key. It is NOT the scheme of `protocol/sealed`: the public key lasts, so that a stolen private
// key opens everything that was recorded, nothing tells a repetition, and who sealed is only what
// the server says. Its clients show a fingerprint; what they make of a changed one is theirs.
//
//   public key:  base64 of SubjectPublicKeyInfo DER, RSA, 2048 bits, exponent 65537
//   session key: base64 of RSA-OAEP (SHA-256, MGF1 with SHA-256, no label) over 32 random bytes
//   message:     base64 of nonce 12 | AES-256-GCM ciphertext | tag 16
//   associated:  utf8(sender) 00 utf8(receiver)

import {
  constants,
  createCipheriv,
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
} from 'node:crypto';
import { promisify } from 'node:util';
import { equalBytes, utf8, utf8Text } from '../base/bytes.ts';
import { err, ok, type Result } from '../base/result.ts';

export const rsaTextLimits = {
  /** A text before it is sealed; as base64 it fits a line of the text protocol. */
  textBytesMax: 32 * 1024,
} as const;

export interface RsaKeys {
  /** What others get. */
  readonly publicKey: string;
  /** Base64 of PKCS #8 DER. Secret. */
  readonly privateKey: string;
}

/** The two fields of SECURE_MESSAGE. */
export interface RsaSealed {
  readonly sessionKey: string;
  readonly message: string;
}

/** Between whom, by the names that the wire has. Neither is empty or has a NUL. */
export interface RsaParties {
  readonly sender: string;
  readonly receiver: string;
}

export type RsaSealRefusal = 'public-key' | 'names' | 'too-long';
export type RsaOpenRefusal = 'names' | 'malformed' | 'session-key' | 'not-authentic' | 'not-text';

const modulusBits = 2048;
const sessionKeyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;
const messageBytesMax = nonceBytes + rsaTextLimits.textBytesMax + tagBytes;

/** A few hundred milliseconds, off the main thread. */
export async function generateRsaKeys(): Promise<RsaKeys> {
  const pair = await promisify(generateKeyPair)('rsa', { modulusLength: modulusBits });
  return {
    publicKey: pair.publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
    privateKey: pair.privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
  };
}

/** `publicKey` is a stranger's text. */
export function rsaSeal(
  publicKey: string,
  parties: RsaParties,
  text: string,
): Result<RsaSealed, RsaSealRefusal> {
  const key = publicKeyOf(publicKey);
  if (key === undefined) return err('public-key');
  const associated = associatedData(parties);
  if (associated === undefined) return err('names');
  const plain = utf8(text);
  if (plain.length > rsaTextLimits.textBytesMax) return err('too-long');
  const sessionKey = randomBytes(sessionKeyBytes);
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', sessionKey, nonce).setAAD(associated);
  const ciphertext = Buffer.concat([cipher.update(plain), cipher.final()]);
  return ok({
    sessionKey: publicEncrypt({ key, ...oaep }, sessionKey).toString('base64'),
    message: Buffer.concat([nonce, ciphertext, cipher.getAuthTag()]).toString('base64'),
  });
}

/** `privateKey` is ours and throws when it is none; everything else is a stranger's. */
export function rsaOpen(
  privateKey: string,
  parties: RsaParties,
  sealed: RsaSealed,
): Result<string, RsaOpenRefusal> {
  const key = createPrivateKey({
    key: Buffer.from(privateKey, 'base64'),
    format: 'der',
    type: 'pkcs8',
  });
  const associated = associatedData(parties);
  if (associated === undefined) return err('names');
  const wrapped = fromBase64(sealed.sessionKey, modulusBits / 8);
  const message = fromBase64(sealed.message, messageBytesMax);
  if (wrapped === undefined || message === undefined) return err('malformed');
  if (wrapped.length !== modulusBits / 8) return err('malformed');
  if (message.length < nonceBytes + tagBytes) return err('malformed');
  const sessionKey = unwrap(key, wrapped);
  if (sessionKey === undefined) return err('session-key');
  const plain = decrypt(sessionKey, message, associated);
  if (plain === undefined) return err('not-authentic');
  const text = utf8Text(plain);
  return text === undefined ? err('not-text') : ok(text);
}

/**
 * SHA-256 of the DER bytes: 64 hex digits in groups of 4, for two people to compare. Undefined
 * when the text is no public key.
 */
export function rsaFingerprint(publicKey: string): string | undefined {
  if (publicKeyOf(publicKey) === undefined) return undefined;
  const hash = createHash('sha256').update(Buffer.from(publicKey, 'base64')).digest('hex');
  return hash.match(/.{4}/g)?.join(' ');
}

const oaep = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' } as const;

/** Undefined unless it is the one text of an RSA key of our size. */
function publicKeyOf(text: string): KeyObject | undefined {
  const der = fromBase64(text, 512);
  if (der === undefined) return undefined;
  try {
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
    const { modulusLength, publicExponent } = key.asymmetricKeyDetails ?? {};
    const isOurs = key.asymmetricKeyType === 'rsa' && modulusLength === modulusBits;
    if (!isOurs || publicExponent !== 65_537n) return undefined;
    return equalBytes(key.export({ format: 'der', type: 'spki' }), der) ? key : undefined;
  } catch {
    // Bytes that are no key.
    return undefined;
  }
}

/** All failures are one: what exactly is wrong with the padding is nobody's business. */
function unwrap(key: KeyObject, wrapped: Buffer): Buffer | undefined {
  try {
    const sessionKey = privateDecrypt({ key, ...oaep }, wrapped);
    return sessionKey.length === sessionKeyBytes ? sessionKey : undefined;
  } catch {
    return undefined;
  }
}

function decrypt(sessionKey: Buffer, message: Buffer, associated: Buffer): Buffer | undefined {
  const tagStart = message.length - tagBytes;
  const decipher = createDecipheriv('aes-256-gcm', sessionKey, message.subarray(0, nonceBytes), {
    authTagLength: tagBytes,
  });
  decipher.setAAD(associated).setAuthTag(message.subarray(tagStart));
  const plain = decipher.update(message.subarray(nonceBytes, tagStart));
  try {
    return Buffer.concat([plain, decipher.final()]);
  } catch {
    return undefined;
  }
}

function associatedData({ sender, receiver }: RsaParties): Buffer | undefined {
  const isName = (name: string) => name !== '' && !name.includes('\0');
  if (!isName(sender) || !isName(receiver)) return undefined;
  return Buffer.concat([utf8(sender), Uint8Array.of(0), utf8(receiver)]);
}

/** Canonical base64 with its padding (RFC 4648 section 4), of at most that many bytes. */
function fromBase64(text: string, bytesMax: number): Buffer | undefined {
  if (text.length > Math.ceil(bytesMax / 3) * 4) return undefined;
  const bytes = Buffer.from(text, 'base64');
  return bytes.length <= bytesMax && bytes.toString('base64') === text ? bytes : undefined;
}
