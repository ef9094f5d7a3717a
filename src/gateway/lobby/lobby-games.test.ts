// Games over the lobby protocol: hosting, joining and their refusals, who is told to connect to
// whom, and what others see; over true sockets, in both framings.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { framings, inWorld, type LobbyTester, type LobbyWorld, notice } from './lobby.fixture.ts';
import type { LobbyMessage } from './lobby-user.ts';

const bothOver = (behaviour: string, run: (world: LobbyWorld) => Promise<void>): void => {
  for (const framing of framings) {
    test(`${framing}: ${behaviour}`, inWorld(run, { framing, transport: 'tcp' }));
  }
};

const program = (command: string, ...args: readonly unknown[]): object => ({
  ...{ command, target: 'game', args },
});

const launch = (uid: number): object => ({
  ...{ command: 'game_launch', args: ['/numgames', 0] },
  ...{ uid, mod: 'faf', name: 'Conformance', init_mode: 0 },
  ...{ game_type: 'custom', rating_type: 'global' },
});

const wish = { mod: 'faf', visibility: 'public', title: 'Conformance', mapname: 'scmp_007' };

/** All that came for games so far: players come and go beside that. */
async function heard(client: LobbyTester): Promise<readonly LobbyMessage[]> {
  const messages = await client.soFar();
  return messages.filter(({ command }) => command !== 'player_info');
}

/** The same, after a second, as short lines. */
async function seenAfter(world: LobbyWorld, ...clients: readonly LobbyTester[]) {
  await world.advance(1);
  const lines: string[][] = [];
  for (const client of clients) lines.push((await heard(client)).map(lineOf));
  return lines;
}

function lineOf(message: LobbyMessage): string {
  const { command, uid, state, num_players, teams, args } = message;
  if (command !== 'game_info') return `${command} ${JSON.stringify(args)}`;
  return `${uid} ${state} ${num_players} ${JSON.stringify(teams)}`;
}

async function logIn(world: LobbyWorld, ...names: readonly string[]): Promise<LobbyTester[]> {
  const clients: LobbyTester[] = [];
  for (const name of names) clients.push(await world.logIn(name));
  return clients;
}

async function host(client: LobbyTester, more: object = {}): Promise<number> {
  const [launched] = await heard(client.say({ command: 'game_host', ...wish, ...more }));
  client.say(program('GameState', 'Idle'), program('GameState', 'Lobby'));
  assert.deepEqual(await heard(client), [program('HostGame', 'scmp_007')]);
  return Number(launched?.['uid']);
}

async function join(client: LobbyTester, uid: number | string): Promise<readonly string[]> {
  const answers = await heard(client.say({ command: 'game_join', uid }));
  assert.deepEqual(answers, [launch(Number(uid))]);
  client.say(program('GameState', 'Idle'), program('GameState', 'Lobby'));
  return (await heard(client)).map(lineOf);
}

const lines = async (client: LobbyTester): Promise<readonly string[]> =>
  (await heard(client)).map(lineOf);

