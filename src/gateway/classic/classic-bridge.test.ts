// What a classic player is told of matches: rounds, scores, choices that wait.

import assert from 'node:assert/strict';
import { utf8 } from '../../base/bytes.ts';
import { heard, pair, paper, Rival, rock, scissors, stateOf, withWorld } from './rival.fixture.ts';

withWorld('a match with a player of another wire, round by round', async (world) => {
  const { account, peer, rival } = await pair(world);
  const { numbers } = await rival.player.call('player.numbers', {
    players: [rival.player.player.id],
  });
  const mine = (score: number) => ({ score, accountId: account.number });
  const others = (score: number) => ({ score, accountId: numbers[0]?.number });

  peer.say(rock);
  await rival.choose('scissors');
  await heard(world, peer, 1);
  peer.say(rock);
  await rival.choose('paper');
  await heard(world, peer, 2);
  peer.say(scissors);
  await rival.choose('scissors');
  await heard(world, peer, 3);
  assert.deepEqual(peer.told, [
    { outcome: 1, choice: 0, otherChoice: 2, score: mine(1), otherScore: others(0) },
    { outcome: 0, choice: 0, otherChoice: 1, score: mine(1), otherScore: others(1) },
    { outcome: 2, choice: 2, otherChoice: 2, score: mine(1), otherScore: others(1) },
  ]);
  for (let wins = 2; wins <= 3; wins++) {
    peer.say(paper);
    await rival.choose('rock');
    await heard(world, peer, wins + 2);
  }
  const { matchId } = rival;
  await world.until('the result', async () => {
    const { state } = await rival.player.call('match.get', { matchId });
    return state === 'ended';
  });
  const { seats, reason } = await rival.player.call('match.get', { matchId });
  assert.equal(reason, 'outcome');
  assert.deepEqual(
    seats.map(({ name, result, score }) => [name, result, score]),
    [
      ['Mario', 'win', 3],
      ['Peach', 'loss', 1],
    ],
  );
});

withWorld('who has played is ready for the next match, whose score begins anew', async (world) => {
  const { account, peer, rival, lobbyId } = await pair(world);
  for (let round = 1; round <= 3; round++) {
    peer.say(paper);
    await rival.choose('rock');
    await heard(world, peer, round);
  }
  await world.until('the lobby is open', async () => {
    return (await stateOf(rival.player, lobbyId)) === 'open';
  });
  await rival.sit(world, lobbyId);
  peer.say(rock);
  await rival.choose('paper');
  await heard(world, peer, 4);
  const last = peer.told.at(-1);
  assert.ok(typeof last === 'object' && last !== null && 'score' in last);
  assert.deepEqual(last.score, { score: 0, accountId: account.number });
});

withWorld('a choice made before anybody else is there waits for its match', async (world) => {
  const account = await world.account('Mario');
  const { id } = await account.elsewhere.call('lobby.create', { game: 'rps' });
  const peer = world.join(account, id);
  peer.say(paper);
  // Only one counts, however many come.
  for (let i = 0; i < 1000; i++) peer.say(scissors);
  const rival = new Rival(await world.platform.register('Peach'));
  await rival.player.call('lobby.join', { lobbyId: id });
  await rival.sit(world, id);
  await rival.choose('rock');
  await heard(world, peer, 1);
  assert.partialDeepStrictEqual(peer.told[0], { outcome: 1, choice: 1, otherChoice: 0 });
});

withWorld('what is no choice is dropped', async (world) => {
  const { peer, rival } = await pair(world);
  const strange = [null, 7, 'rock', [], {}, { choice: 3 }, { choice: -1 }, { choice: '0' }];
  for (const message of strange) peer.say(message);
  peer.say({ choice: 0.5 });
  world.bridge.onMessage(peer, Uint8Array.of(0xff, 0xfe));
  world.bridge.onMessage(peer, utf8('{"choice":'));
  peer.say({ choice: 2, more: 'is no harm' });
  await rival.choose('paper');
  await heard(world, peer, 1);
  assert.partialDeepStrictEqual(peer.told[0], { outcome: 1, choice: 2 });
});

withWorld('a round that somebody lets pass has an outcome for who has chosen', async (world) => {
  const { peer, rival } = await pair(world);
  peer.say(paper);
  await world.until('it has chosen', () => rival.seesChoice);
  await world.pass(21_000);
  await heard(world, peer, 1);
  assert.partialDeepStrictEqual(peer.told[0], { outcome: 1, choice: 1, otherChoice: 0 });
  await rival.choose('rock');
  await world.pass(21_000);
  // The second went by without the classic player, who waits for nothing.
  peer.say(rock);
  await rival.choose('paper');
  await heard(world, peer, 2);
  assert.partialDeepStrictEqual(peer.told[1], { outcome: 0, choice: 0, otherChoice: 1 });
  assert.partialDeepStrictEqual(peer.told[1], { score: { score: 1 }, otherScore: { score: 2 } });
});

withWorld('who does nothing in a match is ready again with the next choice', async (world) => {
  const { account, peer, rival, lobbyId } = await pair(world);
  for (let round = 0; round < 3; round++) {
    await rival.choose('rock');
    await world.pass(21_000);
  }
  await world.until('the lobby is open', async () => {
    return (await stateOf(rival.player, lobbyId)) === 'open';
  });
  const isReady = async () => {
    const { members } = await rival.player.call('lobby.get', { lobbyId });
    return members.find(({ name }) => name === 'Mario')?.ready;
  };
  await world.pass(10_000);
  assert.equal(await isReady(), false);
  assert.deepEqual(peer.told, []);
  peer.say(rock);
  await world.until('ready', async () => (await isReady()) === true);
  assert.equal(account.elsewhere.player.name, 'Mario');
});

withWorld('a bot plays, match after match, as account 0', async (world) => {
  const account = await world.account('Mario');
  const { id } = await account.elsewhere.call('lobby.create', { game: 'rps', bots: 1 });
  const peer = world.join(account, id);
  for (let round = 1; round <= 12; round++) {
    peer.say(paper);
    await heard(world, peer, round);
  }
  for (const told of peer.told) {
    assert.partialDeepStrictEqual(told, { choice: 1, otherScore: { accountId: 0 } });
  }
  const { matches } = await account.elsewhere.call('match.history', { player: 'Mario' });
  assert.ok(matches.length >= 1);
});

withWorld('a server that has no room for the match is asked again', async (world) => {
  const { platform } = world;
  const account = await world.account('Mario');
  world.isHostSilent = true;
  await platform.advance(30_000);
  const { id } = await account.elsewhere.call('lobby.create', { game: 'rps', bots: 1 });
  const peer = world.join(account, id);
  peer.say(rock);
  const isRefused = () =>
    platform.log.some((line) => line['command'] === 'lobby.ready' && line['outcome'] !== 'ok');
  await world.until('it is refused', isRefused);
  assert.deepEqual(peer.told, []);
  world.isHostSilent = false;
  await heard(world, peer, 1);
});
