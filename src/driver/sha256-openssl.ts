// SHA-256 of the OpenSSL that is linked into Node, called through koffi with addresses: where the
// processor has instructions for it, OpenSSL uses them and libsodium does not. A call takes 0.03
// us; 1232 bytes take 1.0 us, and 1.5 us through `hash` of node:crypto.
//
// It is NOT everywhere: undefined where koffi has no binary or the program shows no OpenSSL.

import { createRequire } from 'node:module';
import type { Digest } from './hmac-sha256.ts';

const hashBytes = 32;

export function opensslDigest(): ((memory: Uint8Array) => Digest) | undefined {
  try {
    const koffi: typeof import('koffi').default = createRequire(import.meta.url)('koffi');
    const sha256 = koffi.load(null).func('uint64_t SHA256(uint64_t, uint64_t, uint64_t)');
    return (memory) => {
      const address = Number(koffi.address(memory));
      const { length } = memory;
      return (start, end, to) => {
        if (!(start >= 0 && start <= end && end <= length && to >= 0 && to + hashBytes <= length)) {
          throw new RangeError(`no memory for ${start} to ${end} and ${to}`);
        }
        // This function keeps the memory alive; what was transferred away has no length.
        if (memory.length !== length) throw new RangeError('the memory was given away');
        sha256(address + start, end - start, address + to);
      };
    };
  } catch {
    return undefined;
  }
}
