// Marks in both framings, however the bytes are cut.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MarkReader } from './marks.ts';

for (const isWide of [false, true]) {
  test(`marks are found in ${isWide ? 'UTF-16' : 'ASCII'}, whole and once, however it is cut`, () => {
    const text = 'no "at:01" and "at:02","at:0';
    const bytes = Buffer.from(text, isWide ? 'utf16le' : 'latin1');
    if (isWide) bytes.swap16();
    for (const step of [1, 2, 3, 7, bytes.length]) {
      const reader = new MarkReader(isWide);
      reader.lookFor({ text: '"at:', taken: 2 });
      const found: string[] = [];
      for (let at = 0; at < bytes.length; at += step) {
        found.push(...reader.read(bytes.subarray(at, at + step)));
      }
      assert.deepEqual(found, ['01', '02']);
    }
  });
}

test('nothing is looked for, nothing is kept', () => {
  const reader = new MarkReader(false);
  assert.deepEqual(reader.read(Buffer.from('"at:01"')), []);
  reader.lookFor({ text: '"at:', taken: 2 });
  reader.lookFor(undefined);
  assert.deepEqual(reader.read(Buffer.from('"at:02"')), []);
});
