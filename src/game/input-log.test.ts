import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { InputLogBuilder } from './input-log.ts';
import { gameLimits } from './limits.ts';

test('a step is stored with what happened in it and no more', () => {
  const log = new InputLogBuilder(2);
  log.add(1, [{ seat: 1, input: 'a', bytes: 3 }], false, []);
  log.add(4, [], true, [0]);
  log.add(5, [], false, [], 0);
  log.add(6, [{ seat: 0, input: 1, bytes: 1 }], false, [], 20_500);
  assert.deepEqual(log.steps, [
    [1, [[1, 'a']]],
    [4, [], 1, [0]],
    [5, [], 0, [], 0],
    [6, [[0, 1]], 0, [], 20_500],
  ]);
});

test('the log says that it is full before its text is longer than its bound', () => {
  const step = fc.tuple(
    fc.nat(1e7),
    fc.array(fc.string({ maxLength: 9, unit: 'grapheme-ascii' })),
    fc.boolean(),
    fc.option(fc.nat(gameLimits.matchTimeMsMax), { nil: undefined }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const log = new InputLogBuilder(64, 2000);
      for (const [tick, texts, timedOut, elapsedMs] of steps) {
        const inputs = texts.map((input) => ({
          seat: 63,
          input,
          bytes: JSON.stringify(input).length,
        }));
        log.add(tick, inputs, timedOut, timedOut ? [63, 7] : [], elapsedMs);
      }
      if (!log.isFull) assert.ok(JSON.stringify(log.steps).length <= 2000);
    }),
  );
});

test('a seat that used its share has no room, the others have', () => {
  const log = new InputLogBuilder(2, 4000);
  let taken = 0;
  while (log.reserve(0, 62)) taken += 1;
  assert.equal(taken, 10);
  assert.equal(log.reserve(1, 62), true);
});
