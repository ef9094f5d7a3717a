import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromHex, toHex } from './bytes.ts';
import {
  VarintReader,
  varintLength,
  varintMalformed,
  varintMax,
  varintTruncated,
  writeVarint,
} from './varint.ts';

const read = (hex: string): number => {
  const reader = new VarintReader();
  const bytes = fromHex(hex)!;
  reader.reset(bytes, 0, bytes.length);
  return reader.next();
};

// RFC 9000 appendix A.1; its first sample is above 2^53 and stands among the refused ones.
test('the published samples decode', () => {
  assert.equal(read('9d7f3e7d'), 494_878_333);
  assert.equal(read('7bbd'), 15_293);
  assert.equal(read('25'), 37);
});

test('a value above 2^53 - 1 is malformed', () => {
  assert.equal(read('c2197c5eff14e88c'), varintMalformed);
  assert.equal(read('c020000000000000'), varintMalformed);
  assert.equal(read('c01fffffffffffff'), varintMax);
});

test('a form longer than needed is malformed', () => {
  for (const hex of ['4025', '80000025', '80003fff', 'c000000000000025', 'c00000003fffffff']) {
    assert.equal(read(hex), varintMalformed, hex);
  }
});

test('a cut-off form is truncated and does not move the reader', () => {
  for (const hex of ['', '7b', '9d7f3e', 'c01fffffffffff']) {
    const reader = new VarintReader();
    const bytes = fromHex(hex)!;
    reader.reset(bytes, 0, bytes.length);
    assert.equal(reader.next(), varintTruncated, hex);
    assert.equal(reader.at, 0);
  }
});

test('what is written is read back, at its stated length', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.nat(3), (value, start) => {
      const bytes = new Uint8Array(16);
      const end = writeVarint(bytes, start, value);
      assert.equal(end - start, varintLength(value));
      const reader = new VarintReader();
      reader.reset(bytes, start, end);
      assert.equal(reader.next(), value);
      assert.equal(reader.at, end);
    }),
  );
});

test('bytes that are read re-encode to themselves', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 8 }), (bytes) => {
      const reader = new VarintReader();
      reader.reset(bytes, 0, bytes.length);
      const value = reader.next();
      if (value < 0) return;
      const again = new Uint8Array(8);
      const end = writeVarint(again, 0, value);
      assert.equal(toHex(again.subarray(0, end)), toHex(bytes.subarray(0, reader.at)));
    }),
  );
});

test('a caller cannot write what is not a whole number in range', () => {
  for (const value of [2 ** 53, 2 ** 30 + 0.5, Number.POSITIVE_INFINITY]) {
    assert.throws(() => writeVarint(new Uint8Array(8), 0, value), RangeError);
  }
});
