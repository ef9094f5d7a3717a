import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gameRandom } from './game-random.ts';

const draws = (seed: string, tick: number): readonly number[] => {
  const random = gameRandom(seed, tick);
  return Array.from({ length: 4 }, () => random.uint32());
};

test('equal seed and tick draw the same, on every machine', () => {
  assert.deepEqual(draws('seed', 1), draws('seed', 1));
  assert.deepEqual(draws('seed', 1), [349753710, 2773662051, 1946946943, 69553530]);
});

test('another tick or another seed draws something else', () => {
  assert.notDeepEqual(draws('seed', 1), draws('seed', 2));
  assert.notDeepEqual(draws('seed', 1), draws('seee', 1));
});

test('a seed and a tick cannot be mistaken for another pair', () => {
  assert.notDeepEqual(draws('1', 11), draws('11', 1));
});

test('more than 32 bits of a seed tell: no two of 200,000 seeds draw the same', () => {
  const seen = new Set<string>();
  for (let i = 0; i < 200_000; i++) {
    const random = gameRandom(`seed ${i}`, 1);
    seen.add(`${random.uint32()} ${random.uint32()}`);
  }
  assert.equal(seen.size, 200_000);
});
