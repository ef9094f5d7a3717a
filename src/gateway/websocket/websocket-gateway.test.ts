// The WebSocket wire over real sockets, in virtual time: the contract of gateways, the session on a
// connection, and what hostile peers get.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, test } from 'node:test';
import { PaperclipError } from '../../contract/errors.ts';
import type { PlatformEvent } from '../../contract/events.ts';
import { contractLimits } from '../../contract/limits.ts';
import { type Answer, gatewayContract } from '../gateway-contract.suite.ts';
import { TestServer } from './websocket-client.fixture.ts';
import { webSocketLimits as limits } from './websocket-limits.ts';

const placed: PlatformEvent = {
  event: 'match.placed',
  data: { matchId: 'm1', lobbyId: 'abc', game: 'rps' },
};
const loggedOut: PlatformEvent = { event: 'session.ended', data: { reason: 'logged-out' } };
const list = { id: 1, command: 'game.list' };

gatewayContract('websocket', async (platform) => {
  const server = await TestServer.start({}, platform);
  return {
    async call(command, args, accessToken) {
      const client =
        accessToken === undefined ? await server.connect() : await server.player(accessToken);
      const { id, ...answer } = await client.ask({ id: 'x', command, args });
      assert.equal(id, 'x');
      return answer as Answer;
    },
    close: () => server[Symbol.asyncDispose](),
  };
});

describe('a WebSocket session', () => {
  test('begins with an auth message, and brings the events of that player only', async () => {
    await using server = await TestServer.start();
    const client = await server.connect();
    assert.deepEqual(await client.ask({ id: 7, auth: 'token.mario' }), {
      id: 7,
      result: { playerId: 'mario', kind: 'account' },
    });
    assert.deepEqual(server.platform.present, ['mario/mario-1']);
    server.platform.emit('luigi', { ...placed, data: { ...placed.data, matchId: 'other' } });
    server.platform.emit('mario', placed);
    assert.deepEqual(await client.next(), placed);
  });

  test('ends when the socket does', async () => {
    await using server = await TestServer.start();
    const client = await server.player('token.mario');
    client.socket.close();
    await server.ended(1);
    assert.deepEqual(server.platform.present, []);
    assert.deepEqual(server.ends, ['client']);
    assert.equal(server.gateway.size, 0);
  });

  test('holds for commands that were sent right behind the auth message', async () => {
    await using server = await TestServer.start();
    const client = await server.connect();
    client.send({ id: 1, auth: 'token.mario' });
    client.send({ id: 2, command: 'account.me' });
    await client.next();
    await client.next();
    assert.equal(server.platform.calls[0]?.origin.accessToken, 'token.mario');
  });

  test('can be renewed without the player looking absent', async () => {
    await using server = await TestServer.start();
    const client = await server.player('token.mario.1');
    const { connect: connectEvents } = server.platform.events;
    let presentThen: readonly string[] = [];
    Object.assign(server.platform.events, {
      connect: (...args: Parameters<typeof connectEvents>) => {
        presentThen = server.platform.present;
        return connectEvents(...args);
      },
    });
    await client.ask({ id: 2, auth: 'token.mario.2' });
    assert.deepEqual(presentThen, ['mario/mario-1']);
    assert.deepEqual(server.platform.present, ['mario/mario-2']);
  });

  test('is refused to a bad token, and the socket stays as it was', async () => {
    await using server = await TestServer.start();
    const client = await server.connect();
    server.platform.expired.add('old');
    for (const [auth, code] of [
      ['nonsense', 'UNAUTHENTICATED'],
      ['old', 'SESSION_EXPIRED'],
    ]) {
      assert.equal((await client.ask({ id: 1, auth })).error?.code, code);
    }
    assert.ok('result' in (await client.ask(list)));
    assert.deepEqual(server.platform.present, []);
  });

  test('can come with the upgrade’s Authorization header', async () => {
    await using server = await TestServer.start();
    const headers = { authorization: 'Bearer token.mario' };
    const client = await server.connect({ headers });
    assert.deepEqual(server.platform.present, ['mario/mario-1']);
    await client.ask(list);
    assert.equal(server.platform.calls[0]?.origin.accessToken, 'token.mario');
    const [status, error] = await server.refusal({ headers: { authorization: 'Bearer nonsense' } });
    assert.deepEqual([status, error?.code], [401, 'UNAUTHENTICATED']);
    const [basicStatus] = await server.refusal({ headers: { authorization: 'Basic bTpz' } });
    assert.equal(basicStatus, 400);
  });

  test('must begin in time', async () => {
    await using server = await TestServer.start();
    const client = await server.connect();
    server.timers.advance(limits.authenticateWithinMs);
    assert.equal((await client.closed)[0], 4401);
  });

  test('that ends elsewhere is told, finishes its answers, and closes', async () => {
    await using server = await TestServer.start();
    const client = await server.player('token.mario');
    server.platform.answer = () => {
      server.platform.emit('mario', loggedOut);
      return {};
    };
    assert.deepEqual(await client.ask({ id: 9, command: 'account.logout' }), loggedOut);
    assert.deepEqual(await client.next(), { id: 9, result: {} });
    assert.equal((await client.closed)[0], 4401);
  });

  test('whose token expires is told so, and closes when no new one comes', async () => {
    await using server = await TestServer.start();
    const client = await server.player('token.mario');
    server.platform.expired.add('token.mario');
    server.timers.advance(limits.heartbeatMs);
    const message = await client.next();
    assert.deepEqual([message['id'], message.error?.code], [null, 'SESSION_EXPIRED']);
    // Behind the pong, so the peer does not count as silent at the next heartbeat.
    await client.ask(list);
    server.timers.advance(limits.expiryGraceMs);
    assert.equal((await client.closed)[0], 4401);
  });

  test('whose token expires goes on with a new one', async () => {
    await using server = await TestServer.start();
    const client = await server.player('token.mario');
    server.platform.expired.add('token.mario');
    server.timers.advance(limits.heartbeatMs);
    await client.next();
    await client.ask({ id: 2, auth: 'token.mario.2' });
    server.timers.advance(limits.expiryGraceMs - 1);
    assert.ok('result' in (await client.ask(list)));
  });
});

