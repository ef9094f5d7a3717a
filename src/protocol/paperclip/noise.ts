// The Noise Protocol Framework (revision 34) for the patterns IK, NK and XX with 25519, ChaChaPoly
// and SHA256, exactly as published: SymmetricState and HandshakeState of its sections 5.2 and 5.3.
// It knows nothing of Paperclip: what a payload holds and what a prologue binds is the caller's.
//
// Order of calls: `writeMessage` and `readMessage` in turn, beginning with the initiator, until
// `isDone`; then `split` once. A message that does not verify leaves the state as it was, so that
// a forged answer does not spend the handshake.

import { concatBytes, utf8 } from '../../base/bytes.ts';
import type { AeadKey, Crypto, KeyPair } from '../crypto.ts';

export type NoisePattern = 'IK' | 'NK' | 'XX';
type Role = 'initiator' | 'responder';
type Token = 'e' | 's' | 'ee' | 'es' | 'se' | 'ss';

interface Pattern {
  /** The initiator knows the responder's static key beforehand. */
  readonly responderStaticKnown: boolean;
  readonly messages: readonly (readonly Token[])[];
}

/** Section 7.5. */
const patterns: Readonly<Record<NoisePattern, Pattern>> = {
  IK: {
    responderStaticKnown: true,
    messages: [
      ['e', 'es', 's', 'ss'],
      ['e', 'ee', 'se'],
    ],
  },
  NK: {
    responderStaticKnown: true,
    messages: [
      ['e', 'es'],
      ['e', 'ee'],
    ],
  },
  XX: {
    responderStaticKnown: false,
    messages: [['e'], ['e', 'ee', 's', 'es'], ['s', 'se']],
  },
};

const publicKeyBytes = 32;
const tagBytes = 16;
const none = new Uint8Array(0);

/** What IK adds to the payload of its first message: e, s with its tag, the payload's tag. */
export const noiseIkMessage1Overhead = publicKeyBytes + publicKeyBytes + tagBytes + tagBytes;

export interface NoiseOptions {
  readonly pattern: NoisePattern;
  readonly role: Role;
  readonly prologue: Uint8Array;
  /** Ours, where the pattern sends or uses it. */
  readonly staticKeys?: KeyPair;
  /** The responder's, where the pattern has the initiator know it. */
  readonly remoteStaticKey?: Uint8Array;
}

/** Raw transport keys, 32 bytes each: the initiator seals with the first. */
export interface NoiseSplit {
  readonly initiatorKey: Uint8Array;
  readonly responderKey: Uint8Array;
}

export class NoiseHandshake {
  readonly #crypto: Crypto;
  readonly #messages: readonly (readonly Token[])[];
  readonly #role: Role;
  readonly #staticKeys: KeyPair | undefined;
  readonly #symmetric: SymmetricState;
  #ephemeralKeys: KeyPair | undefined;
  #remoteStaticKey: Uint8Array | undefined;
  #remoteEphemeralKey: Uint8Array | undefined;
  #step = 0;

