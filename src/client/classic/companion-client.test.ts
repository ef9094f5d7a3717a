// The companion's client against servers that answer strangely; with good ones it is tried end to
// end in test/e2e/old-friends-classic.test.ts.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type TestContext, test } from 'node:test';
import { base64Lines } from '../../codec/classic/base64.ts';
import { createClassicKeyMaker } from '../../driver/classic-keys.ts';
import { CompanionClient } from './companion-client.ts';

interface Request {
  readonly what: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

type Reply = readonly [status: number, body: string];

/** Answers by method and path; what is not there is a 404. */
async function companion(t: TestContext, replies: Readonly<Record<string, Reply>>) {
  const requests: Request[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += String(part);
    const what = `${request.method} ${request.url}`;
    requests.push({ what, authorization: request.headers.authorization, body });
    const [status, text] = replies[what] ?? [404, '<!doctype html><p>Not found'];
    response.writeHead(status).end(text);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return { url: `http://127.0.0.1:${address.port}`, requests };
}

const token: Reply = [200, '{"token":"t0"}'];
const password = 'correct horse';
const keys = createClassicKeyMaker({ atOnce: 1, queuedMax: 1, rounds: 1000 });
const { privateKey } = await keys.make(password);
const key: Reply = [200, JSON.stringify({ 'account-id': 7, key: base64Lines(privateKey) })];
const loggedIn = { 'GET /auth/token': token, 'GET /auth/key': key };

const given = (url: string) => ({ url, name: 'ann', password });

test('arguments go in the body, on GET as well, with the token in place of the name', async (t) => {
  const lobby: Reply = [200, '{"lobby-id":3,"lobby-addr":["10.0.0.9",5003],"game-id":1}'];
  const { url, requests } = await companion(t, { ...loggedIn, 'GET /lobby/': lobby });
  const client = await CompanionClient.logIn(given(url));
  assert.equal(client.accountId, 7);
  assert.deepEqual(await client.lobby('3'), {
    ...{ id: 3, gameId: 1 },
    address: { host: '10.0.0.9', port: 5003 },
  });
  assert.deepEqual(requests, [
    { what: 'GET /auth/token', authorization: `Basic ${btoa(`ann:${password}`)}`, body: '' },
    { what: 'GET /auth/key', authorization: `Basic ${btoa('t0:')}`, body: '' },
    { what: 'GET /lobby/', authorization: `Basic ${btoa('t0:')}`, body: '{"lobby-id":3}' },
  ]);
  // An older server has no page for none, and says so in HTML.
  assert.equal(await client.find(), undefined);
});

test('strange answers are errors that say where they came from', async (t) => {
  const long: Reply = [200, JSON.stringify({ token: 'x'.repeat(300_000) })];
  const another: Reply = [200, JSON.stringify({ 'account-id': 7, key: 'AAAA' })];
  const cases: readonly (readonly [Readonly<Record<string, Reply>>, RegExp])[] = [
    [{ 'GET /auth/token': [200, 'hello'] }, /NOT_PAPERCLIP/],
    [{ 'GET /auth/token': [200, '{"token":1}'] }, /NOT_PAPERCLIP/],
    [{ 'GET /auth/token': [200, 'null'] }, /NOT_PAPERCLIP/],
    [{ 'GET /auth/token': [500, '<html>'] }, /CLASSIC_REFUSED: .*\/auth\/token \(500\)/],
    [{ 'GET /auth/token': [401, 'Unauthorized Access'] }, /WRONG_PASSWORD/],
    [{ 'GET /auth/token': long }, /SERVER_UNREACHABLE: .*too long/],
    [{ ...loggedIn, 'GET /auth/key': another }, /CLASSIC_KEY: The key of ann/],
    [{ ...loggedIn, 'GET /auth/key': [200, '{"key":"?"}'] }, /NOT_PAPERCLIP/],
    [{}, /CLASSIC_REFUSED: .*\(404\)/],
  ];
  for (const [replies, message] of cases) {
    const { url } = await companion(t, replies);
    await assert.rejects(CompanionClient.logIn(given(url)), message);
  }
});

test('a lobby without an address is none that can be joined', async (t) => {
  for (const addr of ['null', '[]', '["host"]', '["host",0]', '["host",70000]', '[1,5000]']) {
    const lobby: Reply = [201, `{"lobby-id":1,"game-id":1,"lobby-addr":${addr}}`];
    const { url } = await companion(t, { ...loggedIn, 'POST /lobby/create': lobby });
    const client = await CompanionClient.logIn(given(url));
    await assert.rejects(client.create(), /NOT_PAPERCLIP/);
  }
});

test('a server is good when the companion knows its certificate, and no account has it', async (t) => {
  const cases: readonly (readonly [string, boolean])[] = [
    ['{"account-id":null,"valid":true}', true],
    ['{"account-id":"1","valid":true}', false],
    ['{"account-id":null,"valid":false}', false],
    ['{"account-id":null,"valid":"true"}', false],
  ];
  for (const [answer, expected] of cases) {
    const replies = { ...loggedIn, 'GET /auth/certificate/validate': [200, answer] as const };
    const { url } = await companion(t, replies);
    const client = await CompanionClient.logIn(given(url));
    assert.equal(await client.isServer(Uint8Array.of(1, 2, 3)), expected, answer);
  }
});
