// What is remembered of a password that was right: a MAC under a key that this process made and
// never shows, so that the memory holds nothing to guess passwords with from outside.

import { toHex, utf8 } from '../../base/bytes.ts';

const keyBytes = 32;

/** By where it was shown and the password; the same for the same two, in this process alone. */
export function passwordMarks(): (place: string, password: string) => Promise<string> {
  const hmac = { name: 'HMAC', hash: 'SHA-256' } as const;
  const secret = crypto.getRandomValues(new Uint8Array(keyBytes));
  const key = crypto.subtle.importKey('raw', secret, hmac, false, ['sign']);
  return async (place, password) => {
    const text = utf8(JSON.stringify([place, password]));
    return toHex(new Uint8Array(await crypto.subtle.sign(hmac, await key, text)));
  };
}
