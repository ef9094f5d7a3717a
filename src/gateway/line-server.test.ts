// A line server over streams in memory and in virtual time: order, back-pressure, and what slow,
// silent, abusive and vanishing peers get.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, test } from 'node:test';
import { listenTcp } from '../driver/tcp.ts';
import { LineWorld, turns } from './line-client.fixture.ts';
import { lineLimits } from './line-limits.ts';

describe('a line connection', () => {
  test('gives its session each line, however the bytes are cut', async () => {
    const world = new LineWorld();
    for (const chunking of ['whole', 'bytes', 'random'] as const) {
      const client = world.connect({ chunking, seed: 1 });
      client.say('one', 'two\r', '', 'né😀');
      for (const line of ['one', 'two', '', 'né😀']) assert.equal(await client.next(), line);
    }
    assert.equal(world.server.size, 3);
    assert.equal(world.open, 3);
  });

  test('knows the address as rate limits count it', () => {
    const world = new LineWorld();
    world.connect({ clientAddress: '::ffff:192.0.2.7' });
    world.connect({ clientAddress: '2001:db8::1' });
    const [four, six] = world.connections;
    assert.equal(four?.address, '192.0.2.7');
    assert.equal(six?.address, '2001:db8:0:0::/64');
    assert.equal(six?.remoteAddress, '2001:db8::1');
  });

  test('may be greeted, and closed, before it has said anything', async () => {
    const world = new LineWorld({
      session: (connection) => {
        connection.send('WELCOME');
        connection.close('BUSY', 'refused');
        return {};
      },
    });
    const client = world.connect();
    client.say('LATE');
    assert.deepEqual(await client.rest(), ['WELCOME', 'BUSY']);
    assert.deepEqual(world.ends, ['refused']);
  });

  test('handles one line after the other, also when that takes a while', async () => {
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const ledger: string[] = [];
    const world = new LineWorld({
      session: (connection) => ({
        handleLine: async (text) => {
          ledger.push(`+${text}`);
          if (text === 'slow') await gate;
          ledger.push(`-${text}`);
          connection.send(text);
        },
      }),
    });
    const client = world.connect();
    client.say('slow', 'fast');
    await turns(5);
    assert.deepEqual(ledger, ['+slow']);
    open();
    assert.equal(await client.next(), 'slow');
    assert.equal(await client.next(), 'fast');
    assert.deepEqual(ledger, ['+slow', '-slow', '+fast', '-fast']);
  });

  test('holds its peer back while its session is busy, and loses nothing', async () => {
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    let handled = 0;
    const world = new LineWorld({
      session: () => ({
        handleLine: async () => {
          if (handled++ === 0) await gate;
        },
      }),
    });
    const client = world.connect({ bufferedBytesMax: 8 * 1024 * 1024 });
    const line = 'x'.repeat(1_023);
    for (let i = 0; i < 4_096; i++) client.say(line);
    await turns(500);
    const taken = 4 * 1024 * 1024 - client.stream.bufferedBytes;
    assert.ok(taken <= lineLimits.waitingBytesMax + 2 * 1024, `${taken} bytes taken`);
    open();
    client.stream.end();
    await client.closed;
    assert.equal(handled, 4_096);
  });

  test('answers everything of a peer that has ended its side', async () => {
    const answers: string[] = [];
    const world = new LineWorld({
      session: () => ({
        handleLine: async (text) => {
          await turns(1);
          answers.push(text);
        },
      }),
    });
    const client = world.connect();
    client.say('one', 'two');
    client.stream.write('no line');
    client.stream.end();
    await client.closed;
    assert.deepEqual(answers, ['one', 'two']);
    assert.deepEqual(world.ends, ['client']);
  });

  test('lets others have their turn when many lines come at once', async () => {
    const world = new LineWorld({ limits: { linesPerTurnMax: 10 } });
    const client = world.connect();
    client.say(...Array.from({ length: 25 }, (_, i) => `${i}`));
    await turns(5);
    client.say('last');
    const heard: (string | undefined)[] = [];
    for (let i = 0; i < 10; i++) heard.push(await client.next());
    world.timers.advance(0);
    for (let i = 0; i < 16; i++) heard.push(await client.next());
    assert.deepEqual(heard, [...Array.from({ length: 25 }, (_, i) => `${i}`), 'last']);
  });

  test('hears of the end after the line under way, and of nothing more', async () => {
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const ledger: string[] = [];
    const world = new LineWorld({
      session: (connection) => ({
        handleLine: async (text) => {
          await gate;
          ledger.push(`${text} ${connection.isOpen}`);
        },
        handleClosed: (end) => void ledger.push(end),
      }),
    });
    const client = world.connect();
    client.say('one', 'two');
    await turns(3);
    client.stream.destroy();
    await turns(3);
    assert.deepEqual(ledger, []);
    open();
    await turns(3);
    assert.deepEqual(ledger, ['one false', 'client']);
    assert.equal(world.server.size, 0);
    assert.equal(world.timers.count, 0);
  });

  test('ends when its session makes a mistake, and only then is the log told', async () => {
    for (const mistake of [
      () => {
        throw new Error('at once');
      },
      () => Promise.reject(new Error('later')),
    ]) {
      const world = new LineWorld({ session: () => ({ handleLine: mistake }) });
      const client = world.connect();
      client.say('one', 'two');
      await client.closed;
      assert.deepEqual(world.ends, ['failed']);
      assert.deepEqual(world.errors, ['session failed']);
    }
    const world = new LineWorld({
      session: () => {
        throw new Error('no session');
      },
    });
    await world.connect().closed;
    assert.deepEqual(world.counted, ['paperclip_line_connections_closed_total failed']);
  });

  test('refuses a line with a line feed in it: it would be two', () => {
    const world = new LineWorld();
    world.connect();
    assert.throws(() => world.connections[0]?.send('a\nb'), /line feed/);
  });
});

