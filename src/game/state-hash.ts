// One hash per state: equal states hash equally on every machine, so that two runs of a match can
// be compared by 64 characters.

import { sha256 } from '@noble/hashes/sha2.js';
import { toHex, utf8 } from '../base/bytes.ts';
import { canonicalJson } from '../base/json.ts';
import { gameLimits } from './limits.ts';
import { plainJson } from './plain-json.ts';

/**
 * SHA-256 over the state's canonical JSON, hex. Throws a TypeError when the state is not plain
 * JSON: a Map or a class instance would hash as an empty object and hide a difference.
 */
export function stateHash(state: unknown): string {
  const plain = plainJson(state, { bytesMax: Infinity, depthMax: gameLimits.viewDepthMax });
  if (!plain.ok) {
    const { field, message } = plain.error;
    throw new TypeError(`${field === '' ? 'the state' : `state.${field}`} ${message}`);
  }
  return toHex(sha256(utf8(canonicalJson(plain.value.value))));
}
