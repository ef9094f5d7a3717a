// Lines over WebSocket, with a true HTTP server and true clients.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import type { ByteStream, StreamEnd } from '../protocol/byte-stream.ts';
import type { StreamLimits } from './stream-limits.ts';
import { WebSocketLines } from './websocket-lines.ts';

interface World {
  readonly connect: () => Promise<{ readonly host: ByteStream; readonly client: WebSocket }>;
  readonly lines: WebSocketLines;
  readonly url: string;
}

async function withLines(
  limits: Partial<StreamLimits>,
  run: (world: World) => Promise<void>,
): Promise<void> {
  const streams: ByteStream[] = [];
  const options = { addressOf: () => '192.0.2.9', messageBytesMax: 1_000, limits };
  const lines = new WebSocketLines(options, (stream) => void streams.push(stream));
  const server = createServer().on('upgrade', lines.handleUpgrade).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const url = `ws://127.0.0.1:${address.port}/lobby`;
  const connect = async () => {
    const client = new WebSocket(url);
    await once(client, 'open');
    const host = streams.pop();
    assert.ok(host !== undefined);
    return { host, client };
  };
  try {
    await run({ connect, lines, url });
  } finally {
    lines.close();
    server.closeAllConnections();
    server.close();
  }
}

const endOf = (stream: ByteStream): Promise<StreamEnd> =>
  new Promise((done) => {
    stream.onClose = done;
  });

/** What comes, until it has so many characters. */
function heard(stream: ByteStream, length: number): Promise<string> {
  let text = '';
  return new Promise((done) => {
    stream.onData = (bytes) => {
      text += new TextDecoder().decode(bytes);
      if (text.length >= length) done(text);
    };
  });
}

test('a text message is a line, with its end or without, and a write is a message', () =>
  withLines({}, async ({ connect }) => {
    const { host, client } = await connect();
    assert.equal(host.remoteAddress, '192.0.2.9');
    client.send('before anybody listens');
    client.send('one\n');
    client.send('two');
    const all = 'before anybody listens\none\ntwo\n';
    assert.equal(await heard(host, all.length), all);
    const messages: string[] = [];
    const both = new Promise<void>((done) => {
      client.on('message', (data, isBinary) => {
        messages.push(`${isBinary} ${data}`);
        if (messages.length === 2) done();
      });
    });
    host.write('{"a":1}\n');
    host.write(new TextEncoder().encode('{"b":2}\n'));
    await both;
    assert.deepEqual(messages, ['false {"a":1}\n', 'false {"b":2}\n']);
    const end = endOf(host);
    client.close();
    assert.equal(await end, 'closed-by-peer');
    assert.equal(host.isOpen, false);
    assert.equal(host.write('late'), false);
  }));

test('an end says what is left first, and closes in order', () =>
  withLines({}, async ({ connect }) => {
    const { host, client } = await connect();
    const end = endOf(host);
    host.onData = () => {};
    const last = once(client, 'message');
    const closed = once(client, 'close');
    host.write('last\n');
    host.end();
    assert.equal(String((await last)[0]), 'last\n');
    assert.equal((await closed)[0], 1000);
    assert.equal(await end, 'closed-here');
  }));

test('binary and long messages end the connection', () =>
  withLines({}, async ({ connect }) => {
    for (const [message, code] of [
      [new Uint8Array(3), 1003],
      ['x'.repeat(1_001), 1009],
    ] as const) {
      const { host, client } = await connect();
      host.onData = () => assert.fail('nothing of it is given out');
      const end = endOf(host);
      const closed = once(client, 'close');
      client.send(message);
      assert.equal((await closed)[0], code);
      assert.equal(await end, 'lost');
    }
  }));

test('a paused stream gives nothing out, and loses nothing', () =>
  withLines({}, async ({ connect }) => {
    const { host, client } = await connect();
    const numbers = Array.from({ length: 100 }, (_, i) => `${i}`.padStart(3, '0'));
    let text = '';
    const all = new Promise<void>((done) => {
      host.onData = (bytes) => {
        text += new TextDecoder().decode(bytes);
        host.pause();
        setImmediate(() => host.resume());
        if (text.length === 400) done();
      };
    });
    for (const number of numbers) client.send(number);
    await all;
    assert.equal(text, numbers.map((number) => `${number}\n`).join(''));
    client.terminate();
    assert.match(await endOf(host), /^(closed-by-peer|lost)$/);
  }));

test('a reader that does not read is cut off at the bound', () =>
  withLines({ bufferedBytesMax: 100_000 }, async ({ connect }) => {
    const { host, client } = await connect();
    const end = endOf(host);
    client.pause();
    const line = 'x'.repeat(10_000);
    for (let i = 0; i < 10_000 && host.isOpen; i++) {
      host.write(line);
      assert.ok(host.bufferedBytes <= 100_100);
    }
    assert.equal(await end, 'slow-reader');
    client.terminate();
  }));

test('no more than may come in from one address are taken, and none after the close', () =>
  withLines({ connectionsPerAddressMax: 1 }, async ({ connect, lines, url }) => {
    const { host, client } = await connect();
    const refused = new WebSocket(url);
    const [error] = await once(refused, 'error');
    assert.match(String(error), /503/);
    const [end, closed] = [endOf(host), once(client, 'close')];
    host.destroy();
    assert.equal(await end, 'closed-here');
    await closed;
    const again = await connect();
    lines.close();
    assert.equal(await endOf(again.host), 'closed-here');
    const [late] = await once(new WebSocket(url), 'error');
    assert.match(String(late), /503/);
  }));
