// Who is told to connect to whom, in which order, as players' programs meet it: one line, one
// action, its result.

import assert from 'node:assert/strict';
import { contractLimits as limits } from '../../contract/limits.ts';
import { refused } from '../rejects.fixture.ts';
import { type Gamer, gamers, openGame, wish, withWorld } from './external-world.fixture.ts';

withWorld('a host and three guests are wired one by one, in order', async (world) => {
  const [ada, bob, cyd, dan] = (await gamers(world, 'Ada', 'Bob', 'Cyd', 'Dan')) as [
    Gamer,
    Gamer,
    Gamer,
    Gamer,
  ];
  const everybody = (line: string) =>
    ['Ada', 'Bob', 'Cyd', 'Dan'].map((name) => `${name}: ${line}`);
  const { number, state } = await ada.call('external.host', wish);
  assert.deepEqual([number, state], [1, 'starting']);
  await ada.says('GameState', 'Idle');
  assert.deepEqual(world.heard(), []);
  await ada.says('GameState', 'Lobby');
  assert.deepEqual(world.heard(), ['Ada: host scmp_007']);
  await world.tick();
  assert.deepEqual(world.heard(), everybody('open [] teams'));

  await bob.call('external.join', { number });
  await bob.says('GameState', 'Idle');
  assert.deepEqual(world.heard(), []);
  await bob.says('GameState', 'Lobby');
  assert.deepEqual(world.heard(), ['Bob: join Ada', 'Ada: connect Bob, offer']);
  await world.tick();
  assert.deepEqual(world.heard(), everybody('open [] teams'));

  await cyd.call('external.join', { number });
  await cyd.runs();
  assert.deepEqual(world.heard(), [
    'Cyd: join Ada',
    'Ada: connect Cyd, offer',
    'Cyd: connect Bob, offer',
    'Bob: connect Cyd, wait',
  ]);
  await dan.call('external.join', { number });
  await dan.runs();
  assert.deepEqual(world.heard(), [
    'Dan: join Ada',
    'Ada: connect Dan, offer',
    'Dan: connect Bob, offer',
    'Bob: connect Dan, wait',
    'Dan: connect Cyd, offer',
    'Cyd: connect Dan, wait',
  ]);
});

withWorld(
  'three who launch are told of nothing but the game, until all are out of it',
  async (world) => {
    const [ada, bob, cyd, dan] = (await gamers(world, 'Ada', 'Bob', 'Cyd', 'Dan')) as [
      Gamer,
      Gamer,
      Gamer,
      Gamer,
    ];
    const everybody = (line: string) =>
      ['Ada', 'Bob', 'Cyd', 'Dan'].map((name) => `${name}: ${line}`);
    await openGame(ada, bob, cyd, dan);
    world.heard();
    for (const [i, player] of [ada, bob, cyd, dan].entries()) {
      await ada.says('PlayerOption', player.player.id, 'Army', i + 1);
      await ada.says('PlayerOption', player.player.id, 'Team', 2 + (i % 2));
    }
    await world.tick();
    assert.deepEqual(world.heard(), everybody('open [Ada/2 Bob/3 Cyd/2 Dan/3] teams 2 3'));
    await bob.says('IceMsg', dan.player.id, '{"candidate":1}');
    assert.deepEqual(world.heard(), ['Dan: ice of Bob: "{\\"candidate\\":1}"']);

    await dan.says('GameState', 'Ended');
    assert.deepEqual(world.heard(), [
      'Ada: disconnect Dan',
      'Bob: disconnect Dan',
      'Cyd: disconnect Dan',
      'Dan: removed, left',
    ]);
    await world.tick();
    assert.deepEqual(world.heard(), everybody('open [Ada/2 Bob/3 Cyd/2] teams 2 3'));
    await ada.says('GameState', 'Launching');
    assert.deepEqual(world.heard(), [], 'nothing is sent to guests');
    await world.tick();
    assert.deepEqual(world.heard(), everybody('playing [Ada/2 Bob/3 Cyd/2] teams 2 3'));

    cyd.drop();
    assert.deepEqual(world.heard(), [], 'during play, others are told of nobody’s leaving');
    await ada.says('GameEnded');
    await bob.says('GameEnded');
    await world.tick();
    const left = ['Ada', 'Bob', 'Dan'];
    assert.deepEqual(
      world.heard(),
      left.map((name) => `${name}: closed [Ada/2 Bob/3] teams 2 3`),
    );
    await ada.says('GameState', 'Ended');
    await bob.says('GameState', 'Ended');
    assert.deepEqual(world.heard(), ['Ada: removed, left', 'Bob: removed, left']);
    await world.tick();
    assert.deepEqual(
      world.heard(),
      left.map((name) => `${name}: closed [] teams 2 3`),
    );
    assert.deepEqual((await ada.call('external.list')).games, []);
  },
);

