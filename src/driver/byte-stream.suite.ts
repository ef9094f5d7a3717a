// What every byte stream must do, whatever carries its bytes. Run for TCP, TLS and memory by the
// tests of each; a new carrier adds a test file that calls it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concatBytes, equalBytes, utf8 } from '../base/bytes.ts';
import { seededRandom } from '../base/prng.ts';
import type { ByteStream, StreamEnd } from '../protocol/byte-stream.ts';

export interface StreamPair {
  /** What the accepting side was given. No handler is set on either. */
  readonly host: ByteStream;
  readonly client: ByteStream;
  close(): Promise<void>;
}

/** Of both sides. */
export interface StreamPairLimits {
  readonly bufferedBytesMax: number;
}

export function byteStreamContract(
  name: string,
  createPair: (limits: StreamPairLimits) => Promise<StreamPair>,
): void {
  const run = (
    what: string,
    body: (pair: StreamPair) => Promise<void>,
    limits: StreamPairLimits = { bufferedBytesMax: 1024 * 1024 },
  ) =>
    test(`${name}: ${what}`, async () => {
      const pair = await createPair(limits);
      try {
        await body(pair);
      } finally {
        await pair.close();
      }
    });

  run('bytes arrive whole and in order, both ways', async ({ host, client }) => {
    const random = seededRandom('bytes both ways');
    const sent = Uint8Array.from({ length: 20_000 }, () => random.below(256));
    const atHost = bytesOf(host, sent.length);
    const atClient = bytesOf(client, sent.length);
    for (let at = 0; at < sent.length; ) {
      const length = 1 + random.below(3_000);
      host.write(sent.slice(at, at + length));
      client.write(sent.slice(at, at + length));
      at += length;
    }
    assert.ok(equalBytes(await atHost, sent));
    assert.ok(equalBytes(await atClient, sent));
    assert.notEqual(host.remoteAddress, '');
  });

  run('a string leaves as UTF-8', async ({ host, client }) => {
    const expected = utf8('né€😀');
    const heard = bytesOf(host, expected.length);
    client.write('né€😀');
    assert.deepEqual(new Uint8Array(await heard), expected);
  });

  run('nothing is missed before a handler is set', async ({ host, client }) => {
    const reply = bytesOf(host, 2);
    client.write('hi');
    await reply;
    host.write('early');
    await turns(20);
    assert.equal(textOf(await bytesOf(client, 5)), 'early');
  });

  run('an end flushes first, and both learn who ended', async ({ host, client }) => {
    const sent = new Uint8Array(300_000).fill(7);
    const heard = bytesOf(client, sent.length);
    const ends = Promise.all([endOf(host), endOf(client)]);
    host.onData = () => {};
    host.write(sent);
    host.end();
    assert.equal(host.isOpen, false);
    assert.equal(host.write('late'), false);
    host.end();
    assert.equal((await heard).length, sent.length);
    assert.deepEqual(await ends, ['closed-here', 'closed-by-peer']);
    assert.equal(client.isOpen, false);
    assert.equal(client.write('late'), false);
    assert.equal(client.bufferedBytes, 0);
    client.destroy();
    client.end();
  });

  run('a peer that has said everything still gets its answer', async ({ host, client }) => {
    // The client's `end` drops what comes, so only the host's side of it is seen here.
    const ended = new Promise<boolean>((done) => {
      host.onEnd = () => {
        done(host.isOpen);
        host.write('answer');
        host.end();
      };
    });
    const heard = bytesOf(host, 8);
    const ends = Promise.all([endOf(host), endOf(client)]);
    client.onData = () => {};
    client.write('question');
    client.end();
    assert.equal(textOf(await heard), 'question');
    assert.equal(await ended, true);
    assert.deepEqual(await ends, ['closed-by-peer', 'closed-here']);
  });

  run('a destroyed stream closes at once, for both', async ({ host, client }) => {
    host.onData = () => {};
    client.onData = () => {};
    const ends = Promise.all([endOf(host), endOf(client)]);
    let hasReturned = false;
    host.onClose = after(host.onClose, () => assert.ok(hasReturned));
    host.destroy();
    hasReturned = true;
    assert.equal(host.isOpen, false);
    const [here, there] = await ends;
    assert.equal(here, 'closed-here');
    assert.match(there, /^(closed-by-peer|lost)$/);
  });

  run('a paused stream gives nothing until it goes on', async ({ host, client }) => {
    const heard: string[] = [];
    const first = new Promise<void>((done) => {
      host.onData = (bytes) => {
        heard.push(textOf(bytes));
        if (heard.length === 1) host.pause();
        done();
      };
    });
    client.write('1');
    await first;
    const soFar = heard.join('');
    client.write('2');
    const asked = bytesOf(client, 1);
    host.write('?');
    await asked;
    await turns(20);
    assert.equal(heard.join(''), soFar);
    const rest = new Promise<void>((done) => {
      host.onData = (bytes) => {
        heard.push(textOf(bytes));
        if (heard.join('').endsWith('3')) done();
      };
    });
    host.resume();
    client.write('3');
    await rest;
    assert.equal(heard.join(''), '123');
  });

  run('a writer that waits for drain brings any amount to a slow reader', async (pair) => {
    const { host, client } = pair;
    const total = 8 * 1024 * 1024;
    let written = 0;
    let falses = 0;
    const fill = (): void => {
      while (written < total) {
        written += chunk.length;
        if (host.write(chunk)) continue;
        falses++;
        return;
      }
    };
    const chunk = new Uint8Array(64 * 1024);
    let read = 0;
    const allRead = new Promise<void>((done) => {
      client.onData = ({ length }) => {
        read += length;
        client.pause();
        setImmediate(() => client.resume());
        if (read >= total) done();
      };
    });
    host.onData = () => {};
    host.onDrain = fill;
    fill();
    await allRead;
    assert.equal(read, total);
    assert.ok(falses > 0);
  });

  run(
    'a reader that does not read is cut off at the bound',
    async ({ host, client }) => {
      const end = endOf(host);
      const clientEnd = endOf(client);
      client.pause();
      client.onData = () => {};
      host.onData = () => {};
      const chunk = new Uint8Array(32 * 1024);
      let written = 0;
      // The system's own buffers take some megabytes before anything waits here.
      while (host.isOpen && written < 64 * 1024 * 1024) {
        host.write(chunk);
        written += chunk.length;
        assert.ok(host.bufferedBytes <= 256 * 1024);
        if (written % (1024 * 1024) === 0) await turns(1);
      }
      assert.equal(host.isOpen, false);
      assert.equal(await end, 'slow-reader');
      client.resume();
      assert.match(await clientEnd, /^(closed-by-peer|lost)$/);
    },
    { bufferedBytesMax: 256 * 1024 },
  );
}

/** The first `length` bytes or more, as they came. */
function bytesOf(stream: ByteStream, length: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let have = 0;
  return new Promise((done) => {
    stream.onData = (bytes) => {
      parts.push(bytes);
      have += bytes.length;
      if (have >= length) done(concatBytes(...parts));
    };
  });
}

const endOf = (stream: ByteStream): Promise<StreamEnd> =>
  new Promise((done) => {
    stream.onClose = after(stream.onClose, done);
  });

/** Both handlers, in this order. */
const after =
  (first: ByteStream['onClose'], second: (end: StreamEnd) => void) =>
  (end: StreamEnd): void => {
    first?.(end);
    second(end);
  };

/** So many turns of the event loop. */
async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((done) => setImmediate(done));
}

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
