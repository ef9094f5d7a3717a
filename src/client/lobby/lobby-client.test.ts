// The client of the lobby protocol against a server that answers by hand, over true sockets.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import {
  ann,
  connected,
  credentials,
  FakeLobby,
  loggedIn,
  transports,
} from './fake-lobby.fixture.ts';

const game = (uid: number, fields: object = {}): object => ({
  ...{ command: 'game_info', uid, title: 'T', state: 'open', featured_mod: 'faf' },
  ...{ mapname: 'scmp_007', host: 'bob', num_players: 1, max_players: 12, visibility: 'public' },
  ...{ password_protected: false, teams: { '1': ['bob'] }, ...fields },
});

describe('a client of the lobby protocol', () => {
  for (const transport of transports) {
    test(`logs in and out over ${transport}, and its password is not sent`, async () => {
      await using lobby = await FakeLobby.start(transport);
      const [visitor, server] = await lobby.connect({ userAgent: 'test', version: '3' });
      const entering = visitor.client.logIn(credentials);
      await server.hears({ command: 'ask_session', user_agent: 'test', version: '3' });
      server.say({ command: 'session', session: 4_000_000_000 });
      const password = createHash('sha256').update('correct horse').digest('hex');
      await server.hears({ command: 'hello', login: 'ann', password, unique_id: 'paperclip' });
      server.say({ command: 'welcome', me: ann, id: 1, login: 'ann' });
      assert.equal((await visitor.next()).kind, 'welcome');
      server.say({ command: 'game_info', games: [game(4)] });
      const outcome = await entering;
      assert.ok(outcome.ok);
      assert.equal(outcome.value.login, 'ann');
      assert.equal(visitor.client.me, outcome.value);
      assert.deepEqual(outcome.value.ratings.get('global'), {
        ...{ mean: 1500, deviation: 500, games: 3 },
      });
      server.say({ command: 'notice', style: 'info', text: 'Grüße, 🦆' });
      assert.equal((await visitor.sees('notice')).text, 'Grüße, 🦆');
      visitor.client.close();
      await server.hears(undefined);
      const { end } = await visitor.sees('closed');
      assert.deepEqual(end, { reason: 'closed-here' });
    });
  }

  test(
    'logs in by token, and makes its unique id of the session',
    connected(
      async (visitor, server) => {
        const entering = visitor.client.logIn({ token: 'abc' });
        const sent = await server.welcome(ann);
        assert.deepEqual(sent, { command: 'auth', token: 'abc', unique_id: 'id of 7' });
        assert.ok((await entering).ok);
        visitor.client.renewToken('def');
        await server.hears({ command: 'auth', token: 'def' });
        server.say({ command: 'welcome', me: { ...ann, login: 'anne' } });
        await visitor.sees('ready');
        assert.equal((await visitor.sees('welcome')).me.login, 'anne');
        assert.equal(visitor.client.me?.login, 'anne');
      },
      { uniqueId: (session) => `id of ${session}` },
    ),
  );

  test(
    'is told why a log-in failed, and may try again on the same connection',
    connected(async (visitor, server) => {
      const first = visitor.client.logIn({ login: 'ann', password: 'wrong' });
      await assert.rejects(visitor.client.logIn(credentials), /about to be/);
      await server.next();
      server.say({ command: 'session', session: 7 });
      await server.next();
      server.say({ command: 'authentication_failed', text: 'Login not found.' });
      assert.deepEqual(await first, { ok: false, error: 'Login not found.' });
      assert.equal((await visitor.sees('login-failed')).text, 'Login not found.');
      const second = visitor.client.logIn(credentials);
      await server.welcome(ann);
      assert.ok((await second).ok);
      await assert.rejects(visitor.client.logIn(credentials), /logged in/);
    }),
  );

  test(
    'answers pings at any time, and can ask itself',
    connected(async (visitor, server) => {
      server.say({ command: 'ping' });
      await server.hears({ command: 'pong' });
      visitor.client.ping();
      await server.hears({ command: 'ping' });
      server.say({ command: 'pong' });
      await visitor.sees('pong');
    }),
  );

  test(
    'gives up on a server that does not answer a log-in',
    connected(
      async (visitor) => {
        assert.deepEqual(await visitor.client.logIn(credentials), {
          ...{ ok: false, error: 'The server did not answer in time' },
        });
        const { end } = await visitor.sees('closed');
        assert.deepEqual(end, { reason: 'no-answer' });
        const after = await visitor.client.logIn(credentials);
        assert.deepEqual(after, { ok: false, error: 'The server did not answer in time' });
      },
      {
        after: (_delayMs, run) => {
          setImmediate(run);
          return () => undefined;
        },
      },
    ),
  );
});

