// Direct messages as players meet them: one line, one action, its result.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contractLimits as limits } from '../../contract/limits.ts';
import { openSqliteStore } from '../../store/open.ts';
import { failingStore } from '../failing-store.fixture.ts';
import { refused } from '../rejects.fixture.ts';
import { type TestPlatform, type TestPlayer, testPlatform } from '../test-platform.fixture.ts';
import { VirtualTime } from '../virtual-time.fixture.ts';

const withPlatform = (behaviour: string, run: (world: TestPlatform) => Promise<void>) =>
  test(behaviour, async () => {
    const world = await testPlatform();
    try {
      await run(world);
    } finally {
      await world.close();
    }
  });

const twoOf = async (world: TestPlatform) =>
  [await world.register('Ada'), await world.register('Bob')] as const;

const inboxOf = async (player: TestPlayer) =>
  (await player.call('chat.inbox')).messages.map(({ from, message }) => `${from.name}: ${message}`);

withPlatform(
  'a message is delivered at once and stays in the inbox until acknowledged',
  async (world) => {
    const [ada, bob] = await twoOf(world);
    const atBob = bob.connect();
    const sent = await ada.call('chat.send', { to: 'bob', message: 'hello' });
    assert.equal(sent.receiverIsOnline, true);
    const [event] = atBob.events;
    assert.ok(event?.event === 'chat.message');
    assert.deepEqual([event.data.message.id, event.data.message.message], [sent.id, 'hello']);
    assert.deepEqual(await inboxOf(bob), ['Ada: hello']);
    await bob.call('chat.ack', { upTo: sent.id });
    assert.deepEqual(await inboxOf(bob), []);
  },
);

withPlatform('messages to who is away wait in the order sent', async (world) => {
  const [ada, bob] = await twoOf(world);
  for (const message of ['one', 'two', 'three']) {
    assert.equal((await ada.call('chat.send', { to: 'Bob', message })).receiverIsOnline, false);
  }
  assert.deepEqual(await inboxOf(bob), ['Ada: one', 'Ada: two', 'Ada: three']);
  const first = await bob.call('chat.inbox', { limit: 2 });
  assert.deepEqual([first.messages.length, first.more], [2, true]);
  const after = first.messages[1]?.id ?? 0;
  const second = await bob.call('chat.inbox', { after });
  assert.deepEqual(
    [second.messages.map(({ message }) => message), second.more],
    [['three'], false],
  );
});

withPlatform('an acknowledgement never goes back, and not beyond what there is', async (world) => {
  const [ada, bob] = await twoOf(world);
  const { id } = await ada.call('chat.send', { to: 'Bob', message: 'one' });
  await bob.call('chat.ack', { upTo: Number.MAX_SAFE_INTEGER });
  await bob.call('chat.ack', { upTo: id - 1 });
  assert.deepEqual(await inboxOf(bob), []);
  await ada.call('chat.send', { to: 'Bob', message: 'two' });
  assert.deepEqual(await inboxOf(bob), ['Ada: two']);
});

withPlatform('ids grow, also when the clock stands or a restart sets it back', async (world) => {
  const [ada] = await twoOf(world);
  const first = await ada.call('chat.send', { to: 'Bob', message: 'one' });
  const second = await ada.call('chat.send', { to: 'Bob', message: 'two' });
  assert.ok(second.id > first.id);
  await world.advance(1);
  const again = await world.restart();
  const third = await again.platform.dispatcher.call(
    { wire: 'test', address: '192.0.2.7', accessToken: ada.session.accessToken },
    'chat.send',
    { to: 'Bob', message: 'three' },
  );
  assert.ok(third.id > second.id);
  await again.platform.close();
});

withPlatform('another session of the sender sees what was sent', async (world) => {
  const [ada] = await twoOf(world);
  const login = await world.anyone('account.login', { name: 'Ada', password: 'correct horse' });
  const seen: string[] = [];
  world.platform.events.connect(
    ada.player.id,
    JSON.parse(login.accessToken).sessionId,
    ({ event }) => seen.push(event),
  );
  const here = ada.connect();
  await ada.call('chat.send', { to: 'Bob', message: 'hello' });
  assert.deepEqual([seen, here.events], [['chat.message'], []]);
});

