import assert from 'node:assert/strict';
import test from 'node:test';
import { defineGame } from './define-game.ts';
import { gameLimits } from './limits.ts';
import { adder, match, replays } from './match-ledger.fixture.ts';
import { MatchRunner } from './match-runner.ts';

test('a match from the first join to its outcome', () => {
  const it = match(2);
  assert.deepEqual(it.join(1, 0), ['0 welcome here,away']);
  assert.equal(it.dueMs, gameLimits.joinTimeoutMs);
  assert.deepEqual(it.input(2, 0, { add: 1 }), [
    '0 refused not-started: the match begins when everyone is here',
  ]);
  assert.deepEqual(it.join(10, 1), [
    '1 welcome here,here',
    '0 player 1 here',
    '0 view 1 {"mine":0,"late":0,"left":[]} in 5000',
    '1 view 1 {"mine":0,"late":0,"left":[]} in 5000',
  ]);
  assert.equal(it.dueMs, 5010);
  assert.deepEqual(it.input(20, 0, { add: 4 }), [
    '0 view 2 {"since 1":{"o":{"mine":[4]}}} in 5000',
    '1 view 2 {"since 1":{}} in 5000',
  ]);
  assert.deepEqual(it.input(30, 1, { add: 10 }), ['1 refused malformed: add must be <= 9']);
  assert.deepEqual(it.input(31, 1, { add: 0 }), ['1 refused rules: add something']);
  assert.deepEqual(it.input(40, 0, { add: 6 }), [
    '0 view 3 {"since 2":{"o":{"mine":[10]}}}',
    '1 view 3 {"since 2":{}}',
    '0 ended outcome {"ranking":[[0],[1]]}',
    '1 ended outcome {"ranking":[[0],[1]]}',
  ]);
  const { record } = it;
  assert.deepEqual(record.log, [
    [1, [[0, { add: 4 }]], 0, [], 10],
    [2, [[0, { add: 6 }]], 0, [], 30],
  ]);
  assert.deepEqual(
    [record.reason, record.ticks, record.startedAtMs, record.endedAtMs, record.outcome],
    ['outcome', 2, 10, 40, { ranking: [[0], [1]] }],
  );
  replays(adder, record);
});

test('a refused input changes nothing and is answered to its sender only', () => {
  const it = match(2);
  it.begin();
  const wrong = [undefined, null, 7, 'x', [], {}, { add: '1' }, { add: 1, more: 1 }, { add: 1e9 }];
  for (const value of wrong) {
    const told = it.input(10, 0, value);
    assert.equal(told.length, 1, JSON.stringify(told));
    assert.match(told[0]!, /^0 refused malformed: /);
  }
  it.abandon(20);
  assert.deepEqual([it.record.ticks, it.record.log], [0, []]);
});

test('an input that comes twice is applied once, silently', () => {
  const it = match(2);
  it.begin();
  assert.equal(it.input(10, 0, { add: 1 }, 5).length, 2);
  assert.deepEqual(it.input(11, 0, { add: 1 }, 5), []);
  assert.deepEqual(it.input(11, 0, { add: 1 }, 4), []);
  for (const number of [Number.NaN, 5.5, -1, 2 ** 32]) {
    assert.deepEqual(it.input(12, 0, { add: 1 }, number), []);
  }
});

test('a player who comes back gets a full view, and goes on', () => {
  const it = match(2);
  it.begin();
  it.input(10, 0, { add: 3 }, 1);
  assert.deepEqual(it.leave(20, 0), ['1 player 0 away']);
  assert.deepEqual(it.input(30, 1, { add: 1 }, 1), [
    '1 view 3 {"since 2":{"o":{"mine":[1]}}} in 5000',
  ]);
  assert.deepEqual(it.join(40, 0), [
    '0 welcome here,here',
    '1 player 0 here',
    '0 view 3 {"mine":3,"late":0,"left":[]} in 4990',
  ]);
  assert.equal(it.input(50, 0, { add: 7 }, 2).at(-1), '1 ended outcome {"ranking":[[0],[1]]}');
  replays(adder, it.record);
});

test('a second connection replaces the first', () => {
  const it = match(2);
  it.begin();
  assert.deepEqual(it.join(5, 1), [
    '1 welcome here,here',
    '1 view 2 {"mine":0,"late":0,"left":[]} in 4995',
  ]);
});

