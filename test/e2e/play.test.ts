// The main job as a player's program does it: a real server with its hosts in threads, accounts
// over HTTP, lobbies, matches over real UDP. One server for all tests; each test has its own
// players.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import rps, { type RpsView } from '../../games/rps/rules.ts';
import { serve } from '../../src/app/server/index.ts';
import { connect, type Lobby, type MatchOf, playBot, visit } from '../../src/client/index.ts';
import { udpDialer } from '../../src/client/udp-dialer.ts';
import { replay } from '../../src/game/index.ts';

type RpsMatch = MatchOf<typeof rps>;
type Choice = 'rock' | 'paper' | 'scissors';

let server: Awaited<ReturnType<typeof serve>>;
before(async () => {
  server = await serve({
    data: ':memory:',
    port: 0,
    udpPort: 0,
    hosts: 1,
    logLevel: 'silent',
    shutdownGraceMs: 0,
  });
});
after(() => server.close());

const password = 'correct horse';
const account = (name: string) => connect(server.url, { register: { name, password } });

/** Always the same choice, as soon as the round allows one. */
async function insist(match: RpsMatch, choice: Choice): Promise<void> {
  for await (const view of match.views) {
    if (view.yourChoice === null && match.undecided === 0) match.send({ choice });
  }
}

/** Two players in a private lobby of the first one. */
async function pair(
  a: Awaited<ReturnType<typeof account>>,
  b: Awaited<ReturnType<typeof account>>,
  settings: object,
): Promise<[RpsMatch, RpsMatch]> {
  const code = Promise.withResolvers<string>();
  const onLobby = (lobby: Lobby) => code.resolve(lobby.code ?? '');
  const first = a.play(rps, { against: 'friend', settings, onLobby });
  const second = b.play(rps, { against: { code: await code.promise } });
  return Promise.all([first, second]);
}

const round = async (match: RpsMatch, number: number): Promise<RpsView> => {
  for await (const view of match.views) if (view.round >= number) return view;
  throw new Error(`the match ended before round ${number}`);
};

test('two accounts play each other; result, history, leaderboard and replay agree', async () => {
  await using ann = await account('ann');
  await using ben = await account('ben');
  const [a, b] = await pair(ann, ben, { firstTo: 2 });
  await Promise.all([insist(a, 'rock'), insist(b, 'scissors')]);
  assert.deepEqual(await a.result, {
    reason: 'outcome',
    outcome: { ranking: [[0], [1]], score: [2, 0] },
    mine: 'win',
  });
  assert.equal((await b.result).mine, 'loss');

  const stored = await a.summary();
  const { matches } = await ann.call('match.history', { player: 'ann' });
  assert.deepEqual(matches, [stored]);
  const { rows } = await ann.call('leaderboard.get', { game: 'rps' });
  assert.deepEqual(
    rows
      .filter(({ name }) => name === 'ann' || name === 'ben')
      .map(({ name, wins, losses }) => [name, wins, losses]),
    [
      ['ann', 1, 0],
      ['ben', 0, 1],
    ],
  );
  const { record } = await visit(server.url).call('match.replay', { matchId: a.id });
  const again = replay(rps, record);
  assert(again.ok && again.value.matches);
  assert.equal(again.value.stateHash, stored.stateHash);
});

test('a guest plays the bot, and lets the bot play', async () => {
  await using me = await connect(server.url, { guest: 'gus' });
  const match = await me.play(rps, { against: 'bot', settings: { firstTo: 1 } });
  assert.deepEqual(
    match.players.map(({ bot }) => bot),
    [false, true],
  );
  playBot(match, rps, { seed: 'gus', thinkMs: 1 });
  const { reason, mine } = await match.result;
  assert.equal(reason, 'outcome');
  assert(mine === 'win' || mine === 'loss');
});

test('one match after another: the lobby of the last one is left', async () => {
  await using rex = await connect(server.url, { guest: 'rex' });
  await using sam = await connect(server.url, { guest: 'sam' });
  const settings = { firstTo: 1 };
  const bot = await rex.play(rps, { against: 'bot', settings });
  playBot(bot, rps, { seed: 'rex', thinkMs: 0 });
  await bot.result;
  const both = await Promise.all([rex.play(rps), sam.play(rps)]);
  for (const match of both) playBot(match, rps, { seed: match.id, thinkMs: 0 });
  await Promise.all(both.map(({ result }) => result));

  const third = await rex.play(rps, { against: 'bot', settings });
  const { members } = await rex.call('lobby.get', {
    lobbyId: (await rex.call('account.me')).lobbyId ?? '',
  });
  assert(members.every(({ name }) => !name.startsWith('sam')));
  await third.leave();
});

