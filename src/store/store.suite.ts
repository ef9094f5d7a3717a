// What every store must do, run by each implementation's test: one line, one action, its result.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StoredPlayer, StoredSession } from '../domain/account/account-store.ts';
import type { LobbyRecord } from '../domain/lobby/lobby-rules.ts';
import type { MatchOutcome, StoredMatch } from '../domain/match/match-store.ts';
import type { RatingChange } from '../domain/rating/rating-store.ts';
import type { Store } from '../domain/store.ts';

export interface StoreUnderTest {
  readonly store: Store;
  /** Closes it and opens it again on the same data; absent where closing loses the data. */
  readonly reopen?: () => Promise<Store>;
  close(): Promise<void>;
}

export const playerNamed = (name: string): StoredPlayer => ({
  id: `id-${name}`,
  name,
  nameKey: name.toLowerCase(),
  kind: 'account',
  passwordHash: `hash of ${name}`,
  createdAtMs: 1_767_225_600_000,
});

export const sessionOf = (player: StoredPlayer, id = `s-${player.id}`): StoredSession => ({
  id,
  playerId: player.id,
  familyHash: 'f',
  tokenHash: 't1',
  wire: 'http',
  address: '192.0.2.7',
  createdAtMs: 1,
  expiresAtMs: 1000,
});

export const lobbyOf = (id: string, ...names: readonly string[]): LobbyRecord => ({
  id,
  code: id.toUpperCase(),
  game: 'rps',
  state: 'open',
  private: true,
  ownerId: `id-${names[0]}`,
  members: names.map((name, seat) => {
    return { playerId: `id-${name}`, name, kind: 'account', seat, ready: seat === 1 };
  }),
  banned: [],
  settings: { to: 3, words: ['ä', '"', "'"] },
  createdAtMs: 5,
});

export const matchOf = (id: string, ...names: readonly string[]): StoredMatch => ({
  id,
  game: 'rps',
  gameVersion: 2,
  lobbyId: 'l1',
  hostId: 'h1',
  settings: { to: 3 },
  seed: 'seed',
  seats: names.map((name, seat) => ({ seat, playerId: `id-${name}`, name, kind: 'account' })),
  startedAtMs: 10,
});

/** The first seat won. */
export const wonBy = (match: StoredMatch, endedAtMs: number): MatchOutcome => ({
  reason: 'outcome',
  endedAtMs,
  stateHash: 'ab',
  seats: match.seats.map((seat, i) => ({
    ...seat,
    place: i + 1,
    result: i === 0 ? 'win' : 'loss',
    score: 2.5 - i,
  })),
  record: `{"match":"${match.id}"}`,
  ratings: match.seats.map(({ playerId }, i): RatingChange => {
    return { playerId, counts: i === 0 ? 'wins' : 'losses' };
  }),
});

