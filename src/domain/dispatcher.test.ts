// The chain that every command runs through, and that each code of the error table can be met.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type CommandName, commandTable } from '../contract/commands.ts';
import { type ErrorCode, errorTable, PaperclipError } from '../contract/errors.ts';
import { whyNotAllowed } from './dispatcher.ts';
import { refused } from './rejects.fixture.ts';
import {
  type TestPlatform,
  type TestPlatformOptions,
  testPlatform,
} from './test-platform.fixture.ts';

const withPlatform = (
  behaviour: string,
  run: (world: TestPlatform) => Promise<void>,
  deps: TestPlatformOptions['deps'] = {},
) =>
  test(behaviour, async () => {
    const world = await testPlatform({ deps });
    try {
      await run(world);
    } finally {
      await world.close();
    }
  });

const hostile = (world: TestPlatform, command: string, args?: unknown) =>
  // Boundary: a wire passes on whatever name it was sent.
  world.platform.dispatcher.call({ wire: 'test', address: '::1' }, command as CommandName, args);

withPlatform('what is no command is refused, whatever it is called', async (world) => {
  for (const name of ['nope', '', 'toString', '__proto__', 'constructor', 'x'.repeat(9999)]) {
    const body = await refused(hostile(world, name), 'UNKNOWN_COMMAND');
    assert.ok(body.message.length < 120);
  }
});

withPlatform('arguments that do not fit name the field', async (world) => {
  const cases: readonly [unknown, field: string][] = [
    [{}, 'name'],
    [{ name: 'Mario' }, 'password'],
    [{ name: 'Mario', password: 'short' }, 'password'],
    [{ name: 'Mario', password: 'x'.repeat(129) }, 'password'],
    [{ name: '<b>', password: 'x'.repeat(9) }, 'name'],
    [{ name: 'M', password: 'x'.repeat(9) }, 'name'],
    [{ name: 7, password: 'x'.repeat(9) }, 'name'],
    [{ name: 'Mario', password: 'x'.repeat(9), admin: true }, 'admin'],
    [JSON.parse('{"name":"Mario","password":"xxxxxxxxx","__proto__":{}}'), '__proto__'],
    ['text', 'arguments'],
    [[], 'arguments'],
    [null, 'name'],
    [new Map(), 'arguments'],
    [{ name: 'Mario', password: 'x'.repeat(100_000) }, 'arguments'],
  ];
  for (const [args, field] of cases) {
    const body = await refused(hostile(world, 'account.register', args), 'BAD_REQUEST');
    assert.equal(body.details?.['field'], field, JSON.stringify(body));
  }
  const deep = JSON.parse(`${'['.repeat(500)}${']'.repeat(500)}`);
  const ada = await world.guest();
  const wish = { game: 'duel', settings: deep };
  await refused(ada.call('lobby.create', wish), 'BAD_REQUEST');
});

withPlatform('defaults are filled in, and the caller’s object stays as it was', async (world) => {
  const args = Object.freeze({});
  assert.deepEqual(await world.anyone('match.history', args), { matches: [] });
  assert.deepEqual(await world.anyone('match.history', undefined), { matches: [] });
});

withPlatform('what needs a session says so; a bad token is no session', async (world) => {
  await refused(hostile(world, 'account.me'), 'UNAUTHENTICATED');
  const origin = { wire: 'test', address: '::1', accessToken: 'garbage' };
  await refused(world.platform.dispatcher.call(origin, 'account.me', {}), 'UNAUTHENTICATED');
  await refused(world.platform.dispatcher.authenticate(origin), 'UNAUTHENTICATED');
  assert.equal(
    (await world.platform.dispatcher.call(origin, 'game.list', {})).games.length,
    3,
    'anyone may, with whatever token',
  );
  const nobody = await world.platform.dispatcher.authenticate({ wire: 'test', address: '::1' });
  assert.equal(nobody.kind, 'anyone');
});

test('each kind of caller may what those below may', () => {
  const kinds = ['anyone', 'guest', 'account', 'admin'] as const;
  for (const [i, caller] of kinds.entries()) {
    for (const [j, needed] of kinds.entries()) {
      const expected = i >= j ? undefined : i === 0 ? 'UNAUTHENTICATED' : 'FORBIDDEN';
      assert.equal(whyNotAllowed(caller, needed)?.code, expected, `${caller} ${needed}`);
    }
  }
});

withPlatform('every command has its limit, and it says when to come back', async (world) => {
  const ada = await world.guest();
  const bob = await world.guest();
  const { calls } = commandTable['lobby.join-code'].rate;
  for (let i = 0; i < calls; i++) {
    await refused(ada.call('lobby.join-code', { code: 'AAAA' }), 'LOBBY_NOT_FOUND');
  }
  const body = await refused(ada.call('lobby.join-code', { code: 'AAAA' }), 'RATE_LIMITED');
  assert.equal(body.details?.['retryAfterS'], 60);
  await refused(bob.call('lobby.join-code', { code: 'AAAA' }), 'LOBBY_NOT_FOUND');
  await ada.call('account.me');
  await world.advance(60_000);
  await refused(ada.call('lobby.join-code', { code: 'AAAA' }), 'LOBBY_NOT_FOUND');
});

