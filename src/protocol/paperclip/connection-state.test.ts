import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectionPhases, nextPhase } from './connection-state.ts';
import { connectionTimers, TimerTable, timerIndex } from './connection-timers.ts';

test('every phase leads to drained and none leads back to open', () => {
  for (const [phase, changes] of Object.entries(connectionPhases)) {
    assert.ok(!Object.values(changes).includes('open'));
    const seen = new Set([phase]);
    for (const reached of seen) {
      for (const next of Object.values(
        connectionPhases[reached as keyof typeof connectionPhases],
      )) {
        seen.add(next);
      }
    }
    assert.ok(seen.has('drained'), phase);
  }
});

test('what means nothing in a phase changes nothing', () => {
  assert.equal(nextPhase('draining', 'close'), 'draining');
  assert.equal(nextPhase('drained', 'peer-close'), 'drained');
  assert.equal(nextPhase('closing', 'silence'), 'closing');
});

test('each timer has a sentence and a place of its own, and the earliest is next', () => {
  assert.deepEqual(Object.keys(timerIndex), Object.keys(connectionTimers));
  assert.deepEqual(Object.values(timerIndex), [...Object.keys(timerIndex).keys()]);
  const timers = new TimerTable();
  assert.equal(timers.nextMs, Number.POSITIVE_INFINITY);
  timers.set(timerIndex.drain, 50);
  timers.setAtLatest(timerIndex.loss, 30);
  timers.setAtLatest(timerIndex.loss, 40);
  assert.equal(timers.nextMs, 30);
  assert.equal(timers.isDue(timerIndex.loss, 30), true);
  timers.stop(timerIndex.loss);
  assert.equal(timers.nextMs, 50);
});
