// A player's session and event stream against a server that answers by hand.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PaperclipError } from '../contract/errors.ts';
import type { Session } from '../contract/schema.ts';
import { ClientError } from './client-error.ts';
import { connect } from './connect.ts';
import { type Answers, type Asked, fakeServer, Refusal, sessionOf } from './fake-server.fixture.ts';

const me = (name: string) => ({ player: sessionOf(name, '').player });

/** Knows `good` tokens; every other one has expired. Refreshing gives `t2`. */
const expiring = (...good: string[]): Answers => ({
  'GET /v1/me': ({ token }: Asked) =>
    good.includes(token ?? '') ? me('mario') : new Refusal('SESSION_EXPIRED'),
  'POST /v1/sessions/refresh': () => sessionOf('mario', 't2'),
});

const counted = (asked: readonly Asked[], request: string): number =>
  asked.filter((one) => one.request === request).length;

describe('connect', () => {
  test('as a guest sends the name only when there is one', async () => {
    await using server = await fakeServer({ 'POST /v1/guests': () => sessionOf('mario-7', 't1') });
    using _a = disposing(await connect(server.url, { guest: 'mario' }));
    using _b = disposing(await connect(server.url));
    assert.deepEqual(
      server.asked.map(({ body }) => body),
      [{ name: 'mario' }, {}],
    );
  });

  test('logs in, registers, or takes a session without asking', async () => {
    await using server = await fakeServer({
      'POST /v1/sessions': () => sessionOf('mario', 't1'),
      'POST /v1/accounts': () => sessionOf('luigi', 't1'),
    });
    const credentials = { name: 'mario', password: 'it is me', remember: true };
    assert.equal((await connect(server.url, { login: credentials })).player.name, 'mario');
    assert.equal((await connect(server.url, { register: credentials })).player.name, 'luigi');
    const session = sessionOf('peach', 't1');
    assert.equal((await connect(server.url, { session })).player.name, 'peach');
    assert.deepEqual(
      server.asked.map(({ body }) => body),
      [
        { name: 'mario', password: 'it is me' },
        { name: 'mario', password: 'it is me' },
      ],
    );
  });

  test('refuses two identities at once', async () => {
    const login = { name: 'a', password: 'b' };
    await assert.rejects(connect('http://127.0.0.1:1', { guest: true, login }), TypeError);
  });

  test('gives the server’s refusal', async () => {
    await using server = await fakeServer({
      'POST /v1/sessions': () => new Refusal('WRONG_PASSWORD'),
    });
    const login = { name: 'mario', password: 'no' };
    await assert.rejects(connect(server.url, { login }), { code: 'WRONG_PASSWORD' });
  });
});

describe('an expired access token', () => {
  test('is exchanged once, however many calls find it expired', async () => {
    await using server = await fakeServer(expiring('t2'));
    const player = await connect(server.url, { session: sessionOf('mario', 't1') });
    await Promise.all([1, 2, 3, 4].map(() => player.call('account.me')));
    assert.equal(counted(server.asked, 'POST /v1/sessions/refresh'), 1);
    assert.deepEqual(server.asked.find(({ request }) => request.endsWith('refresh'))?.body, {
      refreshToken: 'refresh-of-t1',
    });
  });

  test('is taken from the store when another process was faster', async () => {
    await using server = await fakeServer(expiring('t9'));
    const store = { load: async () => sessionOf('mario', 't9'), save: async () => undefined };
    const player = await connect(server.url, { session: sessionOf('mario', 't1'), store });
    await player.call('account.me');
    assert.equal(counted(server.asked, 'POST /v1/sessions/refresh'), 0);
  });

  test('is exchanged when the store’s token has expired, too, and the new one is stored', async () => {
    await using server = await fakeServer(expiring('t2'));
    const saved: (Session | undefined)[] = [];
    const store = {
      load: async () => sessionOf('mario', 't1b'),
      save: async (session: Session | undefined) => void saved.push(session),
    };
    const player = await connect(server.url, { session: sessionOf('mario', 't1'), store });
    // The store still has t1b at the second look, which is the one that failed: so it is refreshed.
    await player.call('account.me');
    assert.deepEqual(
      saved.map((session) => session?.accessToken),
      ['t1', 't2'],
    );
  });

  test('whose exchange is refused ends the session, also in the store', async () => {
    await using server = await fakeServer({
      'GET /v1/me': () => new Refusal('SESSION_EXPIRED'),
      'POST /v1/sessions/refresh': () => new Refusal('REFRESH_REUSED'),
    });
    const saved: (Session | undefined)[] = [];
    const store = {
      load: async () => undefined,
      save: async (session: Session | undefined) => void saved.push(session),
    };
    const player = await connect(server.url, { session: sessionOf('mario', 't1'), store });
    await assert.rejects(player.call('account.me'), { code: 'REFRESH_REUSED' });
    assert.equal(saved.at(-1), undefined);
  });

  test('on a server whose new tokens are expired, too, is an error and no loop', async () => {
    await using server = await fakeServer(expiring());
    const player = await connect(server.url, { session: sessionOf('mario', 't1') });
    await assert.rejects(player.call('account.me'), { code: 'SESSION_EXPIRED' });
    assert(counted(server.asked, 'GET /v1/me') <= 3);
  });
});

