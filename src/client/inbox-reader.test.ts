// Messages from an inbox and from live events, handed over in order and once.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DirectMessage } from '../contract/people-schema.ts';
import { ManualTimers } from '../gateway/manual-timers.fixture.ts';
import { InboxReader } from './inbox-reader.ts';

const person = (name: string) => ({ id: `p_${name}`, name, kind: 'account' }) as const;
const message = (id: number): DirectMessage => ({
  id,
  from: person('ada'),
  to: person('bob'),
  message: `m${id}`,
  sentAt: '2026-01-01T00:00:00.000Z',
});

/** An inbox as a server keeps it, and a reader of it. */
function worldOf(pageRows = 2) {
  const timers = new ManualTimers();
  const waiting: DirectMessage[] = [];
  const handled: number[] = [];
  const acks: number[] = [];
  const troubles: unknown[] = [];
  const world = {
    timers,
    waiting,
    handled,
    acks,
    troubles,
    onPage: (): void => undefined,
    handle: async (_: DirectMessage): Promise<void> => undefined,
    failsAck: 0,
  };
  const reader = new InboxReader(
    {
      page: async (after) => {
        world.onPage();
        const found = waiting.filter(({ id }) => id > after);
        return { messages: found.slice(0, pageRows), more: found.length > pageRows };
      },
      acknowledge: async (upTo) => {
        if (world.failsAck-- > 0) throw new Error('no answer');
        acks.push(upTo);
        while ((waiting[0]?.id ?? Number.POSITIVE_INFINITY) <= upTo) waiting.shift();
      },
      after: (delayMs, run) => timers.after(delayMs, run),
    },
    async (one) => {
      await world.handle(one);
      handled.push(one.id);
    },
    (cause) => troubles.push(cause),
  );
  return { ...world, world, reader };
}

test('reads the inbox page by page, in order, and acknowledges what was handled', async () => {
  const { reader, waiting, handled, acks } = worldOf();
  waiting.push(...[1, 2, 3, 4, 5].map(message));
  reader.catchUp();
  await reader.idle();
  assert.deepEqual(
    [handled, acks],
    [
      [1, 2, 3, 4, 5],
      [2, 4, 5],
    ],
  );
});

test('a live message that is in the inbox too is handed over once, after those before it', async () => {
  const { reader, waiting, handled } = worldOf();
  waiting.push(...[1, 2, 3].map(message));
  reader.push(message(3));
  await reader.idle();
  assert.deepEqual(handled, []);
  reader.catchUp();
  await reader.idle();
  reader.push(message(3));
  reader.push(message(4));
  await reader.idle();
  assert.deepEqual(handled, [1, 2, 3, 4]);
});

test('live messages that came in another order are sorted', async () => {
  const { reader, handled, world } = worldOf();
  reader.catchUp();
  await reader.idle();
  const gate = Promise.withResolvers<void>();
  world.handle = async ({ id }) => (id === 1 ? gate.promise : undefined);
  for (const id of [1, 4, 2, 3]) reader.push(message(id));
  gate.resolve();
  await reader.idle();
  assert.deepEqual(handled, [1, 2, 3, 4]);
});

test('nothing is acknowledged before the handler is done with it', async () => {
  const { reader, handled, acks, world } = worldOf();
  reader.catchUp();
  await reader.idle();
  const gate = Promise.withResolvers<void>();
  const entered = Promise.withResolvers<void>();
  world.handle = () => {
    entered.resolve();
    return gate.promise;
  };
  reader.push(message(1));
  await entered.promise;
  assert.deepEqual([handled, acks], [[], []]);
  gate.resolve();
  await reader.idle();
  assert.deepEqual([handled, acks], [[1], [1]]);
});

test('a message whose handler failed comes again, and those behind it after it', async () => {
  const { reader, waiting, handled, acks, troubles, timers, world } = worldOf(3);
  waiting.push(...[1, 2, 3].map(message));
  const failure = new Error('not now');
  const failed = Promise.withResolvers<void>();
  world.handle = async ({ id }) => {
    if (id !== 2) return;
    failed.resolve();
    throw failure;
  };
  reader.catchUp();
  await failed.promise;
  while (troubles.length === 0) await Promise.resolve();
  assert.deepEqual([handled, acks, troubles], [[1], [1], [failure]]);
  world.handle = async () => undefined;
  timers.advance(500);
  await reader.idle();
  assert.deepEqual(
    [handled, acks],
    [
      [1, 2, 3],
      [1, 3],
    ],
  );
});

test('a failed acknowledgement is tried again without handing over twice', async () => {
  const { reader, waiting, handled, acks, troubles, timers, world } = worldOf();
  waiting.push(message(1));
  world.failsAck = 1;
  reader.catchUp();
  while (troubles.length === 0) await Promise.resolve();
  timers.advance(500);
  await reader.idle();
  assert.deepEqual([handled, acks], [[1], [1]]);
});

test('more live messages than are queued are read from the inbox', async () => {
  const { reader, waiting, handled, world } = worldOf(100);
  reader.catchUp();
  await reader.idle();
  const gate = Promise.withResolvers<void>();
  world.handle = () => gate.promise;
  const all = Array.from({ length: 1_500 }, (_, at) => message(at + 1));
  waiting.push(...all);
  for (const one of all) reader.push(one);
  gate.resolve();
  await reader.idle();
  assert.deepEqual(
    handled,
    all.map(({ id }) => id),
  );
});

test('stopping finishes the message under way and begins no other', async () => {
  const { reader, waiting, handled, acks, world } = worldOf();
  waiting.push(...[1, 2].map(message));
  const gate = Promise.withResolvers<void>();
  const entered = Promise.withResolvers<void>();
  world.handle = () => {
    entered.resolve();
    return gate.promise;
  };
  reader.catchUp();
  await entered.promise;
  const stopped = reader.stop();
  gate.resolve();
  await stopped;
  reader.push(message(3));
  await reader.idle();
  assert.deepEqual([handled, acks], [[1], [1]]);
});

test('while events are missed, live messages wait for those before them', async () => {
  const { reader, waiting, handled } = worldOf();
  reader.catchUp();
  await reader.idle();
  reader.pause();
  waiting.push(...[1, 2].map(message));
  reader.push(message(2));
  await reader.idle();
  assert.deepEqual(handled, []);
  reader.catchUp();
  await reader.idle();
  assert.deepEqual(handled, [1, 2]);
});
