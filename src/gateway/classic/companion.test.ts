// Every row of the companion's table, with right and with wrong input, as the older clients ask.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { base64Bytes, base64Lines } from '../../codec/classic/base64.ts';
import { claimsCertificate } from '../../domain/account/classic-words.fixture.ts';
import { type CompanionWorld, companionWorld, password, type Reply } from './companion.fixture.ts';
import { companionLimits } from './companion-limits.ts';

const withWorld = (behaviour: string, run: (world: CompanionWorld) => Promise<void>) =>
  test(behaviour, async () => {
    const world = await companionWorld();
    try {
      await run(world);
    } finally {
      await world.close();
    }
  });

const is = (reply: Reply, status: number, body?: unknown): void => {
  assert.equal(reply.status, status, reply.text);
  if (body !== undefined) assert.deepEqual(reply.body, body);
};

const textIn = (reply: Reply, member: string): string => {
  const { body } = reply;
  assert.ok(typeof body === 'object' && body !== null, reply.text);
  const value: unknown = Reflect.get(body, member);
  assert.ok(typeof value === 'string', reply.text);
  return value;
};

withWorld('registering makes an account with a number, and a key', async (world) => {
  const { ask, keys } = world;
  const made = await ask('POST /auth/register', { json: { username: 'Mario', password } });
  is(made, 201, { 'account-id': 1, username: 'Mario' });
  assert.equal(keys.made, 1);
  is(await ask('POST /auth/register', { json: { username: 'mario', password } }), 400);
  is(await ask('POST /auth/register', { json: { username: 'Luigi' } }), 400);
  is(await ask('POST /auth/register', { json: { password } }), 400);
  is(await ask('POST /auth/register', { json: { username: '', password } }), 400);
  is(await ask('POST /auth/register', { json: { username: 'Luigi', password: 'short' } }), 400);
  is(await ask('POST /auth/register', { json: { username: '\u0000', password } }), 400);
  is(await ask('POST /auth/register'), 400);
  const second = await ask('POST /auth/register/', { json: { username: 'Luigi', password } });
  is(second, 201, { 'account-id': 2, username: 'Luigi' });
});

withWorld('a log-in that is missing or wrong is refused in the old words', async (world) => {
  const { ask, account } = world;
  await account('Mario');
  const bad: readonly (string | undefined)[] = [
    undefined,
    'Mario:wrong horse',
    'Nobody:correct horse',
    'Mario:',
    ':',
    'no colon',
    `${'x'.repeat(300)}:${password}`,
    `Mario:${'x'.repeat(300)}`,
    `${'a'.repeat(20)}.${'b'.repeat(20)}.${'c'.repeat(20)}:`,
  ];
  for (const as of bad) {
    const reply = await ask('GET /auth/test', as === undefined ? {} : { as });
    is(reply, 401);
    assert.equal(reply.text, 'Unauthorized Access');
    assert.match(String(reply.headers['www-authenticate']), /^Basic realm=/);
  }
  for (const authorization of ['Bearer x', 'Basic', 'Basic %%%', 'Basic =']) {
    is(await ask('GET /auth/test', { headers: { authorization } }), 401);
  }
});

withWorld('every row but three wants a log-in', async ({ ask }) => {
  for (const what of [
    'GET /auth/token',
    'GET /auth/key',
    'GET /auth/certificate',
    'GET /auth/test',
    'GET /games/',
    'GET /lobby/',
    'GET /lobby/all',
    'POST /lobby/create',
    'GET /lobby/find',
    'GET /lobby/members',
    'GET /lobby/friends',
    'GET /friends/',
    'POST /friends/add',
    'DELETE /friend/remove',
    'DELETE /friends/remove',
  ]) {
    const reply = await ask(what, { json: { username: 'x' } });
    assert.equal(reply.status, 401, what);
    assert.equal(reply.text, 'Unauthorized Access', what);
  }
  is(await ask('GET /auth/certificate/validate'), 400);
});