test('a lost connection is forfeit when its time is over', () => {
  const it = match(2, adder, { reconnectGraceMs: 1000 });
  it.begin();
  it.leave(100, 1);
  assert.equal(it.dueMs, 1100);
  assert.deepEqual(it.wait(1099), []);
  assert.deepEqual(it.wait(1100), [
    '0 player 1 left',
    '0 view 2 {"since 1":{}}',
    '0 ended forfeit {"ranking":[[0],[1]],"score":[0,0]}',
  ]);
  replays(adder, it.record);
});

test('players who are gone at the same late call share their place', () => {
  const it = match(2, adder, { reconnectGraceMs: 1000 });
  it.begin();
  it.leave(100, 1);
  it.leave(200, 0);
  it.wait(4000);
  assert.deepEqual(it.record.outcome, { ranking: [[0, 1]], score: [0, 0] });
  assert.equal(it.record.reason, 'forfeit');
});

test('giving up ends a match of two at once', () => {
  const it = match(2);
  it.begin();
  assert.deepEqual(it.forfeit(5, 0), [
    '0 player 0 left',
    '1 player 0 left',
    '1 view 2 {"since 1":{}}',
    '0 ended forfeit {"ranking":[[1],[0]],"score":[0,0]}',
    '1 ended forfeit {"ranking":[[1],[0]],"score":[0,0]}',
  ]);
  assert.deepEqual(it.forfeit(6, 1), []);
});

test('in a match of three the others play on, and a step tells who left', () => {
  const it = match(3);
  it.begin();
  assert.deepEqual(it.forfeit(5, 1), [
    '0 player 1 left',
    '1 player 1 left',
    '2 player 1 left',
    '0 view 2 {"since 1":{"o":{"left":{"s":[0,0,1]}}}} in 5000',
    '2 view 2 {"since 1":{"o":{"left":{"s":[0,0,1]}}}} in 5000',
  ]);
  assert.deepEqual(it.input(6, 1, { add: 1 }), ['1 refused left: you left this match']);
  it.forfeit(7, 0);
  assert.deepEqual(it.record.outcome, { ranking: [[2], [0], [1]], score: [0, 0, 0] });
  assert.deepEqual(it.record.log, [[1, [], 0, [1], 5]]);
  replays(adder, it.record);
});

test('who leaves a match of three keeps being told how it ends', () => {
  const it = match(3);
  it.begin();
  it.forfeit(5, 1);
  assert.deepEqual(it.join(6, 1), ['1 welcome here,left,here']);
  assert.equal(
    it.input(7, 0, { add: 9 }).some((line) => line.startsWith('1')),
    false,
  );
  const told = it.input(8, 0, { add: 9 }).filter((line) => line.startsWith('1'));
  assert.deepEqual(told, ['1 ended outcome {"ranking":[[0],[1,2]]}']);
});

test('who does not come is out, and the other wins', () => {
  const it = match(2, adder, { joinTimeoutMs: 2000 });
  it.join(0, 1);
  assert.equal(it.dueMs, 2000);
  assert.deepEqual(it.wait(2000), [
    '1 player 0 left',
    '1 ended no-show {"ranking":[[1],[0]],"score":[0,0]}',
  ]);
  assert.equal(it.record.startedAtMs, undefined);
  replays(adder, it.record);
});

test('when nobody comes, nobody is ranked', () => {
  const it = match(2, adder, { joinTimeoutMs: 2000 });
  it.wait(2500);
  assert.deepEqual([it.record.reason, it.record.outcome], ['no-show', null]);
});

test('a match of three begins without the one who did not come', () => {
  const it = match(3, adder, { joinTimeoutMs: 2000 });
  it.join(0, 0);
  it.join(0, 2);
  const told = it.wait(2000);
  assert.ok(told.includes('0 view 1 {"mine":0,"late":0,"left":[1]} in 5000'), told.join('\n'));
  it.abandon(3000);
  replays(adder, it.record);
});

test('when all people left, the bots do not play on', () => {
  const it = match(3, adder, {}, 2);
  it.begin();
  it.forfeit(5, 0);
  assert.deepEqual(
    [it.record.reason, it.record.outcome],
    ['forfeit', { ranking: [[1, 2], [0]], score: [0, 0, 0] }],
  );
});

test('a match of bots alone goes on', () => {
  const it = match(2, adder, {}, 2);
  it.begin();
  assert.equal(it.isEnded, false);
});

