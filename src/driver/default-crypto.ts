// The cryptography that `listen` and `dial` use when they are given none: sodium-native, with the
// fastest AEAD that this machine has.

import type { Crypto } from '../protocol/crypto.ts';
import { opensslAead } from './aead-openssl.ts';
import { createSodiumCrypto } from './crypto-sodium.ts';

const sodium = createSodiumCrypto();

export const defaultCrypto: Crypto = {
  ...sodium,
  aeadKey: opensslAead(sodium.aeadKey) ?? sodium.aeadKey,
};
