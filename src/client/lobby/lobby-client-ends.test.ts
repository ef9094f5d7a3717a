// How connections of a lobby's client end, and what strange servers say to it.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseJson } from '../../base/json.ts';
import { jsonLineCodec } from '../../protocol/lobby/json-line-codec.ts';
import { memoryStreamPair } from '../../testing/memory-streams.ts';
import { connectLobby } from './connect-lobby.ts';
import { connected, credentials, FakeLobby, loggedIn } from './fake-lobby.fixture.ts';
import { LobbyClient } from './lobby-client.ts';
import type { LobbyEvent } from './lobby-events.ts';
import type { LobbyMessage } from './lobby-messages.ts';

describe('the end of a connection', () => {
  const kick = { command: 'notice', style: 'kick', text: 'Signed out.' };
  const ban = { command: 'notice', style: 'error', text: 'You are banned.' };
  for (const [what, words, end] of [
    ['a log-in elsewhere', [kick], { reason: 'signed-out', text: 'Signed out.' }],
    ['a ban', [ban], { reason: 'refused', text: 'You are banned.' }],
    ['a message that the server does not take', [{ command: 'invalid' }], { reason: 'invalid' }],
    ['an error that others followed', [ban, { command: 'pong' }], { reason: 'closed-by-server' }],
    ['a server that goes', [], { reason: 'closed-by-server' }],
  ] as const) {
    test(
      `tells of ${what}`,
      loggedIn(async (visitor, server) => {
        server.say(...words).stream.end();
        for (;;) {
          const event = await visitor.next();
          if (event.kind !== 'closed') continue;
          assert.deepEqual(event.end, end);
          break;
        }
        visitor.client.sendToServer('GameState', ['Idle']);
        assert.equal(visitor.client.me, undefined);
      }),
    );
  }

  test(
    'during a log-in is its outcome',
    connected(async (visitor, server) => {
      const entering = visitor.client.logIn(credentials);
      await server.next();
      server.say(ban).stream.end();
      assert.deepEqual(await entering, { ok: false, error: 'You are banned' });
    }),
  );

  for (const [what, line, text] of [
    ['what is no message', 'Hello?', 'the line is not valid JSON'],
    ['a message that is too long', `{"text":"${'x'.repeat(100)}"}`, 'the line is too-long'],
  ] as const) {
    test(
      `comes for ${what}`,
      connected(
        async (visitor, server) => {
          server.stream.write(`{"command":"notice","style":"info","text":"hi"}\n${line}\n`);
          assert.equal((await visitor.next()).kind, 'notice');
          const { end } = await visitor.sees('closed');
          assert.deepEqual(end, { reason: 'unreadable', text });
        },
        { limits: { messageBytesMax: 100 } },
      ),
    );
  }

  test('over a WebSocket: lines need no end, and bytes are no lines', async () => {
    await using lobby = await FakeLobby.start('web-socket');
    const [visitor, server] = await lobby.connect();
    server.stream.write('{"command":"notice","style":"info","text":"no end"}');
    server.stream.write('{"command":"pong"}\n{"command":"disabled","request":"x"}');
    assert.equal((await visitor.sees('notice')).text, 'no end');
    assert.equal((await visitor.next()).kind, 'pong');
    assert.equal((await visitor.next()).kind, 'disabled');
    lobby.sendBytes();
    assert.deepEqual((await visitor.sees('closed')).end, { reason: 'lost' });
  });

  test('is a rejection when nobody is there', async () => {
    const onEvent = (): void => undefined;
    const nobody = { kind: 'tcp', host: '127.0.0.1', port: 4, format: 'json' } as const;
    await assert.rejects(connectLobby(nobody, { onEvent }), /ECONNREFUSED/);
    const url = 'ws://127.0.0.1:4/lobby';
    await assert.rejects(connectLobby({ kind: 'web-socket', url }, { onEvent }), /WebSocket/);
    await using lobby = await FakeLobby.start('tls');
    assert.ok(lobby.address.kind === 'tcp');
    const strict = { ...lobby.address, tls: {} };
    await assert.rejects(connectLobby(strict, { onEvent }), /self-signed|certificate/);
    const signal = AbortSignal.abort(new Error('changed my mind'));
    await assert.rejects(connectLobby(lobby.address, { onEvent, signal }), /changed my mind/);
  });
});

test('nothing that a server can say makes a client throw', () => {
  const commands = fc.constantFrom(
    ...['session', 'welcome', 'player_info', 'game_info', 'social', 'game_launch', 'notice'],
    ...['game_join_failed', 'authentication_failed', 'invalid', 'disabled', 'HostGame', 'IceMsg'],
  );
  const fields = fc.dictionary(
    fc.constantFrom('me', 'players', 'games', 'id', 'uid', 'args', 'ratings', 'teams', 'friends'),
    fc.jsonValue(),
  );
  const target = fc.constantFrom('game', undefined);
  fc.assert(
    fc.property(commands, fields, target, (command, rest, to) => {
      const events: LobbyEvent[] = [];
      const { client: stream } = memoryStreamPair();
      const codec = jsonLineCodec(parseJson);
      const options = { onEvent: (event: LobbyEvent) => void events.push(event) };
      const client = new LobbyClient(stream, codec, options);
      stream.onData?.(codec.encode({ command, ...rest, ...(to && { target: to }) }));
      assert.ok(client.isOpen);
      assert.ok(events.length <= 1);
    }),
    { seed: 3, numRuns: 500 },
  );
});

const recorded = new URL('../../../../shared/vectors/lobby-transcripts.json', import.meta.url);
const skip = existsSync(recorded) ? false : 'the recorded flows are not at ../shared/vectors';

interface Transcript {
  readonly name: string;
  readonly events: readonly {
    readonly client: string;
    readonly dir: 'C->S' | 'S->C';
    readonly msg?: LobbyMessage;
  }[];
}

test('understands all that the original server was recorded to say', { skip }, () => {
  const file: { transcripts: readonly Transcript[] } = JSON.parse(readFileSync(recorded, 'utf8'));
  const codec = jsonLineCodec(parseJson);
  const ends: Record<string, unknown> = {};
  for (const { name, events } of file.transcripts) {
    const { client: stream } = memoryStreamPair();
    const notUnderstood: unknown[] = [];
    const client = new LobbyClient(stream, codec, {
      onEvent: (event) => {
        const isOther = event.kind === 'gpgnet' && event.message.kind === 'other';
        if (isOther || event.kind === 'other') notUnderstood.push(event);
      },
    });
    for (const { client: who, dir, msg } of events) {
      const isQueue = msg?.['command'] === 'matchmaker_info';
      if (who === 'c1' && dir === 'S->C' && !isQueue) stream.onData?.(codec.encode(msg ?? {}));
    }
    assert.deepEqual(notUnderstood, []);
    const logins = [...client.view.players.values()].map(({ login }) => login);
    const games = [...client.view.games.values()].map(({ state, players }) => [state, players]);
    ends[name] = { logins, games };
  }
  // The two games are over by the end.
  assert.deepEqual(ends, {
    login_ok: { logins: ['alice'], games: [] },
    custom_game_three_players: { logins: ['alice', 'bob', 'carol'], games: [] },
    join_refusals: { logins: ['alice'], games: [] },
  });
});
