// Variable-length whole numbers as in RFC 9000 section 16, from 0 to 2^53 - 1, as plain Numbers.
// Stricter than the RFC: only the shortest form of a value is read, so that equal values have
// equal bytes. NOT for secrets: the time depends on the value.

export const varintMax = Number.MAX_SAFE_INTEGER;

/** What `VarintReader.next` gives instead of a value. */
export const varintTruncated = -1;
export const varintMalformed = -2;

/** 1, 2, 4 or 8. */
export function varintLength(value: number): number {
  if (value < 0x40) return 1;
  if (value < 0x4000) return 2;
  return value < 0x4000_0000 ? 4 : 8;
}

/** The caller has made room for `varintLength(value)` bytes. Returns the offset after them. */
export function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  if (value < 0x40) {
    bytes[at] = value;
    return at + 1;
  }
  if (value < 0x4000) {
    bytes[at] = 0x40 | (value >> 8);
    bytes[at + 1] = value;
    return at + 2;
  }
  if (value < 0x4000_0000) {
    bytes[at] = 0x80 | (value >> 24);
    bytes[at + 1] = value >> 16;
    bytes[at + 2] = value >> 8;
    bytes[at + 3] = value;
    return at + 4;
  }
  return writeEightBytes(bytes, at, value);
}

function writeEightBytes(bytes: Uint8Array, at: number, value: number): number {
  if (!(Number.isInteger(value) && value >= 0 && value <= varintMax)) {
    throw new RangeError(`a varint is a whole number from 0 to 2^53 - 1, not ${value}`);
  }
  const high = Math.floor(value / 4294967296);
  const low = value >>> 0;
  bytes[at] = 0xc0 | (high >> 24);
  bytes[at + 1] = high >> 16;
  bytes[at + 2] = high >> 8;
  bytes[at + 3] = high;
  bytes[at + 4] = low >>> 24;
  bytes[at + 5] = low >> 16;
  bytes[at + 6] = low >> 8;
  bytes[at + 7] = low;
  return at + 8;
}

/** A place in a stranger's bytes. `next` reads one varint and moves on only when it is whole. */
export class VarintReader {
  bytes: Uint8Array = new Uint8Array(0);
  at = 0;
  end = 0;

  reset(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
  }

  /** The value, or `varintTruncated`, or `varintMalformed` (not shortest, or over 2^53 - 1). */
  next(): number {
    const { bytes, at, end } = this;
    if (at >= end) return varintTruncated;
    const first = bytes[at]!;
    if (first < 0x40) {
      this.at = at + 1;
      return first;
    }
    if (first < 0x80) {
      if (at + 2 > end) return varintTruncated;
      const value = ((first & 0x3f) << 8) | bytes[at + 1]!;
      if (value < 0x40) return varintMalformed;
      this.at = at + 2;
      return value;
    }
    if (first < 0xc0) {
      if (at + 4 > end) return varintTruncated;
      const high = ((first & 0x3f) << 8) | bytes[at + 1]!;
      const value = (high << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
      if (value < 0x4000) return varintMalformed;
      this.at = at + 4;
      return value;
    }
    return this.#eightBytes(first);
  }

  #eightBytes(first: number): number {
    const { bytes, at, end } = this;
    if (at + 8 > end) return varintTruncated;
    let high = first & 0x3f;
    for (let i = 1; i < 4; i++) high = high * 256 + bytes[at + i]!;
    let low = 0;
    for (let i = 4; i < 8; i++) low = low * 256 + bytes[at + i]!;
    if (high >= 0x20_0000) return varintMalformed;
    const value = high * 4294967296 + low;
    if (value < 0x4000_0000) return varintMalformed;
    this.at = at + 8;
    return value;
  }
}