test('a turn whose time is over is a step without input', () => {
  const it = match(2);
  it.begin();
  assert.deepEqual(it.wait(4999), []);
  assert.deepEqual(it.wait(5000), [
    '0 view 2 {"since 1":{"o":{"late":[1]}}} in 5000',
    '1 view 2 {"since 1":{"o":{"late":[1]}}} in 5000',
  ]);
  assert.equal(it.dueMs, 10_000);
  it.abandon(6000);
  assert.deepEqual(it.record.log, [[1, [], 1, [], 5000]]);
  replays(adder, it.record);
});

test('an input that comes when the time is over comes too late', () => {
  const it = match(2);
  it.begin();
  it.input(5000, 0, { add: 1 });
  it.abandon(6000);
  assert.deepEqual(it.record.log, [
    [1, [], 1, [], 5000],
    [2, [[0, { add: 1 }]], 0, [], 5000],
  ]);
});

test('the time limit ranks by score', () => {
  const it = match(3, adder, { matchTimeLimitMs: 3000 });
  it.begin();
  it.input(10, 2, { add: 5 });
  it.input(11, 0, { add: 2 });
  it.input(12, 1, { add: 2 });
  it.wait(3000);
  assert.deepEqual(
    [it.record.reason, it.record.outcome],
    ['time-limit', { ranking: [[2], [0, 1]], score: [2, 2, 5] }],
  );
});

test('without points, the time limit is a draw of those who are left', () => {
  const { score: _, ...withoutScore } = adder;
  const plain = defineGame(withoutScore);
  const it = match(3, plain, { matchTimeLimitMs: 3000 });
  it.begin();
  it.forfeit(1, 0);
  it.wait(3000);
  assert.deepEqual(it.record.outcome, { ranking: [[1, 2], [0]] });
});

test('an abandoned match has no result', () => {
  const it = match(2);
  it.begin();
  assert.deepEqual(it.abandon(50), [
    '0 view 2 {"since 1":{}}',
    '1 view 2 {"since 1":{}}',
    '0 ended abandoned null',
    '1 ended abandoned null',
  ]);
  assert.deepEqual(
    [it.record.reason, it.record.detail, it.record.outcome],
    ['abandoned', 'the host stops', null],
  );
});

test('a player who comes after the end is shown how it ended', () => {
  const it = match(2);
  it.begin();
  it.leave(1, 1);
  it.input(10, 0, { add: 9 }, 1);
  it.input(11, 0, { add: 9 }, 2);
  assert.deepEqual(it.join(20, 1), [
    '1 welcome here,here',
    '1 view 2 {"mine":0,"late":0,"left":[]}',
    '1 ended outcome {"ranking":[[0],[1]]}',
  ]);
  assert.deepEqual(it.input(21, 1, { add: 1 }, 9), ['1 refused ended: the match is over']);
  assert.equal(it.runner.poll(), undefined);
});

test('a flood of inputs is answered once a second', () => {
  const it = match(2);
  it.begin();
  let told = 0;
  for (let i = 0; i < 5000; i++) told += it.input(100, 0, { add: 0 }).length;
  // Two seconds of inputs, and one notice.
  assert.equal(told, 2 * gameLimits.inputsPerSecond + 1);
  assert.deepEqual(it.input(101, 1, { add: 1 }).length, 2);
});

test('a clock that runs backwards stands still', () => {
  const it = match(2);
  it.begin();
  it.input(1000, 0, { add: 1 });
  it.wait(-5000);
  it.abandon(500);
  assert.equal(it.record.endedAtMs, 1000);
  assert.throws(() => it.wait(Number.NaN), /nowMs must be a time/);
});

test("the caller's mistakes throw", () => {
  const setup = { matchId: 'm', game: adder, seed: 's', seats: [], nowMs: 0 };
  const seat = { playerId: 'p', name: 'n', bot: false };
  assert.throws(() => new MatchRunner(setup), /adder takes 1 to 4 players, not 0/);
  assert.throws(
    () => new MatchRunner({ ...setup, seats: [seat], settings: { a: 1 } }),
    /settings: a is not a member/,
  );
  assert.throws(
    () => new MatchRunner({ ...setup, seats: [seat], options: { joinTimeoutMs: -1 } }),
    /options\.joinTimeoutMs must be 0 to/,
  );
  assert.throws(() => match(2).join(0, 7), /the match has no seat 7/);
});
