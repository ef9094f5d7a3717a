// What strangers send to the text protocol: each is answered or let go, nothing is lost, nobody
// else notices, and no log has anything of what people wrote.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { seededRandom } from '../../base/prng.ts';
import { contractLimits } from '../../contract/limits.ts';
import { turns } from '../line-client.fixture.ts';
import { carriers } from './counted-streams.fixture.ts';
import { textLimits } from './text-limits.ts';
import { TextWorld } from './text-world.fixture.ts';

const open = (options = {}) => TextWorld.open(carriers['streams in memory'], options);

const login = `
  bob connects
  bob S< WELCOME …
  bob C> LOGIN_REQ {"username":"bob"}
  bob S< LOGIN_RESP {"status":"OK"}
`;

describe('the text protocol and strangers', () => {
  test('a line of just the limit is a line', async () => {
    await using world = await open();
    await world.run(login);
    const head = 'PRIVATE_MESSAGE_REQ {"receiver":"nobody","message":"';
    const letters = 'x'.repeat(64 * 1024 - head.length - 2);
    await world.client('bob').send(`${head}${letters}"}\n`);
    await world.run(
      'bob S< PRIVATE_MESSAGE_RESP {"status":"ERROR","code":9004,"message":"message: …"}',
    );
  });

  test('an encrypted message as long as they may be goes through, with CRLF too', async () => {
    await using world = await open();
    await world.run(`${login}
      zed comes by another wire
      bob S< JOINED {"username":"zed"}`);
    const message = 'A'.repeat(48 * 1024);
    const body = JSON.stringify({ receiver: 'zed', sessionKey: 'AAAA', message });
    await world.client('bob').send(`SECURE_MESSAGE ${body}\r\n`);
    await world.run('zed hears signal.received');
  });

  test('deep, forged and broken JSON is a parse error, and costs nothing', async () => {
    await using world = await open();
    await world.run(login);
    const bodies = [
      '['.repeat(60_000),
      `{"message":${'['.repeat(40)}${']'.repeat(40)}}`,
      '{"message":"x","__proto__":{"receiver":"y"}}',
      '{"message":"x","\\u005f\\u005fproto\\u005f\\u005f":1}',
      '{"message":"x","constructor":{"prototype":{}}}',
      '{"message":"x"}}',
      '{"message":"\u0001"}',
      "{'message':'x'}",
    ];
    for (const body of bodies) {
      await world.client('bob').send(`BROADCAST_REQ ${body}\n`);
      await world.run('bob S< PARSE_ERROR');
    }
    assert.equal(Object.hasOwn(Object.prototype, 'receiver'), false);
  });

  test('bytes that are no UTF-8 are a parse error', async () => {
    await using world = await open();
    await world.run(login);
    world.client('bob').pair.client.write(Uint8Array.of(0xff, 0xfe, 10));
    await world.run('bob S< PARSE_ERROR');
  });

  test('lone surrogates in a message are passed on as they are', async () => {
    await using world = await open();
    await world.run(`${login}
      ann connects
      ann S< WELCOME …
      ann C> LOGIN_REQ {"username":"ann"}
      ann S< LOGIN_RESP {"status":"OK"}
      bob S< JOINED {"username":"ann"}
      ann C> BROADCAST_REQ {"message":"\\ud800 \\u2028 line\\nfeed"}
      ann S< BROADCAST_RESP {"status":"OK"}
      bob S< BROADCAST {"username":"ann","message":"\\ud800 \u2028 line\\nfeed"}`);
  });

  test('a thousand commands in one segment are answered in order', async () => {
    await using world = await open();
    await world.run(login);
    const { roomMessagesOfPlayerMax } = contractLimits;
    const ask = Array.from({ length: 500 }, (_, i) =>
      i % 2 === 0 ? 'LIST_USERS_REQ' : 'BROADCAST_REQ {"message":"hello"}',
    );
    await world.client('bob').send(`${ask.join('\n')}\n`);
    const answers: (string | undefined)[] = [];
    for (let i = 0; i < ask.length; i++) {
      // Lines beyond those of a turn wait for a timer.
      const next = world.client('bob').next();
      await world.platform.time.advance(0);
      answers.push(await next);
    }
    const headers = answers.map((answer) => answer?.split(' ')[0]);
    assert.deepEqual(
      headers,
      ask.map((line) => line.split(' ')[0]?.replace('_REQ', '_RESP')),
    );
    const isOk = (answer: string | undefined) => answer?.includes('"OK"') === true;
    const said = answers.filter((answer) => answer?.startsWith('BROADCAST') && isOk(answer));
    assert.equal(said.length, roomMessagesOfPlayerMax);
  });

  test('two who want one name at once: one has it', async () => {
    await using world = await open();
    const names = ['a', 'b', 'c', 'd'];
    const clients = await Promise.all(names.map((name) => world.connect(name)));
    for (const client of clients) void client.send('LOGIN_REQ {"username":"bob"}\n');
    const answers = await Promise.all(
      clients.map(async (client) => {
        await client.next();
        return client.next();
      }),
    );
    assert.deepEqual(answers.toSorted(), [
      ...Array.from({ length: 3 }, () => 'LOGIN_RESP {"status":"ERROR","code":5000}'),
      'LOGIN_RESP {"status":"OK"}',
    ]);
  });

  test('an account that logs in twice at once is there once, and the loser leaves no session', async () => {
    await using world = await open();
    const dora = await world.platform.register('dora');
    const clients = await Promise.all(['a', 'b', 'c'].map((name) => world.connect(name)));
    const credentials = JSON.stringify({ username: 'dora', password: 'correct horse' });
    for (const client of clients) void client.send(`LOGIN_REQ ${credentials}\n`);
    const answers: (string | undefined)[] = [];
    for (const client of clients) {
      await client.next();
      answers.push(await client.next());
    }
    assert.equal(answers.filter((answer) => answer?.includes('5000')).length, 2);
    await world.arrived();
    assert.equal((await dora.call('session.list')).sessions.length, 2);
  });

  test('who hangs up in the middle of a log-in leaves nobody behind', async () => {
    await using world = await open();
    for (let tries = 0; tries < 8; tries++) {
      const client = await world.connect('bob');
      await client.send('LOGIN_REQ {"username":"bob"}\n');
      await turns(tries);
      client.pair.client.destroy();
      await world.arrived();
      await world.arrived();
    }
    assert.equal(world.gateway.size, 0);
    await world.run(login);
  });

  test('a peer that floods without reading is cut off, and the others go on', async () => {
    await using world = await open({ limits: { unsentBytesMax: 4_000 } });
    await world.run(`${login}
      ann connects
      ann S< WELCOME …
      ann C> LOGIN_REQ {"username":"ann"}
      ann S< LOGIN_RESP {"status":"OK"}
      bob S< JOINED {"username":"ann"}`);
    world.client('bob').pair.client.pause();
    for (let i = 0; i < 8; i++) {
      const text = JSON.stringify({ message: 'x'.repeat(900) });
      await world.client('ann').send(`BROADCAST_REQ ${text}\n`);
      assert.match((await world.client('ann').next()) ?? '', /"OK"|LEFT/);
    }
    await world.arrived();
    assert.equal(world.gateway.size, 1);
  });

  test('random bytes never bring it down', async () => {
    const random = seededRandom('text rubbish', 7);
    await using world = await open({ limits: { abuseLinesMax: 1_000 } });
    await world.run(login);
    const scraps = [
      'BROADCAST_REQ ',
      'GUESS_NUMBER_REQ ',
      '{"',
      '"number":',
      '}',
      '\n',
      ' ',
      'PONG',
      '\r',
      '\0',
      '\\u',
      'é',
      '[',
      '1e999',
    ];
    for (let i = 0; i < 300; i++) {
      const parts = Array.from({ length: 1 + random.below(8) }, () => {
        return scraps[random.below(scraps.length)] ?? '';
      });
      await world.client('bob').send(parts.join(''));
    }
    await world.client('bob').send('\nLIST_USERS_REQ\n');
    let last: string | undefined = '';
    while (last?.startsWith('LIST_USERS_RESP') === false) last = await world.client('bob').next();
    assert.equal(last, 'LIST_USERS_RESP {"status":"OK","users":["bob"]}');
    assert.deepEqual(world.logged, []);
  });
});

