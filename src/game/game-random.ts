// The random source of one step of one match. Every draw that a game makes comes from here.
//
// A player sees some draws (a card turned up) and must not learn the next ones (the deck). So each
// step's source is made from the match's whole seed by SHA-256: no number of draws seen at earlier
// steps says anything about a later one, and 128 bits cannot be tried out.

import { sha256 } from '@noble/hashes/sha2.js';
import { utf8 } from '../base/bytes.ts';
import { type Random, randomFromWords } from '../base/prng.ts';

/** `tick` is 0 for `setup`. */
export function gameRandom(seed: string, tick: number): Random {
  const digest = sha256(utf8(`paperclip game random\0${tick}\0${seed}`));
  const words = new DataView(digest.buffer, digest.byteOffset);
  return randomFromWords(
    words.getInt32(0),
    words.getInt32(4),
    words.getInt32(8),
    words.getInt32(12),
  );
}
