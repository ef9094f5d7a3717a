import assert from 'node:assert/strict';
import test from 'node:test';
import { playLocal } from 'paperclip/game';
import game from './rules.ts';

/** The seat that moves first is drawn: find a seed in which it is seat 0. */
const seed = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].find((candidate) => {
  const { state } = playLocal(game, { seed: candidate, inputs: [] });
  return state.toMove === 0;
});
const moves = (...cells: readonly number[]) =>
  playLocal(game, {
    seed: seed!,
    inputs: cells.map((cell, at) => ({ seat: at % 2, input: { cell } })),
  });

test('three in a row win', () => {
  assert.deepEqual(moves(0, 3, 1, 4, 2).outcome, { ranking: [[0], [1]] });
});

test('a full board is a draw', () => {
  assert.deepEqual(moves(0, 4, 8, 1, 7, 6, 2, 5, 3).outcome, { ranking: [[0, 1]] });
});

test('a taken cell and a move out of turn are refused', () => {
  const { refusals } = moves(0, 0);
  assert.equal(refusals[0]?.message, 'cell 0 is taken');
  const early = playLocal(game, { seed: seed!, inputs: [{ seat: 1, input: { cell: 0 } }] });
  assert.equal(early.refusals[0]?.message, 'it is not your move');
});

test('who does not move loses', () => {
  const { outcome } = playLocal(game, { seed: seed!, seats: ['idle', 'bot'] });
  assert.deepEqual(outcome, { ranking: [[1], [0]] });
});

test('two bots play to the end', () => {
  assert.equal(playLocal(game).reason, 'outcome');
});