test('no log and no audit has a password or what people wrote', async () => {
  await using world = await open();
  await world.run(`
    account dora
    ${login}
    eve connects
    eve S< WELCOME …
    eve C> LOGIN_REQ {"username":"dora","password":"SECRET wrong"}
    eve C> LOGIN_REQ {"username":"dora","password":"correct horse"}
    eve S< LOGIN_RESP {"status":"ERROR","code":5003}
    eve S< LOGIN_RESP {"status":"OK"}
    bob S< JOINED {"username":"dora"}
    bob C> BROADCAST_REQ {"message":"SECRET broadcast"}
    bob S< BROADCAST_RESP {"status":"OK"}
    eve S< BROADCAST {"username":"bob","message":"SECRET broadcast"}
    bob C> PRIVATE_MESSAGE_REQ {"receiver":"dora","message":"SECRET whisper"}
    bob S< PRIVATE_MESSAGE_RESP {"status":"OK"}
    eve S< PRIVATE_MESSAGE {"sender":"bob","message":"SECRET whisper"}
    bob C> PRIVATE_MESSAGE_REQ {"receiver":"nobody","message":"SECRET lost"}
    bob S< PRIVATE_MESSAGE_RESP {"status":"ERROR","code":6001}
    bob C> SECURE_MESSAGE {"receiver":"dora","sessionKey":"SECRET","message":"SECRET"}
    eve S< SECURE_MESSAGE {"sender":"bob","sessionKey":"SECRET","message":"SECRET"}
    bob C> SECRET {"message":"SECRET"}
    bob S< UNKNOWN_COMMAND
  `);
  const all = [...world.logged, ...world.platform.log.map((line) => JSON.stringify(line))];
  assert.ok(all.some((line) => line.includes('account.login')));
  assert.deepEqual(
    all.filter((line) => /SECRET|correct horse/.test(line)),
    [],
  );
});

test('a PONG that waits behind a slow request is no silence', async () => {
  const { promise: gate, resolve: go } = Promise.withResolvers<void>();
  await using world = await open({
    platform: { deps: { hooks: { before: { 'room.players': () => gate } } } },
  });
  await world.run(`${login}
    bob is silent
    wait ${textLimits.pingEveryMs / 1000 - 0.5} s`);
  await world.client('bob').send('LIST_USERS_REQ\n');
  await world.platform.time.advance(500);
  await world.client('bob').send('PONG\n');
  await turns(4);
  await world.platform.time.advance(textLimits.pongWithinMs);
  go();
  await world.run(`
    bob S< PING
    bob S< LIST_USERS_RESP {"status":"OK","users":["bob"]}`);
  await world.run(`
    bob C> PONG
    bob S< PONG_ERROR {"code":8000}
    wait ${textLimits.pingEveryMs / 1000} s
    bob S< PING
    wait ${textLimits.pongWithinMs / 1000} s
    bob S< DSCN {"reason":7000}
    bob closed`);
});