withPlatform(
  'a message goes to somebody else who may be written to, once, and says something',
  async (world) => {
    const [ada, bob] = await twoOf(world);
    const send = (to: string, message: string) => ada.call('chat.send', { to, message });
    await refused(send('Zoe', 'hi'), 'PLAYER_NOT_FOUND');
    await refused(send('Ada', 'hi'), 'TO_YOURSELF');
    for (const message of ['', ' \n ', 'bell\u0007', 'x'.repeat(limits.messageCharactersMax + 1)]) {
      await refused(send('Bob', message), 'BAD_REQUEST');
    }
    await refused(ada.call('chat.send', { to: 'Bob' }), 'BAD_REQUEST');
    const both = { to: 'Bob', message: 'a', sealed: 'AAAA' };
    await refused(ada.call('chat.send', both), 'BAD_REQUEST');
    await bob.call('block.add', { player: 'Ada' });
    await refused(send('Bob', 'hi'), 'BLOCKED');
    assert.deepEqual(await inboxOf(bob), []);
  },
);

withPlatform('a conversation is paged from its end, for both', async (world) => {
  const [ada, bob] = await twoOf(world);
  for (let i = 0; i < 5; i++) {
    await (i % 2 === 0 ? ada : bob).call('chat.send', {
      to: i % 2 === 0 ? 'Bob' : 'Ada',
      message: `m${i}`,
    });
  }
  const first = await ada.call('chat.history', { player: 'Bob', limit: 3 });
  assert.deepEqual(
    first.messages.map(({ message }) => message),
    ['m4', 'm3', 'm2'],
  );
  const second = await bob.call('chat.history', {
    player: 'Ada',
    limit: 3,
    cursor: first.cursor ?? '',
  });
  assert.deepEqual(
    second.messages.map(({ message }) => message),
    ['m1', 'm0'],
  );
  assert.equal(second.cursor, undefined);
});

withPlatform('conversations show what is unread here and what is read there', async (world) => {
  const [ada, bob] = await twoOf(world);
  const atAda = ada.connect();
  await ada.call('chat.send', { to: 'Bob', message: 'one' });
  const { id } = await ada.call('chat.send', { to: 'Bob', message: 'two' });
  const [before] = (await bob.call('chat.conversations')).conversations;
  assert.deepEqual([before?.player.name, before?.unread, before?.last.message], ['Ada', 2, 'two']);
  await bob.call('chat.read', { player: 'Ada', upTo: id });
  const [after] = (await bob.call('chat.conversations')).conversations;
  assert.equal(after?.unread, 0);
  const [mine] = (await ada.call('chat.conversations')).conversations;
  assert.deepEqual([mine?.player.name, mine?.unread, mine?.readByOther], ['Bob', 0, id]);
  assert.equal(atAda.events.filter(({ event }) => event === 'chat.read').length, 1);
});

withPlatform('an inbox is bounded, also when many write at once', async (world) => {
  const [ada, bob] = await twoOf(world);
  const outcomes: PromiseSettledResult<unknown>[] = [];
  while (!outcomes.some(({ status }) => status === 'rejected')) {
    const sends = Array.from({ length: 100 }, (_, i) =>
      ada.call('chat.send', { to: 'Bob', message: `m${outcomes.length + i}` }),
    );
    outcomes.push(...(await Promise.allSettled(sends)));
    await world.advance(5_001);
  }
  const sent = outcomes.filter(({ status }) => status === 'fulfilled').length;
  assert.ok(sent <= limits.inboxMessagesMax && sent > limits.inboxMessagesMax - 100, `${sent}`);
  const codes = outcomes.flatMap((outcome) =>
    outcome.status === 'rejected' ? [outcome.reason.code] : [],
  );
  assert.deepEqual([...new Set(codes)], ['INBOX_FULL']);
  assert.equal(await world.store.messages.waiting(bob.player.id, 10_000), sent);
  const { messages } = await bob.call('chat.inbox');
  await bob.call('chat.ack', { upTo: messages.at(-1)?.id ?? 0 });
  await ada.call('chat.send', { to: 'Bob', message: 'one more' });
});

withPlatform('old messages go, unread or not', async (world) => {
  const [ada, bob] = await twoOf(world);
  await ada.call('chat.send', { to: 'Bob', message: 'old' });
  await world.advance((limits.messagesKeptS + 7_200) * 1000);
  const bobAgain = await world.anyone('account.login', { name: 'Bob', password: 'correct horse' });
  bob.session = bobAgain;
  assert.deepEqual(await inboxOf(bob), []);
});

