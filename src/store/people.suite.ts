// What every store must do about people and what they say, run by each implementation's test: one
// line, one action, its result.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StoredLogin, StoredPlayer, StoredSanction } from '../domain/account/account-store.ts';
import type { StoredMessage } from '../domain/chat/chat-store.ts';
import type { StoredFriendship } from '../domain/social/social-store.ts';
import type { Store } from '../domain/store.ts';
import { playerNamed, type StoreUnderTest, sessionOf } from './store.suite.ts';

const [ada, bob, cyd] = [playerNamed('Ada'), playerNamed('Bob'), playerNamed('Cyd')];

const guestNamed = (name: string): StoredPlayer => ({
  ...playerNamed(name),
  kind: 'guest',
  passwordHash: null,
});

const personOf = ({ id, name, kind }: StoredPlayer) => ({ id, name, kind });

/** Sent at its id; ids are microseconds. */
const messageOf = (id: number, from: StoredPlayer, to: StoredPlayer): StoredMessage => ({
  id,
  from: personOf(from),
  to: personOf(to),
  sealed: id % 2 === 0,
  text: `message ${id} 'ä"`,
  sentAtMs: Math.floor(id / 1000),
});

const idsOf = (messages: readonly StoredMessage[]) => messages.map(({ id }) => id);

type WithStore = (behaviour: string, run: (store: Store) => Promise<void>) => void;

export function peopleStoreSuite(name: string, open: () => Promise<StoreUnderTest>): void {
  const withStore: WithStore = (behaviour, run) => {
    test(`${name}: ${behaviour}`, async () => {
      const under = await open();
      try {
        await run(under.store);
      } finally {
        await under.close();
      }
    });
  };
  accountsSuite(withStore);
  guestsSuite(withStore);
  socialSuite(withStore);
  inboxSuite(withStore);
  conversationsSuite(withStore);
}

