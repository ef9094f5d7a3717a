// A seeded random source for games, simulations and tests: sfc32 (Chris Doty-Humphrey, PractRand),
// 128 bits of state, period about 2^127. It is NOT for keys, tokens or anything a player must not
// guess from earlier outputs.

export interface Random {
  /** 32 random bits as an unsigned integer. */
  uint32(): number;
  /** A number in [0, 1) with 32 random bits. */
  float(): number;
  /** A whole number in [0, below), without modulo bias. `below` is 1 to 2^32. */
  below(below: number): number;
  /** One element of a non-empty list. */
  pick<T>(from: readonly T[]): T;
  /** A shuffled copy (Fisher-Yates). */
  shuffle<T>(list: readonly T[]): T[];
  /** True with the given probability. */
  chance(probability: number): boolean;
}

/** Equal seeds give equal sequences, on every machine. At most 32 bits of a seed tell. */
export function seededRandom(...seed: readonly (number | string)[]): Random {
  return randomFromWords(...hashSeed(seed.join('\u0000')));
}

/** The same from 128 bits of state: for seeds that somebody might try to guess. */
export function randomFromWords(a: number, b: number, c: number, counter: number): Random {
  const uint32 = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return sum >>> 0;
  };
  // The first outputs still show the seed's structure; the author's reference discards 12.
  for (let i = 0; i < 12; i++) uint32();

  const float = (): number => uint32() / 4294967296;
  const below = (limit: number): number => {
    if (!Number.isInteger(limit) || limit < 1 || limit > 4294967296) {
      throw new RangeError(`below must be a whole number from 1 to 2^32, not ${limit}`);
    }
    const fair = 4294967296 - (4294967296 % limit);
    for (;;) {
      const draw = uint32();
      if (draw < fair) return draw % limit;
    }
  };
  return {
    uint32,
    float,
    below,
    pick: (from) => {
      if (from.length === 0) throw new RangeError('pick needs a list with at least one element');
      return from[below(from.length)]!;
    },
    shuffle: (list) => {
      const out = [...list];
      for (let i = out.length - 1; i > 0; i--) {
        const j = below(i + 1);
        [out[i], out[j]] = [out[j]!, out[i]!];
      }
      return out;
    },
    chance: (probability) => float() < probability,
  };
}

/** Four 32-bit words from a text: xmur3, a MurmurHash3-style mix (public domain). */
function hashSeed(text: string): [number, number, number, number] {
  let h = 1779033703 ^ text.length;
  for (let i = 0; i < text.length; i++) {
    h = Math.imul(h ^ text.charCodeAt(i), 3432918353);
    h = (h << 13) | (h >>> 19);
  }
  const next = (): number => {
    h = Math.imul(h ^ (h >>> 16), 2246822507);
    h = Math.imul(h ^ (h >>> 13), 3266489909);
    h ^= h >>> 16;
    return h | 0;
  };
  return [next(), next(), next(), next()];
}
