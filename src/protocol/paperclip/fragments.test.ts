import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fragmentPieceBytes } from '../../codec/paperclip/frames.ts';
import { Reassembler } from './fragments.ts';

test('pieces in any order, repeated, give the message back', () => {
  const cases = fc.integer({ min: 2, max: 9 }).chain((count) =>
    fc.record({
      message: fc.uint8Array({ minLength: count * count, maxLength: 200 }),
      count: fc.constant(count),
      order: fc.array(fc.nat(count - 1), { maxLength: 40 }),
    }),
  );
  fc.assert(
    fc.property(cases, ({ message, count, order }) => {
      const reassembler = new Reassembler();
      reassembler.begin(0, 1, message.length, count, false);
      const piece = fragmentPieceBytes(message.length, count);
      const seen = new Set<number>();
      for (const index of [...order, ...Array(count).keys()]) {
        const start = index * piece;
        const end = Math.min(message.length, start + piece);
        const result = reassembler.add(1, message.length, count, index, false, message, start, end);
        if (seen.size === count || seen.has(index)) assert.equal(result, 'duplicate');
        else {
          seen.add(index);
          assert.equal(result, seen.size === count ? 'complete' : 'partial');
          if (result === 'complete') assert.deepEqual(reassembler.take(1), message);
        }
      }
      assert.deepEqual([reassembler.count, reassembler.bytes], [0, 0]);
    }),
  );
});

test('fragments that disagree about their message are inconsistent', () => {
  const reassembler = new Reassembler();
  reassembler.begin(0, 1, 100, 4, false);
  const bytes = new Uint8Array(100);
  assert.equal(reassembler.add(1, 100, 5, 0, false, bytes, 0, 20), 'inconsistent');
  assert.equal(reassembler.add(1, 99, 4, 0, false, bytes, 0, 25), 'inconsistent');
  assert.equal(reassembler.add(1, 100, 4, 0, true, bytes, 0, 25), 'inconsistent');
  assert.equal(reassembler.add(1, 100, 4, 0, false, bytes, 0, 25), 'partial');
});

test('the oldest is the first that began, and dropping gives its bytes back', () => {
  const reassembler = new Reassembler();
  reassembler.begin(5, 9, 100, 2, false);
  reassembler.begin(6, 3, 50, 2, false);
  assert.deepEqual([reassembler.oldest?.messageId, reassembler.bytes], [9, 150]);
  reassembler.drop(9);
  assert.deepEqual([reassembler.oldest?.messageId, reassembler.bytes], [3, 50]);
  reassembler.drop(9);
  assert.equal(reassembler.count, 1);
});
