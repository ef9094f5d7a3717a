// History and leaderboards as players read them, after matches that the test's host ends.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MatchRecord } from '../../game/messages.ts';
import { refused } from '../rejects.fixture.ts';
import { type TestPlatform, type TestPlayer, testPlatform } from '../test-platform.fixture.ts';

const withPlatform = (behaviour: string, run: (world: TestPlatform) => Promise<void>) =>
  test(behaviour, async () => {
    const world = await testPlatform();
    try {
      await run(world);
    } finally {
      await world.close();
    }
  });

/** One match, and everybody out of the lobby again; gives its id. */
async function play(
  world: TestPlatform,
  players: readonly TestPlayer[],
  end: Partial<MatchRecord> = {},
  wish: { game?: string; bots?: number } = {},
): Promise<string> {
  const [owner, ...others] = players;
  const lobby = await owner!.call('lobby.create', { game: wish.game ?? 'duel', ...wish });
  const lobbyId = lobby.id;
  for (const one of others) await one.call('lobby.join', { lobbyId });
  let matchId = '';
  for (const one of players) {
    matchId = (await one.call('lobby.ready', { lobbyId, ready: true })).matchId ?? '';
  }
  await world.advance(1);
  await world.host('h1').end(matchId, end);
  for (const one of players) await one.call('lobby.leave', { lobbyId });
  return matchId;
}

const table = async (world: TestPlatform, game = 'duel') =>
  (await world.anyone('leaderboard.get', { game })).rows.map(
    ({ rank, name, wins, losses, draws, botWins, botLosses }) =>
      `${rank}. ${name} ${wins}-${losses}-${draws} bots ${botWins}-${botLosses}`,
  );

withPlatform(
  'history is newest first, page by page, of all, of a player, of a game',
  async (world) => {
    const [ada, bob, cyd] = [
      await world.register('Ada'),
      await world.register('Bob'),
      await world.register('Cyd'),
    ];
    const ids = [
      await play(world, [ada, bob]),
      await play(world, [bob, cyd]),
      await play(world, [ada, cyd], {}, { game: 'brawl' }),
      await play(world, [cyd, ada]),
    ];
    const history = async (args: { player?: string; game?: string }) => {
      const found: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await world.anyone('match.history', {
          ...args,
          limit: 1,
          ...(cursor && { cursor }),
        });
        found.push(...page.matches.map(({ id }) => id));
        cursor = page.cursor;
      } while (cursor !== undefined);
      return found;
    };
    assert.deepEqual(await history({}), ids.toReversed());
    assert.deepEqual(await history({ player: 'ADA' }), [ids[3], ids[2], ids[0]]);
    assert.deepEqual(await history({ player: bob.player.id }), [ids[1], ids[0]]);
    assert.deepEqual(await history({ game: 'brawl' }), [ids[2]]);
    assert.deepEqual(await history({ player: 'Ada', game: 'brawl' }), [ids[2]]);
    assert.deepEqual(await history({ game: 'chess' }), []);
    await refused(world.anyone('match.history', { player: 'Nobody' }), 'PLAYER_NOT_FOUND');
    await refused(world.anyone('match.history', { cursor: 'W10' }), 'BAD_REQUEST');
    await refused(world.anyone('match.get', { matchId: 'nothing' }), 'MATCH_NOT_FOUND');
    await refused(world.anyone('match.replay', { matchId: 'nothing' }), 'MATCH_NOT_FOUND');
  },
);

withPlatform('a leaderboard ranks by wins, then losses; ties share a rank', async (world) => {
  const names = ['Ada', 'Bob', 'Cyd', 'Dan', 'Eve'];
  const [ada, bob, cyd, dan, eve] = await Promise.all(names.map((name) => world.register(name)));
  await play(world, [ada!, bob!]);
  await play(world, [ada!, cyd!]);
  await play(world, [dan!, eve!]);
  await play(world, [dan!, eve!]);
  await play(world, [eve!, bob!]);
  assert.deepEqual(await table(world), [
    '1. Ada 2-0-0 bots 0-0',
    '1. Dan 2-0-0 bots 0-0',
    '3. Eve 1-2-0 bots 0-0',
    '4. Cyd 0-1-0 bots 0-0',
    '5. Bob 0-2-0 bots 0-0',
  ]);
  const ranks: string[] = [];
  let cursor: string | undefined;
  do {
    const args = { game: 'duel', limit: 1, ...(cursor && { cursor }) };
    const page = await world.anyone('leaderboard.get', args);
    ranks.push(...page.rows.map(({ rank, name }) => `${rank}. ${name}`));
    cursor = page.cursor;
  } while (cursor !== undefined);
  assert.deepEqual(ranks, ['1. Ada', '1. Dan', '3. Eve', '4. Cyd', '5. Bob']);
  assert.deepEqual(await table(world, 'brawl'), []);
  await refused(world.anyone('leaderboard.get', { game: 'chess' }), 'GAME_NOT_FOUND');
});

withPlatform('matches with a bot count apart', async (world) => {
  const [ada, bob] = [await world.register('Ada'), await world.register('Bob')];
  await play(world, [ada], {}, { bots: 1 });
  await play(world, [bob], { outcome: { ranking: [[1], [0]] } }, { bots: 1 });
  await play(world, [bob], { outcome: { ranking: [[0, 1]] } }, { bots: 1 });
  assert.deepEqual(await table(world), ['1. Ada 0-0-0 bots 1-0', '1. Bob 0-0-0 bots 0-1']);
});

withPlatform('a shared top is a draw; those below it lost', async (world) => {
  const [ada, bob, cyd] = [
    await world.register('Ada'),
    await world.register('Bob'),
    await world.register('Cyd'),
  ];
  const matchId = await play(
    world,
    [ada, bob, cyd],
    { outcome: { ranking: [[2, 0], [1]], score: [5, 1, 5] } },
    { game: 'brawl' },
  );
  const { seats } = await world.anyone('match.get', { matchId });
  assert.deepEqual(
    seats.map(({ place, result, score }) => [place, result, score]),
    [
      [1, 'draw', 5],
      [3, 'loss', 1],
      [1, 'draw', 5],
    ],
  );
  assert.deepEqual(await table(world, 'brawl'), [
    '1. Ada 0-0-1 bots 0-0',
    '1. Cyd 0-0-1 bots 0-0',
    '3. Bob 0-1-0 bots 0-0',
  ]);
});

withPlatform('what was abandoned or failed, or ranked nobody, counts for nobody', async (world) => {
  const [ada, bob] = [await world.register('Ada'), await world.register('Bob')];
  await play(world, [ada, bob], { reason: 'failed', detail: 'threw' });
  await play(world, [ada, bob], { reason: 'abandoned' });
  await play(world, [ada, bob], { reason: 'no-show', outcome: null, stateHash: null });
  assert.deepEqual(await table(world), []);
  await play(world, [ada, bob], { reason: 'forfeit' });
  assert.equal((await table(world)).length, 2);
});
