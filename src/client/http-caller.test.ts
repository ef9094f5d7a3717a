// One command over HTTP against a server that answers by hand.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PaperclipError } from '../contract/errors.ts';
import { ClientError } from './client-error.ts';
import { fakeServer, RawAnswer, Refusal } from './fake-server.fixture.ts';
import { httpCaller, httpRequest, serverUrl } from './http-caller.ts';

const codeOf = (code: string) => (error: unknown) =>
  (error instanceof ClientError || error instanceof PaperclipError) && error.code === code;

describe('a request is made from the row of the command table', () => {
  test('members named in the path go there, escaped, and nowhere else', () => {
    assert.deepEqual(httpRequest('lobby.kick', { lobbyId: 'l/1', playerId: 'p 2' }), {
      method: 'DELETE',
      path: '/v1/lobbies/l%2F1/members/p%202',
    });
  });

  test('GET puts the rest into the query and leaves out what is undefined', () => {
    assert.deepEqual(httpRequest('match.history', { player: 'a&b', limit: 5 }), {
      method: 'GET',
      path: '/v1/matches?player=a%26b&limit=5',
    });
    assert.equal(httpRequest('match.history', {}).path, '/v1/matches');
  });

  test('POST puts the rest into a JSON body', () => {
    assert.deepEqual(httpRequest('lobby.ready', { lobbyId: 'l1', ready: true }), {
      method: 'POST',
      path: '/v1/lobbies/l1/ready',
      body: '{"ready":true}',
    });
  });

  test('a path member that is missing is the caller’s mistake', () => {
    assert.throws(() => httpRequest('lobby.get', { lobbyId: '' }), /lobby\.get needs lobbyId/);
  });
});

describe('the address of a server', () => {
  test('needs no scheme', () => {
    assert.equal(serverUrl('localhost:5000').href, 'http://localhost:5000/');
    assert.equal(serverUrl(' https://play.example/x?y#z ').href, 'https://play.example/x');
  });

  test('is refused with its text when it is none', () => {
    for (const text of ['', 'ftp://a', 'http://', 'ws://a']) {
      assert.throws(() => serverUrl(text), codeOf('BAD_URL'));
    }
  });
});

describe('an answer', () => {
  test('comes back as the result', async () => {
    await using server = await fakeServer({ 'GET /v1/games': () => ({ games: [] }) });
    const answer = await httpCaller(server.url).call('game.list', {});
    assert.deepEqual(answer, { games: [] });
  });

  test('that refuses becomes a PaperclipError with the table’s code and sentence', async () => {
    await using server = await fakeServer({
      'GET /v1/matches/m1': () => new Refusal('MATCH_NOT_FOUND', { match: 'm1' }),
    });
    await assert.rejects(httpCaller(server.url).call('match.get', { matchId: 'm1' }), (error) => {
      assert(error instanceof PaperclipError);
      assert.equal(error.code, 'MATCH_NOT_FOUND');
      assert.match(error.message, /There is no match m1\./);
      return true;
    });
  });

  test('that no Paperclip server gives is named, whatever it is', async () => {
    const odd = [
      new RawAnswer(200, '<html>'),
      new RawAnswer(200, '7'),
      new RawAnswer(502, 'bad gateway'),
      new RawAnswer(404, '{"message":"Not Found"}'),
      new RawAnswer(400, '{"error":{"code":"toString"}}'),
      new RawAnswer(400, '{"error":null}'),
    ];
    let next = 0;
    await using server = await fakeServer({ 'GET /v1/games': () => odd[next++] });
    const { call } = httpCaller(server.url);
    for (const _ of odd) await assert.rejects(call('game.list', {}), codeOf('NOT_PAPERCLIP'));
  });

  test('that does not come because nobody listens says what to do', async () => {
    const server = await fakeServer({});
    const { url } = server;
    await server[Symbol.asyncDispose]();
    await assert.rejects(httpCaller(url).call('game.list', {}), (error) => {
      assert(error instanceof ClientError);
      assert.equal(
        error.message,
        `SERVER_UNREACHABLE: No server answers at ${url} (connection refused). ` +
          'Start one with `npm start`, or name another one.',
      );
      return true;
    });
  });

  test('that does not come in time is given up', async () => {
    const never: Promise<never> = new Promise(() => {});
    const caller = httpCaller('http://127.0.0.1:1', {
      timeoutMs: 5,
      fetch: (_url, { signal }) =>
        Promise.race([
          never,
          new Promise<never>((_, reject) => {
            signal?.addEventListener('abort', () => reject(signal.reason));
          }),
        ]),
    });
    await assert.rejects(caller.call('game.list', {}), codeOf('SERVER_SLOW'));
  });
});