withPlatform('a crowd of guests guesses no more codes than its address may', async (world) => {
  const { calls, ofAddress = 0 } = commandTable['lobby.join-code'].rate;
  const guess = async (): Promise<void> => {
    const guest = await world.guest();
    for (let i = 0; i < calls; i++) {
      await refused(guest.call('lobby.join-code', { code: 'AAAA' }), 'LOBBY_NOT_FOUND');
    }
  };
  for (let i = 0; i < ofAddress / calls; i++) await guess();
  const another = await world.guest();
  await refused(another.call('lobby.join-code', { code: 'AAAA' }), 'RATE_LIMITED');
});

withPlatform('a flood of calls past their limit leaves no line each in the log', async (world) => {
  const { calls } = commandTable['lobby.join-code'].rate;
  const ada = await world.guest();
  for (let i = 0; i < calls + 50; i++) {
    await ada.call('lobby.join-code', { code: 'AAAA' }).catch(() => undefined);
  }
  const lines = world.log.filter((line) => line['command'] === 'lobby.join-code');
  assert.equal(lines.filter(({ level }) => level === 'info').length, calls);
});

withPlatform('sessions are made by address, whatever token comes along', async (world) => {
  const { calls } = commandTable['account.guest'].rate;
  let token: string | undefined;
  const makeGuest = async (address: string) => {
    const origin = { wire: 'test', address, ...(token && { accessToken: token }) };
    const session = await world.platform.dispatcher.call(origin, 'account.guest', {});
    token = session.accessToken;
  };
  for (let i = 0; i < calls; i++) await makeGuest('192.0.2.50');
  await refused(makeGuest('192.0.2.50'), 'RATE_LIMITED');
  await makeGuest('192.0.2.51');
});

withPlatform('arguments that do not fit count too', async (world) => {
  const { calls } = commandTable['account.login'].rate;
  for (let i = 0; i < calls; i++) await refused(hostile(world, 'account.login'), 'BAD_REQUEST');
  await refused(hostile(world, 'account.login'), 'RATE_LIMITED');
});

withPlatform(
  'what fails unexpectedly is INTERNAL with an incident that only the log explains',
  async (world) => {
    const body = await refused(hostile(world, 'game.list'), 'INTERNAL');
    const incident = body.details?.['incident'];
    const line = world.log.find((one) => one['incident'] === incident);
    assert.equal(line?.level, 'error');
    assert.match(String(line?.['error']), /secret of the limiter/);
    assert.doesNotMatch(JSON.stringify(body), /secret of the limiter/);
  },
  {
    limiter: {
      take: () => Promise.reject(new Error('secret of the limiter')),
    },
  },
);

const heard: string[] = [];
withPlatform(
  'hooks see what happens, and one before can refuse it',
  async (world) => {
    const ada = await world.guest('ada');
    await refused(ada.call('lobby.create', { game: 'brawl' }), 'FORBIDDEN');
    const { id } = await ada.call('lobby.create', { game: 'duel' });
    assert.deepEqual(heard, [`created ${id} by guest`]);
    assert.ok(
      world.log.some((line) => line.event === 'hook failed'),
      'and the call went well',
    );
  },
  {
    hooks: {
      before: {
        'lobby.create': ({ game }, { kind }) => {
          if (game === 'brawl') throw new PaperclipError('FORBIDDEN', { caller: kind });
        },
      },
      after: {
        'lobby.create': ({ id }, _args, { kind }) => {
          heard.push(`created ${id} by ${kind}`);
          throw new Error('a fault of the hook');
        },
      },
    },
  },
);

withPlatform(
  'commands that change something leave a line, those that look leave none',
  async (world) => {
    const ada = await world.guest('ada');
    const { id: lobbyId } = await ada.call('lobby.create', { game: 'duel', private: true });
    await ada.call('lobby.get', { lobbyId });
    await refused(ada.call('lobby.leave', { lobbyId: 'other' }), 'LOBBY_NOT_FOUND');
    const lines = world.log.filter(({ event }) => event === 'command');
    assert.deepEqual(
      lines.map((line) => [line['command'], line['outcome'], line['by']]),
      [
        ['account.guest', 'ok', undefined],
        ['lobby.create', 'ok', ada.player.id],
        ['lobby.leave', 'LOBBY_NOT_FOUND', ada.player.id],
      ],
    );
  },
);

withPlatform('while it closes it takes nothing new and finishes what it has', async (world) => {
  const underWay = world.register('Mario');
  const closed = world.platform.close();
  await refused(world.anyone('game.list'), 'SHUTTING_DOWN');
  assert.equal((await underWay).player.name, 'Mario');
  await closed;
});

test('a result that breaks the table is found by the test platform', async () => {
  const game = { name: 'x', title: 7, players: { min: 1, max: 1 } };
  const broken = await testPlatform({ deps: { games: [game as never] } });
  await refused(broken.anyone('game.list'), 'INTERNAL');
  await broken.close();
});

test('every code of the error table is provoked by a test of the platform', () => {
  // The bytes of files have errors of their own, which no command gives.
  const folders = [import.meta.dirname, join(import.meta.dirname, '../gateway/http')];
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
  );
  const tests = files.filter((file) => file.endsWith('.test.ts'));
  const text = tests.map((file) => readFileSync(file, 'utf8')).join('\n');
  const provoked = new Set(
    [...text.matchAll(/(?:refused\([^;]*|codes?\b[^;]*)'([A-Z_]+)'/g)].map((m) => m[1]),
  );
  const codes = Object.keys(errorTable) as ErrorCode[];
  assert.deepEqual(
    codes.filter((code) => !provoked.has(code)),
    [],
  );
});
