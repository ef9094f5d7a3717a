// Open rounds as players have them, on one server and on several that share a bus and a store.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GuessView } from '../../../games/guess/rules.ts';
import { replay } from '../../game/replay.ts';
import { failingStore } from '../failing-store.fixture.ts';
import { roundLimits } from './round-limits.ts';
import { guess7, type RoundPlayer, RoundsWorld } from './rounds-world.fixture.ts';

async function withWorld(servers: number, run: (world: RoundsWorld) => Promise<void>) {
  const world = await RoundsWorld.open(servers);
  try {
    await run(world);
  } finally {
    await world.close();
  }
}

const viewOf = (one: RoundPlayer) => one.view()?.view as GuessView;

const endsOf = (one: RoundPlayer) =>
  one.events.flatMap((one) => (one.event === 'round.ended' ? [one.data] : []));

/** The record of a round, as anybody gets it. */
async function recordOf(world: RoundsWorld, roundId: string) {
  await world.settle();
  const { anyone } = world.servers[0]!.platform;
  return anyone('match.replay', { matchId: roundId });
}

test('a round runs for whoever is there; the first right guess ends it and begins the next', () =>
  withWorld(1, async (world) => {
    const ada = await world.player();
    const bob = await world.player();
    const first = ada.view()?.roundId ?? '';
    assert.equal(bob.view()?.roundId, first);
    assert.equal(await ada.guess(3), 'taken');
    assert.equal(await bob.guess(7), 'taken');
    for (const one of [ada, bob]) {
      assert.deepEqual(endsOf(one), [{ game: 'guess', roundId: first, reason: 'outcome' }]);
      assert.notEqual(one.view()?.roundId, first);
      assert.equal(viewOf(one).attemptsLeft, 5);
    }
    const { match, record } = await recordOf(world, first);
    assert.deepEqual(
      match.seats.map(({ place, result }) => [place, result]),
      [
        [2, 'loss'],
        [1, 'win'],
      ],
    );
    const played = replay(guess7, record);
    assert.ok(played.ok && played.value.matches);
  }));

test('who joins late has all attempts, and what was guessed before counts as it did', () =>
  withWorld(1, async (world) => {
    const ada = await world.player();
    for (const number of [1, 2, 3]) await ada.guess(number);
    const bob = await world.player();
    assert.equal(bob.view()?.seat, 1);
    assert.deepEqual(viewOf(bob).guessCounts, [3, 0]);
    assert.equal(viewOf(bob).attemptsLeft, 5);
    assert.equal(viewOf(ada).attemptsLeft, 2);
    assert.equal(viewOf(ada).low, 4);
  }));

test('when all have used their attempts the round ends, whoever left counts no more', () =>
  withWorld(1, async (world) => {
    const ada = await world.player();
    const bob = await world.player();
    const roundId = ada.view()?.roundId ?? '';
    for (let n = 0; n < 5; n++) assert.equal(await ada.guess(1), 'taken');
    assert.equal(await ada.guess(7), 'INPUT_REFUSED');
    assert.equal(viewOf(ada).isOver, false);
    await bob.guess(2);
    await bob.player.call('round.leave', { game: 'guess' });
    assert.deepEqual(endsOf(ada), [{ game: 'guess', roundId, reason: 'outcome' }]);
    assert.deepEqual(endsOf(bob), []);
    const { match } = await recordOf(world, roundId);
    assert.deepEqual(
      match.seats.map(({ place }) => place),
      [1, 2],
    );
  }));

test('who leaves and comes back gets no second set of attempts in the same round', () =>
  withWorld(1, async (world) => {
    const ada = await world.player();
    const bob = await world.player();
    for (let n = 0; n < 4; n++) await bob.guess(1);
    await bob.player.call('round.leave', { game: 'guess' });
    const back = await bob.player.call('round.join', { game: 'guess' });
    assert.equal(back.seat, undefined);
    assert.equal(await bob.guess(7), 'INPUT_REFUSED');
    assert.equal(await ada.guess(7), 'taken');
    assert.equal(bob.view()?.tick, 0);
    assert.equal(await bob.guess(7), 'taken');
  }));

test('an input for a round that is over is refused, and counts in none', () =>
  withWorld(1, async (world) => {
    const ada = await world.player();
    const bob = await world.player();
    // Both have seen the same round when they guess.
    const both = await Promise.all([ada.guess(7), bob.guess(7)]);
    assert.deepEqual(both, ['taken', 'ROUND_OVER']);
    assert.equal(viewOf(bob).guessCount, 0);
    const args = { game: 'guess', roundId: endsOf(bob)[0]!.roundId, input: { number: 1 } };
    await assert.rejects(bob.player.call('round.input', args), { code: 'ROUND_OVER' });
  }));

