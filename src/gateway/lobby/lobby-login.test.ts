import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { contractLimits } from '../../contract/limits.ts';
import {
  framings,
  inWorld,
  type LobbyWorld,
  notice,
  password,
  playerInfo,
  seen,
  sha256Hex,
} from './lobby.fixture.ts';

const social = (friends: readonly number[], foes: readonly number[]): object => ({
  ...{ command: 'social', autojoin: [], channels: [], friends, foes, power: 0 },
});
const noGames = { command: 'game_info', games: [] };
const failed = (text: string): object => ({ command: 'authentication_failed', text });
const wrong = failed('Login not found or password incorrect. They are case sensitive.');
const kicked = notice('kick', 'You have been signed out because you signed in elsewhere.');

const bothOver = (behaviour: string, run: (world: LobbyWorld) => Promise<void>): void => {
  for (const framing of framings) test(`${framing}: ${behaviour}`, inWorld(run, { framing }));
};

describe('log-in to the lobby protocol', () => {
  for (const framing of framings) {
    for (const transport of ['whole', 'bytes', 'random', 'tcp', 'tls'] as const) {
      const behaviour = async (world: LobbyWorld): Promise<void> => {
        await world.register('ada');
        const client = await world.connect();
        client.say({ command: 'ask_session', user_agent: 'test', version: '1' });
        const { session } = await client.hearsCommand('session');
        assert.ok(Number.isInteger(session) && Number(session) >= 0 && Number(session) < 2 ** 32);
        client.say({ command: 'hello', login: 'ada', password: sha256Hex(password) });
        const { current_time, ...welcome } = await client.hearsCommand('welcome');
        assert.match(String(current_time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$/);
        assert.deepEqual(welcome, {
          ...{ command: 'welcome', me: seen(1, 'ada'), id: 1, login: 'ada' },
        });
        await client.hears(playerInfo(seen(1, 'ada')), social([], []), noGames);
      };
      test(
        `${framing} over ${transport}: session, welcome, players, social, games`,
        inWorld(behaviour, { framing, transport }),
      );
    }
  }

  bothOver('a password is asked for again until it is right, and then locked', async (world) => {
    await world.register('ada');
    const client = await world.connect();
    const hello = (login: string, given: string) =>
      client.say({ command: 'hello', login, password: given });
    hello('ada', sha256Hex('wrong'));
    await client.hears(wrong);
    hello('nobody', sha256Hex(password));
    await client.hears(wrong);
    hello('ada', 'no digest');
    await client.hears(wrong);
    hello('ADA', sha256Hex(password).toUpperCase());
    await client.hearsCommand('welcome');

    const guesser = await world.connect();
    let text: unknown;
    for (let tries = 0; tries < 50 && !/locked/.test(String(text)); tries++) {
      guesser.say({ command: 'hello', login: 'ada', password: sha256Hex('wrong') });
      ({ text } = await guesser.hearsCommand('authentication_failed'));
    }
    assert.match(String(text), /^Too many failed log-ins for ada/);
  });

  bothOver(
    'an access token does, and its end is said before the connection ends',
    async (world) => {
      const guest = await world.platform.guest('gus', true);
      const client = await world.connect();
      client.say({ command: 'auth', token: 'forged' });
      await client.hearsCommand('authentication_failed');
      client.say({ command: 'auth', token: guest.session.accessToken, unique_id: 'x' });
      await client.hearsCommand('welcome');
      await client.hears(playerInfo(seen(1, 'gus')), social([], []), noGames);
      await client.soFar();
      await world.advance(contractLimits.accessTokenLifetimeS);
      await world.advance(100);
      const said = (await client.rest()).filter(({ command }) => command === 'notice');
      assert.deepEqual(
        said.map(({ style }) => style),
        ['error', 'kick'],
      );
    },
  );

  bothOver('a newer token of the same player goes on where the old one ends', async (world) => {
    const guest = await world.platform.guest('gus', true);
    const [client, other] = [await world.connect(), await world.logIn('ada')];
    client.say({ command: 'auth', token: guest.session.accessToken });
    for (let i = 0; i < 4; i++) await client.next();
    await world.advance(contractLimits.accessTokenLifetimeS - 10);
    const { refreshToken } = guest.session;
    const { accessToken } = await world.platform.anyone('account.refresh', { refreshToken });
    client.say({ command: 'auth', token: accessToken });
    const heard = await client.soFar();
    assert.deepEqual(heard.at(-1)?.['login'], 'gus');
    await world.advance(120);
    client.say({ command: 'social_add', foe: 1 });
    const later = [...(await client.soFar()), ...(await other.soFar())];
    assert.ok(later.every(({ style, state }) => style === undefined && state === undefined));
    const token = (await world.platform.guest('eve')).session.accessToken;
    client.say({ command: 'auth', token });
    assert.deepEqual((await client.soFar()).at(-1), notice('error', 'You are logged in already.'));
  });

  bothOver('who is banned is told and closed, at the log-in and later', async (world) => {
    const op = await world.platform.register('op');
    const client = await world.logIn('ada');
    await op.call('admin.sanction', { player: 'ada', kind: 'ban', reason: 'castle' });
    const [last] = (await client.rest()).slice(-1);
    assert.deepEqual(last, notice('error', 'You have been signed out (banned: castle).'));
    const again = await world.hello('ada');
    const [said, ...more] = await again.rest();
    assert.equal(said?.['style'], 'error');
    assert.match(String(said?.['text']), /ada is banned .*castle/);
    assert.deepEqual(more, []);
  });

  bothOver('a second log-in ends the first, and nobody sees the player go', async (world) => {
    const [first, bob] = [await world.logIn('ada'), await world.logIn('bob')];
    const second = await world.logIn('ada', { framing: 'json' });
    const third = await world.logIn('ada', { framing: 'qdatastream' });
    assert.deepEqual((await first.rest()).at(-1), kicked);
    assert.deepEqual((await second.rest()).at(-1), kicked);
    await world.advance(5);
    for (const client of [bob, third]) {
      const heard = JSON.stringify(await client.soFar());
      assert.doesNotMatch(heard, /offline/);
    }
    const { state } = await (await world.platform.guest()).call('presence.get', { player: 'ada' });
    assert.equal(state, 'online');
    assert.equal(world.size, 2);
  });

  bothOver('what comes before a log-in closes, silently, unless it may', async (world) => {
    for (const message of [{ command: 'game_host' }, { command: 7 }, {}, [1], ['x']]) {
      const client = await world.connect();
      client.say({ command: 'ping' }, { command: 'pong' }, message as object);
      assert.deepEqual(await client.rest(), [{ command: 'pong' }], JSON.stringify(message));
    }
    const refusals = world.counted.filter((one) => one.includes('refusals'));
    assert.ok(refusals.every((one) => one === 'paperclip_lobby_refusals_total unauthenticated'));
    assert.equal(refusals.length, 5);
  });

  bothOver('a field that is missing or of another kind closes', async (world) => {
    for (const message of [
      { command: 'hello', login: 'ada' },
      { command: 'hello', login: 'ada', password: 7 },
      { command: 'hello', password: 'x' },
      { command: 'auth' },
      { command: 'auth', token: null },
    ]) {
      const client = await world.connect();
      client.say(message);
      assert.deepEqual(await client.rest(), [], JSON.stringify(message));
    }
  });

  bothOver('who does not log in in time is closed, who has is asked to pong', async (world) => {
    const [stranger, ada] = [await world.connect(), await world.logIn('ada')];
    stranger.say({ command: 'ping' });
    await world.advance(299);
    assert.deepEqual(await stranger.next(), { command: 'pong' });
    await world.advance(1);
    assert.deepEqual(await stranger.rest(), []);
    const pings = (await ada.soFar()).filter(({ command }) => command === 'ping');
    assert.equal(pings.length, 6);
  });

  bothOver('who is there when the server closes is told', async (world) => {
    const [stranger, ada] = [await world.connect(), await world.logIn('ada')];
    const closed = world.gateway[stranger.framing].close();
    for (const client of [stranger, ada]) {
      assert.deepEqual(
        (await client.rest()).at(-1),
        notice('info', 'The server is shutting down.'),
      );
    }
    await closed;
    assert.equal(world.size, 0);
  });

  bothOver('a log-in that is broken off leaves nobody behind', async (world) => {
    const client = await world.hello('ada');
    client.stream.destroy();
    await client.closed;
    const bob = await world.logIn('bob');
    await world.advance(2);
    await bob.soFar();
    const { players } = await (await world.platform.guest()).call('presence.online', {});
    assert.deepEqual(
      players.map(({ name }) => name),
      ['bob'],
    );
    assert.equal(world.size, 1);
  });
});