describe('the event stream', () => {
  test('hands on what the server pushes and ignores what it does not know', async () => {
    await using server = await fakeServer({});
    server.tokens.set('t1', 'good');
    using player = disposing(await connect(server.url, { session: sessionOf('mario', 't1') }));
    const placed = Promise.withResolvers<unknown>();
    const socket = server.nextSocket();
    player.client.on('match.placed', placed.resolve);
    (await socket).send('{"event":"from.the.future","data":{}}');
    (await socket).send('no JSON');
    const data = { matchId: 'm1', lobbyId: 'l1', game: 'rps' };
    server.push({ event: 'match.placed', data });
    assert.deepEqual(await placed.promise, data);
  });

  test('comes back after a loss, says so, and says who it is again', async () => {
    await using server = await fakeServer({});
    server.tokens.set('t1', 'good');
    const delays: number[] = [];
    using player = disposing(
      await connect(server.url, {
        session: sessionOf('mario', 't1'),
        after: (delayMs, run) => {
          // The socket's answer has ten seconds; only the back-off is run, and at once.
          if (delayMs > 9_000) return () => undefined;
          delays.push(delayMs);
          queueMicrotask(run);
          return () => undefined;
        },
      }),
    );
    const states: unknown[] = [];
    const again = Promise.withResolvers<void>();
    player.client.onStream((state) => {
      states.push(state);
      if (state === 'again') again.resolve();
    });
    const first = server.nextSocket();
    player.client.on('match.placed', () => undefined);
    (await first).terminate();
    await again.promise;
    assert.deepEqual(states, ['lost', 'again']);
    assert(delays.every((delayMs) => delayMs >= 125 && delayMs <= 8_000));
  });

  test('renews an expired token before it gives up', async () => {
    await using server = await fakeServer(expiring('t2'));
    server.tokens.set('t1', new Refusal('SESSION_EXPIRED')).set('t2', 'good');
    using player = disposing(await connect(server.url, { session: sessionOf('mario', 't1') }));
    const socket = server.nextSocket();
    player.client.on('match.placed', () => undefined);
    await socket;
    assert.equal(counted(server.asked, 'POST /v1/sessions/refresh'), 1);
  });

  test('tells when the server does not want the session', async () => {
    await using server = await fakeServer({});
    using player = disposing(await connect(server.url, { session: sessionOf('mario', 'bad') }));
    const ended = Promise.withResolvers<unknown>();
    player.client.onStream(ended.resolve);
    player.client.on('match.placed', () => undefined);
    const error = await ended.promise;
    assert(error instanceof PaperclipError && error.code === 'UNAUTHENTICATED');
  });

  test('of a session that was ended elsewhere ends with the reason', async () => {
    await using server = await fakeServer({});
    server.tokens.set('t1', 'good');
    using player = disposing(await connect(server.url, { session: sessionOf('mario', 't1') }));
    const ended = Promise.withResolvers<unknown>();
    player.client.onStream(ended.resolve);
    const socket = server.nextSocket();
    player.client.on('match.placed', () => undefined);
    await socket;
    server.push({ event: 'session.ended', data: { reason: 'logged-out' } });
    const error = await ended.promise;
    assert(error instanceof ClientError && error.code === 'SESSION_ENDED');
  });
});

test('a closed client refuses calls', async () => {
  const player = await connect('http://127.0.0.1:1', { session: sessionOf('mario', 't1') });
  player.close();
  await assert.rejects(player.call('account.me'), { code: 'CLOSED' });
});

const disposing = (client: Awaited<ReturnType<typeof connect>>) => ({
  client,
  [Symbol.dispose]: () => client.close(),
});