test('a message that the store failed at was not sent', async () => {
  const failing = failingStore(await openSqliteStore({ file: ':memory:' }));
  const world = await testPlatform({ store: failing.store });
  const [ada, bob] = await twoOf(world);
  const atBob = bob.connect();
  failing.fail('messages.add', 1);
  await refused(ada.call('chat.send', { to: 'Bob', message: 'lost' }), 'INTERNAL');
  assert.deepEqual(atBob.events, []);
  await ada.call('chat.send', { to: 'Bob', message: 'found' });
  assert.deepEqual(await inboxOf(bob), ['Ada: found']);
  await world.close();
});

withPlatform('devices publish keys, others read them, and they are bounded', async (world) => {
  const [ada, bob] = await twoOf(world);
  for (let i = 0; i < limits.devicesPerPlayerMax; i++) {
    await ada.call('keys.publish', { deviceId: `d${i}`, bundle: 'AAAA' });
  }
  await refused(ada.call('keys.publish', { deviceId: 'more', bundle: 'AAAA' }), 'DEVICES_FULL');
  await ada.call('keys.publish', { deviceId: 'd0', bundle: 'BBBB' });
  await ada.call('keys.remove', { deviceId: 'd1' });
  const { player, devices } = await bob.call('keys.get', { player: 'Ada' });
  assert.deepEqual([player.name, devices.length], ['Ada', limits.devicesPerPlayerMax - 1]);
  assert.equal(devices[0]?.bundle, 'BBBB');
});

withPlatform('read marks reach nobody who is a stranger or has blocked either', async (world) => {
  const [ada, bob] = await twoOf(world);
  const cyd = await world.register('Cyd');
  const [atBob, atAda] = [bob.connect(), ada.connect()];
  const { id } = await bob.call('chat.send', { to: 'Ada', message: 'hi' });
  await cyd.call('chat.read', { player: 'Bob', upTo: id });
  await bob.call('block.add', { player: 'Ada' });
  await ada.call('chat.read', { player: 'Bob', upTo: id });
  assert.deepEqual(atBob.events, [], 'neither from a stranger nor from one who is blocked');
  const answer = await ada.call('chat.send', { to: 'Cyd', message: 'hi' });
  await cyd.call('chat.read', { player: 'Ada', upTo: answer.id });
  await cyd.call('chat.read', { player: 'Ada', upTo: answer.id });
  await cyd.call('chat.read', { player: 'Ada', upTo: id });
  assert.equal(atAda.events.filter(({ event }) => event === 'chat.read').length, 1, 'news only');
});

withPlatform('who is blocked does not learn what the blocker has read', async (world) => {
  const [ada, bob] = await twoOf(world);
  const { id } = await ada.call('chat.send', { to: 'Bob', message: 'hi' });
  await bob.call('block.add', { player: 'Ada' });
  await bob.call('chat.read', { player: 'Ada', upTo: id });
  const readByBob = async () =>
    (await ada.call('chat.conversations')).conversations.map(({ readByOther }) => readByOther);
  assert.deepEqual(await readByBob(), [undefined]);
  await bob.call('block.remove', { player: 'Ada' });
  assert.deepEqual(await readByBob(), [id]);
});

test('no id comes twice, also when the newest messages are gone and the clock was set back', async () => {
  const store = await openSqliteStore({ file: ':memory:' });
  const world = await testPlatform({ store });
  try {
    const [ada, bob] = await twoOf(world);
    const { id } = await ada.call('chat.send', { to: 'Bob', message: 'one' });
    await bob.call('chat.ack', { upTo: id });
    await store.messages.removeOld(Number.MAX_SAFE_INTEGER / 1000, 9);
    await world.platform.close();
    const earlier = new VirtualTime(world.time.now() - 3_600_000);
    const again = await testPlatform({ store, time: earlier, seed: 2 });
    const call = again.platform.dispatcher;
    const as = (player: TestPlayer) => ({
      wire: 'test',
      address: '192.0.2.7',
      accessToken: player.session.accessToken,
    });
    const later = await call.call(as(ada), 'chat.send', { to: 'Bob', message: 'two' });
    assert.ok(later.id > id);
    assert.equal((await call.call(as(bob), 'chat.inbox', {})).messages.length, 1);
    await again.platform.close();
  } finally {
    await store.close();
  }
});
