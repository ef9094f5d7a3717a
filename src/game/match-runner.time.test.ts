// What a step is told of time, and who plays on when the others have left: the two things that a
// game with results in milliseconds needs of the runner.

import assert from 'node:assert/strict';
import test from 'node:test';
import { defineGame, type Game, t } from './define-game.ts';
import { adder, match, replays } from './match-ledger.fixture.ts';
import { replay } from './replay.ts';

/** Keeps the time of every step. */
const watch = defineGame({
  name: 'watch',
  title: 'Watch',
  players: { min: 1, max: 3 },
  input: t.Object({}),
  setup: () => ({ timesMs: [] as number[] }),
  step: ({ timesMs }, _, { elapsedMs }) => ({ timesMs: [...timesMs, elapsedMs] }),
  view: ({ timesMs }) => ({ timesMs }),
  outcome: ({ timesMs }) => (timesMs.length < 4 ? undefined : { ranking: [[0]] }),
  turnTimeMs: () => 1000,
});

const timesOf = (game: Game, record: unknown): readonly number[] => {
  const result = replay(game, record);
  assert.ok(result.ok, result.ok ? '' : result.error);
  return (result.value.state as { readonly timesMs: readonly number[] }).timesMs;
};

test('a step of a turn game is told the whole milliseconds since the match began', () => {
  const it = match(1, watch);
  it.join(700, 0);
  it.input(700.9, 0, {});
  it.input(1000.5, 0, {});
  it.wait(2000.5);
  it.input(2500, 0, {});
  const { record } = it;
  assert.equal(record.startedAtMs, 700);
  assert.deepEqual(record.log, [
    [1, [[0, {}]], 0, [], 0],
    [2, [[0, {}]], 0, [], 300],
    [3, [], 1, [], 1300],
    [4, [[0, {}]], 0, [], 1800],
  ]);
  assert.deepEqual(timesOf(watch, record), [0, 300, 1300, 1800]);
  replays(watch, record);
});

test('a replay shows the time of each step', () => {
  const it = match(1, watch);
  it.begin();
  for (const at of [10, 20, 500, 900]) it.input(at, 0, {});
  const timesMs: number[] = [];
  const onStep = ({ elapsedMs }: { readonly elapsedMs: number }) => timesMs.push(elapsedMs);
  assert.equal(replay(watch, it.record, { onStep }).ok, true);
  assert.deepEqual(timesMs, [0, 10, 20, 500, 900]);
});

test('a clock that runs backwards does not turn the time of a match back', () => {
  const it = match(1, watch);
  it.begin();
  for (const at of [50, 20, 60, 1]) it.input(at, 0, {});
  assert.deepEqual(timesOf(watch, it.record), [50, 50, 60, 60]);
});

test('a record with another time is another match', () => {
  const it = match(1, watch);
  it.begin();
  for (const at of [10, 20, 500, 900]) it.input(at, 0, {});
  const { record } = it;
  const log = record.log.map((step) => (step.length === 5 ? step.with(4, 7) : step));
  const changed = replay(watch, { ...record, log });
  assert.equal(changed.ok && changed.value.matches, false);
  for (const elapsedMs of [-1, 0.5, '7', null]) {
    const wrong = replay(watch, { ...record, log: [[1, [], 0, [], elapsedMs]] });
    assert.match(wrong.ok ? 'played' : wrong.error, /^not a match record of format 1 at /);
  }
});

test('a record of an earlier version, without times, is played as before', () => {
  const it = match(2);
  it.begin();
  it.input(10, 0, { add: 4 });
  it.input(30, 0, { add: 6 });
  const log = [
    [1, [[0, { add: 4 }]]],
    [2, [[0, { add: 6 }]]],
  ];
  replays(adder, { ...it.record, log: log as typeof it.record.log });
});

test('in a real-time game the time is what the ticks amount to', () => {
  const { turnTimeMs: _, ...rest } = watch;
  const live = defineGame({ ...rest, tickHz: 30 });
  const it = match(1, live);
  it.begin();
  for (let n = 1; n <= 4; n++) it.wait(Math.ceil((n * 1000) / 30));
  assert.deepEqual(it.record.log, []);
  assert.deepEqual(timesOf(live, it.record), [33, 66, 100, 133]);
});

const solo = defineGame({ ...adder, playsOnAlone: true });

test('who is left alone plays on in a game that says so', () => {
  const it = match(2, solo);
  it.begin();
  assert.deepEqual(it.forfeit(5, 0), [
    '0 player 0 left',
    '1 player 0 left',
    '1 view 2 {"since 1":{"o":{"left":{"s":[0,0,0]}}}} in 5000',
  ]);
  it.input(6, 1, { add: 9 });
  it.input(7, 1, { add: 1 });
  assert.deepEqual([it.record.reason, it.record.outcome?.ranking], ['outcome', [[1], [0]]]);
  replays(solo, it.record);
});

test('the match that plays on alone ends with the last player, and with the last person', () => {
  const people = match(2, solo);
  people.begin();
  people.forfeit(5, 0);
  people.forfeit(6, 1);
  assert.deepEqual([people.record.reason, people.record.outcome?.ranking], ['forfeit', [[1], [0]]]);
  const withBot = match(2, solo, {}, 1);
  withBot.begin();
  withBot.forfeit(5, 0);
  assert.deepEqual(
    [withBot.record.reason, withBot.record.outcome?.ranking],
    ['forfeit', [[1], [0]]],
  );
});

test('such a match begins with the one who came', () => {
  const it = match(2, solo, { joinTimeoutMs: 2000 });
  it.join(0, 1);
  const told = it.wait(2000);
  assert.ok(told.includes('1 view 1 {"mine":0,"late":0,"left":[0]} in 5000'), told.join('\n'));
});
