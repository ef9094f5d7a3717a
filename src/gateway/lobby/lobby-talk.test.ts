// Logged-in clients of the lobby protocol: who comes and goes, friends and foes, small requests,
// and what is wrong.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { turns } from '../line-client.fixture.ts';
import {
  framings,
  inWorld,
  type LobbyTester,
  type LobbyWorld,
  notice,
  playerInfo,
  seen,
} from './lobby.fixture.ts';

const bothOver = (behaviour: string, run: (world: LobbyWorld) => Promise<void>): void => {
  for (const framing of framings) test(`${framing}: ${behaviour}`, inWorld(run, { framing }));
};

/** What is on its way in memory has arrived, and broadcasts have gone out. */
async function settle(world: LobbyWorld, seconds: number): Promise<void> {
  await turns(20);
  await world.advance(seconds);
  await turns(20);
}

const infos = (messages: readonly object[]): readonly object[] =>
  messages.filter((message) => 'command' in message && message.command === 'player_info');

async function answers(client: LobbyTester, message: object, ...expected: object[]): Promise<void> {
  assert.deepEqual(await client.say(message).soFar(), expected);
}

describe('players of the lobby protocol', () => {
  bothOver('see each other come and go, once a second together', async (world) => {
    const ada = await world.logIn('ada');
    await settle(world, 1);
    assert.deepEqual(await ada.soFar(), [playerInfo(seen(1, 'ada'))]);
    const bob = await world.logIn('bob', { framing: 'json' });
    const cyd = await world.logIn('cyd', { framing: 'qdatastream' });
    assert.deepEqual(infos(await ada.soFar()), []);
    await settle(world, 1);
    assert.deepEqual(await ada.soFar(), [playerInfo(seen(2, 'bob'), seen(3, 'cyd'))]);
    bob.stream.end();
    await bob.closed;
    await settle(world, 1);
    for (const client of [ada, cyd]) {
      assert.deepEqual((await client.soFar()).at(-1), playerInfo(seen(2, 'bob', 'offline')));
    }
  });

  bothOver('who comes and goes within a second is told of in the last state', async (world) => {
    const ada = await world.logIn('ada');
    await settle(world, 1);
    await ada.soFar();
    const bob = await world.logIn('bob');
    bob.stream.end();
    await bob.closed;
    await settle(world, 1);
    assert.deepEqual(await ada.soFar(), [playerInfo(seen(2, 'bob', 'offline'))]);
  });

  bothOver('see players of other wires who are in the room', async (world) => {
    const guest = await world.platform.guest('gus', true);
    const connection = guest.connect();
    await guest.call('room.enter', {});
    await guest.call('player.numbers', { players: [guest.player.id] });
    const ada = await world.hello('ada');
    await ada.hearsCommand('welcome');
    await ada.hears(playerInfo(seen(1, 'gus'), seen(2, 'ada')));
    connection.close();
    await settle(world, 1);
    const heard = infos(await ada.soFar());
    assert.deepEqual(heard.at(-1), playerInfo(seen(1, 'gus', 'offline'), seen(2, 'ada')));
  });

  bothOver('a broadcast is encoded once for each framing, however many hear it', async (world) => {
    for (let i = 0; i < 5; i++) await world.logIn(`json ${i}`, { framing: 'json' });
    for (let i = 0; i < 5; i++) await world.logIn(`block ${i}`, { framing: 'qdatastream' });
    await settle(world, 1);
    const before = world.counted.length;
    await world.logIn('late');
    await settle(world, 1);
    const broadcasts = world.counted
      .slice(before)
      .filter((one) => one === 'paperclip_lobby_broadcasts_total players');
    // To those who were there, and to the newcomer.
    assert.equal(broadcasts.length, 1);
  });

  bothOver('friends and foes are those of the platform', async (world) => {
    await world.register('ada', 'bob', 'erin');
    const bob = await world.logIn('bob');
    const erin = await world.logIn('erin');
    const ada = await world.logIn('ada');
    await answers(ada, { command: 'social_add', friend: 1 });
    await answers(ada, { command: 'social_add', friend: 1 });
    await answers(ada, { command: 'social_add', foe: '2' });
    await answers(bob, { command: 'social_add', friend: 3 });
    const again = await world.hello('ada');
    for (let i = 0; i < 2; i++) await again.next();
    const { friends, foes } = await again.hearsCommand('social');
    assert.deepEqual([friends, foes], [[1], [2]]);
    await again.hearsCommand('game_info');
    await answers(again, { command: 'social_remove', friend: 1 });
    await answers(again, { command: 'social_remove', friend: 1 });
    await answers(again, { command: 'social_remove', foe: 2 });
    await answers(again, { command: 'social_remove', foe: 2 });
    const { players } = await (await world.platform.guest()).call('presence.online', {});
    assert.equal(players.length, 3);
    const third = await world.hello('ada');
    for (let i = 0; i < 2; i++) await third.next();
    const social = await third.hearsCommand('social');
    assert.deepEqual([social['friends'], social['foes']], [[], []]);
    assert.deepEqual(infos(await erin.soFar()), []);
  });

  bothOver('what the platform refuses is a notice, and the connection goes on', async (world) => {
    const ada = await world.logIn('ada');
    await answers(
      ada,
      { command: 'social_add', friend: 99 },
      notice('error', 'There is no player 99.'),
    );
    const yourself = notice('error', 'This takes another player, not yourself.');
    await answers(ada, { command: 'social_add', foe: 1 }, yourself);
  });

  bothOver('small requests are answered, and what is off says so', async (world) => {
    const ada = await world.logIn('ada');
    await answers(
      ada,
      { command: 'avatar', action: 'list_avatar' },
      {
        ...{ command: 'avatar', avatarlist: [] },
      },
    );
    await answers(ada, { command: 'avatar', action: 'select', avatar: null });
    await answers(
      ada,
      { command: 'ice_servers' },
      {
        ...{ command: 'ice_servers', ice_servers: [], ttl: 86_400 },
      },
    );
    await answers(ada, { command: 'matchmaker_info' }, { command: 'matchmaker_info', queues: [] });
    for (const request of ['game_matchmaking', 'invite_to_party', 'leave_party']) {
      await answers(ada, { command: request }, { command: 'disabled', request });
    }
    await answers(
      ada,
      { command: 'hello', login: 'x', password: 'y' },
      {
        ...notice('error', 'You are logged in already.'),
      },
    );
  });

  bothOver('what is no command of the protocol ends the connection', async (world) => {
    for (const wrong of [{ command: 'no_such' }, { command: 7 }, {}, [1], ['command']]) {
      const ada = await world.logIn('ada');
      ada.say(wrong, { command: 'ping' });
      assert.deepEqual((await ada.rest()).at(-1), { command: 'invalid' }, JSON.stringify(wrong));
    }
    for (const wrong of [
      { command: 'social_add' },
      { command: 'social_add', friend: 'bob' },
      { command: 'social_add', friend: -1 },
      { command: 'social_remove', foe: 1.5 },
      { command: 'avatar' },
      { command: 'auth', token: 7 },
    ]) {
      const ada = await world.logIn('ada');
      ada.say(wrong, { command: 'ping' });
      const heard = (await ada.rest()).filter(({ command }) => command !== 'ping');
      assert.deepEqual(heard, [], JSON.stringify(wrong));
    }
  });

  bothOver('what the operator says is a notice', async (world) => {
    const op = await world.platform.register('op');
    const ada = await world.logIn('ada');
    await op.call('admin.announce', { message: 'Restart at noon.' });
    assert.deepEqual(await ada.soFar(), [notice('info', 'Restart at noon.')]);
    await op.call('admin.kick', { player: 'ada', reason: 'castle' });
    assert.deepEqual((await ada.rest()).at(-1), {
      ...notice('kick', 'You have been signed out (kicked: castle).'),
    });
  });
});