describe('a game of the lobby protocol', () => {
  bothOver('wires a host and three guests, in order', async (world) => {
    const [ada, bob, cyd, dan] = (await logIn(world, 'ada', 'bob', 'cyd', 'dan')) as [
      LobbyTester,
      LobbyTester,
      LobbyTester,
      LobbyTester,
    ];
    const all = [ada, bob, cyd, dan];
    const uid = await host(ada);
    assert.deepEqual(
      await seenAfter(world, ...all),
      all.map(() => ['1 open 0 {}']),
    );
    assert.deepEqual(await join(bob, uid), ['JoinGame ["ada",1]']);
    assert.deepEqual(await lines(ada), ['ConnectToPeer ["bob",2,true]']);
    assert.deepEqual(await join(cyd, String(uid)), [
      'JoinGame ["ada",1]',
      'ConnectToPeer ["bob",2,true]',
    ]);
    assert.deepEqual(await lines(ada), ['ConnectToPeer ["cyd",3,true]']);
    assert.deepEqual(await lines(bob), ['ConnectToPeer ["cyd",3,false]']);
    assert.deepEqual(await join(dan, uid), [
      'JoinGame ["ada",1]',
      'ConnectToPeer ["bob",2,true]',
      'ConnectToPeer ["cyd",3,true]',
    ]);
    assert.deepEqual(await seenAfter(world, ...all), [
      ['ConnectToPeer ["dan",4,true]', '1 open 0 {}'],
      ['ConnectToPeer ["dan",4,false]', '1 open 0 {}'],
      ['ConnectToPeer ["dan",4,false]', '1 open 0 {}'],
      ['1 open 0 {}'],
    ]);
  });

  bothOver('is played by those who are left, and its result stored', async (world) => {
    const [ada, bob, cyd, dan] = (await logIn(world, 'ada', 'bob', 'cyd', 'dan')) as [
      LobbyTester,
      LobbyTester,
      LobbyTester,
      LobbyTester,
    ];
    const all = [ada, bob, cyd, dan];
    const uid = await host(ada);
    for (const guest of [bob, cyd, dan]) await join(guest, uid);
    await seenAfter(world, ...all);
    for (const number of [1, 2, 3, 4]) {
      ada.say(program('PlayerOption', number, 'Army', number));
      ada.say(program('PlayerOption', String(number), 'Team', 1 + (number % 2)));
    }
    bob.say(program('IceMsg', 4, 'opaque-string'), program('IceMsg', 99, 'to nobody'));
    await heard(bob);
    assert.deepEqual(await heard(dan), [program('IceMsg', 2, 'opaque-string')]);
    await heard(ada);
    const teams = '{"1":["bob","dan"],"2":["ada","cyd"]}';
    assert.deepEqual(
      await seenAfter(world, ...all),
      all.map(() => [`1 open 4 ${teams}`]),
    );

    dan.say(program('GameState', 'Ended'));
    assert.deepEqual(await heard(dan), []);
    for (const client of [ada, bob, cyd]) {
      assert.deepEqual(await lines(client), ['DisconnectFromPeer [4]']);
    }
    ada.say(program('GameState', 'Launching'));
    await heard(ada);
    const left = '{"1":["bob"],"2":["ada","cyd"]}';
    assert.deepEqual(
      await seenAfter(world, ...all),
      all.map(() => [`1 playing 3 ${left}`]),
    );
    cyd.stream.end();
    await cyd.closed;
    for (const client of [ada, bob]) {
      client.say(program('GameResult', 1, 'victory 10'), program('GameResult', 2, 'defeat -10'));
      client.say(program('GameResult', 3, 'victory 1'), program('JsonStats', '{}'));
      client.say(program('GameEnded'));
      assert.deepEqual(
        (await lines(client)).filter((line) => !line.includes('playing')),
        [],
      );
    }
    const three = [ada, bob, dan];
    const closed = await seenAfter(world, ...three);
    for (const one of closed) assert.equal(one.at(-1), '1 closed 2 {"1":["bob"],"2":["ada"]}');
    const { matches } = await world.platform.anyone('match.history', { player: 'cyd' });
    assert.deepEqual(
      matches[0]?.seats.map(({ name, result, score }) => `${name} ${result} ${score}`),
      ['ada win 10', 'bob loss -10', 'cyd win 1'],
    );
  });

  bothOver('is shown whole, to who logs in and to who was there', async (world) => {
    const [ada] = (await logIn(world, 'ada')) as [LobbyTester];
    await host(ada, { rating_min: 100, enforce_rating_range: true, password: 'pw' });
    await world.advance(1);
    const [shown] = await heard(ada);
    const expected = {
      command: 'game_info',
      visibility: 'public',
      password_protected: true,
      uid: 1,
      title: 'Conformance',
      state: 'open',
      game_type: 'custom',
      featured_mod: 'faf',
      sim_mods: {},
      mapname: 'scmp_007',
      map_file_path: 'maps/scmp_007.zip',
      host: 'ada',
      num_players: 0,
      max_players: 12,
      hosted_at: shown?.['hosted_at'],
      launched_at: null,
      rating_type: 'global',
      rating_min: 100,
      rating_max: null,
      enforce_rating_range: true,
      teams_ids: [],
      teams: {},
    };
    assert.match(String(expected.hosted_at), /^2026-01-01T00:00:0\d\.\d{3}\+00:00$/);
    assert.deepEqual(shown, expected);
    const bob = await world.hello('bob');
    for (const command of ['welcome', 'player_info', 'social']) await bob.hearsCommand(command);
    await bob.hears({ command: 'game_info', games: [expected] });
  });

  bothOver('is refused with a reason and a notice', async (world) => {
    const [ada, bob] = (await logIn(world, 'ada', 'bob')) as [LobbyTester, LobbyTester];
    const [launched] = await heard(ada.say({ command: 'game_host', ...wish, password: 'pw' }));
    const uid = Number(launched?.['uid']);
    const failed = (reason: string, text: string, number: number = uid) => [
      { ...{ command: 'game_join_failed', reason, uid: number } },
      notice('info', text),
    ];
    const asks = async (client: LobbyTester, message: object, expected: readonly object[]) =>
      assert.deepEqual(await heard(client.say(message)), expected);
    const hostLeft = 'The host has left the game.';
    for (const number of [9999, 0, 2 ** 40]) {
      await asks(
        bob,
        { command: 'game_join', uid: number },
        failed('host_left_game', hostLeft, number),
      );
    }
    const notReady = 'The game you are trying to join is not ready.';
    await asks(
      bob,
      { command: 'game_join', uid, password: 'pw' },
      failed('game_not_ready', notReady),
    );
    ada.say(program('GameState', 'Idle'), program('GameState', 'Lobby'));
    await heard(ada);
    const badPassword = "Bad password (it's case sensitive).";
    for (const password of ['PW', '', null, 'x'.repeat(1000)]) {
      const message = { command: 'game_join', uid, password };
      await asks(bob, message, failed('bad_password', badPassword));
    }
    await asks(bob, { command: 'game_join', uid, password: 'pw' }, [launch(uid)]);
    for (const action of ['host', 'join']) {
      await asks(bob, { command: `game_${action}`, uid, ...wish }, [
        notice('error', `Can't ${action} a game while in state STARTING_GAME`),
      ]);
    }
    const cyd = await world.logIn('cyd');
    const [wrong] = await heard(cyd.say({ command: 'game_host', ...wish, title: 'Zoë' }));
    assert.equal(wrong?.['style'], 'error');
    await asks(ada, { command: 'social_add', foe: 3 }, []);
    await asks(cyd, { command: 'game_join', uid }, [
      notice('error', 'You cannot join games hosted by this player.'),
    ]);
    assert.deepEqual((await seenAfter(world, cyd)).flat(), []);
  });

  bothOver('whose message lacks what it must have ends the connection', async (world) => {
    const bad = [
      { command: 'game_host', title: 'T' },
      { command: 'game_host', visibility: 'secret' },
      { command: 'game_host', ...wish, title: 7 },
      { command: 'game_host', ...wish, rating_min: 'x' },
      { command: 'game_join' },
      { command: 'game_join', uid: 'x' },
      { command: 'game_join', uid: 1, password: 7 },
      { command: 'GameState', target: 'game', args: 'Idle' },
      { command: 7, target: 'game', args: [] },
    ];
    for (const message of bad) {
      const client = await world.logIn('ada');
      client.say(message);
      await client.closed;
      const last = (await client.rest()).filter(({ command }) => command !== 'player_info');
      assert.ok(
        last.every(({ command }) => command === 'invalid'),
        JSON.stringify(last),
      );
    }
  });

  bothOver('needs a visibility and nothing else', async (world) => {
    const [ada] = (await logIn(world, 'ada')) as [LobbyTester];
    const [launched] = await heard(ada.say({ command: 'game_host', visibility: 'public' }));
    const { name, mod } = launched ?? {};
    assert.deepEqual([name, mod], ["ada's game", 'faf']);
  });

  bothOver('may be spoken of when it is over, or was never there', async (world) => {
    const [ada] = (await logIn(world, 'ada')) as [LobbyTester];
    for (const message of [
      program('GameState', 'Ended'),
      program('JsonStats', 'x'.repeat(200_000)),
      program('x'.repeat(100)),
      { command: 'GameEnded', target: 'game' },
      { command: 'Disconnected', target: 'elsewhere', args: [] },
    ]) {
      assert.deepEqual(await heard(ada.say(message)), []);
    }
  });

  bothOver('ends for a player whose place another connection takes', async (world) => {
    const [ada, bob] = (await logIn(world, 'ada', 'bob')) as [LobbyTester, LobbyTester];
    const uid = await host(ada);
    await join(bob, uid);
    await heard(ada);
    const again = await world.logIn('bob');
    await bob.closed;
    await heard(again);
    assert.deepEqual(await lines(ada), ['DisconnectFromPeer [2]']);
    assert.deepEqual(await join(again, uid), ['JoinGame ["ada",1]']);
  });
});