function accountsSuite(withStore: WithStore): void {
  withStore('an account’s classic key is kept as it is, and not replaced', async (store) => {
    const key = {
      playerId: ada.id,
      publicKey: Uint8Array.from({ length: 294 }, (_, at) => at % 256),
      privateKey: Uint8Array.from({ length: 1_325 }, (_, at) => (at * 7) % 256),
      madeAtMs: 1_767_225_600_000,
    };
    assert.equal(await store.classicKeys.ofPlayer(ada.id), undefined);
    assert.equal(await store.classicKeys.add(key), true);
    const other = { ...key, publicKey: Uint8Array.of(1), madeAtMs: 1 };
    assert.equal(await store.classicKeys.add(other), false);
    assert.equal(await store.classicKeys.add({ ...other, playerId: bob.id }), true);
    assert.deepEqual(await store.classicKeys.ofPlayer(ada.id), key);
    assert.deepEqual((await store.classicKeys.ofPlayer(bob.id))?.publicKey, Uint8Array.of(1));
  });

  withStore('a number is given to each player once, and to nobody again', async (store) => {
    for (const player of [ada, guestNamed('Gus'), bob]) {
      await store.accounts.add(player, sessionOf(player));
    }
    const numbersOf = async (...ids: string[]) =>
      (await store.numbers.ofPlayers(ids)).map(({ playerId, number }) => [playerId, number]);
    const gus = guestNamed('Gus').id;
    assert.deepEqual(await numbersOf(ada.id, 'nobody'), [[ada.id, 1]]);
    assert.deepEqual(await numbersOf(gus), [[gus, 2]]);
    await store.sessions.remove(sessionOf(guestNamed('Gus')).id);
    assert.deepEqual(await store.accounts.removeLostGuests(Number.MAX_SAFE_INTEGER, 10), [gus]);
    assert.equal(await store.numbers.playerOf(2), undefined);
    assert.deepEqual(
      (await numbersOf(bob.id, ada.id)).sort(),
      [
        [ada.id, 1],
        [bob.id, 3],
      ].sort(),
    );
    assert.deepEqual(await store.numbers.playerOf(3), bob.id);
    assert.deepEqual(await numbersOf(), []);
  });

  withStore('an account has a second hash from the start, or gets one', async (store) => {
    const eve = { ...playerNamed('Eve'), digestHash: 'd1' };
    for (const player of [ada, eve]) await store.accounts.add(player, sessionOf(player));
    assert.deepEqual(await store.accounts.byId(eve.id), eve);
    assert.deepEqual(await store.accounts.byId(ada.id), ada);
    await store.accounts.setDigestHash(ada.id, 'd2');
    assert.deepEqual(await store.accounts.byNameKey('ada'), { ...ada, digestHash: 'd2' });
    assert.equal((await store.accounts.byId(eve.id))?.digestHash, 'd1');
  });

  withStore('log-ins are kept newest first, up to a bound, of each player', async (store) => {
    const login = (player: StoredPlayer, atMs: number): StoredLogin => ({
      playerId: player.id,
      atMs,
      wire: 'http',
      address: '192.0.2.7',
      outcome: atMs % 2 === 0 ? 'ok' : 'wrong-password',
    });
    await store.logins.add(login(bob, 1), 3);
    for (const atMs of [1, 2, 3, 4, 5]) await store.logins.add(login(ada, atMs), 3);
    assert.deepEqual(
      await store.logins.ofPlayer(ada.id),
      [5, 4, 3].map((atMs) => login(ada, atMs)),
    );
    assert.deepEqual(await store.logins.ofPlayer(bob.id), [login(bob, 1)]);
    assert.deepEqual(await store.logins.ofPlayer('nobody'), []);
  });

  withStore(
    'a sanction takes the place of one of its kind, and goes by its kind',
    async (store) => {
      const { sanctions } = store;
      const ban: StoredSanction = {
        playerId: ada.id,
        kind: 'ban',
        reason: 'first',
        sinceMs: 5,
        untilMs: 9,
      };
      const mute: StoredSanction = { ...ban, kind: 'mute', untilMs: null };
      await sanctions.put(ban);
      await sanctions.put(mute);
      await sanctions.put({ ...ban, reason: 'second', untilMs: null });
      const all = await sanctions.all();
      const byKind = all.toSorted((a, b) => a.kind.localeCompare(b.kind));
      assert.deepEqual(byKind, [{ ...ban, reason: 'second', untilMs: null }, mute]);
      await sanctions.remove(ada.id, 'ban');
      await sanctions.remove(bob.id, 'mute');
      assert.deepEqual(await sanctions.all(), [mute]);
    },
  );

  withStore('a device’s keys replace its own; one device too many is refused', async (store) => {
    const keys = (deviceId: string, bundle = 'b1') => {
      return { playerId: ada.id, deviceId, bundle, publishedAtMs: 7 };
    };
    assert.equal(await store.deviceKeys.put(keys('d2'), 2), true);
    assert.equal(await store.deviceKeys.put(keys('d1'), 2), true);
    assert.equal(await store.deviceKeys.put(keys('d3'), 2), false);
    assert.equal(await store.deviceKeys.put({ ...keys('d3'), playerId: bob.id }, 2), true);
    assert.equal(await store.deviceKeys.put(keys('d2', 'b2'), 2), true);
    assert.deepEqual(await store.deviceKeys.ofPlayer(ada.id), [keys('d1'), keys('d2', 'b2')]);
    await store.deviceKeys.remove(ada.id, 'd1');
    await store.deviceKeys.remove(ada.id, 'd3');
    assert.deepEqual(await store.deviceKeys.ofPlayer(ada.id), [keys('d2', 'b2')]);
    assert.equal((await store.deviceKeys.ofPlayer(bob.id)).length, 1);
  });
}