describe('a WebSocket message', () => {
  test('that cannot be read is answered with the field, and nothing closes', async () => {
    await using server = await TestServer.start();
    const client = await server.connect();
    const bad: [string, unknown, string][] = [
      ['{bad', null, 'message'],
      ['[]', null, 'message'],
      ['null', null, 'message'],
      ['['.repeat(10_000), null, 'message'],
      ['{"id":1,"__proto__":{}}', null, 'message'],
      ['{}', null, 'id'],
      ['{"id":{}}', null, 'id'],
      ['{"id":1.5}', null, 'id'],
      [`{"id":"${'x'.repeat(65)}"}`, null, 'id'],
      ['{"id":1}', 1, 'command'],
      ['{"id":1,"command":7}', 1, 'command'],
      ['{"id":"a","command":"game.list","extra":1}', 'a', 'extra'],
      ['{"id":1,"auth":7}', 1, 'auth'],
      ['{"id":1,"auth":"x","command":"game.list"}', 1, 'command'],
      ['{"id":1,"auth":"x","args":{}}', 1, 'args'],
    ];
    for (const [text, id, field] of bad) {
      const answer = await client.ask(text);
      assert.equal(answer['id'], id, text);
      assert.equal(answer.error?.code, 'BAD_REQUEST', text);
      assert.equal(answer.error?.details?.['field'], field, text);
    }
    assert.equal(server.platform.calls.length, 0);
    assert.ok('result' in (await client.ask(list)));
  });

  test('with a command that is not there says so, whatever its name', async () => {
    await using server = await TestServer.start();
    const client = await server.connect();
    for (const command of ['nope', '__proto__', 'constructor', 'x'.repeat(5_000)]) {
      const { error } = await client.ask({ id: 1, command });
      assert.equal(error?.code, 'UNKNOWN_COMMAND');
      assert.ok(JSON.stringify(error).length < 400);
    }
  });

  test('over the size limit closes with 1009, binary with 1003, broken text with 1007', async () => {
    await using server = await TestServer.start();
    const huge = await server.connect();
    huge.send('x'.repeat(contractLimits.webSocketMessageBytesMax + 1));
    assert.equal((await huge.closed)[0], 1009);
    const binary = await server.connect();
    binary.socket.send(Uint8Array.of(1, 2, 3));
    assert.equal((await binary.closed)[0], 1003);
    const broken = await server.connect();
    broken.socket.send(Uint8Array.of(0xff, 0xfe), { binary: false });
    assert.equal((await broken.closed)[0], 1007);
    await server.ended(3);
    assert.deepEqual(server.ends, ['too-large', 'abuse', 'abuse']);
  });

  test('of the bad kind may come a number of times between heartbeats, no more', async () => {
    await using server = await TestServer.start();
    const client = await server.player('token.mario');
    for (let i = 0; i < limits.refusalsPerHeartbeatMax; i++) await client.ask('{');
    server.timers.advance(limits.heartbeatMs);
    for (let i = 0; i < limits.refusalsPerHeartbeatMax; i++) await client.ask('{');
    client.send('{');
    assert.equal((await client.closed)[0], 4400);
  });

  test('past the rate of its command may come a number of times too, no more', async () => {
    await using server = await TestServer.start();
    const client = await server.player('token.mario');
    server.platform.answer = () => {
      throw new PaperclipError('RATE_LIMITED', { command: 'game.list', retryAfterS: 9 });
    };
    for (let i = 0; i < limits.refusalsPerHeartbeatMax; i++) {
      assert.equal((await client.ask(list)).error?.code, 'RATE_LIMITED');
    }
    client.send(list);
    assert.equal((await client.closed)[0], 4400);
  });

  test('beyond the commands under way gets BUSY, and those under way their answers', async () => {
    await using server = await TestServer.start();
    const client = await server.connect();
    const gate = Promise.withResolvers<object>();
    server.platform.answer = () => gate.promise;
    for (let id = 0; id <= limits.commandsInFlightMax; id++) client.send({ ...list, id });
    const refused = await client.next();
    assert.deepEqual([refused['id'], refused.error?.code], [limits.commandsInFlightMax, 'BUSY']);
    gate.resolve({ games: [] });
    const ids = new Set<unknown>();
    while (ids.size < limits.commandsInFlightMax) ids.add((await client.next())['id']);
    assert.ok('result' in (await client.ask(list)));
  });
});