describe('what a client knows', () => {
  test(
    'of players: who comes, changes and goes, with fields that it does not know',
    loggedIn(async (visitor, server) => {
      const { view } = visitor.client;
      assert.deepEqual([...view.players.keys()], [1]);
      server.say({ command: 'player_info', players: [{ id: 2, login: 'bob', shoe: 46 }] });
      const came = await visitor.sees('players');
      assert.deepEqual([came.came[0]?.login, came.changed], ['bob', []]);
      assert.equal(view.playerNamed('bob')?.fields['shoe'], 46);
      server.say({ command: 'player_info', players: [{ id: 2, login: 'rob' }] });
      const renamed = await visitor.sees('players');
      assert.deepEqual([renamed.came, renamed.changed[0]?.login], [[], 'rob']);
      assert.equal(view.players.get(2)?.login, 'rob');
      assert.equal(view.playerNamed('bob'), undefined);
      server.say({ command: 'player_info', players: [{ id: 2, login: 'rob', state: 'offline' }] });
      const left = await visitor.sees('players');
      assert.deepEqual([left.changed, left.gone[0]?.login], [[], 'rob']);
      assert.deepEqual([...view.players.keys()], [1]);
      // As the first servers had it.
      server.say({ command: 'player_info', id: 9, login: 'old' });
      await visitor.sees('players');
      assert.equal(view.players.get(9)?.login, 'old');
    }),
  );

  test(
    'of games: a list replaces, one changes, a closed one goes',
    loggedIn(async (visitor, server) => {
      const { view } = visitor.client;
      server.say({ command: 'game_info', games: [game(1), game(2, { visibility: 'friends' })] });
      await visitor.sees('games');
      assert.deepEqual([...view.games.keys()], [1, 2]);
      assert.deepEqual([...(view.games.get(1)?.teams.get('1') ?? [])], ['bob']);
      assert.equal(view.games.get(2)?.isForFriends, true);
      server.say(game(1, { state: 'playing', num_players: 2, title: 'Grüße' }));
      await visitor.sees('games');
      const { state, players, title, fields } = view.games.get(1)!;
      assert.deepEqual([state, players, title], ['playing', 2, 'Grüße']);
      assert.equal(fields['max_players'], 12);
      server.say(game(2, { state: 'closed' }));
      const closed = await visitor.sees('games');
      assert.deepEqual(
        closed.gone.map(({ uid }) => uid),
        [2],
      );
      assert.deepEqual([...view.games.keys()], [1]);
      server.say({ command: 'game_info', games: [game(7, { state: 'brewing' })] });
      const replaced = await visitor.sees('games');
      assert.deepEqual(
        replaced.gone.map(({ uid }) => uid),
        [1],
      );
      assert.equal(view.games.get(7)?.state, 'unknown');
    }),
  );

  test(
    'of friends and foes, which it can change',
    loggedIn(async ({ client }, server) => {
      assert.deepEqual([[...client.view.friends], [...client.view.foes]], [[2], [5]]);
      client.setRelation(3, 'friend', true);
      client.setRelation(5, 'foe', false);
      await server.hears(
        { command: 'social_add', friend: 3 },
        { command: 'social_remove', foe: 5 },
      );
      assert.deepEqual([[...client.view.friends], [...client.view.foes]], [[2, 3], []]);
    }),
  );

  test(
    'is bounded, and what is over the bound is told all the same',
    loggedIn(
      async (visitor, server) => {
        const players = [2, 3, 4].map((id) => ({ id, login: `p${id}` }));
        server.say({ command: 'player_info', players });
        assert.equal((await visitor.sees('players')).came.length, 3);
        assert.deepEqual([...visitor.client.view.players.keys()], [1, 2]);
        server.say({ command: 'game_info', games: [game(1), game(2)] });
        assert.equal((await visitor.sees('games')).changed.length, 2);
        assert.deepEqual([...visitor.client.view.games.keys()], [1]);
      },
      { limits: { playersMax: 2, gamesMax: 1 } },
    ),
  );
});

