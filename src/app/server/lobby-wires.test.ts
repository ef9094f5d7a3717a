// The lobby protocol on a whole server: its ports and `/lobby` over WebSocket.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { rps } from '../../../games/rps/rules.ts';
import { parseJson } from '../../base/json.ts';
import { httpCaller } from '../../client/http-caller.ts';
import { silentLog } from '../../contract/telemetry.ts';
import { connectTcp } from '../../driver/tcp.ts';
import { jsonLineCodec } from '../../protocol/lobby/json-line-codec.ts';
import type { LobbyCodec } from '../../protocol/lobby/lobby-codec.ts';
import { qdatastreamCodec } from '../../protocol/lobby/qdatastream-codec.ts';
import { serve } from './index.ts';

const password = 'correct horse';
const sha256 = createHash('sha256').update(password).digest('hex');
const off = { text: 'off', messenger: 'off', files: 'off' } as const;
const tlsOff = {
  textTls: 'off',
  messengerTls: 'off',
  guess: 'off',
  lobbyTls: 'off',
  lobbyJsonTls: 'off',
} as const;
const options = {
  ...{ games: [rps], hosts: 1, data: ':memory:', log: silentLog, shutdownGraceMs: 0 },
  ...{ port: 0, udpPort: 0, ...off, ...tlsOff },
} as const;

const hello = (login: string): object => ({ command: 'hello', login, password: sha256 });

/** The commands that come until the log-in is done. */
async function logInOverTcp(port: number, codec: LobbyCodec, login: string): Promise<string[]> {
  const stream = await connectTcp({ host: '127.0.0.1', port });
  const decoder = codec.createDecoder();
  const commands: string[] = [];
  const done = new Promise<void>((resolve) => {
    stream.onData = (bytes) => {
      decoder.handleBytes(bytes);
      for (let next = decoder.poll(); next.kind === 'value'; next = decoder.poll()) {
        commands.push(commandOf(next.value));
      }
      if (commands.at(-1) === 'game_info') resolve();
    };
  });
  stream.write(codec.encode(hello(login)));
  await done;
  stream.destroy();
  return commands;
}

async function logInOverWebSocket(url: string, login: string): Promise<string[]> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/lobby`);
  const commands: string[] = [];
  const done = new Promise<void>((resolve) => {
    socket.on('message', (data, isBinary) => {
      assert.equal(isBinary, false);
      assert.ok(String(data).endsWith('}\n'));
      commands.push(commandOf(JSON.parse(String(data))));
      if (commands.at(-1) === 'game_info') resolve();
    });
  });
  await once(socket, 'open');
  socket.send(JSON.stringify(hello(login)));
  await done;
  socket.close();
  await once(socket, 'close');
  return commands;
}

const commandOf = (message: unknown): string =>
  String((message as { readonly command?: unknown }).command);

test('clients come in by both ports and by WebSocket', async () => {
  const server = await serve(options);
  try {
    const { url, addresses } = server;
    const { ports } = addresses.lines;
    assert.deepEqual(Object.keys(ports), ['lobby', 'lobby-json']);
    const args = { name: 'ada', password, digestLogin: true };
    await httpCaller(url).call('account.register', args);
    const expected = ['welcome', 'player_info', 'social', 'game_info'];
    const { lobby = 0, 'lobby-json': lobbyJson = 0 } = ports;
    assert.deepEqual(await logInOverTcp(lobby, qdatastreamCodec(parseJson), 'ada'), expected);
    assert.deepEqual(await logInOverTcp(lobbyJson, jsonLineCodec(parseJson), 'ada'), expected);
    assert.deepEqual(await logInOverWebSocket(url, 'ada'), expected);
  } finally {
    await server.close();
  }
});

test('without the port of its lines there is no /lobby', async () => {
  const server = await serve({ ...options, lobby: 'off', lobbyJson: 'off' });
  try {
    assert.deepEqual(server.addresses.lines.ports, {});
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/lobby`);
    const [error] = await once(socket, 'error');
    assert.match(String(error), /404/);
  } finally {
    await server.close();
  }
});