test('what the rules refuse is not an attempt, and takes no room in the log', () =>
  withWorld(1, async (world) => {
    const ada = await world.player();
    assert.equal(await ada.guess(11), 'INPUT_REFUSED');
    assert.equal(await ada.guess(1.5), 'INPUT_REFUSED');
    const entries: unknown[] = [];
    world.shared.follow('rounds', 'guess', (news) => entries.push(news));
    await world.settle();
    assert.equal(entries.length, 1);
    assert.equal(viewOf(ada).attemptsLeft, 5);
  }));

test('there are seats for as many as the game takes; one more hears so, and gets the next', () =>
  withWorld(1, async (world) => {
    const all: RoundPlayer[] = [];
    for (let n = 0; n < 64; n++) all.push(await world.player());
    const late = await world.player(0, false);
    const join = () => late.player.call('round.join', { game: 'guess' });
    await assert.rejects(join(), { code: 'ROUND_FULL' });
    // A seat that somebody left is not free before the next round.
    await all[3]!.player.call('round.leave', { game: 'guess' });
    assert.equal((await join()).seat, undefined);
    await all[0]!.guess(7);
    assert.equal(late.view()?.tick, 0);
    assert.equal(viewOf(late).statuses.length, 64);
  }));

test('one seat for a player, however many connections', () =>
  withWorld(1, async (world) => {
    const { platform } = world.servers[0]!;
    const first = await platform.register('ada');
    first.connect();
    await first.call('round.join', { game: 'guess' });
    const second = await platform.anyone('account.login', {
      name: 'ada',
      password: 'correct horse',
    });
    const { sessionId } = JSON.parse(second.accessToken) as { readonly sessionId: string };
    platform.platform.events.connect(first.player.id, sessionId, () => undefined);
    const origin = { wire: 'test', address: '192.0.2.9', accessToken: second.accessToken };
    const { dispatcher } = platform.platform;
    const call = (command: 'round.join' | 'round.leave') =>
      dispatcher.call(origin, command, { game: 'guess' });
    await assert.rejects(call('round.join'), { code: 'IN_ROUND_ELSEWHERE' });
    await assert.rejects(call('round.leave'), { code: 'NOT_IN_ROUND' });
    // Again over the same one is no mistake.
    assert.equal((await first.call('round.join', { game: 'guess' })).seat, 0);
  }));

test('without a connection nobody joins, and whose connection goes has left', () =>
  withWorld(1, async (world) => {
    const alone = await world.servers[0]!.platform.guest('zed');
    const code = 'NOT_CONNECTED';
    await assert.rejects(alone.call('round.join', { game: 'guess' }), { code });
    const ada = await world.player();
    const bob = await world.player();
    bob.close();
    await world.settle();
    const { players } = await ada.player.call('round.get', { game: 'guess' });
    assert.deepEqual(
      players.map(({ playerId }) => playerId),
      [ada.player.player.id],
    );
  }));

test('a game without open rounds, and one that is not there, say so', async () => {
  const { dropIn: _, ...without } = guess7;
  const world = await RoundsWorld.open(1, [without]);
  const { anyone } = world.servers[0]!.platform;
  await assert.rejects(anyone('round.get', { game: 'guess' }), { code: 'NO_OPEN_ROUNDS' });
  await assert.rejects(anyone('round.get', { game: 'no-such' }), { code: 'GAME_NOT_FOUND' });
  await world.close();
});

test('when the last has left nothing runs, and who comes next begins a round', () =>
  withWorld(1, async (world) => {
    const ada = await world.player();
    const first = ada.view()?.roundId ?? '';
    await ada.player.call('round.leave', { game: 'guess' });
    const { anyone } = world.servers[0]!.platform;
    assert.deepEqual(await anyone('round.get', { game: 'guess' }), { game: 'guess', players: [] });
    const bob = await world.player();
    assert.notEqual(bob.view()?.roundId, first);
    const { match } = await recordOf(world, first);
    assert.equal(match.seats.length, 1);
  }));

test('a round that lasts too long ends by its time limit', () =>
  withWorld(1, async (world) => {
    const ada = await world.player();
    await ada.guess(1);
    await world.advance(roundLimits.roundMsMax);
    assert.deepEqual(
      endsOf(ada).map(({ reason }) => reason),
      ['time-limit'],
    );
    assert.equal(viewOf(ada).attemptsLeft, 5);
  }));

