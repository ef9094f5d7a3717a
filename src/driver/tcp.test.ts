// TCP and TLS over loopback: the contract of byte streams, and what a port does with strangers.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, test } from 'node:test';
import type { ByteStream, StreamListener } from '../protocol/byte-stream.ts';
import { byteStreamContract } from './byte-stream.suite.ts';
import { makeAuthority, makeServerCertificate } from './certificates.ts';
import type { StreamLimits } from './stream-limits.ts';
import { type ConnectTcpOptions, connectTcp, listenTcp } from './tcp.ts';

const day = 86_400_000;
const validity = { notBeforeMs: Date.now() - day, notAfterMs: Date.now() + day };
const authority = makeAuthority({ name: 'Test authority', ...validity });
const identity = makeServerCertificate(authority, ['localhost', '127.0.0.1'], validity);
const clientTls = { ca: authority.cert };

interface Server extends AsyncDisposable {
  readonly listener: StreamListener;
  readonly streams: ByteStream[];
  /** The next one that is not taken yet. */
  next(): Promise<ByteStream>;
}

async function serve(limits: Partial<StreamLimits> = {}, isTls = false): Promise<Server> {
  const streams: ByteStream[] = [];
  let taken = 0;
  let wake = (): void => {};
  const tls = isTls ? { tls: identity } : {};
  const listener = await listenTcp({ port: 0, limits, ...tls }, (stream) => {
    streams.push(stream);
    wake();
  });
  return {
    listener,
    streams,
    next: async () => {
      while (streams.length <= taken) {
        await new Promise<void>((done) => {
          wake = done;
        });
      }
      return streams[taken++]!;
    },
    [Symbol.asyncDispose]: () => listener.close(),
  };
}

for (const tls of [undefined, clientTls]) {
  byteStreamContract(tls === undefined ? 'TCP' : 'TLS', async (limits) => {
    const { listener, next } = await serve(limits, tls !== undefined);
    const client = await connectTo(listener, { limits, ...(tls && { tls }) });
    const host = await next();
    return {
      host,
      client,
      close: async () => {
        client.destroy();
        await listener.close();
      },
    };
  });
}

const connectTo = (listener: StreamListener, options: Partial<ConnectTcpOptions> = {}) =>
  connectTcp({ ...listener.address, ...options });

async function rawSocket(listener: StreamListener): Promise<Socket> {
  const socket = connect({ ...listener.address, allowHalfOpen: true });
  socket.on('error', () => {});
  await new Promise((done) => {
    socket.once('connect', done).once('close', done);
  });
  return socket;
}

/** Not `once`, which rejects for the reset that a refusal may be. */
const closed = (socket: Socket): Promise<unknown> => {
  socket.resume().on('end', () => socket.end());
  return socket.closed ? Promise.resolve() : new Promise((done) => socket.once('close', done));
};

/** The port hears of a close a little later than its peer. */
async function emptied(listener: StreamListener): Promise<void> {
  while (listener.size > 0) await new Promise((done) => setImmediate(done));
}

