import assert from 'node:assert/strict';
import { test } from 'node:test';
import { turns } from '../line-client.fixture.ts';
import { ManualTimers } from '../manual-timers.fixture.ts';
import { ThrottledBroadcast } from './throttled-broadcast.ts';

interface Change {
  readonly id: string;
  readonly state: number;
}

function broadcast(gate: () => Promise<void> = async () => {}) {
  const timers = new ManualTimers();
  const delivered: string[] = [];
  const changes = new ThrottledBroadcast<string, Change>({
    timers,
    everyMs: 1_000,
    idOf: ({ id }) => id,
    stampOf: ({ id, state }) => `${id}${state}`,
    deliver: async (groups) => {
      for (const { listeners, entities } of groups) {
        const what = entities.map(({ id, state }) => `${id}${state}`).join(' ');
        delivered.push(`${listeners.join('+')}: ${what}`);
      }
      await gate();
    },
  });
  return { timers, delivered, changes };
}

test('what changes in a second goes out once, in its latest state, and together', () => {
  const { timers, delivered, changes } = broadcast();
  for (let state = 1; state <= 3; state++) {
    for (const listener of ['ada', 'bob']) changes.mark(listener, { id: 'x', state });
  }
  changes.mark('ada', { id: 'y', state: 9 });
  changes.mark('cyd', { id: 'x', state: 3 });
  timers.advance(999);
  assert.deepEqual(delivered, []);
  timers.advance(1);
  assert.deepEqual(delivered, ['ada: x3 y9', 'bob+cyd: x3']);
  assert.equal(timers.count, 0);
});

test('who heard of the same in another order is of the same group', () => {
  const { timers, delivered, changes } = broadcast();
  for (const id of ['x', 'y', 'z']) changes.mark('ada', { id, state: 1 });
  for (const id of ['z', 'x', 'y']) changes.mark('bob', { id, state: 1 });
  timers.advance(1_000);
  assert.deepEqual(delivered, ['ada+bob: x1 y1 z1']);
});

test('a thousand changes to a hundred listeners are one group and one timer', () => {
  const { timers, delivered, changes } = broadcast();
  for (let i = 0; i < 100; i++) {
    for (let k = 0; k < 1_000; k++) changes.mark(`l${i}`, { id: `p${k}`, state: 1 });
  }
  assert.equal(timers.count, 1);
  timers.advance(1_000);
  assert.equal(delivered.length, 1);
});

test('what changes while it goes out waits its second', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { timers, delivered, changes } = broadcast(() => promise);
  changes.mark('ada', { id: 'x', state: 1 });
  timers.advance(1_000);
  changes.mark('ada', { id: 'x', state: 2 });
  timers.advance(5_000);
  assert.deepEqual(delivered, ['ada: x1']);
  resolve();
  await turns(2);
  timers.advance(1_000);
  assert.deepEqual(delivered, ['ada: x1', 'ada: x2']);
});

test('who is forgotten hears nothing', () => {
  const { timers, delivered, changes } = broadcast();
  changes.mark('ada', { id: 'x', state: 1 });
  changes.mark('bob', { id: 'x', state: 1 });
  changes.forget('ada');
  timers.advance(1_000);
  assert.deepEqual(delivered, ['bob: x1']);
  assert.equal(timers.count, 0);
});

test('where nobody is left to hear, no timer is', () => {
  const { timers, delivered, changes } = broadcast();
  changes.mark('ada', { id: 'x', state: 1 });
  changes.forget('bob');
  assert.equal(timers.count, 1);
  changes.forget('ada');
  assert.equal(timers.count, 0);
  changes.mark('cyd', { id: 'y', state: 2 });
  timers.advance(1_000);
  assert.deepEqual(delivered, ['cyd: y2']);
});
