// What is believed of what players report: agreed, disputed or missing; and how it is stored.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSqliteStore } from '../../store/open.ts';
import { failingStore } from '../failing-store.fixture.ts';
import { refused } from '../rejects.fixture.ts';
import { type ExternalWorld, externalWorld, type Gamer, wish } from './external-world.fixture.ts';
import { type ArmyReport, externalResult, parseResult, withReport } from './results.ts';

const seat = (name: string, army: number, team?: number) => ({
  person: { id: name, name, kind: 'account' as const },
  place: team === undefined ? { army } : { army, team },
});

const report = (army: number, outcome: ArmyReport['outcome'], score?: number): ArmyReport => ({
  army,
  ...(outcome === undefined ? {} : { outcome }),
  ...(score === undefined ? {} : { score }),
});

/** What each said, in the order of the seats; result by result, or the reason without one. */
function judged(
  seats: readonly ReturnType<typeof seat>[],
  ...said: readonly (readonly ArmyReport[])[]
): readonly (string | undefined)[] {
  const reports = new Map(said.map((one, i) => [seats[i]?.person.id ?? 'stranger', one]));
  const result = externalResult(seats, reports);
  if (result.reason !== 'outcome') return [result.reason];
  return result.seats.map(({ place, result: how, score }) => `${place} ${how} ${score}`);
}

const duel = [seat('a', 1), seat('b', 2)];
const won = [report(1, 'victory', 10), report(2, 'defeat', -10)];
const lost = [report(1, 'defeat', -10), report(2, 'victory', 10)];

test('a result stands when all who report agree, and more than half do report', () => {
  assert.deepEqual(judged(duel, won, won), ['1 win 10', '2 loss -10']);
  assert.deepEqual(judged(duel, won), ['abandoned']);
  assert.deepEqual(judged(duel), ['abandoned']);
  const three = [...duel, seat('c', 3)];
  assert.deepEqual(judged(three, won, won), [
    '1 win 10',
    '2 loss -10',
    'undefined undefined undefined',
  ]);
  assert.deepEqual(judged([seat('a', 1)], [report(1, 'victory')]), ['1 win undefined']);
});

test('who contradicts leaves no result', () => {
  assert.deepEqual(judged(duel, won, lost), ['failed']);
  const bothWon = [report(1, 'victory'), report(2, 'victory')];
  assert.deepEqual(judged(duel, bothWon, bothWon), ['1 win undefined', '1 win undefined']);
  const bothLost = [report(1, 'defeat'), report(2, 'defeat')];
  assert.deepEqual(judged(duel, bothLost, bothLost), ['failed']);
  const mixed = [report(1, 'victory'), report(2, 'draw')];
  assert.deepEqual(judged(duel, mixed, mixed), ['failed']);
});

test('a draw is shared, and scores that differ are left out', () => {
  const draw = (score: number) => [report(1, 'draw', score), report(2, 'draw', 0)];
  assert.deepEqual(judged(duel, draw(1), draw(2)), ['1 draw undefined', '1 draw 0']);
});

test('a team wins together, whatever became of each of its armies', () => {
  const teams = [seat('a', 1, 2), seat('b', 2, 2), seat('c', 3, 3), seat('d', 4, 3)];
  const said = [
    report(1, 'victory', 3),
    report(2, 'defeat', 1),
    report(3, 'defeat', 0),
    report(4, 'defeat', 0),
  ];
  assert.deepEqual(judged(teams, said, said, said), ['1 win 3', '1 win 1', '3 loss 0', '3 loss 0']);
  // Team 1 is none.
  const alone = [seat('a', 1, 1), seat('b', 2, 1)];
  assert.deepEqual(judged(alone, won, won), ['1 win 10', '2 loss -10']);
});

test('reports are read as programs write them, and nothing else is', () => {
  assert.deepEqual(parseResult(1, 'victory 10'), report(1, 'victory', 10));
  assert.deepEqual(parseResult('2', ' Defeat  -10 '), report(2, 'defeat', -10));
  assert.deepEqual(parseResult(2, 'recall mutual_draw 0'), report(2, 'draw', 0));
  assert.deepEqual(parseResult(0, 'score 5'), report(0, undefined, 5));
  for (const [army, text] of [
    [1, 'victory'],
    [1, 'victory x'],
    [1, 'victory 1.5'],
    [1, 'toString 1'],
    [1, ''],
    [1, 'victory 1'.padStart(99)],
    [1, 10],
    ['', 'victory 1'],
    [1.5, 'victory 1'],
    [null, 'victory 1'],
    [undefined, undefined],
  ]) {
    assert.equal(parseResult(army, text), undefined, `${army} ${text}`);
  }
});

test('the newest report of an army counts, and there is a bound', () => {
  let reports = withReport([], report(1, 'draw', 1), 2);
  reports = withReport(reports, report(1, undefined, 7), 2);
  reports = withReport(reports, report(2, 'draw'), 2);
  reports = withReport(reports, report(3, 'draw'), 2);
  reports = withReport(reports, report(2, 'defeat'), 2);
  assert.deepEqual(reports, [report(1, 'draw', 7), report(2, 'defeat')]);
});

