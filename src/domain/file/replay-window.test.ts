import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ReplayWindow } from './replay-window.ts';

const byteAt = (place: number): number => (place * 31 + (place >> 8)) & 255;

const bytesFrom = (start: number, length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => byteAt(start + i));

test('holds the newest bytes, whatever the pieces that they came in', () => {
  const sizes = fc.array(
    fc.oneof(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 16_000, max: 20_000 })),
    { maxLength: 30 },
  );
  fc.assert(
    fc.property(sizes, (lengths) => {
      const bytesMax = 50_000;
      const window = new ReplayWindow(bytesMax);
      for (const length of lengths) window.append(bytesFrom(window.end, length));
      const all = lengths.reduce((sum, length) => sum + length, 0);
      assert.equal(window.end, all);
      assert.ok(window.end - window.start >= Math.min(all, bytesMax));
      assert.ok(window.allocatedBytes <= bytesMax + 20_000 + bytesMax / 4);
      for (let at = window.start; at < all; ) {
        const piece = window.read(at, 7_000);
        assert.ok(piece.length > 0 && piece.length <= 7_000);
        assert.deepEqual(piece, bytesFrom(at, piece.length));
        at += piece.length;
      }
      assert.throws(() => window.read(all + 1, 1), RangeError);
    }),
    { seed: 7, numRuns: 200 },
  );
});

test('holds no more for a sender whose small and large pieces take turns', () => {
  const bytesMax = 1024 * 1024;
  const window = new ReplayWindow(bytesMax);
  for (let i = 0; i < 200; i++) {
    window.append(bytesFrom(window.end, 1));
    const given = window.read(window.end - 1, 1);
    window.append(bytesFrom(window.end, 16 * 1024));
    assert.equal(given[0], byteAt(window.end - 16 * 1024 - 1));
    assert.ok(window.allocatedBytes <= bytesMax + 64 * 1024, `${window.allocatedBytes} bytes`);
  }
  assert.ok(window.start > 0);
  assert.deepEqual(window.read(window.start, 1), bytesFrom(window.start, 1));
});

test('gives whole buffers back at once when they have gone, and parts of buffers to nobody', () => {
  const window = new ReplayWindow(40_000);
  const whole = bytesFrom(0, 20_000);
  const shared = new Uint8Array(30_000);
  window.append(whole);
  window.append(shared.subarray(0, 20_000));
  assert.equal(window.start, 0);
  window.append(bytesFrom(40_000, 20_000));
  assert.equal(window.start, 20_000);
  assert.equal(whole.length, 0);
  window.append(bytesFrom(60_000, 20_000));
  assert.equal(window.start, 40_000);
  assert.equal(shared.length, 30_000);
});
