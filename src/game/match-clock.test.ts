import assert from 'node:assert/strict';
import test from 'node:test';
import { gameLimits } from './limits.ts';
import { afterTick, afterTurnStep, clockDueMs, startClock, type TickClock } from './match-clock.ts';

const ticks = (): TickClock => {
  const clock = startClock(1000, 50);
  assert.ok(clock.kind === 'ticks');
  return clock;
};

test('ticks are due at their rate from the start', () => {
  let clock = ticks();
  for (const dueMs of [1020, 1040, 1060]) {
    assert.equal(clockDueMs(clock), dueMs);
    clock = afterTick(dueMs, clock);
  }
});

test('a tick that runs late does not move the next', () => {
  assert.equal(clockDueMs(afterTick(1035, ticks())), 1040);
});

test('after a stall some ticks are due at once, and then the rate holds from there', () => {
  let clock = ticks();
  let run = 0;
  while ((clockDueMs(clock) ?? Number.POSITIVE_INFINITY) <= 9000) {
    clock = afterTick(9000, clock);
    run += 1;
  }
  assert.deepEqual([run, clockDueMs(clock)], [gameLimits.ticksCatchUpMax, 9020]);
});

test('a turn keeps its end through its steps, and another turn gets its own', () => {
  const start = startClock(0, undefined);
  assert.ok(start.kind === 'turns');
  assert.equal(clockDueMs(start), undefined);
  const first = afterTurnStep(100, start, 'a', 1000);
  assert.equal(clockDueMs(first), 1100);
  assert.equal(clockDueMs(afterTurnStep(600, first, 'a', 1000)), 1100);
  assert.equal(clockDueMs(afterTurnStep(600, first, 'b', 1000)), 1600);
  assert.equal(clockDueMs(afterTurnStep(600, first, 'b', undefined)), undefined);
});

test('a turn whose time ran out and that goes on gets its time again', () => {
  const start = startClock(0, undefined);
  assert.ok(start.kind === 'turns');
  const first = afterTurnStep(0, start, 'a', 1000);
  assert.equal(clockDueMs(afterTurnStep(1000, first, 'a', 1000)), 2000);
});