test('nobody’s machine is told the other’s choice before both have chosen', async () => {
  await using cat = await account('cat');
  await using dan = await account('dan');
  const [a, b] = await pair(cat, dan, { firstTo: 1 });
  await round(a, 1);
  a.send({ choice: 'paper' });
  for await (const view of b.views) {
    if (!view.otherHasChosen) continue;
    assert(!JSON.stringify(view).includes('paper'));
    break;
  }
  b.send({ choice: 'rock' });
  assert.equal((await b.result).mine, 'loss');
});

test('a connection that breaks in the middle of a match comes back, and nothing is lost', async () => {
  await using eve = await account('eve');
  await using fay = await account('fay');
  const [a, b] = await pair(eve, fay, { firstTo: 3 });
  await Promise.all([round(a, 1), round(b, 1)]);
  a.send({ choice: 'rock' });
  b.send({ choice: 'scissors' });
  await round(a, 2);
  const back = Promise.withResolvers<void>();
  b.on('player', ({ seat, status }) => seat === 0 && status === 'here' && back.resolve());
  a.reconnect();
  await back.promise;
  await Promise.all([insist(a, 'rock'), insist(b, 'scissors')]);
  assert.deepEqual((await a.result).outcome?.score, [3, 0]);
  assert.equal(a.stats.reconnects, 1);
});

test('a program that was killed takes its seat again', async () => {
  await using gil = await account('gil');
  await using hal = await account('hal');
  const [a, b] = await pair(gil, hal, { firstTo: 1 });
  await Promise.all([round(a, 1), round(b, 1)]);
  a.send({ choice: 'rock' });
  await using again = await connect(server.url, { login: { name: 'gil', password } });
  const seat = await again.rejoin(rps);
  assert.equal(seat?.id, a.id);
  assert.equal((await round(seat, 1)).yourChoice, 'rock');
  await assert.rejects(a.result, { code: 'SEAT_TAKEN' });
  b.send({ choice: 'scissors' });
  assert.equal((await seat.result).mine, 'win');
  assert.equal(await again.rejoin(rps), undefined);
});

test('a match over a network that loses a fifth of what is sent has the same end for both', async () => {
  await using ida = await account('ida');
  await using jan = await account('jan');
  const code = Promise.withResolvers<string>();
  const dialer = (seed: number) => udpDialer({ impair: { loss: 0.2, seed } });
  const onLobby = (lobby: Lobby) => code.resolve(lobby.code ?? '');
  const first = ida.play(rps, { against: 'friend', onLobby, dialer: dialer(1) });
  const second = jan.play(rps, { against: { code: await code.promise }, dialer: dialer(2) });
  const [a, b] = await Promise.all([first, second]);
  await Promise.all([insist(a, 'paper'), insist(b, 'rock')]);
  const [mine, theirs] = await Promise.all([a.result, b.result]);
  assert.deepEqual(mine.outcome, { ranking: [[0], [1]], score: [3, 0] });
  assert.deepEqual(theirs.outcome, mine.outcome);
});

describe('what the server refuses has a code', () => {
  test('a wrong password, and a taken name without regard to case', async () => {
    using _kim = disposing(await account('kim'));
    const wrong = connect(server.url, { login: { name: 'kim', password: 'wrong horse' } });
    await assert.rejects(wrong, { code: 'WRONG_PASSWORD' });
    await assert.rejects(account('KIM'), { code: 'NAME_TAKEN' });
  });

  test('a game that is not there, a lobby that is not there, settings that do not fit', async () => {
    await using lou = await account('lou');
    const code = { code: 'ZZZZ' };
    await assert.rejects(lou.play('chess'), { code: 'GAME_NOT_FOUND' });
    await assert.rejects(lou.play(rps, { against: code }), { code: 'LOBBY_NOT_FOUND' });
    const settings = { firstTo: 99 };
    await assert.rejects(lou.play(rps, { against: 'friend', settings }), { code: 'BAD_SETTINGS' });
    const { lobbyId } = await lou.call('account.me');
    assert.equal(lobbyId, undefined);
  });

  test('a session that was logged out', async () => {
    const max = await account('max');
    const stays = await connect(server.url, { login: { name: 'max', password } });
    await max.logout();
    await assert.rejects(max.call('account.me'), { code: 'CLOSED' });
    assert.equal((await stays.call('account.me')).player.name, 'max');
    stays.close();
  });

  test('waiting that is given up leaves the lobby', async () => {
    await using nia = await account('nia');
    const abort = new AbortController();
    const waiting = nia.play(rps, {
      against: 'friend',
      signal: abort.signal,
      onLobby: () => abort.abort(new Error('enough')),
    });
    await assert.rejects(waiting, /enough/);
    assert.equal((await nia.call('account.me')).lobbyId, undefined);
  });
});

const disposing = (client: Awaited<ReturnType<typeof connect>>) => ({
  [Symbol.dispose]: () => client.close(),
});