async function launched(world: ExternalWorld): Promise<[Gamer, Gamer]> {
  const [ada, bob] = [await world.gamer('Ada'), await world.gamer('Bob')];
  const { number } = await ada.call('external.host', { ...wish, mod: 'Murder_Party' });
  await ada.runs();
  await bob.call('external.join', { number });
  await bob.runs();
  await ada.says('PlayerOption', ada.player.id, 'Army', 1);
  await ada.says('PlayerOption', bob.player.id, 'Army', 2);
  await ada.says('GameState', 'Launching');
  return [ada, bob];
}

const over = async (...players: readonly Gamer[]) => {
  for (const player of players) await player.says('GameEnded');
};

test('an agreed result is in the history, has no replay and moves no leaderboard', async () => {
  const world = await externalWorld();
  const [ada, bob] = await launched(world);
  await world.advance(5000);
  for (const player of [ada, bob]) {
    await player.says('GameResult', 1, 'defeat -10');
    await player.says('GameResult', 2, 'victory 10');
  }
  await over(ada, bob);
  await world.platform.settled();
  const { matches } = await ada.call('match.history', { player: 'bob' });
  const [match] = matches;
  assert.equal(matches.length, 1);
  assert.deepEqual(
    [match?.game, match?.reason, match?.state, match?.settings],
    [
      'external-murder-party',
      'outcome',
      'ended',
      { number: 1, title: 'T', mod: 'Murder_Party', map: 'scmp_007' },
    ],
  );
  assert.deepEqual(
    match?.seats.map(({ name, place, result, score }) => [name, place, result, score]),
    [
      ['Ada', 2, 'loss', -10],
      ['Bob', 1, 'win', 10],
    ],
  );
  const matchId = match?.id ?? '';
  assert.deepEqual(await ada.call('match.get', { matchId }), match);
  await refused(ada.call('match.replay', { matchId }), 'NO_REPLAY');
  assert.deepEqual(await world.store.ratings.page('external-murder-party', undefined, 9), []);
  // Once, whatever is said after.
  await over(ada, bob);
  await ada.says('GameState', 'Ended');
  bob.drop();
  await world.platform.settled();
  assert.equal((await ada.call('match.history')).matches.length, 1);
  await world.close();
});

test('a disputed, a missing and an unfinished result are stored without one', async () => {
  const reasonAfter = async (play: (ada: Gamer, bob: Gamer) => Promise<void>) => {
    const world = await externalWorld();
    const [ada, bob] = await launched(world);
    await play(ada, bob);
    await world.platform.settled();
    const { matches } = await ada.call('match.history');
    await world.close();
    const results = matches.flatMap(({ seats }) => seats.map(({ result }) => result ?? 'none'));
    return matches.map(({ reason }) => `${reason} ${results.join(' ')}`);
  };
  const claims = async (player: Gamer, army: number, other: number) => {
    await player.says('GameResult', army, 'victory 1');
    await player.says('GameResult', other, 'defeat 0');
  };
  assert.deepEqual(
    await reasonAfter(async (ada, bob) => {
      await claims(ada, 1, 2);
      await claims(bob, 2, 1);
      await over(ada, bob);
    }),
    ['failed none none'],
  );
  assert.deepEqual(
    await reasonAfter(async (ada, bob) => {
      await claims(ada, 1, 2);
      bob.drop();
      await over(ada);
    }),
    ['abandoned none none'],
  );
  assert.deepEqual(
    await reasonAfter(async (ada, bob) => {
      await ada.says('GameState', 'Ended');
      await bob.says('GameState', 'Ended');
    }),
    ['abandoned none none'],
  );
  const unfinished = reasonAfter(async (ada) => ada.says('GameEnded'));
  assert.deepEqual(await unfinished, [], 'one still plays');
});

test('a result that could not be stored is stored when the disk has room again', async () => {
  const failing = failingStore(await openSqliteStore({ file: ':memory:' }));
  const world = await externalWorld({ store: failing.store });
  const [ada, bob] = await launched(world);
  failing.fail('matches.addEnded', 2);
  await ada.says('GameState', 'Ended');
  await bob.says('GameState', 'Ended');
  await world.platform.settled();
  assert.deepEqual((await ada.call('match.history')).matches, []);
  await world.advance(3000);
  assert.equal((await ada.call('match.history')).matches.length, 1);
  await world.advance(60_000);
  assert.equal((await ada.call('match.history')).matches.length, 1);
  await world.close();
});

test('a host whose number cannot be stored is free again', async () => {
  const failing = failingStore(await openSqliteStore({ file: ':memory:' }));
  const world = await externalWorld({ store: failing.store });
  const ada = await world.gamer('Ada');
  failing.fail('external.takeNumber', 1);
  await refused(ada.call('external.host', wish), 'INTERNAL');
  const held = failing.hold('external.takeNumber');
  const hosting = ada.call('external.host', wish);
  await held.reached;
  ada.drop();
  held.letGo();
  await refused(hosting, 'NOT_CONNECTED');
  await ada.call('lobby.create', { game: 'duel' });
  await world.close();
});

test('a server that shuts down stores what was being played', async () => {
  const store = await openSqliteStore({ file: ':memory:' });
  const world = await externalWorld({ store });
  await launched(world);
  await world.platform.close();
  const found = await store.matches.page({ limit: 9 });
  assert.deepEqual(
    found.map(({ end }) => end?.reason),
    ['abandoned'],
  );
  await store.close();
});
