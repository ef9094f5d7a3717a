// The classic wire's keys and certificates without cryptography: keys are words, and a certificate
// is JSON that says whose word signed it.

import { utf8, utf8Text } from '../../base/bytes.ts';
import type { ClassicPorts } from './classic-keys.ts';

export interface Claims {
  readonly account?: number;
  /** The signer's public key. */
  readonly signedWith: string;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface WordKeys extends ClassicPorts {
  readonly made: number;
  isFull: boolean;
}

export const claimsCertificate = (claims: Claims): Uint8Array => utf8(JSON.stringify(claims));

/** The first key, made with the password `pw`, is `public 1 of pw`; the server's is `server`. */
export function wordKeys(): WordKeys {
  const keys = {
    made: 0,
    isFull: false,
    serverPublicKey: utf8('server'),
    keyMaker: {
      make: async (password: string) => {
        if (keys.isFull) throw Object.assign(new Error('full'), { name: 'QueueFull' });
        const nth = ++keys.made;
        return {
          publicKey: utf8(`public ${nth} of ${password}`),
          privateKey: utf8(`private ${nth} of ${password}`),
        };
      },
    },
    readCertificate: (der: Uint8Array) => {
      const text = utf8Text(der);
      if (text?.startsWith('{') !== true) return undefined;
      const claims = JSON.parse(text) as Claims;
      return {
        accountNumber: claims.account,
        notBeforeMs: claims.fromMs,
        notAfterMs: claims.toMs,
        isSignedBy: (key: Uint8Array) => utf8Text(key) === claims.signedWith,
      };
    },
  };
  return keys;
}