  constructor(crypto: Crypto, options: NoiseOptions) {
    const pattern = patterns[options.pattern];
    this.#crypto = crypto;
    this.#messages = pattern.messages;
    this.#role = options.role;
    this.#staticKeys = options.staticKeys;
    this.#remoteStaticKey = options.remoteStaticKey;
    this.#symmetric = new SymmetricState(
      crypto,
      utf8(`Noise_${options.pattern}_25519_ChaChaPoly_SHA256`),
    );
    this.#symmetric.mixHash(options.prologue);
    if (pattern.responderStaticKnown) {
      const key =
        options.role === 'initiator' ? options.remoteStaticKey : options.staticKeys?.publicKey;
      if (key === undefined) throw new TypeError(`${options.pattern} needs the responder's key`);
      this.#symmetric.mixHash(key);
    }
  }

  get isDone(): boolean {
    return this.#step === this.#messages.length;
  }

  /** Equal on both ends when done; binds everything that was said. */
  get handshakeHash(): Uint8Array {
    return this.#symmetric.hash;
  }

  /** Known from the start, or from the message that carried it. */
  get remoteStaticKey(): Uint8Array | undefined {
    return this.#remoteStaticKey;
  }

  /** Undefined: the peer gave a low-order point, and nothing can be said to it. */
  writeMessage(payload: Uint8Array): Uint8Array | undefined {
    const tokens = this.#tokens('initiator');
    const before = this.#symmetric.save();
    const parts: Uint8Array[] = [];
    for (const token of tokens) {
      if (token === 'e') {
        this.#ephemeralKeys = this.#crypto.x25519KeyPair();
        parts.push(this.#ephemeralKeys.publicKey);
        this.#symmetric.mixHash(this.#ephemeralKeys.publicKey);
      } else if (token === 's') {
        parts.push(this.#symmetric.encryptAndHash(this.#ownStatic().publicKey));
      } else if (!this.#mixDh(token)) {
        this.#symmetric.restore(before);
        return undefined;
      }
    }
    parts.push(this.#symmetric.encryptAndHash(payload));
    this.#step++;
    return concatBytes(...parts);
  }

  /** The payload; undefined when the message is not authentic. */
  readMessage(message: Uint8Array): Uint8Array | undefined {
    const tokens = this.#tokens('responder');
    const before = this.#symmetric.save();
    const remoteStatic = this.#remoteStaticKey;
    const remoteEphemeral = this.#remoteEphemeralKey;
    const payload = this.#readTokens(tokens, message);
    if (payload === undefined) {
      this.#symmetric.restore(before);
      this.#remoteStaticKey = remoteStatic;
      this.#remoteEphemeralKey = remoteEphemeral;
      return undefined;
    }
    this.#step++;
    return payload;
  }

  split(): NoiseSplit {
    if (!this.isDone) throw new Error('the handshake has messages left');
    return this.#symmetric.split();
  }

  #readTokens(tokens: readonly Token[], message: Uint8Array): Uint8Array | undefined {
    let at = 0;
    for (const token of tokens) {
      if (token === 'e') {
        if (message.length < at + publicKeyBytes) return undefined;
        this.#remoteEphemeralKey = new Uint8Array(message.subarray(at, at + publicKeyBytes));
        this.#symmetric.mixHash(this.#remoteEphemeralKey);
        at += publicKeyBytes;
      } else if (token === 's') {
        const end = at + publicKeyBytes + (this.#symmetric.hasKey ? tagBytes : 0);
        if (message.length < end) return undefined;
        this.#remoteStaticKey = this.#symmetric.decryptAndHash(message.subarray(at, end));
        if (this.#remoteStaticKey === undefined) return undefined;
        at = end;
      } else if (!this.#mixDh(token)) {
        return undefined;
      }
    }
    return this.#symmetric.decryptAndHash(message.subarray(at));
  }

  /** The tokens of the message due now. `first` is the role that moves at even steps here. */
  #tokens(first: Role): readonly Token[] {
    const tokens = this.#messages[this.#step];
    if (tokens === undefined) throw new Error('the handshake is done');
    const isEven = this.#step % 2 === 0;
    if (isEven !== (this.#role === first)) throw new Error("it is the other side's turn");
    return tokens;
  }

  /** The first letter of the token is the initiator's key, the second the responder's. */
  #mixDh(token: 'ee' | 'es' | 'se' | 'ss'): boolean {
    const mine = token[this.#role === 'initiator' ? 0 : 1];
    const theirs = token[this.#role === 'initiator' ? 1 : 0];
    const own = mine === 'e' ? this.#ephemeralKeys : this.#ownStatic();
    const remote = theirs === 'e' ? this.#remoteEphemeralKey : this.#remoteStaticKey;
    if (own === undefined || remote === undefined) throw new Error(`no key for ${token}`);
    const shared = this.#crypto.x25519(own.secretKey, remote);
    if (shared === undefined) return false;
    this.#symmetric.mixKey(shared);
    return true;
  }

  #ownStatic(): KeyPair {
    if (this.#staticKeys === undefined) throw new TypeError('this pattern needs staticKeys');
    return this.#staticKeys;
  }
}

interface SymmetricSnapshot {
  readonly chainingKey: Uint8Array;
  readonly hash: Uint8Array;
  readonly cipher: AeadKey | undefined;
  readonly nonce: number;
}

/** Section 5.2. Arrays are replaced, never written into, so that a snapshot is four references. */
class SymmetricState {
  readonly #crypto: Crypto;
  #chainingKey: Uint8Array;
  #hash: Uint8Array;
  #cipher: AeadKey | undefined;
  #nonce = 0;

  constructor(crypto: Crypto, protocolName: Uint8Array) {
    this.#crypto = crypto;
    if (protocolName.length <= 32) {
      this.#hash = concatBytes(protocolName, new Uint8Array(32 - protocolName.length));
    } else {
      this.#hash = crypto.sha256(protocolName);
    }
    this.#chainingKey = this.#hash;
  }

  get hash(): Uint8Array {
    return this.#hash;
  }

  get hasKey(): boolean {
    return this.#cipher !== undefined;
  }

  save(): SymmetricSnapshot {
    return {
      chainingKey: this.#chainingKey,
      hash: this.#hash,
      cipher: this.#cipher,
      nonce: this.#nonce,
    };
  }

  restore(snapshot: SymmetricSnapshot): void {
    this.#chainingKey = snapshot.chainingKey;
    this.#hash = snapshot.hash;
    this.#cipher = snapshot.cipher;
    this.#nonce = snapshot.nonce;
  }

  mixKey(inputKeyMaterial: Uint8Array): void {
    const [chainingKey, key] = this.#hkdf2(inputKeyMaterial);
    this.#chainingKey = chainingKey;
    this.#cipher = this.#crypto.aeadKey(key);
    this.#nonce = 0;
  }

  mixHash(data: Uint8Array): void {
    this.#hash = this.#crypto.sha256(this.#hash, data);
  }

  encryptAndHash(plain: Uint8Array): Uint8Array {
    let sealed = plain;
    if (this.#cipher !== undefined) {
      sealed = new Uint8Array(plain.length + tagBytes);
      const hash = this.#hash;
      this.#cipher.seal(sealed, 0, plain, 0, plain.length, this.#nonce++, hash, 0, hash.length);
    }
    this.mixHash(sealed);
    return sealed;
  }

  /** Undefined when it does not verify; the state is then for `restore`. */
  decryptAndHash(sealed: Uint8Array): Uint8Array | undefined {
    let plain = new Uint8Array(sealed);
    if (this.#cipher !== undefined) {
      if (sealed.length < tagBytes) return undefined;
      plain = new Uint8Array(sealed.length - tagBytes);
      const hash = this.#hash;
      const end = this.#cipher.open(
        plain,
        0,
        sealed,
        0,
        sealed.length,
        this.#nonce++,
        hash,
        0,
        hash.length,
      );
      if (end < 0) return undefined;
    }
    this.mixHash(sealed);
    return plain;
  }

  split(): NoiseSplit {
    const [initiatorKey, responderKey] = this.#hkdf2(none);
    return { initiatorKey, responderKey };
  }

  /** Section 4.3, two outputs. */
  #hkdf2(inputKeyMaterial: Uint8Array): readonly [Uint8Array, Uint8Array] {
    const temporary = this.#crypto.hmacSha256(this.#chainingKey, inputKeyMaterial);
    const first = this.#crypto.hmacSha256(temporary, Uint8Array.of(1));
    return [first, this.#crypto.hmacSha256(temporary, first, Uint8Array.of(2))];
  }
}
