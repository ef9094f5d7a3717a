// Clients of the lobby protocol that are slow, huge, broken or many, and those beside them.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { utf8 } from '../../base/bytes.ts';
import { seededRandom } from '../../base/prng.ts';
import { turns } from '../line-client.fixture.ts';
import { framings, inWorld, type LobbyWorld, notice } from './lobby.fixture.ts';
import { lobbyLimits } from './lobby-limits.ts';

const smallLimits = {
  ...{ strangerMessageBytesMax: 4_096, heldBytesMax: 100_000, unsentBytesMax: 50_000 },
};

const bothOver = (behaviour: string, run: (world: LobbyWorld) => Promise<void>): void => {
  for (const framing of framings) {
    test(`${framing}: ${behaviour}`, inWorld(run, { framing, limits: smallLimits }));
  }
};

describe('the lobby protocol and strangers', () => {
  bothOver('a long message is read after a log-in, and closes before one', async (world) => {
    const long = { command: 'ask_session', user_agent: 'x'.repeat(20_000) };
    const stranger = await world.connect();
    stranger.begin(long, 10_000);
    assert.deepEqual(await stranger.rest(), []);
    const ada = await world.logIn('ada');
    ada.say(long);
    await ada.hearsCommand('session');
  });

  test('the limit of a message is 10 MiB', () => {
    assert.equal(lobbyLimits.messageBytesMax, 10 * 1024 * 1024);
  });

  bothOver('messages that have begun are bounded in all, and whole ones go on', async (world) => {
    const [ada, bob] = [await world.logIn('ada'), await world.logIn('bob')];
    const [cyd, dan] = [await world.logIn('cyd'), await world.logIn('dan')];
    const long = { command: 'x'.repeat(60_000) };
    ada.begin(long, 40_000);
    bob.begin(long, 40_000);
    await turns(20);
    assert.equal(world.size, 4);
    cyd.begin(long, 40_000);
    await cyd.closed;
    assert.deepEqual(await dan.soFar(), []);
    assert.equal(world.size, 3);
  });

  bothOver('a client that does not read is cut off with a reason', async (world) => {
    const [slow, ada] = [await world.logIn('slow'), await world.logIn('ada')];
    slow.stream.pause();
    const op = await world.platform.register('op');
    for (let i = 0; i < 200 && world.size > 1; i++) {
      await op.call('admin.announce', { message: 'x'.repeat(500) });
      await world.advance(1);
      await ada.soFar();
    }
    assert.equal(world.size, 1);
    assert.ok(world.logged.some(({ event }) => event === 'client cut off, it does not read'));
  });

  bothOver('a client that does not read is not read', async (world) => {
    const ada = await world.logIn('ada');
    ada.stream.pause();
    const requests = 1_000;
    for (let i = 0; i < requests; i++) ada.say({ command: 'ask_session' });
    await turns(300);
    const answered = () =>
      world.counted.filter((one) => one === 'paperclip_lobby_messages_received_total ask_session');
    assert.ok(answered().length < requests, `${answered().length}`);
    ada.stream.resume();
    assert.equal((await ada.soFar()).length, requests);
  });

  bothOver('random bytes never bring it down', async (world) => {
    const ada = await world.logIn('ada');
    const random = seededRandom('lobby', 5);
    for (let round = 0; round < 50; round++) {
      const client = await world.connect();
      const bytes = new Uint8Array(1 + random.below(200));
      for (let i = 0; i < bytes.length; i++) bytes[i] = random.below(256);
      client.stream.write(bytes);
      client.stream.end();
      await client.closed;
    }
    assert.deepEqual(await ada.soFar(), []);
    assert.equal(world.size, 1);
    assert.ok(!world.logged.some(({ event }) => /failed/.test(event)));
  });

  bothOver('deep nesting and names of prototypes are no messages', async (world) => {
    for (const text of [
      `${'['.repeat(100)}${']'.repeat(100)}`,
      '{"__proto__":{"command":"ping"}}',
    ]) {
      const client = await world.connect({ framing: 'json' });
      client.stream.write(utf8(`${text}\n`));
      assert.deepEqual(await client.rest(), []);
    }
    assert.ok(world.counted.includes('paperclip_lobby_refusals_total malformed'));
  });

  bothOver('the metrics know no command that strangers make up', async (world) => {
    const client = await world.connect();
    client.say({ command: 'ping' }, { command: 'made up' });
    await client.rest();
    const received = world.counted.filter((one) => one.includes('received'));
    assert.deepEqual(received, [
      'paperclip_lobby_messages_received_total ping',
      'paperclip_lobby_messages_received_total other',
    ]);
  });

  bothOver('who has logged in is told when the account goes on elsewhere', async (world) => {
    const first = await world.logIn('ada');
    first.stream.pause();
    const second = await world.logIn('ada');
    first.stream.resume();
    const style = 'You have been signed out because you signed in elsewhere.';
    assert.deepEqual((await first.rest()).at(-1), notice('kick', style));
    assert.deepEqual(await second.soFar(), []);
  });
});
