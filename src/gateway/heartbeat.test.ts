import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Heartbeat } from './heartbeat.ts';
import { ManualTimers } from './manual-timers.fixture.ts';

function start() {
  const timers = new ManualTimers();
  const said: string[] = [];
  const heartbeat = new Heartbeat({
    timers,
    everyMs: 10_000,
    answerWithinMs: 3_000,
    ask: () => said.push('PING'),
    onSilence: () => said.push('silent'),
  });
  return { timers, said, heartbeat };
}

test('asks 10 s after the start and every 10 s, as long as it is answered', () => {
  const { timers, said, heartbeat } = start();
  timers.advance(9_999);
  assert.deepEqual(said, []);
  timers.advance(1);
  assert.deepEqual(said, ['PING']);
  for (let i = 2; i <= 5; i++) {
    timers.advance(2_999);
    assert.equal(heartbeat.handleAnswer(), true);
    timers.advance(7_000);
    assert.equal(said.length, i - 1);
    timers.advance(1);
    assert.equal(said.length, i);
  }
});

test('says once that nobody answered in time, and asks no more', () => {
  const { timers, said, heartbeat } = start();
  timers.advance(12_999);
  assert.deepEqual(said, ['PING']);
  timers.advance(1);
  assert.deepEqual(said, ['PING', 'silent']);
  timers.advance(60_000);
  assert.equal(said.length, 2);
  assert.equal(heartbeat.handleAnswer(), false);
  assert.equal(timers.count, 0);
});

test('tells an answer that nobody asked for', () => {
  const { timers, heartbeat } = start();
  assert.equal(heartbeat.handleAnswer(), false);
  timers.advance(10_000);
  assert.equal(heartbeat.handleAnswer(), true);
  assert.equal(heartbeat.handleAnswer(), false);
});

test('stops at any time', () => {
  for (const atMs of [0, 10_000, 11_000]) {
    const { timers, said, heartbeat } = start();
    timers.advance(atMs);
    const before = said.length;
    heartbeat.stop();
    timers.advance(60_000);
    assert.equal(said.length, before);
    assert.equal(timers.count, 0);
  }
});

test('refuses an answer time that is no shorter than the beat', () => {
  const timers = new ManualTimers();
  const ask = () => {};
  const options = { timers, everyMs: 3_000, answerWithinMs: 3_000, ask, onSilence: ask };
  assert.throws(() => new Heartbeat(options), /answerWithinMs/);
});