withWorld(
  'a program that does not run in time: a host ends the game, a guest is dropped',
  async (world) => {
    const [ada, bob, cyd] = (await gamers(world, 'Ada', 'Bob', 'Cyd')) as [Gamer, Gamer, Gamer];
    await ada.call('external.host', wish);
    await world.advance(limits.externalStartS * 1000 - 1);
    assert.deepEqual(world.heard(), []);
    await world.advance(1);
    assert.deepEqual(world.heard(), ['Ada: removed, timed-out']);
    const number = await openGame(ada, bob);
    await cyd.call('external.join', { number });
    world.heard();
    await world.advance(limits.externalStartS * 1000);
    assert.deepEqual(
      world.heard().filter((line) => !line.includes('open')),
      ['Ada: disconnect Cyd', 'Bob: disconnect Cyd', 'Cyd: removed, timed-out'],
    );
    await world.advance(10 * limits.externalStartS * 1000);
    assert.equal((await ada.call('external.list')).games.length, 1);
  },
);

withWorld('a host who leaves before the launch ends the game, in every state', async (world) => {
  const [ada, bob, cyd] = (await gamers(world, 'Ada', 'Bob', 'Cyd')) as [Gamer, Gamer, Gamer];
  await ada.call('external.host', wish);
  await ada.call('external.leave');
  assert.deepEqual(world.heard(), ['Ada: removed, left']);
  await ada.call('external.host', wish);
  await ada.says('GameState', 'Idle');
  await ada.says('GameState', 'Ended');
  assert.deepEqual(world.heard(), ['Ada: removed, left']);
  const number = await openGame(ada, bob);
  await cyd.call('external.join', { number });
  await world.tick();
  world.heard();
  await ada.says('GameState', 'Ended');
  assert.deepEqual(world.heard(), [
    'Bob: disconnect Ada',
    'Ada: removed, left',
    'Bob: removed, host-left',
    'Cyd: removed, host-left',
  ]);
  await world.tick();
  assert.deepEqual(
    world.heard(),
    ['Ada', 'Bob', 'Cyd'].map((name) => `${name}: closed [] teams`),
  );
  await refused(bob.says('GameState', 'Ended'), 'NOT_IN_EXTERNAL_GAME');
  assert.equal((await bob.call('external.host', wish)).number, number + 1);
});

withWorld('a guest who leaves is forgotten by those connected, in every state', async (world) => {
  const [ada, bob, cyd] = (await gamers(world, 'Ada', 'Bob', 'Cyd')) as [Gamer, Gamer, Gamer];
  const number = await openGame(ada, bob);
  const gone = ['Ada: disconnect Cyd', 'Bob: disconnect Cyd', 'Cyd: removed, left'];
  const steps = [[], ['Idle'], ['Lobby'], ['Idle', 'Lobby']];
  for (const states of steps) {
    await cyd.call('external.join', { number });
    for (const state of states) await cyd.says('GameState', state);
    await world.tick();
    world.heard();
    await cyd.call('external.leave');
    assert.deepEqual(world.heard(), gone, states.join());
  }
  await cyd.call('external.join', { number });
  cyd.drop();
  assert.deepEqual(world.heard(), gone.slice(0, 2));
  await world.tick();
  assert.equal((await ada.call('external.list')).games[0]?.players.length, 0);
});