function guestsSuite(withStore: WithStore): void {
  const [gus, hal] = [guestNamed('Gus'), guestNamed('Hal')];

  withStore('a guest becomes an account whole or not at all', async (store) => {
    for (const player of [ada, gus, hal]) await store.accounts.add(player, sessionOf(player));
    const upgrade = (id: string, name: string) =>
      store.accounts.upgrade(id, name, name.toLowerCase(), 'h', sessionOf(gus, `new ${name}`));
    assert.equal(await upgrade(gus.id, 'Ada'), 'refused', 'the name of an account');
    assert.equal(await upgrade(gus.id, 'Hal'), 'refused', 'the name of a guest');
    assert.equal(await upgrade(ada.id, 'Zoe'), 'refused', 'an account already');
    assert.equal(await upgrade('nobody', 'Zoe'), 'refused');
    assert.deepEqual(await store.accounts.byId(gus.id), gus);
    assert.deepEqual(await store.accounts.byId(ada.id), ada);
    assert.equal((await store.sessions.ofPlayer(gus.id)).length, 1);
    const both = await Promise.all([upgrade(gus.id, 'Gus'), upgrade(gus.id, 'Gus2')]);
    assert.deepEqual(both, ['done', 'refused']);
    const account = { ...gus, kind: 'account', passwordHash: 'h' };
    assert.deepEqual(await store.accounts.byId(gus.id), account);
    assert.deepEqual(
      (await store.sessions.ofPlayer(gus.id)).map(({ id }) => id).sort(),
      ['new Gus', `s-${gus.id}`].sort(),
    );
  });

  withStore('only a guest who has the name gives it up, for one that is free', async (store) => {
    for (const player of [ada, gus, hal]) await store.accounts.add(player, sessionOf(player));
    const rename = (id: string, fromKey: string, name: string) =>
      store.accounts.renameGuest(id, fromKey, name, name.toLowerCase());
    assert.equal(await rename(gus.id, 'gus', 'Hal'), 'refused', 'taken');
    assert.equal(await rename(gus.id, 'hal', 'Gus#1'), 'refused', 'not its name');
    assert.equal(await rename(ada.id, 'ada', 'Ada#1'), 'refused', 'an account');
    assert.deepEqual(await store.accounts.byIds([gus.id, 'nobody']), [gus]);
    assert.equal(await rename(gus.id, 'gus', 'Gus#1'), 'done');
    assert.equal((await store.accounts.byId(gus.id))?.name, 'Gus#1');
    assert.equal(await store.accounts.byNameKey('gus'), undefined);
    assert.deepEqual(await store.accounts.byIds([]), []);
  });

  withStore(
    'a removed guest takes along what is theirs and leaves what they wrote',
    async (store) => {
      for (const player of [ada, gus]) await store.accounts.add(player, sessionOf(player));
      await store.sanctions.put({
        playerId: gus.id,
        kind: 'mute',
        reason: 'r',
        sinceMs: 1,
        untilMs: null,
      });
      await store.blocks.add({ blockerId: ada.id, blockedId: gus.id }, 1);
      await store.blocks.add({ blockerId: gus.id, blockedId: ada.id }, 1);
      await store.blocks.add({ blockerId: ada.id, blockedId: bob.id }, 1);
      await store.visits.came(gus.id, 1);
      await store.messages.add(messageOf(1, ada, gus));
      await store.messages.add(messageOf(2, gus, ada));
      await store.messages.setDelivered(gus.id, 1);
      const keys = { deviceId: 'd', bundle: 'b', publishedAtMs: 1 };
      await store.deviceKeys.put({ ...keys, playerId: gus.id }, 9);
      await store.deviceKeys.put({ ...keys, playerId: ada.id }, 9);
      await store.sessions.remove(`s-${gus.id}`);
      const later = gus.createdAtMs + 1;
      assert.deepEqual(await store.accounts.removeLostGuests(later, 9), [gus.id]);
      assert.deepEqual(await store.sanctions.all(), []);
      assert.deepEqual(await store.blocks.all(), [{ blockerId: ada.id, blockedId: bob.id }]);
      assert.equal(await store.visits.of(gus.id), undefined);
      assert.deepEqual(idsOf(await store.messages.between(ada.id, gus.id, 99, 9)), [2]);
      assert.deepEqual(idsOf(await store.messages.inbox(ada.id, 0, 9)), [2], 'not delivered yet');
      assert.deepEqual(await store.messages.conversations(ada.id, 9, 9), []);
      assert.equal(await store.messages.setRead(ada.id, gus.id, 99), false, 'no row is left');
      assert.equal(await store.messages.setRead(gus.id, ada.id, 99), false);
      assert.deepEqual(await store.deviceKeys.ofPlayer(gus.id), []);
      assert.equal((await store.deviceKeys.ofPlayer(ada.id)).length, 1);
    },
  );
}

