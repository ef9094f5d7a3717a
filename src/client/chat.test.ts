// A chat against a server that answers by hand: the room, the inbox, and what a lost connection
// does.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DirectMessage } from '../contract/people-schema.ts';
import { type ChatOptions, type ChatState, openChat } from './chat.ts';
import { connect } from './connect.ts';
import {
  type Answers,
  type FakeServer,
  fakeServer,
  Refusal,
  sessionOf,
} from './fake-server.fixture.ts';

const person = (name: string) => ({ id: `p_${name}`, name, kind: 'account' }) as const;
const message = (id: number, from = 'ada', to = 'mario'): DirectMessage => ({
  id,
  from: person(from),
  to: person(to),
  message: `m${id}`,
  sentAt: '2026-01-01T00:00:00.000Z',
});

/** The room with ada in it, and an inbox that acknowledgements empty. */
function answersOf(inbox: DirectMessage[]): Answers {
  return {
    'POST /v1/room/members': () => ({ players: [person('mario'), person('ada')] }),
    'DELETE /v1/room/members/me': () => ({}),
    'GET /v1/inbox': () => ({ messages: [...inbox], more: false }),
    'POST /v1/inbox/ack': ({ body }) => {
      const { upTo } = body as { readonly upTo: number };
      while ((inbox[0]?.id ?? Number.POSITIVE_INFINITY) <= upTo) inbox.shift();
      return {};
    },
  };
}

async function join(server: FakeServer, options: Partial<ChatOptions> = {}) {
  server.tokens.set('t1', 'good');
  // A back-off is over at once; an answer has its ten seconds.
  const after = (delayMs: number, run: () => void) => {
    if (delayMs <= 9_000) queueMicrotask(run);
    return () => undefined;
  };
  const me = await connect(server.url, { session: sessionOf('mario', 't1'), after });
  const got: number[] = [];
  const states: ChatState[] = [];
  const waits: { readonly when: () => boolean; readonly resolve: () => void }[] = [];
  const look = (): void => {
    for (const { when, resolve } of waits) if (when()) resolve();
  };
  const chat = await openChat(me, {
    after,
    onMessage: ({ id }) => {
      got.push(id);
      look();
    },
    onState: (state) => {
      states.push(state);
      look();
    },
    ...options,
  }).catch((cause: unknown) => {
    me.close();
    throw cause;
  });
  const until = (when: () => boolean): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    waits.push({ when, resolve });
    look();
    return promise;
  };
  const leave = async (): Promise<void> => {
    await chat.close();
    me.close();
  };
  return { me, chat, got, states, until, leave };
}

const asked = (server: FakeServer, request: string) =>
  server.asked.filter((one) => one.request === request);

test('entering: the event stream, then the room, then the inbox', async () => {
  await using server = await fakeServer(answersOf([message(1), message(2)]));
  const { chat, got, states, leave } = await join(server);
  await chat.caughtUp();
  assert.deepEqual([got, states], [[1, 2], ['here']]);
  assert.deepEqual(
    chat.room.map(({ name }) => name),
    ['mario', 'ada'],
  );
  assert.deepEqual(asked(server, 'POST /v1/inbox/ack').at(-1)?.body, { upTo: 2 });
  await leave();
  assert.equal(asked(server, 'DELETE /v1/room/members/me').length, 1);
});

test('who comes and goes is in the room, and not', async () => {
  await using server = await fakeServer(answersOf([]));
  const { me, chat, leave } = await join(server);
  const left = Promise.withResolvers<unknown>();
  me.on('room.left', left.resolve);
  server.push({ event: 'room.joined', data: { player: person('bob') } });
  server.push({ event: 'room.left', data: { player: person('ada') } });
  await left.promise;
  assert.deepEqual(
    chat.room.map(({ name }) => name),
    ['mario', 'bob'],
  );
  await leave();
});

test('after a loss it enters again, and what was missed comes once, before what is new', async () => {
  const inbox: DirectMessage[] = [];
  await using server = await fakeServer(answersOf(inbox));
  const socket = server.nextSocket();
  const { chat, got, states, until, leave } = await join(server);
  await chat.caughtUp();
  inbox.push(message(1), message(2));
  server.push({ event: 'chat.message', data: { message: message(1) } });
  await until(() => got.length > 0);
  inbox.push(message(3));
  (await socket).terminate();
  await until(() => states.length === 3);
  server.push({ event: 'chat.message', data: { message: message(3) } });
  server.push({ event: 'chat.message', data: { message: message(4) } });
  await until(() => got.includes(4));
  assert.deepEqual(got, [1, 2, 3, 4]);
  assert.deepEqual(states, ['here', 'lost', 'here']);
  assert.equal(asked(server, 'POST /v1/room/members').length, 2);
  await leave();
});

test('what this player sent elsewhere is told apart from what came', async () => {
  await using server = await fakeServer(answersOf([]));
  const sent = Promise.withResolvers<DirectMessage>();
  const { got, leave } = await join(server, { onSent: sent.resolve });
  server.push({ event: 'chat.message', data: { message: message(7, 'mario', 'ada') } });
  assert.equal((await sent.promise).id, 7);
  assert.deepEqual(got, []);
  await leave();
});

test('without the room, nothing asks for it', async () => {
  await using server = await fakeServer(answersOf([]));
  const { leave } = await join(server, { room: false });
  await leave();
  assert.equal(asked(server, 'POST /v1/room/members').length, 0);
  assert.equal(asked(server, 'DELETE /v1/room/members/me').length, 0);
});

test('a refusal to enter is the caller’s, and leaves nothing open', async () => {
  const refuses = { 'POST /v1/room/members': () => new Refusal('BUSY') };
  await using server = await fakeServer({ ...answersOf([]), ...refuses });
  await assert.rejects(join(server), { code: 'BUSY' });
});

test('a refusal to enter again is told, and tried again', async () => {
  let entries = 0;
  const enter = () =>
    ++entries === 2 ? new Refusal('BUSY') : { players: [person('mario'), person('luigi')] };
  await using server = await fakeServer({ ...answersOf([]), 'POST /v1/room/members': enter });
  const troubles: unknown[] = [];
  const socket = server.nextSocket();
  const { chat, states, until, leave } = await join(server, {
    onTrouble: (cause) => troubles.push(cause),
  });
  (await socket).terminate();
  await until(() => states.length === 3);
  assert.equal(chat.room.at(-1)?.name, 'luigi');
  assert.equal(entries, 3);
  await leave();
});

test('a session that ended elsewhere ends the chat with the reason', async () => {
  await using server = await fakeServer(answersOf([]));
  const { states, until, leave } = await join(server);
  server.push({ event: 'session.ended', data: { reason: 'kicked' } });
  await until(() => states.length === 2);
  assert.equal((states[1] as { code?: string }).code, 'SESSION_ENDED');
  await leave();
});