withWorld('ICE messages stay within a game, between those who are connected', async (world) => {
  const [ada, bob, cyd, dan] = (await gamers(world, 'Ada', 'Bob', 'Cyd', 'Dan')) as [
    Gamer,
    Gamer,
    Gamer,
    Gamer,
  ];
  const number = await openGame(ada, bob);
  await openGame(cyd);
  await dan.call('external.join', { number });
  await world.tick();
  world.heard();
  for (const to of [cyd.player.id, dan.player.id, ada.player.id, 'nobody', 7, null]) {
    await ada.says('IceMsg', to, 'x');
  }
  await dan.says('IceMsg', ada.player.id, 'x');
  await cyd.says('IceMsg', bob.player.id, 'x');
  await ada.says('IceMsg', bob.player.id);
  await ada.says('IceMsg', bob.player.id, 'x'.repeat(limits.externalIceCharactersMax - 1));
  assert.deepEqual(world.heard(), []);
  await ada.says('IceMsg', bob.player.id, { sdp: ['a'] });
  assert.deepEqual(world.heard(), ['Bob: ice of Ada: {"sdp":["a"]}']);
});

withWorld('what is unknown, malformed or not theirs to say changes nothing', async (world) => {
  const [ada, bob] = (await gamers(world, 'Ada', 'Bob')) as [Gamer, Gamer];
  const number = await openGame(ada, bob);
  await world.tick();
  const before = (await ada.call('external.list')).games;
  world.heard();
  for (const [command, ...args] of [
    ['JsonStats', '{}'],
    ['toString'],
    ['__proto__', 1],
    ['GameState'],
    ['GameState', 'Dancing'],
    ['GameState', 'Lobby'],
    ['GameState', 'Idle'],
    ['GameResult', 1, 'victory 10'],
    ['GameEnded'],
    ['GameOption', 'Slots', 1_000_000],
    ['GameOption', 'Title', 'ü'],
    ['GameOption', 'ScenarioFile', 'nofolder'],
    ['PlayerOption', 'nobody', 'Team', 1],
    ['PlayerOption', bob.player.id, 'Team', 'x'],
    ['ClearSlot', 5],
    ['AIOption', 'AI', 'Team', 1],
    ['GameMods', 'uids', 7],
  ] as const) {
    await ada.says(command, ...args);
  }
  for (const command of ['GameOption', 'PlayerOption', 'GameMods']) {
    await bob.says(command, 'Title', 'uids', 1);
  }
  await bob.says('GameState', 'Launching');
  await world.tick();
  assert.deepEqual(world.heard(), []);
  assert.deepEqual((await ada.call('external.list')).games, before);
  const other = world.anyone('account.login', { name: 'Ada', password: 'correct horse' });
  const elsewhere = { wire: 'test', address: '192.0.2.7', accessToken: (await other).accessToken };
  const report = { command: 'GameState', args: ['Ended'] };
  await refused(
    world.platform.dispatcher.call(elsewhere, 'external.report', report),
    'NOT_IN_EXTERNAL_GAME',
  );
  assert.equal((await bob.call('external.list')).games[0]?.number, number);
});

withWorld('a host sets title, map, places and mods until the launch', async (world) => {
  const [ada, bob] = (await gamers(world, 'Ada', 'Bob')) as [Gamer, Gamer];
  await openGame(ada, bob);
  await ada.says('GameOption', 'Title', 'New title');
  await ada.says('GameOption', 'ScenarioFile', '/maps/scmp_009/scmp_009_scenario.lua');
  await ada.says('GameOption', 'Slots', '4');
  await ada.says('GameMods', 'uids', 'aaa bbb aaa');
  await ada.says('PlayerOption', bob.player.id, 'StartSpot', 3);
  await ada.says('PlayerOption', ada.player.id, 'Color', 1);
  const shown = async () => (await bob.call('external.list')).games[0];
  const { title, map, playersMax, mods, players } = (await shown()) ?? {};
  assert.deepEqual([title, map, playersMax, mods], ['New title', 'scmp_009', 4, ['aaa', 'bbb']]);
  assert.deepEqual(
    players?.map(({ player }) => player.name),
    ['Ada', 'Bob'],
  );
  await ada.says('ClearSlot', 3);
  await ada.says('GameMods', 'activated', 0);
  assert.deepEqual(
    (await shown())?.players.map(({ player }) => player.name),
    ['Ada'],
  );
  assert.deepEqual((await shown())?.mods, []);
  await ada.says('GameState', 'Launching');
  await ada.says('GameOption', 'Title', 'Too late');
  assert.equal((await shown())?.title, 'New title');
});