describe('a line server', () => {
  test('cuts a reader that does not read, and nobody else waits for it', async () => {
    const world = new LineWorld({ limits: { unsentBytesMax: 10_000 } });
    const slow = world.connect();
    const other = world.connect();
    slow.stream.pause();
    const line = 'x'.repeat(999);
    for (let i = 0; i < 12; i++) {
      for (const one of world.connections) one.send(line);
      assert.equal(await other.next(), line);
    }
    await slow.closed;
    assert.deepEqual(world.ends, ['slow-reader']);
    assert.equal(world.server.size, 1);
  });

  test('closes who sends too many bad lines in a window, and forgives after it', async () => {
    const world = new LineWorld({
      limits: { abuseLinesMax: 3, abuseWindowMs: 1_000, lineBytesMax: 10 },
      farewell: (end) => end.toUpperCase(),
      session: (connection) => ({
        handleLine: () => {
          if (connection.countAbuse()) connection.send('UNKNOWN');
        },
      }),
    });
    const client = world.connect();
    client.say('bad', 'bad', 'bad');
    for (let i = 0; i < 3; i++) assert.equal(await client.next(), 'UNKNOWN');
    world.timers.advance(1_000);
    client.say('x'.repeat(11), 'bad');
    client.stream.write(Uint8Array.of(0xff, 10));
    assert.equal(await client.next(), 'TOO LONG');
    assert.equal(await client.next(), 'UNKNOWN');
    assert.equal(await client.next(), 'NOT UTF-8');
    client.say('bad', 'bad');
    assert.deepEqual(await client.rest(), ['ABUSE']);
    assert.deepEqual(world.ends, ['abuse']);
    assert.equal(world.timers.count, 0);
  });

  test('closes who does not log in, and leaves who has', async () => {
    const world = new LineWorld({ farewell: (end) => end });
    const idler = world.connect();
    const player = world.connect();
    world.connections[1]?.setLoggedIn();
    world.timers.advance(lineLimits.loginWithinMs);
    assert.deepEqual(await idler.rest(), ['no-login']);
    player.say('here');
    assert.equal(await player.next(), 'here');
    assert.equal(world.timers.count, 0);
  });

  test('says farewell to all when it closes, and takes nobody any more', async () => {
    const world = new LineWorld({ farewell: () => 'BYE' });
    const clients = [world.connect(), world.connect()];
    const closing = Promise.all([world.server.close(), world.server.close()]);
    for (const client of clients) assert.deepEqual(await client.rest(), ['BYE']);
    await closing;
    assert.deepEqual(world.ends, ['shutdown', 'shutdown']);
    assert.deepEqual(await world.connect().rest(), []);
    assert.equal(world.timers.count, 0);
    assert.equal(world.open, 0);
  });

  test('answers what was begun when it closes, and no more than that', async () => {
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const world = new LineWorld({
      farewell: () => 'BYE',
      session: (connection) => ({
        handleLine: async (text) => {
          await gate;
          connection.send(text);
        },
      }),
    });
    const client = world.connect();
    client.say('begun', 'not begun');
    await turns(3);
    const closing = world.server.close();
    open();
    assert.deepEqual(await client.rest(), ['begun', 'BYE']);
    await closing;
  });

  test('cuts who does not let it close in time', async () => {
    const world = new LineWorld({ session: () => ({ handleLine: () => new Promise(() => {}) }) });
    const stuck = world.connect();
    const deaf = world.connect();
    stuck.say('never done');
    deaf.stream.onEnd = () => {};
    await turns(3);
    const closing = world.server.close();
    await turns(3);
    assert.equal(world.server.size, 2);
    world.timers.advance(lineLimits.closeGraceMs);
    await closing;
    assert.deepEqual(world.ends, ['shutdown', 'shutdown']);
  });
});

describe('a line server on a TCP port', () => {
  test('answers what was piped into it, and hangs up after the last answer', async () => {
    const world = new LineWorld();
    const listener = await listenTcp({ port: 0 }, world.server.accept);
    const socket = connect({ ...listener.address, allowHalfOpen: true });
    socket.end('one\r\ntwo\n');
    let heard = '';
    socket.on('data', (bytes) => {
      heard += bytes;
    });
    await once(socket, 'close');
    assert.equal(heard, 'one\ntwo\n');
    await listener.close();
    assert.deepEqual(world.ends, ['client']);
  });

  test('says farewell although the peer is in the middle of sending', async () => {
    const world = new LineWorld({ farewell: () => 'BYE' });
    const listener = await listenTcp({ port: 0 }, world.server.accept);
    const socket = connect(listener.address);
    socket.write('hello\n');
    let heard = '';
    socket.on('data', (bytes) => {
      heard += bytes;
    });
    await once(socket, 'data');
    socket.write('x'.repeat(30_000));
    await Promise.all([world.server.close(), once(socket, 'close')]);
    await listener.close();
    assert.equal(heard, 'hello\nBYE\n');
    assert.deepEqual(world.ends, ['shutdown']);
  });
});