function socialSuite(withStore: WithStore): void {
  withStore('a friendship is one row, whoever asks and is asked', async ({ friends }) => {
    const request: StoredFriendship = {
      fromId: bob.id,
      toId: ada.id,
      state: 'requested',
      sinceMs: 5,
    };
    await friends.put(request);
    await friends.put({ fromId: ada.id, toId: cyd.id, state: 'friends', sinceMs: 4 });
    for (const pair of [
      [ada.id, bob.id],
      [bob.id, ada.id],
    ] as const) {
      assert.deepEqual(await friends.between(...pair), request);
    }
    await friends.put({ ...request, state: 'friends', sinceMs: 6 });
    const ofAda = (await friends.ofPlayer(ada.id)).map(({ fromId, toId, state }) => {
      return [fromId, toId, state];
    });
    assert.deepEqual(ofAda, [
      [ada.id, cyd.id, 'friends'],
      [bob.id, ada.id, 'friends'],
    ]);
    await friends.remove(ada.id, bob.id);
    await friends.remove(ada.id, bob.id);
    assert.equal(await friends.between(bob.id, ada.id), undefined);
    assert.deepEqual(await friends.ofPlayer(bob.id), []);
  });

  withStore('a block has one direction, and ends what the two were', async (store) => {
    for (const other of [bob, cyd]) {
      const friendship = { fromId: ada.id, toId: other.id, sinceMs: 1 };
      await store.friends.put({ ...friendship, state: 'friends' });
    }
    const block = { blockerId: bob.id, blockedId: ada.id };
    await store.blocks.add(block, 5);
    await store.blocks.add(block, 6);
    assert.deepEqual(await store.blocks.all(), [block]);
    assert.equal(await store.friends.between(ada.id, bob.id), undefined);
    assert.equal((await store.friends.between(ada.id, cyd.id))?.state, 'friends');
    await store.blocks.remove({ blockerId: ada.id, blockedId: bob.id });
    assert.deepEqual(await store.blocks.all(), [block]);
    await store.blocks.remove(block);
    assert.deepEqual(await store.blocks.all(), []);
  });

  withStore('visits end, and are listed from the latest end', async ({ visits }) => {
    for (const [at, { id }] of [ada, bob, cyd].entries()) await visits.came(id, at + 1);
    await visits.left(ada.id, 10);
    await visits.left(bob.id, 20);
    await visits.left('nobody', 20);
    const since = async (ms: number, limit = 9) =>
      (await visits.since(ms, limit)).map(({ playerId }) => playerId);
    assert.deepEqual(await since(10), [bob.id, ada.id], 'from then on, whoever is here not');
    assert.deepEqual([await since(11), await since(0, 1)], [[bob.id], [bob.id]]);
    assert.equal((await visits.of(cyd.id))?.leftAtMs, null);
    await visits.closeAll();
    assert.deepEqual(await visits.of(cyd.id), { playerId: cyd.id, cameAtMs: 3, leftAtMs: 3 });
    await visits.came(ada.id, 30);
    assert.deepEqual(await visits.of(ada.id), { playerId: ada.id, cameAtMs: 30, leftAtMs: null });
    assert.deepEqual(await since(0), [bob.id, cyd.id]);
  });
}