withWorld('a token stands for the log-in until it ends', async (world) => {
  const { ask, platform } = world;
  const as = await world.account('Mario');
  const token = textIn(await ask('GET /auth/token', { as }), 'token');
  const [head = '', claims = '', mac = ''] = token.split('.');
  const claimed: unknown = JSON.parse(atob(claims));
  const exp = Math.floor(platform.time.now() / 1000) + companionLimits.tokenLifetimeS;
  assert.deepEqual(claimed, { id: 1, exp });
  is(await ask('GET /auth/test', { as: `${token}:` }), 200, { hello: 'Mario' });
  is(await ask('GET /auth/test', { as: `${token}:whatever` }), 200, { hello: 'Mario' });

  const other = btoa(JSON.stringify({ id: 2, exp })).replaceAll('=', '');
  const none = btoa(JSON.stringify({ alg: 'none' })).replaceAll('=', '');
  const flipped = `${mac[0] === 'A' ? 'B' : 'A'}${mac.slice(1)}`;
  for (const bad of [
    `${head}.${other}.${mac}`,
    `${head}.${claims}.${flipped}`,
    `${none}.${claims}.${mac}`,
    `${none}.${claims}.${'A'.repeat(43)}`,
  ]) {
    is(await ask('GET /auth/test', { as: `${bad}:` }), 401);
  }
  await platform.advance(companionLimits.tokenLifetimeS * 1000 - 1000);
  is(await ask('GET /auth/test', { as: `${token}:` }), 200);
  await platform.advance(2000);
  is(await ask('GET /auth/test', { as: `${token}:` }), 401);
});

withWorld('the key is the account’s, and the server’s certificate the server’s', async (world) => {
  const { ask } = world;
  const as = await world.account('Mario');
  const reply = await ask('GET /auth/key', { as });
  const key = base64Bytes(textIn(reply, 'key'))!;
  assert.equal(new TextDecoder().decode(key), 'private 1 of correct horse');
  is(reply, 200, { 'account-id': 1, key: base64Lines(key) });
  const token = textIn(await ask('GET /auth/token', { as }), 'token');
  is(await ask('GET /auth/key', { as: `${token}:` }), 200, {
    'account-id': 1,
    key: base64Lines(key),
  });
  const certificate = textIn(await ask('GET /auth/certificate', { as }), 'certificate');
  assert.equal(certificate.split('\n')[0]?.length, 76);
  assert.equal(base64Bytes(certificate)?.length, 100);
});

withWorld('an account without a key gets it with the password, not with a token', async (world) => {
  const { ask, keys } = world;
  keys.isFull = true;
  const as = await world.account('Mario');
  const token = textIn(await ask('GET /auth/token', { as }), 'token');
  is(await ask('GET /auth/key', { as: `${token}:` }), 401);
  keys.isFull = false;
  await world.platform.advance(companionLimits.passwordShownS * 1000 + 1);
  is(await ask('GET /auth/key', { as }), 200);
});

withWorld('a certificate is checked for anyone, in lines or without', async (world) => {
  const { ask, platform } = world;
  await world.account('Mario');
  const fromMs = platform.time.now();
  const claims = { fromMs, toMs: fromMs + 1000, signedWith: `public 1 of ${password}` };
  const mine = claimsCertificate({ ...claims, account: 1 });
  const path = 'GET /auth/certificate/validate';
  const asked = async (certificate: unknown) => ask(path, { json: { certificate } });
  is(await asked(base64Lines(mine)), 200, { 'account-id': '1', valid: true });
  is(await asked(base64Lines(mine).replaceAll('\n', '')), 200, { 'account-id': '1', valid: true });
  const server = claimsCertificate({ ...claims, signedWith: 'server' });
  is(await asked(base64Lines(server)), 200, { 'account-id': null, valid: true });
  const strange = claimsCertificate({ ...claims, account: 99 });
  is(await asked(base64Lines(strange)), 200, { 'account-id': '99', valid: false });
  for (const bad of ['', 'not base64!', 'AAAA', [], {}, null, true]) {
    const reply = await asked(bad);
    if (bad === 'not base64!' || bad === 'AAAA') {
      is(reply, 200, { 'account-id': null, valid: false });
    } else {
      is(reply, 400);
    }
  }
  await platform.advance(2000);
  is(await asked(base64Lines(mine)), 200, { 'account-id': '1', valid: false });
});

withWorld('games have numbers, RPS the first', async (world) => {
  const as = await world.account('Mario');
  is(await world.ask('GET /games/', { as }), 200, { 1: 'RPS', 2: 'brawl' });
});

