// The part of sodium-native (libsodium through Node-API) that the driver calls. The package
// carries no types of its own. All functions throw on a wrong length.

declare module 'sodium-native' {
  interface Sodium {
    randombytes_buf(out: Uint8Array): void;
    /** `out` is 32 bytes. */
    crypto_hash_sha256(out: Uint8Array, message: Uint8Array): void;
    sodium_memcmp(a: Uint8Array, b: Uint8Array): boolean;
    crypto_aead_chacha20poly1305_ietf_encrypt(
      sealed: Uint8Array,
      plain: Uint8Array,
      associated: Uint8Array,
      nsec: null,
      nonce: Uint8Array,
      key: Uint8Array,
    ): number;
    /** Throws when the tag does not verify. */
    crypto_aead_chacha20poly1305_ietf_decrypt(
      plain: Uint8Array,
      nsec: null,
      sealed: Uint8Array,
      associated: Uint8Array,
      nonce: Uint8Array,
      key: Uint8Array,
    ): number;
    crypto_scalarmult_base(publicKey: Uint8Array, secretKey: Uint8Array): void;
    /** Throws when the result is all zero. */
    crypto_scalarmult(shared: Uint8Array, secretKey: Uint8Array, publicKey: Uint8Array): void;
    crypto_sign_seed_keypair(publicKey: Uint8Array, secret64: Uint8Array, seed: Uint8Array): void;
    crypto_sign_detached(signature: Uint8Array, message: Uint8Array, secret64: Uint8Array): void;
    crypto_sign_verify_detached(
      signature: Uint8Array,
      message: Uint8Array,
      publicKey: Uint8Array,
    ): boolean;
    /** `out` and `phc` are 128 bytes: the text and zeros behind it. In the thread pool. */
    crypto_pwhash_str_async(
      out: Uint8Array,
      password: Uint8Array,
      passes: number,
      memoryBytes: number,
    ): Promise<void>;
    crypto_pwhash_str_verify_async(phc: Uint8Array, password: Uint8Array): Promise<boolean>;
  }
  const sodium: Sodium;
  export default sodium;
}