export function storeSuite(
  name: string,
  keeps: boolean,
  open: () => Promise<StoreUnderTest>,
): void {
  const withStore = (
    behaviour: string,
    run: (store: Store, under: StoreUnderTest) => Promise<void>,
    skip: string | false = false,
  ) =>
    test(`${name}: ${behaviour}`, { skip }, async () => {
      const under = await open();
      try {
        await run(under.store, under);
      } finally {
        await under.close();
      }
    });
  const [ada, bob, cyd] = [playerNamed('Ada'), playerNamed('Bob'), playerNamed('Cyd')];
  const addAll = async (store: Store, ...players: readonly StoredPlayer[]) => {
    for (const player of players) {
      assert.equal(await store.accounts.add(player, sessionOf(player)), 'added');
    }
  };

  withStore('a player is found by id and by name key', async (store) => {
    await addAll(store, ada, { ...bob, kind: 'guest', passwordHash: null });
    assert.deepEqual(await store.accounts.byId(ada.id), ada);
    assert.deepEqual(await store.accounts.byNameKey('bob'), {
      ...bob,
      kind: 'guest',
      passwordHash: null,
    });
    assert.equal(await store.accounts.byId('nobody'), undefined);
    assert.equal(await store.accounts.byNameKey('Ada'), undefined);
  });

  withStore('a player keeps the sessions that were refreshed last', async (store) => {
    await addAll(store, ada, bob);
    await store.sessions.rotate(`s-${ada.id}`, 't1', 't2', 9000);
    for (const id of ['x1', 'x2', 'x3']) {
      await store.sessions.add({ ...sessionOf(ada, id), expiresAtMs: 1000 + Number(id[1]) }, 3);
    }
    const left = ['x1', 'x2', 'x3', `s-${ada.id}`, `s-${bob.id}`];
    const found = await Promise.all(left.map((id) => store.sessions.byId(id)));
    assert.deepEqual(
      found.map((session) => session?.id),
      [undefined, 'x2', 'x3', `s-${ada.id}`, `s-${bob.id}`],
    );
  });

  withStore('guests who cannot come back are removed, and no others', async (store) => {
    const guests = ['lost', 'old', 'young', 'here', 'rated', 'waits', 'plays'].map((name) => ({
      ...playerNamed(name),
      kind: 'guest' as const,
      passwordHash: null,
      createdAtMs: name === 'young' ? 100 : 10,
    }));
    await addAll(store, ada, ...guests);
    await store.matches.add(matchOf('m1', 'rated', 'lost'));
    const outcome = wonBy(matchOf('m1', 'rated', 'lost'), 20);
    await store.matches.end('m1', 'rps', { ...outcome, ratings: outcome.ratings.slice(0, 1) });
    await store.lobbies.save(lobbyOf('l1', 'waits'));
    await store.matches.add(matchOf('m2', 'plays', 'Ada'));
    for (const { id } of [ada, ...guests])
      if (id !== 'id-here') await store.sessions.remove(`s-${id}`);
    assert.equal((await store.accounts.removeLostGuests(50, 1)).length, 1);
    assert.equal((await store.accounts.removeLostGuests(50, 9)).length, 1);
    assert.deepEqual(await store.accounts.removeLostGuests(50, 9), []);
    const left = await Promise.all([ada, ...guests].map(({ id }) => store.accounts.byId(id)));
    assert.deepEqual(
      left.flatMap((player) => player?.name ?? []),
      ['Ada', 'young', 'here', 'rated', 'waits', 'plays'],
    );
    const [seat] = (await store.matches.byId('m1'))?.seats.slice(1) ?? [];
    assert.equal(seat?.name, 'lost', 'history keeps the name');
  });

  withStore('a taken name adds neither player nor session', async (store) => {
    await addAll(store, ada);
    const late = { ...ada, id: 'late' };
    assert.equal(await store.accounts.add(late, sessionOf(late)), 'name-taken');
    assert.equal(await store.accounts.byId('late'), undefined);
    assert.equal(await store.sessions.byId('s-late'), undefined);
  });

  withStore('an account without a session is added once', async (store) => {
    assert.equal(await store.accounts.addAccount(ada), 'added');
    assert.equal(await store.accounts.addAccount({ ...ada, id: 'late' }), 'name-taken');
  });
  withStore('of many who add one name at once, one does', async (store) => {
    const tries = Array.from({ length: 20 }, (_, i) => ({ ...ada, id: `p${i}` }));
    const outcomes = await Promise.all(
      tries.map((player) => store.accounts.add(player, sessionOf(player))),
    );
    assert.equal(outcomes.filter((outcome) => outcome === 'added').length, 1);
  });

  withStore('a password hash is replaced', async (store) => {
    await addAll(store, ada, bob);
    await store.accounts.setPasswordHash(ada.id, 'new');
    assert.equal((await store.accounts.byId(ada.id))?.passwordHash, 'new');
    assert.equal((await store.accounts.byId(bob.id))?.passwordHash, bob.passwordHash);
  });

  withStore('a token is rotated from what is stored, once', async (store) => {
    await addAll(store, ada);
    const id = sessionOf(ada).id;
    const both = [
      store.sessions.rotate(id, 't1', 't2', 2000),
      store.sessions.rotate(id, 't1', 't3', 9),
    ];
    assert.deepEqual(await Promise.all(both), [true, false]);
    const session = await store.sessions.byId(id);
    assert.deepEqual(session, { ...sessionOf(ada), tokenHash: 't2', expiresAtMs: 2000 });
    assert.equal(await store.sessions.rotate('no such', 't1', 't2', 1), false);
  });

  withStore('sessions end one by one, or when their time is over', async (store) => {
    await addAll(store, ada, bob);
    await store.sessions.add({ ...sessionOf(ada, 'second'), expiresAtMs: 3000 }, 9);
    assert.equal(await store.sessions.remove('s-id-Bob'), true);
    assert.equal(await store.sessions.remove('s-id-Bob'), false);
    assert.equal(await store.sessions.removeExpired(999), 0);
    assert.equal(await store.sessions.removeExpired(1000), 1);
    assert.notEqual(await store.sessions.byId('second'), undefined);
  });

  withStore('a lobby is saved whole and replaced whole', async (store) => {
    const lobby = lobbyOf('l1', 'Ada', 'Bob', 'Cyd');
    await store.lobbies.save(lobby);
    const changed: LobbyRecord = {
      ...lobby,
      state: 'playing',
      matchId: 'm1',
      ownerId: 'id-Cyd',
      private: false,
      members: [lobby.members[2]!, lobby.members[0]!],
      banned: ['id-Bob', 'x'],
      startsAtMs: 1_767_225_610_000,
      playersMin: 2,
      party: true,
    };
    await store.lobbies.save(lobbyOf('l0', 'Dan'));
    await store.lobbies.save(changed);
    assert.deepEqual(await store.lobbies.all(), [lobbyOf('l0', 'Dan'), changed]);
    await store.lobbies.remove('l1');
    await store.lobbies.remove('l1');
    assert.deepEqual(await store.lobbies.all(), [lobbyOf('l0', 'Dan')]);
  });

  withStore('two lobbies cannot have one player, but each can have a bot 1', async (store) => {
    const bot = { playerId: 'bot:1', name: 'Bot 1', kind: 'bot', seat: 1, ready: true } as const;
    const [one, two] = [lobbyOf('l1', 'Ada'), lobbyOf('l2', 'Bob')];
    await store.lobbies.save({ ...one, members: [...one.members, bot] });
    await store.lobbies.save({ ...two, members: [...two.members, bot] });
    await assert.rejects(store.lobbies.save(lobbyOf('l3', 'Ada')));
    assert.equal((await store.lobbies.all()).length, 2, 'nothing of the refused one is there');
  });

  withStore(
    'a match runs, ends once with all that belongs to it, and has a record',
    async (store) => {
      await addAll(store, ada, bob);
      const match = matchOf('m1', 'Ada', 'Bob');
      await store.matches.add(match);
      assert.deepEqual(await store.matches.byId('m1'), match);
      assert.equal(await store.matches.record('m1'), undefined);
      const outcome = wonBy(match, 50);
      const ends = [1, 2, 3].map(() => store.matches.end('m1', 'rps', outcome));
      assert.deepEqual((await Promise.all(ends)).sort(), [false, false, true]);
      const { reason, endedAtMs, stateHash, seats } = outcome;
      const ended = { ...match, seats, end: { reason, endedAtMs, stateHash } };
      assert.deepEqual(await store.matches.byId('m1'), ended);
      assert.equal(await store.matches.record('m1'), '{"match":"m1"}');
      const [first] = await store.ratings.page('rps', undefined, 10);
      assert.deepEqual([first?.name, first?.wins], ['Ada', 1]);
      assert.equal(await store.matches.end('no such', 'rps', outcome), false);
    },
  );

  withStore('an end that cannot be stored whole is not stored at all', async (store) => {
    await addAll(store, ada);
    const match = matchOf('m1', 'Ada', 'Bob');
    await store.matches.add(match);
    // Bob has no account, and a rating needs one.
    await assert.rejects(store.matches.end('m1', 'rps', wonBy(match, 50)));
    assert.deepEqual(await store.matches.byId('m1'), match);
    assert.deepEqual(await store.ratings.page('rps', undefined, 10), []);
  });

  withStore('what runs is abandoned in one go; what has ended stays', async (store) => {
    await addAll(store, ada, bob);
    for (const id of ['m1', 'm2', 'm3']) await store.matches.add(matchOf(id, 'Ada', 'Bob'));
    await store.matches.end('m2', 'rps', wonBy(matchOf('m2', 'Ada', 'Bob'), 20));
    assert.equal(await store.matches.abandonRunning(60), 2);
    assert.equal(await store.matches.abandonRunning(61), 0);
    const ends = await Promise.all(['m1', 'm2', 'm3'].map((id) => store.matches.byId(id)));
    assert.deepEqual(
      ends.map((match) => [match?.end?.reason, match?.end?.endedAtMs]),
      [
        ['abandoned', 60],
        ['outcome', 20],
        ['abandoned', 60],
      ],
    );
  });

  withStore(
    'history pages are newest first, by player and by game, without gaps',
    async (store) => {
      await addAll(store, ada, bob, cyd);
      for (let i = 0; i < 12; i++) {
        const game = i % 3 === 0 ? 'arena' : 'rps';
        const other = i % 2 === 0 ? 'Bob' : 'Cyd';
        const match = { ...matchOf(`m${String(i).padStart(2, '0')}`, 'Ada', other), game };
        await store.matches.add(match);
        // Pairs share a millisecond.
        await store.matches.end(match.id, game, wonBy(match, 100 + Math.floor(i / 2)));
      }
      await store.matches.add(matchOf('running', 'Ada', 'Bob'));
      const walk = async (query: { playerId?: string; game?: string }) => {
        const ids: string[] = [];
        let after: readonly [number, string] | undefined;
        for (;;) {
          const rows = await store.matches.page({ ...query, ...(after && { after }), limit: 3 });
          ids.push(...rows.map(({ id }) => id));
          const last = rows.at(-1);
          if (last?.end === undefined) return ids;
          after = [last.end.endedAtMs, last.id];
        }
      };
      const all = Array.from({ length: 12 }, (_, i) => `m${String(11 - i).padStart(2, '0')}`);
      assert.deepEqual(await walk({}), all);
      assert.deepEqual(await walk({ playerId: 'id-Ada' }), all);
      assert.deepEqual(await walk({ playerId: 'id-Bob' }), [
        'm10',
        'm08',
        'm06',
        'm04',
        'm02',
        'm00',
      ]);
      assert.deepEqual(await walk({ game: 'arena' }), ['m09', 'm06', 'm03', 'm00']);
      assert.deepEqual(await walk({ game: 'arena', playerId: 'id-Bob' }), ['m06', 'm00']);
      assert.deepEqual(await walk({ playerId: 'nobody' }), []);
    },
  );

  withStore(
    'a leaderboard is by wins, then fewer losses, then name; and counts add up',
    async (store) => {
      await addAll(store, ada, bob, cyd);
      const count = async (name: string, counts: RatingChange['counts'], game = 'rps') => {
        const match = { ...matchOf(`${name}${counts}${Math.floor(n++)}`, name), game };
        await store.matches.add(match);
        const ratings = [{ playerId: `id-${name}`, counts }];
        await store.matches.end(match.id, game, { ...wonBy(match, 1), ratings });
      };
      let n = 0;
      for (const counts of ['wins', 'losses', 'draws', 'botWins', 'botLosses', 'wins'] as const) {
        await count('Cyd', counts);
      }
      await count('Bob', 'losses');
      await count('Ada', 'losses');
      await count('Ada', 'wins', 'arena');
      const page = await store.ratings.page('rps', undefined, 10);
      assert.deepEqual(page[0], {
        playerId: 'id-Cyd',
        name: 'Cyd',
        nameKey: 'cyd',
        wins: 2,
        losses: 1,
        draws: 1,
        botWins: 1,
        botLosses: 1,
      });
      assert.deepEqual(
        page.map((row) => row.name),
        ['Cyd', 'Ada', 'Bob'],
      );
      const behindCyd = await store.ratings.page('rps', [2, 1, 'cyd'], 1);
      assert.deepEqual(
        behindCyd.map((row) => row.name),
        ['Ada'],
      );
      assert.deepEqual(await store.ratings.countBefore('rps', [0, 1, 'bob']), {
        inOrder: 2,
        better: 1,
      });
    },
  );

  const skip = keeps ? false : 'this store ends with the process';
  withStore(
    'everything is still there after closing and opening',
    async (store, under) => {
      assert.ok(under.reopen !== undefined);
      await addAll(store, ada, bob);
      await store.lobbies.save(lobbyOf('l1', 'Ada', 'Bob'));
      const match = matchOf('m1', 'Ada', 'Bob');
      await store.matches.add(match);
      await store.matches.end('m1', 'rps', wonBy(match, 7));
      const again = await under.reopen();
      assert.deepEqual(await again.accounts.byId(ada.id), ada);
      assert.deepEqual(await again.lobbies.all(), [lobbyOf('l1', 'Ada', 'Bob')]);
      assert.equal((await again.matches.byId('m1'))?.end?.reason, 'outcome');
      assert.equal((await again.ratings.page('rps', undefined, 9)).length, 2);
    },
    skip,
  );

  withStore('what is asked after closing is refused, not forgotten', async (store) => {
    await store.close();
    await assert.rejects(store.accounts.byId('x'));
    await assert.rejects(store.accounts.add(ada, sessionOf(ada)));
    await store.close();
  });
}
