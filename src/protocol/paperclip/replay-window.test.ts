import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ReplayWindow } from './replay-window.ts';

test('a number is fresh once', () => {
  const window = new ReplayWindow();
  assert.equal(window.isFresh(0), true);
  window.accept(0);
  assert.equal(window.isFresh(0), false);
});

test('asking does not move the window', () => {
  const window = new ReplayWindow();
  window.accept(5);
  assert.equal(window.isFresh(1_000_000), true);
  assert.equal(window.isFresh(4), true);
  assert.equal(window.largest, 5);
});

test('numbers 1024 behind the newest are taken for replays', () => {
  const window = new ReplayWindow();
  window.accept(5000);
  assert.equal(window.isFresh(5000 - 1023), true);
  assert.equal(window.isFresh(5000 - 1024), false);
});

test('it agrees with a set of everything seen, within the window', () => {
  const steps = fc.array(fc.integer({ min: -1100, max: 1100 }), { maxLength: 300 });
  fc.assert(
    fc.property(steps, (jumps) => {
      const window = new ReplayWindow();
      const seen = new Set<number>();
      let newest = 0;
      for (const jump of jumps) {
        const number = Math.max(0, newest + jump);
        const fresh = number > newest - 1024 && !seen.has(number);
        assert.equal(window.isFresh(number), fresh || (seen.size === 0 && number === 0));
        if (!window.isFresh(number)) continue;
        window.accept(number);
        seen.add(number);
        newest = Math.max(newest, number);
      }
    }),
  );
});