describe('a WebSocket peer', () => {
  test('that answers heartbeats stays, and one that is silent is cut', async () => {
    await using server = await TestServer.start();
    const lively = await server.player('token.mario');
    const silent = await server.connect({ autoPong: false });
    await silent.ask({ id: 1, auth: 'token.luigi' });
    for (let i = 0; i < 2; i++) {
      const pinged = once(lively.socket, 'ping');
      server.timers.advance(limits.heartbeatMs);
      await pinged;
      // Its answer comes behind the pong, so the server has seen the pong then.
      await lively.ask(list);
    }
    assert.equal((await silent.closed)[0], 1006);
    await server.ended(1);
    assert.deepEqual(server.ends, ['silent']);
    assert.deepEqual(server.platform.present, ['mario/mario-1']);
  });

  test('that does not read is cut off at the limit of unsent bytes', async () => {
    await using server = await TestServer.start();
    const client = await server.player('token.mario');
    client.socket.pause();
    const big = { ...placed, data: { ...placed.data, game: 'x'.repeat(200_000) } };
    // 100 MB: more than the kernel's buffers take, and more than the server may keep.
    for (let i = 0; i < 500; i++) server.platform.emit('mario', big);
    await server.ended(1);
    assert.deepEqual(server.ends, ['slow-reader']);
    assert.deepEqual(server.platform.present, []);
  });

  test('that pings without end is closed', async () => {
    await using server = await TestServer.start();
    const client = await server.connect();
    for (let i = 0; i <= limits.refusalsPerHeartbeatMax; i++) client.socket.ping();
    assert.equal((await client.closed)[0], 4400);
  });

  test('that vanishes during its upgrade leaves nothing behind', async () => {
    await using server = await TestServer.start();
    const gate = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    Object.assign(server.platform.dispatcher, {
      authenticate: async () => {
        asked.resolve();
        await gate.promise;
        return { kind: 'account', playerId: 'mario', sessionId: 's' };
      },
    });
    const { port } = new URL(server.url);
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(
      'GET /v1/ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
        'Authorization: Bearer t\r\nSec-WebSocket-Version: 13\r\n' +
        'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
    );
    await asked.promise;
    socket.resetAndDestroy();
    gate.resolve();
    await once(socket, 'close');
    // Waits for every socket that the gateway still counts.
    await server.gateway.close();
    assert.equal(server.gateway.size, 0);
    assert.deepEqual(server.platform.present, []);
  });
});

describe('a WebSocket upgrade', () => {
  test('is refused elsewhere, with a query, and from pages of other sites', async () => {
    await using server = await TestServer.start({ origins: ['https://game.example'] });
    const [elsewhere, unknown] = await server.refusal({}, `${server.url}x`);
    assert.deepEqual([elsewhere, unknown?.code], [404, 'UNKNOWN_COMMAND']);
    const [query, tokenInUrl] = await server.refusal({}, `${server.url}?token=token.mario`);
    assert.deepEqual([query, tokenInUrl?.details?.['field']], [400, 'url']);
    const [foreign, origin] = await server.refusal({ origin: 'https://evil.example' });
    assert.deepEqual([foreign, origin?.details?.['field']], [403, 'origin']);
    await server.refusal({ origin: 'null' });
    await server.connect({ origin: 'https://game.example' });
    await server.connect({ origin: server.url.replace('ws:', 'http:').replace('/v1/ws', '') });
  });

  test('without a Host is no page of this server', async () => {
    await using server = await TestServer.start();
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    socket.write(
      'GET /v1/ws HTTP/1.0\r\nOrigin: null\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
    );
    const [answer] = await once(socket, 'data');
    assert.match(String(answer), /^HTTP\/1\.1 403 /);
    socket.destroy();
  });

  test('beyond the sockets of the server or of one address gets BUSY', async () => {
    await using full = await TestServer.start({ limits: { socketsMax: 1 } });
    await full.connect();
    assert.deepEqual((await full.refusal())[0], 503);
    await using crowded = await TestServer.start({ limits: { socketsPerAddressMax: 1 } });
    const first = await crowded.connect();
    assert.equal((await crowded.refusal())[1]?.code, 'BUSY');
    first.socket.close();
    await crowded.ended(1);
    await crowded.connect();
  });

  test('is refused while the server shuts down, and those inside are sent away', async () => {
    await using server = await TestServer.start();
    const client = await server.player('token.mario');
    const closed = server.gateway.close();
    assert.deepEqual(await client.closed, [1001, 'the server is shutting down']);
    await closed;
    const [status, error] = await server.refusal();
    assert.deepEqual([status, error?.code], [503, 'SHUTTING_DOWN']);
    assert.deepEqual(server.ends, ['shutdown']);
    assert.equal(server.timers.count, 0);
  });
});
