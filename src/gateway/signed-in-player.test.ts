import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PaperclipError } from '../contract/errors.ts';
import type { PlatformEvent } from '../contract/events.ts';
import { silentLog } from '../contract/telemetry.ts';
import type { Dispatcher } from '../domain/platform.ts';
import { type TestPlatform, testPlatform } from '../domain/test-platform.fixture.ts';
import { ManualTimers } from './manual-timers.fixture.ts';
import { SignedInPlayer, type SignedInPlayerContext } from './signed-in-player.ts';

async function signedIn(world: TestPlatform, instead: Partial<SignedInPlayerContext> = {}) {
  const timers = new ManualTimers();
  const events: PlatformEvent[] = [];
  const messages: string[] = [];
  const session = await world.anyone('account.login', { name: 'Bob', password: 'correct horse' });
  const player = await SignedInPlayer.signIn(session, {
    ...world.platform,
    timers,
    log: silentLog,
    wire: 'text',
    address: '192.0.2.1',
    onEvent: (event) => events.push(event),
    onMessage: ({ message }) => messages.push(message ?? ''),
    ...instead,
  });
  return { player, events, messages, timers };
}

const withPlatform = (behaviour: string, run: (world: TestPlatform) => Promise<void>) =>
  test(behaviour, async () => {
    const world = await testPlatform();
    try {
      await run(world);
    } finally {
      await world.close();
    }
  });

const waitingFor = async (world: TestPlatform, playerId: string) =>
  (await world.store.messages.inbox(playerId, 0, 100)).map(({ text }) => text);

withPlatform('what waited comes first, what comes meanwhile after it, each once', async (world) => {
  const [ada, bob] = [await world.register('Ada'), await world.register('Bob')];
  await ada.call('chat.send', { to: 'Bob', message: 'one' });
  const { player, messages, events, timers } = await signedIn(world);
  await ada.call('chat.send', { to: 'Bob', message: 'two' });
  assert.deepEqual(messages, []);
  await player.deliverMessages();
  await ada.call('chat.send', { to: 'Bob', message: 'three' });
  assert.deepEqual(messages, ['one', 'two', 'three']);
  assert.deepEqual(events, []);
  timers.advance(100);
  await player.close(true);
  assert.deepEqual(await waitingFor(world, bob.player.id), []);
});

withPlatform('what was handed to a lost connection last comes again', async (world) => {
  const [ada, bob] = [await world.register('Ada'), await world.register('Bob')];
  const first = await signedIn(world);
  await first.player.deliverMessages();
  await ada.call('chat.send', { to: 'Bob', message: 'lost' });
  await first.player.close(true);
  const second = await signedIn(world);
  await second.player.deliverMessages();
  assert.deepEqual(second.messages, ['lost']);
  await second.player.close(false);
  assert.deepEqual(await waitingFor(world, bob.player.id), []);
});

withPlatform('a session ends although its last messages are not taken as read', async (world) => {
  const [ada, bob] = [await world.register('Ada'), await world.register('Bob')];
  const { dispatcher } = world.platform;
  const call: Dispatcher['call'] = async (origin, command, args) => {
    if (command === 'chat.ack') throw new PaperclipError('RATE_LIMITED', { retryAfterS: 1 });
    return dispatcher.call(origin, command, args);
  };
  const busy = { call, authenticate: dispatcher.authenticate.bind(dispatcher) };
  const { player } = await signedIn(world, { dispatcher: busy });
  await player.deliverMessages();
  await ada.call('chat.send', { to: 'Bob', message: 'hello' });
  await player.close(false);
  await assert.rejects(player.call('account.me', {}), { name: 'PaperclipError' });
  assert.deepEqual(await waitingFor(world, bob.player.id), ['hello']);
});

withPlatform('a session that cannot be connected is ended', async (world) => {
  const bob = await world.register('Bob');
  const events = {
    connect: () => {
      throw new PaperclipError('BUSY');
    },
  };
  await assert.rejects(signedIn(world, { events }), { code: 'BUSY' });
  const { sessions } = await bob.call('session.list');
  assert.deepEqual(
    sessions.map(({ current }) => current),
    [true],
  );
});

withPlatform('the token is renewed before it ends, and the session ends with it', async (world) => {
  await world.register('Bob');
  const { player, timers } = await signedIn(world);
  for (let i = 0; i < 4; i++) {
    await world.advance(450_000);
    timers.advance(450_000);
    await world.platform.settled();
    // The refresh asks the store, which answers in its own time.
    await world.store.sessions.byId('any');
    await world.store.sessions.byId('any');
    await world.store.sessions.byId('any');
    await new Promise(setImmediate);
    await player.call('account.me', {});
  }
  await player.close(false);
  await assert.rejects(player.call('account.me', {}), { name: 'PaperclipError' });
});

withPlatform('an access token alone is enough, and its session goes on', async (world) => {
  const [ada, bob] = [await world.register('Ada'), await world.register('Bob')];
  const events: PlatformEvent[] = [];
  const timers = new ManualTimers();
  const { accessToken } = await world.anyone('account.login', {
    name: 'Bob',
    password: 'correct horse',
  });
  const player = await SignedInPlayer.adopt(accessToken, {
    ...world.platform,
    timers,
    log: silentLog,
    wire: 'lobby',
    address: '192.0.2.1',
    onEvent: (event) => events.push(event),
  });
  assert.equal(player.player.name, 'Bob');
  assert.equal(timers.count, 0);
  await ada.call('chat.send', { to: 'Bob', message: 'for another wire' });
  await ada.call('friend.request', { player: 'Bob' });
  assert.deepEqual(
    events.map(({ event }) => event),
    ['friend.requested'],
  );
  await player.close(false);
  const origin = { wire: 'lobby', address: '192.0.2.1', accessToken };
  const { playerId } = await world.platform.dispatcher.authenticate(origin);
  assert.equal(playerId, bob.player.id);
  assert.deepEqual(await waitingFor(world, bob.player.id), ['for another wire']);
});