withWorld(
  'a lobby is created, shown and found, by number or by name in any case',
  async (world) => {
    const { ask, intents } = world;
    const as = await world.account('Mario');
    const luigi = await world.account('Luigi');
    is(await ask('GET /lobby/find', { as, json: { 'game-name': 'RPS' } }), 404);
    const made = await ask('POST /lobby/create', { as, json: { 'game-name': 'rPs' } });
    const id = textIn(made, 'lobby-id');
    const shown = { 'lobby-id': id, 'lobby-addr': ['game.example', 5000], 'game-id': 1 };
    is(made, 201, shown);
    is(await ask('GET /lobby/', { as: luigi, json: { 'lobby-id': id } }), 200, shown);
    is(await ask('GET /lobby/find', { as: luigi, json: { 'game-id': 1 } }), 200, shown);
    is(await ask('GET /lobby/find', { as: luigi, json: { 'game-id': '1' } }), 200, shown);
    is(
      await ask('GET /lobby/find', { as: luigi, json: { 'game-id': 77, 'game-name': 'rps' } }),
      200,
    );
    is(await ask('GET /lobby/find', { as: luigi, json: { 'game-name': 'brawl' } }), 404);
    assert.equal(intents.of(1), id);
    assert.equal(intents.of(2), id);

    for (const json of [{}, { 'game-id': '' }, { 'game-name': null }]) {
      is(await ask('POST /lobby/create', { as, json }), 400);
      is(await ask('GET /lobby/find', { as, json }), 400);
    }
    for (const json of [{ 'game-id': 3 }, { 'game-id': 0 }, { 'game-name': 'chess' }]) {
      is(await ask('POST /lobby/create', { as, json }), 404);
      is(await ask('GET /lobby/find', { as, json }), 404);
    }
    is(await ask('GET /lobby/', { as }), 400);
    is(await ask('GET /lobby/', { as, json: { 'lobby-id': 'nowhere' } }), 404);
    is(await ask('GET /lobby/', { as, json: { 'lobby-id': 7 } }), 404);
    is(await ask('GET /lobby/', { as, json: { 'lobby-id': 'x'.repeat(500) } }), 404);
  },
);

withWorld('who creates a second lobby leaves the first', async (world) => {
  const { ask } = world;
  const as = await world.account('Mario');
  const first = textIn(await ask('POST /lobby/create', { as, json: { 'game-id': 1 } }), 'lobby-id');
  const second = textIn(
    await ask('POST /lobby/create', { as, json: { 'game-id': 2 } }),
    'lobby-id',
  );
  is(await ask('GET /lobby/', { as, json: { 'lobby-id': first } }), 404);
  is(await ask('GET /lobby/all', { as }), 200, {
    [second]: { game: { 'game-id': 2, 'game-name': 'brawl' }, size: 4, 'is-full': false },
  });
});

withWorld('a lobby that nobody came to is gone after a minute', async (world) => {
  const { ask, platform } = world;
  const as = await world.account('Mario');
  const made = await ask('POST /lobby/create', { as, json: { 'game-id': 1 } });
  const json = { 'lobby-id': textIn(made, 'lobby-id') };
  await platform.advance(59_000);
  is(await ask('GET /lobby/', { as, json }), 200);
  await platform.advance(60_000);
  is(await ask('GET /lobby/', { as, json }), 404);
  is(await ask('GET /lobby/all', { as }), 200, {});
});

withWorld('lobbies show who is in them, and where friends are', async (world) => {
  const { ask, platform } = world;
  const [as, luigi] = [await world.account('Mario'), await world.account('Luigi')];
  const made = await ask('POST /lobby/create', { as: luigi, json: { 'game-id': 2 } });
  const id = textIn(made, 'lobby-id');
  const guest = await platform.guest('toad');
  await guest.call('lobby.join', { lobbyId: id });
  await platform.platform.settled();
  is(await ask('GET /lobby/members', { as }), 200, { [id]: [2, 3] });
  is(await ask('GET /lobby/friends', { as }), 200, []);
  await ask('POST /friends/add', { as, json: { username: 'Luigi' } });
  is(await ask('GET /lobby/friends', { as }), 200, []);
  await ask('POST /friends/add', { as: luigi, json: { username: 'Mario' } });
  is(await ask('GET /lobby/friends', { as }), 200, [
    {
      account: { 'account-id': 2, username: 'Luigi' },
      lobbies: [{ 'lobby-id': id, 'game-id': 2, 'game-name': 'brawl' }],
    },
  ]);
});

withWorld('a lobby that is full is in no list, and is shown by its id', async (world) => {
  const { ask, platform } = world;
  const as = await world.account('Mario');
  const made = await ask('POST /lobby/create', { as, json: { 'game-id': 1 } });
  const id = textIn(made, 'lobby-id');
  const peach = await platform.register('Peach');
  await peach.call('lobby.join', { lobbyId: id });
  is(await ask('GET /lobby/all', { as }), 200, {});
  is(await ask('GET /lobby/find', { as, json: { 'game-id': 1 } }), 404);
  is(await ask('GET /lobby/', { as, json: { 'lobby-id': id } }), 200);
});