describe('games', () => {
  test(
    'are hosted and joined, with what was wished and nothing else',
    loggedIn(async ({ client }, server) => {
      client.hostGame({ title: 'Duel' });
      client.hostGame({
        ...{ title: 'Team', visibility: 'friends', mod: 'faf', map: 'scmp_007', password: 'x' },
        ...{ ratingMin: 500, ratingMax: 1500, enforcesRating: true },
      });
      client.joinGame(42);
      client.joinGame(42, 'x');
      await server.hears(
        {
          ...{ command: 'game_host', title: 'Duel', visibility: 'public', password: null },
          ...{ rating_min: null, rating_max: null, enforce_rating_range: false },
        },
        {
          ...{ command: 'game_host', title: 'Team', visibility: 'friends', mod: 'faf' },
          ...{ mapname: 'scmp_007', password: 'x', rating_min: 500, rating_max: 1500 },
          enforce_rating_range: true,
        },
        { command: 'game_join', uid: 42, password: null },
        { command: 'game_join', uid: 42, password: 'x' },
      );
    }),
  );

  test(
    'start with a launch, or are refused with a reason and a notice',
    loggedIn(async (visitor, server) => {
      server.say(
        { command: 'game_launch', args: ['/numgames', 0], uid: 42, mod: 'faf', name: 'T' },
        { command: 'game_join_failed', reason: 'bad_password', uid: 42 },
        { command: 'notice', style: 'info', text: 'The password is wrong.' },
        { command: 'disabled', request: 'game_host' },
      );
      const { launch } = await visitor.sees('launch');
      assert.deepEqual([launch.uid, launch.name, launch.mod], [42, 'T', 'faf']);
      assert.deepEqual(launch.args, ['/numgames', 0]);
      assert.deepEqual(await visitor.next(), {
        ...{ kind: 'join-failed', uid: 42, reason: 'bad_password' },
      });
      assert.equal((await visitor.next()).kind, 'notice');
      assert.deepEqual(await visitor.next(), { kind: 'disabled', request: 'game_host' });
    }),
  );

  test(
    'speak GPGNet both ways; what is unknown or odd is passed on',
    loggedIn(async (visitor, server) => {
      visitor.client.sendToServer('GameState', ['Idle']);
      visitor.client.sendToServer('GameEnded');
      await server.hears(
        { command: 'GameState', target: 'game', args: ['Idle'] },
        { command: 'GameEnded', target: 'game', args: [] },
      );
      const rows: readonly (readonly [string, readonly unknown[], object])[] = [
        ['HostGame', ['scmp_007'], { kind: 'host', map: 'scmp_007' }],
        ['JoinGame', ['bob', 2], { kind: 'join', login: 'bob', id: 2 }],
        ['ConnectToPeer', ['bob', 2, true], { kind: 'connect', login: 'bob', id: 2, offers: true }],
        ['ConnectToPeer', ['bob', '2', 1], { kind: 'other' }],
        ['DisconnectFromPeer', [2], { kind: 'disconnect', id: 2 }],
        ['IceMsg', [2, { sdp: 'x' }], { kind: 'ice', from: 2, payload: { sdp: 'x' } }],
        ['IceMsg', [], { kind: 'other' }],
        ['Dance', ['tango'], { kind: 'other' }],
      ];
      for (const [command, args] of rows) server.say({ command, target: 'game', args });
      for (const [command, args, meaning] of rows) {
        const { message } = await visitor.sees('gpgnet');
        assert.deepEqual(message, { command, args, ...meaning });
      }
      // Even those that a lobby has, too.
      server.say({ command: 'ping', target: 'game' });
      const { message } = await visitor.sees('gpgnet');
      assert.deepEqual(message, { command: 'ping', args: [], kind: 'other' });
    }),
  );
});
