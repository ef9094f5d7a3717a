// What a fuzz target is, and what several of them need: damage done to bytes by a seed. A target
// throws when an invariant is broken; equal seeds and steps do the same.

import type { Random } from '../../src/base/prng.ts';

export interface FuzzTarget {
  readonly name: string;
  /** What must hold, in one line. */
  readonly promise: string;
  /** Seeds that `npm test` runs, and steps of each. */
  readonly smoke: { readonly seeds: number; readonly steps: number };
  run(seed: number, steps: number): void;
}

export function randomBytes(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random.below(256));
}

/** A length that more often than not is at some edge. */
export function someLength(random: Random, most: number): number {
  const edges = [
    0, 1, 2, 3, 7, 8, 16, 22, 23, 24, 63, 64, 1120, 1199, 1200, 1201, 1500, 9000, 9001,
  ];
  return Math.min(most, random.chance(0.5) ? random.pick(edges) : random.below(most + 1));
}

const damages: readonly ((random: Random, bytes: Uint8Array) => Uint8Array)[] = [
  (random, bytes) => {
    const bent = bytes.slice();
    if (bent.length > 0) bent[random.below(bent.length)]! ^= 1 << random.below(8);
    return bent;
  },
  (random, bytes) => {
    const bent = bytes.slice();
    const telling = [0, 1, 0x3f, 0x40, 0x7f, 0x80, 0xbf, 0xc0, 0xff];
    if (bent.length > 0) bent[random.below(bent.length)] = random.pick(telling);
    return bent;
  },
  (random, bytes) => bytes.slice(0, random.below(bytes.length + 1)),
  (random, bytes) => bytes.slice(random.below(bytes.length + 1)),
  (random, bytes) => Uint8Array.from([...bytes, ...randomBytes(random, 1 + random.below(40))]),
  (random, bytes) => {
    const at = random.below(bytes.length + 1);
    const length = random.below(9);
    const inside = randomBytes(random, length);
    return Uint8Array.from([...bytes.subarray(0, at), ...inside, ...bytes.subarray(at)]);
  },
  (random, bytes) => {
    const from = random.below(bytes.length + 1);
    const to = Math.min(bytes.length, from + 1 + random.below(8));
    return Uint8Array.from([...bytes.subarray(0, from), ...bytes.subarray(to)]);
  },
  (random, bytes) => {
    const half = bytes.slice(random.below(bytes.length + 1));
    return Uint8Array.from([...bytes, ...half]);
  },
];

/** Bent, cut, lengthened, repeated: one to four times. */
export function damaged(random: Random, bytes: Uint8Array): Uint8Array {
  let bent = bytes;
  for (let left = 1 + random.below(4); left > 0; left--) bent = random.pick(damages)(random, bent);
  return bent;
}
