import assert from 'node:assert/strict';
import test from 'node:test';
import { finalRanking } from './final-ranking.ts';

test('who stayed comes before who left, the later before the earlier', () => {
  assert.deepEqual(finalRanking([1, 3], [[0], [2, 4]]), [[1, 3], [2, 4], [0]]);
});

test('points rank those who stayed, and equal points share a place', () => {
  assert.deepEqual(finalRanking([0, 1, 2], [[3]], [5, 9, 5, 100]), [[1], [0, 2], [3]]);
});

test('when nobody stayed, only who left is ranked', () => {
  assert.deepEqual(finalRanking([], [[1], [0]]), [[0], [1]]);
});