function inboxSuite(withStore: WithStore): void {
  withStore('an inbox is what came after the mark, which never goes back', async ({ messages }) => {
    assert.equal(await messages.lastId(), 0);
    const sent = [1, 2, 3, 4, 5].map((id) => messageOf(id, id === 3 ? cyd : ada, bob));
    for (const message of sent) await messages.add(message);
    await messages.add(messageOf(6, bob, ada));
    assert.deepEqual(await messages.inbox(bob.id, 0, 9), sent);
    assert.deepEqual(idsOf(await messages.inbox(bob.id, 2, 2)), [3, 4]);
    assert.deepEqual(
      [await messages.waiting(bob.id, 9), await messages.waiting(bob.id, 3)],
      [5, 3],
    );
    await messages.setDelivered(bob.id, 3);
    await messages.setDelivered(bob.id, 2);
    assert.deepEqual(idsOf(await messages.inbox(bob.id, 0, 9)), [4, 5]);
    assert.deepEqual(
      idsOf(await messages.inbox(ada.id, 0, 9)),
      [6],
      'each has a mark of their own',
    );
    assert.equal(await messages.waiting(bob.id, 9), 2);
    assert.equal(await messages.lastId(), 6);
  });

  withStore('old messages go oldest first, and no id is forgotten', async ({ messages }) => {
    for (const [at, id] of [1000, 2000, 3000, 4000].entries()) {
      await messages.add(messageOf(id, at % 2 === 0 ? ada : cyd, bob));
    }
    assert.equal(await messages.removeOld(4, 2), 2);
    assert.equal(await messages.setRead(bob.id, cyd.id, 1), true, 'Cyd’s second is there');
    assert.equal(await messages.removeOld(4, 2), 1);
    assert.equal(await messages.removeOld(4, 2), 0);
    assert.deepEqual(idsOf(await messages.inbox(bob.id, 0, 9)), [4000]);
    const marks = [
      messages.setRead(bob.id, ada.id, 5),
      messages.setRead(ada.id, bob.id, 5),
      messages.setRead(bob.id, cyd.id, 5),
    ];
    assert.deepEqual(await Promise.all(marks), [false, false, true], 'Ada’s are gone, both sides');
    await messages.setDelivered(bob.id, 4000);
    assert.equal(await messages.removeOld(99, 9), 1);
    assert.equal(await messages.lastId(), 4000);
  });
}

function conversationsSuite(withStore: WithStore): void {
  withStore('a conversation is both directions, newest first, in pages', async ({ messages }) => {
    for (const id of [1, 2, 3, 4, 5]) {
      const [from, to] = id % 2 === 0 ? [ada, bob] : [bob, ada];
      await messages.add(messageOf(id, from, to));
    }
    await messages.add(messageOf(6, ada, cyd));
    const between = async (a: StoredPlayer, b: StoredPlayer, before = 99, limit = 9) =>
      idsOf(await messages.between(a.id, b.id, before, limit));
    assert.deepEqual(await between(ada, bob), [5, 4, 3, 2, 1]);
    assert.deepEqual(await between(bob, ada, 5, 2), [4, 3]);
    assert.deepEqual(await between(bob, cyd), []);
    assert.deepEqual(await messages.between(ada.id, cyd.id, 99, 9), [messageOf(6, ada, cyd)]);
  });

  withStore(
    'conversations have the last message, what is unread, and what is read',
    async (store) => {
      const { messages } = store;
      await messages.add(messageOf(1, bob, ada));
      await messages.add(messageOf(2, bob, ada));
      await messages.add(messageOf(3, cyd, ada));
      await messages.add(messageOf(4, ada, bob));
      const ofAda = async (limit = 9, unreadMax = 9) =>
        (await messages.conversations(ada.id, limit, unreadMax)).map((one) => {
          return [one.last.id, one.unread, one.readByOther];
        });
      assert.deepEqual(await ofAda(), [
        [4, 2, 0],
        [3, 1, 0],
      ]);
      assert.deepEqual(await ofAda(1, 1), [[4, 1, 0]]);
      assert.equal(await messages.setRead(ada.id, bob.id, 1), true);
      assert.equal(await messages.setRead(ada.id, bob.id, 1), false, 'known');
      assert.equal(await messages.setRead(ada.id, bob.id, 0), false, 'never back');
      assert.equal(await messages.setRead(ada.id, 'nobody', 9), false);
      assert.equal(await messages.setRead(bob.id, ada.id, 4), true);
      assert.deepEqual(await ofAda(), [
        [4, 1, 4],
        [3, 1, 0],
      ]);
      assert.deepEqual(await messages.conversations('nobody', 9, 9), []);
    },
  );
}
