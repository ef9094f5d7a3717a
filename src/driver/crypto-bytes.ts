// What the implementations of `Crypto` and of its AEAD share: lengths, their check, and the nonce.
// No algorithm is here.

export const keyBytes = 32;
export const tagBytes = 16;
export const nonceBytes = 12;
export const signatureBytes = 64;

export function requireLength(name: string, bytes: Uint8Array, length: number): void {
  if (bytes.length !== length) {
    throw new RangeError(`${name} must be ${length} bytes, not ${bytes.length}`);
  }
}

/** Behind four zero bytes, which are there: `counter` as 8 bytes little-endian, as in Noise. */
export function writeNonce(nonce: DataView, counter: number): void {
  if (!(counter >= 0 && counter <= Number.MAX_SAFE_INTEGER)) {
    throw new RangeError(`counter must be a whole number from 0 to 2^53 - 1, not ${counter}`);
  }
  nonce.setUint32(4, counter >>> 0, true);
  nonce.setUint32(8, Math.floor(counter / 0x1_0000_0000), true);
}
