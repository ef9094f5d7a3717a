// The cryptography a protocol needs, as an interface: the core does no I/O and knows no library.
// `driver/crypto-sodium.ts` implements it; published vectors check it.
//
// Every function writes into caller's memory or returns fresh bytes that the caller owns.

/** One direction's AEAD key: ChaCha20-Poly1305 (RFC 8439), 16-byte tag. */
export interface AeadKey {
  /**
   * Seal `plain[plainStart, plainEnd)` into `out[outStart, ...)`: ciphertext, then the tag.
   * The nonce is 4 zero bytes and `counter` as 8 bytes little-endian (as Noise has it). `plain` and
   * `out` may be the same buffer at the same place. Returns the end offset in `out`.
   */
  seal(
    out: Uint8Array,
    outStart: number,
    plain: Uint8Array,
    plainStart: number,
    plainEnd: number,
    counter: number,
    associated: Uint8Array,
    associatedStart: number,
    associatedEnd: number,
  ): number;
  /** The reverse. Returns the plaintext's end offset in `out`, or -1 when it does not verify. */
  open(
    out: Uint8Array,
    outStart: number,
    sealed: Uint8Array,
    sealedStart: number,
    sealedEnd: number,
    counter: number,
    associated: Uint8Array,
    associatedStart: number,
    associatedEnd: number,
  ): number;
}

export interface KeyPair {
  readonly publicKey: Uint8Array;
  readonly secretKey: Uint8Array;
}

export interface Crypto {
  /** Bytes from the operating system's generator; tests give seeded ones. */
  randomBytes(length: number): Uint8Array;
  aeadKey(key: Uint8Array): AeadKey;
  sha256(...parts: readonly Uint8Array[]): Uint8Array;
  hmacSha256(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array;
  /** X25519 (RFC 7748). Without a seed, from `randomBytes`. */
  x25519KeyPair(secretKey?: Uint8Array): KeyPair;
  /** Undefined when the result is all zero (a low-order point). */
  x25519(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined;
  /** Ed25519 (RFC 8032). The secret key is the 32-byte seed. */
  ed25519KeyPair(seed?: Uint8Array): KeyPair;
  ed25519Sign(seed: Uint8Array, message: Uint8Array): Uint8Array;
  ed25519Verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
  /** Constant-time in the contents. */
  equal(a: Uint8Array, b: Uint8Array): boolean;
}
