import assert from 'node:assert/strict';
import test from 'node:test';
import { defineGame, t } from './define-game.ts';
import { playLocal } from './local-match.ts';
import { replay, replayViews } from './replay.ts';

const dice = defineGame({
  name: 'dice',
  title: 'Dice',
  players: { min: 2, max: 2 },
  input: t.Object({ roll: t.Literal(true) }),
  settings: t.Object({ goal: t.Integer({ default: 15, minimum: 1 }) }),
  setup: ({ settings, random }) => ({ goal: settings.goal, points: [0, 0], die: random.below(6) }),
  step: (state, inputs, { random }) => {
    const points = [...state.points];
    for (const { seat } of inputs) points[seat] = (points[seat] ?? 0) + 1 + random.below(6);
    return { ...state, points, die: random.below(6) };
  },
  view: ({ points }) => ({ points }),
  outcome: ({ points, goal }) => {
    const [first = 0, second = 0] = points;
    if (Math.max(first, second) < goal) return undefined;
    return { ranking: first >= goal ? [[0], [1]] : [[1], [0]], score: points };
  },
  bot: () => ({ roll: true }),
});

const { record, state } = playLocal(dice, { seed: 'a seed' });

test('a replay gives the final state, its hash and the outcome', () => {
  const result = replay(dice, record);
  assert.ok(result.ok);
  assert.deepEqual(result.value.state, state);
  assert.deepEqual(result.value.outcome, record.outcome);
  assert.deepEqual([result.value.matches, result.value.stateHash], [true, record.stateHash]);
});

test('a record that was changed does not match', () => {
  const matches = (change: object): boolean | string => {
    const result = replay(dice, { ...record, ...change });
    return result.ok ? result.value.matches : result.error;
  };
  assert.equal(matches({ seed: 'another' }), false);
  assert.equal(matches({ stateHash: '0'.repeat(64) }), false);
  assert.equal(matches({ outcome: { ranking: [[1, 0]] } }), false);
  assert.equal(matches({ outcome: null }), false);
});

test('a record that does not fit the game is not played', () => {
  const error = (change: object): string => {
    const result = replay(dice, { ...record, ...change });
    return result.ok ? 'played' : result.error;
  };
  const input = { roll: true };
  assert.equal(error({ game: 'rps' }), 'a match of rps, not of dice');
  assert.equal(error({ gameVersion: 2 }), 'played with version 2 of dice; this is 1');
  assert.equal(error({ settings: { goal: 0 } }), 'settings: goal must be >= 1');
  assert.equal(error({ seats: [record.seats[0]] }), '1 seats, where dice has 2 to 2');
  assert.equal(error({ ticks: 3 }), 'step 4 is out of order');
  assert.equal(error({ ticks: 1000 }), 'the log does not have every step');
  assert.equal(
    error({
      log: [
        [2, []],
        [1, []],
      ],
      ticks: 2,
    }),
    'step 1 is out of order',
  );
  assert.equal(error({ log: [[1, [[2, input]]]], ticks: 1 }), 'step 1 has an input of seat 2');
  assert.equal(error({ log: [[1, [[0, {}]]]], ticks: 1 }), 'step 1: roll is missing');
  assert.equal(
    error({ log: [[1, [], 0, [5]]], ticks: 1 }),
    'step 1 names a seat that is not there',
  );
});

test('anything else is answered with where it is wrong', () => {
  for (const value of [undefined, null, 7, 'x', [], {}, { ...record, format: 2 }]) {
    const result = replay(dice, value);
    assert.match(result.ok ? 'played' : result.error, /^not a match record of format 1/);
  }
  for (const change of [{ ticks: 1e9 }, { ticks: -1 }, { log: 7 }, { log: [[1]] }, { seed: 1 }]) {
    const result = replay(dice, { ...record, ...change });
    assert.match(result.ok ? 'played' : result.error, /^not a match record of format 1 at /);
  }
});

test('a game that throws in a replay gives an error', () => {
  const broken = defineGame({
    ...dice,
    step: () => {
      throw new Error('boom');
    },
  });
  assert.deepEqual(replay(broken, record), { ok: false, error: 'the game failed: step: boom' });
});

test('a replay shows each step and what a seat saw', () => {
  const ticks: number[] = [];
  replay(dice, record, { onStep: ({ tick }) => ticks.push(tick) });
  assert.deepEqual(
    ticks,
    Array.from({ length: record.ticks + 1 }, (_, tick) => tick),
  );
  const views = replayViews(dice, record, 0);
  assert.ok(views.ok);
  assert.deepEqual(views.value[0], { tick: 0, view: { points: [0, 0] } });
  assert.deepEqual(views.value.at(-1)?.view, { points: record.outcome?.score });
});
