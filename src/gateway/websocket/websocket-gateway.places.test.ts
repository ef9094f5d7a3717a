// A player has so many WebSockets and no more: which one goes, and how.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PaperclipError } from '../../contract/errors.ts';
import { contractLimits } from '../../contract/limits.ts';
import { type TestClient, TestServer } from './websocket-client.fixture.ts';

const list = { id: 1, command: 'game.list' };

describe('a WebSocket session of a player who has many', () => {
  test('number nine of a player closes the oldest', async () => {
    await using server = await TestServer.start();
    const clients: TestClient[] = [];
    for (let i = 0; i <= contractLimits.webSocketsPerPlayerMax; i++) {
      clients.push(await server.player('token.mario'));
    }
    assert.equal((await clients[0]!.closed)[0], 4409);
    await server.ended(1);
    assert.equal(server.platform.present.length, contractLimits.webSocketsPerPlayerMax);
  });

  test('number nine that comes with its token closes the oldest too', async () => {
    await using server = await TestServer.start();
    const headers = { authorization: 'Bearer token.mario' };
    const clients: TestClient[] = [];
    for (let i = 0; i <= contractLimits.webSocketsPerPlayerMax; i++) {
      clients.push(await server.connect({ headers }));
    }
    assert.equal((await clients[0]!.closed)[0], 4409);
    assert.ok('result' in (await clients.at(-1)!.ask(list)));
  });

  test('comes in at once where eight dead sockets of the player are', async () => {
    await using server = await TestServer.start();
    for (let i = 0; i < contractLimits.webSocketsPerPlayerMax; i++) {
      // Reads nothing any more, so it will not answer a close either.
      (await server.player('token.mario')).socket.pause();
    }
    for (let i = 0; i < contractLimits.webSocketsPerPlayerMax; i++) {
      const client = await server.connect();
      assert.ok('result' in (await client.ask({ id: 1, auth: 'token.mario' })));
    }
    assert.equal(server.platform.present.length, contractLimits.webSocketsPerPlayerMax);
  });

  test('can be renewed on each of as many as a player may have', async () => {
    await using server = await TestServer.start();
    const clients: TestClient[] = [];
    for (let i = 0; i < contractLimits.webSocketsPerPlayerMax; i++) {
      clients.push(await server.player('token.mario'));
    }
    for (const client of clients) {
      assert.ok('result' in (await client.ask({ id: 1, auth: 'token.mario.2' })));
    }
    assert.equal(server.platform.present.length, contractLimits.webSocketsPerPlayerMax);
    assert.deepEqual(server.ends, []);
  });

  test('that cannot be had with the upgrade’s token closes, in WebSocket’s words', async () => {
    await using server = await TestServer.start();
    Object.assign(server.platform.events, {
      connect: () => {
        throw new PaperclipError('BUSY');
      },
    });
    const client = await server.connect({ headers: { authorization: 'Bearer token.mario' } });
    assert.deepEqual(await client.closed, [4401, 'BUSY']);
  });
});