withWorld('adding a friend asks, and two who ask each other are friends', async (world) => {
  const { ask, platform } = world;
  const [as, luigi] = [await world.account('Mario'), await world.account('Luigi')];
  const [one, two] = [
    { id: 1, username: 'Mario' },
    { id: 2, username: 'Luigi' },
  ];
  const added = await ask('POST /friends/add', { as, json: { username: 'luigi' } });
  is(added, 201, { account: one, other: two });
  is(await ask('GET /friends/', { as }), 200, { friends: [] });
  is(await ask('POST /friends/add', { as, json: { username: 'Luigi' } }), 400);
  is(await ask('POST /friends/add', { as: luigi, json: { username: 'Mario' } }), 201, {
    account: two,
    other: one,
  });
  is(await ask('GET /friends/', { as }), 200, { friends: [two] });
  is(await ask('GET /friends', { as: luigi }), 200, { friends: [one] });
  is(await ask('POST /friends/add', { as, json: { username: 'Luigi' } }), 400);

  await platform.guest('toad', true);
  is(await ask('POST /friends/add', { as, json: { username: 'toad' } }), 404);
  is(await ask('POST /friends/add', { as, json: { username: 'Nobody' } }), 404);
  is(await ask('POST /friends/add', { as, json: { username: 'Mario' } }), 400);
  is(await ask('POST /friends/add', { as }), 400);
});

withWorld('a friend is removed by either spelling of the path, once', async (world) => {
  const { ask } = world;
  const [as, luigi] = [await world.account('Mario'), await world.account('Luigi')];
  for (const path of ['/friend/remove', '/friends/remove', '/friend/remove/']) {
    await ask('POST /friends/add', { as, json: { username: 'Luigi' } });
    await ask('POST /friends/add', { as: luigi, json: { username: 'Mario' } });
    const gone = await ask(`DELETE ${path}`, { as, json: { username: 'Luigi' } });
    is(gone, 204);
    assert.equal(gone.text, '');
    is(await ask(`DELETE ${path}`, { as, json: { username: 'Luigi' } }), 404);
    is(await ask('GET /friends/', { as }), 200, { friends: [] });
  }
  is(await ask('DELETE /friends/remove', { as, json: { username: 'Nobody' } }), 404);
  is(await ask('DELETE /friends/remove', { as }), 400);
});

withWorld('arguments come in the body of any method, or in the query', async (world) => {
  const { ask } = world;
  const as = await world.account('Mario');
  const made = await ask('POST /lobby/create/?game-id=1', { as });
  const id = textIn(made, 'lobby-id');
  is(await ask(`GET /lobby?lobby-id=${id}`, { as }), 200);
  is(await ask('GET /lobby/?lobby-id=other', { as, json: { 'lobby-id': id } }), 200);
  // Without a content type, as some clients send it.
  is(await ask('GET /lobby/', { as, raw: JSON.stringify({ 'lobby-id': id }) }), 200);
  const headers = { 'content-type': 'text/plain' };
  is(await ask('GET /lobby/', { as, raw: JSON.stringify({ 'lobby-id': id }), headers }), 200);
});

withWorld('a body that is no JSON object, or too large, is refused', async (world) => {
  const { ask } = world;
  const as = await world.account('Mario');
  for (const raw of [
    '{',
    '[]',
    '"x"',
    'null',
    '7',
    Uint8Array.of(0xff, 0xfe),
    '{"__proto__":{}}',
  ]) {
    is(await ask('GET /lobby/', { as, raw }), 400);
    is(await ask('POST /lobby/create', { as, raw }), 400);
    is(await ask('DELETE /friends/remove', { as, raw }), 400);
  }
  const pad = 'x'.repeat(companionLimits.bodyBytesMax);
  is(await ask('GET /lobby/', { as, json: { 'lobby-id': 'x', pad } }), 400);
  is(await ask('GET /lobby/', { as, json: { 'lobby-id': '__proto__' } }), 404);
});

withWorld('another method than the row’s is told which', async (world) => {
  const as = await world.account('Mario');
  for (const what of ['POST /auth/token', 'GET /auth/register/', 'PUT /lobby/', 'HEAD /games']) {
    const reply = await world.ask(what, { as });
    is(reply, 405);
    assert.match(String(reply.headers['allow']), /^(GET|POST)$/);
  }
});