test('however players come and go, the log of a round is bounded', () =>
  withWorld(1, async (world) => {
    const ada = await world.player();
    const log = world.shared;
    const change = { kind: 'server-gone', serverId: 'nobody' } as const;
    const next = { roundId: 'next', seed: 's' };
    for (let ask = 1; ask < roundLimits.entriesMax; ask++) {
      await log.append('rounds', 'guess', { serverId: 'other', ask, atMs: 1, next, change });
    }
    await world.settle();
    assert.deepEqual(endsOf(ada), []);
    await log.append('rounds', 'guess', { serverId: 'other', ask: 0, atMs: 1, next, change });
    await world.settle();
    assert.equal(endsOf(ada)[0]?.reason, 'time-limit');
    assert.equal(ada.view()?.roundId, 'next');
    let told = 0;
    log.follow('rounds', 'guess', () => told++);
    await world.settle();
    assert.equal(told, 1);
  }));

test('a round that the store does not take is stored when it does', async () => {
  const world = await RoundsWorld.open(0);
  const failing = failingStore(world.store);
  await world.addServer(failing.store);
  const ada = await world.player();
  failing.fail('matches.addEnded', 2);
  const roundId = ada.view()?.roundId ?? '';
  await ada.guess(7);
  await world.advance(5_000);
  assert.equal(failing.failures, 2);
  const { match } = await recordOf(world, roundId);
  assert.equal(match.state, 'ended');
  await world.close();
});

test('players of two servers play one round, and it is stored once', () =>
  withWorld(2, async (world) => {
    const ada = await world.player(0);
    const bob = await world.player(1);
    const roundId = ada.view()?.roundId ?? '';
    assert.equal(bob.view()?.roundId, roundId);
    await ada.guess(1);
    await bob.guess(2);
    await world.settle();
    assert.deepEqual(viewOf(ada).guessCounts, [1, 1]);
    assert.deepEqual(viewOf(bob).guessCounts, [1, 1]);
    await bob.guess(7);
    await world.settle();
    assert.equal(endsOf(ada)[0]?.roundId, roundId);
    assert.equal(ada.view()?.roundId, bob.view()?.roundId);
    const { matches } = await world.servers[0]!.platform.anyone('match.history', {});
    assert.deepEqual(
      matches.map(({ id }) => id),
      [roundId],
    );
    const board = await world.servers[1]!.platform.anyone('leaderboard.get', { game: 'guess' });
    assert.deepEqual(
      board.rows.map(({ wins, losses }) => [wins, losses]),
      [
        [1, 0],
        [0, 1],
      ],
    );
  }));

test('a server that dies takes its own players out, and the round still ends', () =>
  withWorld(2, async (world) => {
    const ada = await world.player(0);
    const bob = await world.player(1);
    const roundId = ada.view()?.roundId ?? '';
    for (let n = 0; n < 5; n++) await ada.guess(1);
    assert.deepEqual(endsOf(ada), []);
    world.servers[1]!.kill();
    await world.advance(2_000);
    assert.deepEqual(endsOf(ada), []);
    await world.advance(3_000);
    assert.deepEqual(
      endsOf(ada).map((end) => [end.roundId, end.reason]),
      [[roundId, 'outcome']],
    );
    const { players } = await ada.player.call('round.get', { game: 'guess' });
    assert.equal(players.length, 1);
    assert.deepEqual(endsOf(bob), []);
    const { match } = await recordOf(world, roundId);
    assert.equal(match.seats.length, 2);
  }));

test('a server that comes later plays on in the round that runs', () =>
  withWorld(1, async (world) => {
    const ada = await world.player(0);
    await ada.guess(7);
    await ada.guess(2);
    await world.addServer();
    const bob = await world.player(1);
    await world.settle();
    assert.equal(bob.view()?.roundId, ada.view()?.roundId);
    assert.deepEqual(viewOf(bob).guessCounts, [1, 0]);
    // The dead do not come back: with nobody left, the room of a killed server empties as well.
    world.servers[0]!.kill();
    await world.advance(5_000);
    assert.deepEqual(
      (await bob.player.call('round.get', { game: 'guess' })).players.map(({ seat }) => seat),
      [1],
    );
  }));

test('a server that was only silent has its players back in the next round', () =>
  withWorld(2, async (world) => {
    const ada = await world.player(0);
    const bob = await world.player(1);
    const silent = world.servers[1]!;
    silent.mute();
    await world.advance(4_000);
    const { players } = await ada.player.call('round.get', { game: 'guess' });
    assert.deepEqual(
      players.map(({ seat }) => seat),
      [0, undefined],
    );
    assert.equal(await bob.guess(7), 'INPUT_REFUSED');
    await ada.guess(7);
    await world.settle();
    assert.equal(bob.view()?.roundId, ada.view()?.roundId);
    assert.equal(viewOf(bob).attemptsLeft, 5);
  }));

test('a server that closes takes its players out at once', () =>
  withWorld(2, async (world) => {
    const ada = await world.player(0);
    await world.player(1);
    await world.servers[1]!.platform.platform.close();
    const { players } = await ada.player.call('round.get', { game: 'guess' });
    assert.equal(players.length, 1);
  }));
