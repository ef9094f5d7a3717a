// What a block means for what is under way when it comes: once the player has the answer, nothing
// of the blocked one arrives any more.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contractLimits as limits } from '../../contract/limits.ts';
import { openSqliteStore } from '../../store/open.ts';
import { type FailingStore, failingStore } from '../failing-store.fixture.ts';
import { refused } from '../rejects.fixture.ts';
import { type TestPlatform, type TestPlayer, testPlatform } from '../test-platform.fixture.ts';

type Two = readonly [ada: TestPlayer, bob: TestPlayer];

const withTwo = (
  behaviour: string,
  run: (two: Two, failing: FailingStore, world: TestPlatform) => Promise<void>,
) =>
  test(behaviour, async () => {
    const failing = failingStore(await openSqliteStore({ file: ':memory:' }));
    const world = await testPlatform({ store: failing.store });
    try {
      const two = [await world.register('Ada'), await world.register('Bob')] as const;
      await run(two, failing, world);
    } finally {
      await world.close();
    }
  });

/** Long enough for another command, which waits for nothing, to get through. */
async function others({ call }: TestPlayer): Promise<void> {
  for (let i = 0; i < 20; i++) await call('account.me');
}

withTwo('a message that a block overtakes is refused', async ([ada, bob], failing) => {
  const atBob = bob.connect();
  const held = failing.hold('messages.waiting');
  const sending = ada.call('chat.send', { to: 'Bob', message: 'late' });
  await held.reached;
  await bob.call('block.add', { player: 'Ada' });
  held.letGo();
  await refused(sending, 'BLOCKED');
  assert.deepEqual([atBob.events, (await bob.call('chat.inbox')).messages], [[], []]);
});

withTwo('a block holds while it is being stored', async ([ada, bob], failing) => {
  const held = failing.hold('blocks.add');
  const blocking = bob.call('block.add', { player: 'Ada' });
  await held.reached;
  await refused(ada.call('chat.send', { to: 'Bob', message: 'late' }), 'BLOCKED');
  held.letGo();
  await blocking;
});

withTwo('a block that could not be stored does not hold', async ([ada, bob], failing) => {
  failing.fail('blocks.add', 1);
  await refused(bob.call('block.add', { player: 'Ada' }), 'INTERNAL');
  await ada.call('chat.send', { to: 'Bob', message: 'hello' });
  await bob.call('block.add', { player: 'Ada' });
});

withTwo('a friend request that a block overtakes comes to nothing', async ([ada, bob], failing) => {
  const held = failing.hold('friends.put');
  const asking = ada.call('friend.request', { player: 'Bob' });
  await held.reached;
  const blocking = bob.call('block.add', { player: 'Ada' });
  await others(bob);
  held.letGo();
  await Promise.all([asking, blocking]);
  const { incoming } = await bob.call('friend.list');
  const { outgoing } = await ada.call('friend.list');
  assert.deepEqual([incoming, outgoing], [[], []]);
});

withTwo('who is blocked meanwhile is not told who came', async ([ada, bob], failing, world) => {
  await ada.call('friend.request', { player: 'Bob' });
  await bob.call('friend.accept', { player: 'Ada' });
  const atAda = ada.connect();
  await world.platform.settled();
  const held = failing.hold('accounts.byId');
  bob.connect();
  await held.reached;
  await bob.call('block.add', { player: 'Ada' });
  held.letGo();
  await world.platform.settled();
  assert.deepEqual(atAda.events, []);
});

withTwo('blocked guests who are gone for good make room', async ([ada], failing, world) => {
  for (let i = 1; i < limits.blocksMax; i++) {
    await failing.store.blocks.add({ blockerId: ada.player.id, blockedId: `id${i}` }, 1);
  }
  const again = await world.restart();
  const guest = await again.guest('Gus');
  const login = await again.anyone('account.login', { name: 'Ada', password: 'correct horse' });
  const asAda = { wire: 'test', address: '192.0.2.7', accessToken: login.accessToken };
  await again.platform.dispatcher.call(asAda, 'block.add', { player: guest.player.id });
  await refused(
    again.platform.dispatcher.call(asAda, 'block.add', { player: 'Bob' }),
    'BLOCKS_FULL',
  );
  await guest.call('account.logout');
  await again.advance(2 * 3_600_000 + 1);
  const { accessToken } = await again.anyone('account.refresh', {
    refreshToken: login.refreshToken,
  });
  await again.platform.dispatcher.call({ ...asAda, accessToken }, 'block.add', { player: 'Bob' });
  await again.platform.close();
});

withTwo('requests that wait for one player are bounded', async ([ada, bob], failing) => {
  for (let i = 0; i < limits.friendRequestsWaitingMax; i++) {
    const request = { fromId: `id${i}`, toId: bob.player.id, sinceMs: 1 };
    await failing.store.friends.put({ ...request, state: 'requested' });
  }
  await refused(ada.call('friend.request', { player: 'Bob' }), 'FRIENDS_FULL');
  await failing.store.friends.remove('id1', bob.player.id);
  await ada.call('friend.request', { player: 'Bob' });
});