describe('a TCP port', () => {
  test('answers a peer that has ended its side already', async () => {
    await using server = await serve();
    const socket = await rawSocket(server.listener);
    socket.end('question');
    const host = await server.next();
    let heard = '';
    host.onData = (bytes) => {
      heard += new TextDecoder().decode(bytes);
    };
    host.onEnd = () => {
      host.write(`${heard}? answer`);
      host.end();
    };
    const [answer] = await once(socket, 'data');
    assert.equal(String(answer), 'question? answer');
  });

  test('gives an ended stream up when its peer never ends', async () => {
    await using server = await serve({ endTimeoutMs: 20 });
    const socket = await rawSocket(server.listener);
    const host = await server.next();
    host.onData = () => {};
    const end = new Promise((done) => {
      host.onClose = done;
    });
    host.end();
    assert.equal(await end, 'closed-here');
    socket.destroy();
  });

  test('says lost when the peer resets', async () => {
    await using server = await serve();
    const socket = await rawSocket(server.listener);
    const host = await server.next();
    host.onData = () => {};
    const end = new Promise((done) => {
      host.onClose = done;
    });
    socket.resetAndDestroy();
    assert.equal(await end, 'lost');
  });

  test('closes who comes too fast, and counts them; the others go on', async () => {
    await using server = await serve({ newPerAddressBurst: 3, newPerAddressPerSecond: 0.001 });
    const { listener } = server;
    const friend = await connectTo(listener);
    const host = await server.next();
    host.onData = (bytes) => host.write(bytes);
    const sockets = Array.from({ length: 200 }, () => connect(listener.address));
    for (const socket of sockets) socket.on('error', () => {});
    const refused = sockets.slice(2).map(closed);
    await Promise.all(refused.slice(0, 50));
    const echo = new Promise<string>((done) => {
      friend.onData = (bytes) => done(new TextDecoder().decode(bytes));
    });
    friend.write('still here');
    assert.equal(await echo, 'still here');
    await Promise.all(refused);
    assert.equal(listener.refusals()['address-rate'], 198);
    assert.equal(listener.size, 3);
    assert.equal(server.streams.length, 3);
    for (const socket of sockets) socket.destroy();
  });

  test('has so many places in all and of an address, and gives them back', async () => {
    await using server = await serve({ connectionsPerAddressMax: 2, connectionsMax: 3 });
    const { listener } = server;
    const first = await connectTo(listener);
    await connectTo(listener);
    const third = await rawSocket(listener);
    await closed(third);
    assert.deepEqual(listener.refusals(), {
      full: 0,
      'address-full': 1,
      'address-rate': 0,
      handshake: 0,
    });
    const host = await server.next();
    host.onData = () => {};
    const end = new Promise((done) => {
      host.onClose = done;
    });
    first.destroy();
    await end;
    assert.equal(listener.size, 1);
    await connectTo(listener);
  });

  test('is free again after its close, which ends what is open', async () => {
    const server = await serve();
    const client = await connectTo(server.listener);
    client.onData = () => {};
    const end = new Promise((done) => {
      client.onClose = done;
    });
    const { address } = server.listener;
    await assert.rejects(
      listenTcp(address, () => {}),
      /EADDRINUSE/,
    );
    await Promise.all([server.listener.close(), server.listener.close()]);
    await end;
    await (await listenTcp(address, () => {})).close();
    await assert.rejects(connectTcp(address), /ECONNREFUSED/);
  });
});

describe('a TLS port', () => {
  test('is believed by its authority and its names only', async () => {
    await using server = await serve({}, true);
    const { listener } = server;
    const stranger = makeAuthority({ name: 'Stranger', ...validity });
    for (const [tls, error] of [
      [{}, /self-signed|unable to/],
      [{ ca: stranger.cert }, /self-signed|unable to/],
      [{ ...clientTls, servername: 'example.org' }, /example\.org/],
    ] as const) {
      await assert.rejects(connectTo(listener, { tls }), error);
    }
    const client = await connectTo(listener, { tls: { ...clientTls, servername: 'localhost' } });
    assert.equal(client.isOpen, true);
    client.destroy();
  });

  test('drops who speaks no TLS, and who says nothing', async () => {
    await using server = await serve({ handshakeTimeoutMs: 20 }, true);
    const { listener } = server;
    const talker = await rawSocket(listener);
    talker.write('LOGIN_REQ {"username":"mario"}\n');
    const silent = await rawSocket(listener);
    const gone = [closed(talker), closed(silent)];
    await Promise.all(gone);
    await emptied(listener);
    assert.equal(server.streams.length, 0);
    assert.equal(listener.refusals().handshake, 2);
  });

  test('counts who is in the handshake, before a key is touched', async () => {
    await using server = await serve({ connectionsPerAddressMax: 1 }, true);
    const { listener } = server;
    const silent = await rawSocket(listener);
    await assert.rejects(connectTo(listener, { tls: clientTls }), /./);
    assert.equal(listener.refusals()['address-full'], 1);
    silent.destroy();
  });
});

describe('a TCP client', () => {
  test('gives up by signal and by time', async () => {
    await using server = await serve({}, false);
    const reason = new Error('changed my mind');
    const aborted = AbortSignal.abort(reason);
    await assert.rejects(connectTo(server.listener, { signal: aborted }), reason);
    const controller = new AbortController();
    const { signal } = controller;
    // A port that never answers the handshake.
    const waiting = connectTo(server.listener, { tls: clientTls, signal });
    controller.abort(reason);
    await assert.rejects(waiting, reason);
    const limits = { connectTimeoutMs: 20 };
    await assert.rejects(connectTo(server.listener, { tls: clientTls, limits }), /in time/);
  });

  test('rejects when the other side hangs up during the handshake', async () => {
    await using server = await serve();
    const waiting = connectTo(server.listener, { tls: clientTls });
    (await server.next()).destroy();
    await assert.rejects(waiting, /./);
  });
});
