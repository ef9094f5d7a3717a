// A capture of a real session opens in tshark with the dissector of the manual and the key log: its
// datagrams and frames have their names, and what was said can be read.

import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { dissectorPath } from '../../scripts/docs.ts';
import { concatBytes, toHex, utf8 } from '../../src/base/bytes.ts';
import { seededRandom } from '../../src/base/prng.ts';
import { authLimits, encodeError, encodeRetry } from '../../src/codec/paperclip/auth.ts';
import { frameTable } from '../../src/codec/paperclip/frame-table.ts';
import { writePacketHeader } from '../../src/codec/paperclip/packet.ts';
import { createSodiumCrypto } from '../../src/driver/crypto-sodium.ts';
import { dial, listen } from '../../src/driver/index.ts';
import { keyLogLine } from '../../src/driver/key-log.ts';
import { errorCodes } from '../../src/protocol/paperclip/error-codes.ts';
import { connectionPair } from '../../src/testing/connection-pair.ts';
import { type CapturedDatagram, pcapOf } from './pcap.fixture.ts';

const skip = spawnSync('tshark', ['--version']).status === 0 ? false : 'no tshark here';

function scratch(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'paperclip-capture-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

interface Seen {
  readonly info: string;
  readonly frames: readonly string[];
  readonly messages: readonly string[];
  readonly number: number | undefined;
  readonly generation: number | undefined;
  readonly problems: string;
}

async function tshark(folder: string, capture: readonly CapturedDatagram[]): Promise<Seen[]> {
  const file = join(folder, 'session.pcap');
  writeFileSync(file, pcapOf(capture));
  const fields = [
    '_ws.col.Info',
    'paperclip.frame',
    'paperclip.message',
    'paperclip.packet_number',
    'paperclip.key_generation',
    '_ws.expert.message',
  ];
  const args = [
    ...['-r', file, '-X', `lua_script:${dissectorPath}`],
    ...['-o', `paperclip.keylog_file:${join(folder, 'keys.txt')}`],
    ...['-T', 'fields', '-E', 'separator=/t', '-E', 'aggregator=|'],
    ...fields.flatMap((field) => ['-e', field]),
  ];
  const { stdout, stderr } = await promisify(execFile)('tshark', args);
  assert.doesNotMatch(stderr, /lua|error/i);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [info = '', frames = '', messages = '', number, generation, problems = ''] =
        line.split('\t');
      const list = (text: string) => (text === '' ? [] : text.split('|'));
      return {
        info,
        frames: list(frames),
        messages: list(messages),
        number: number ? Number(number) : undefined,
        generation: generation ? Number(generation) : undefined,
        problems,
      };
    });
}

test('a session over loopback, from AUTH to CLOSE', { skip }, async (t) => {
  const folder = scratch(t);
  const capture: CapturedDatagram[] = [];
  const channels = { moves: 'reliable-ordered', state: 'unreliable' } as const;
  const host = await listen({
    port: 0,
    channels,
    keyLogFile: join(folder, 'keys.txt'),
    datagramTap: ({ direction, bytes, address }) => {
      const [here, there] = [host.address.port, Number(address.split(':')[1])];
      const [fromPort, toPort] = direction === 'out' ? [here, there] : [there, here];
      capture.push({ atMs: capture.length, fromPort, toPort, bytes: Uint8Array.from(bytes) });
    },
  });
  host.onLink = (link) => {
    link.onMessage = () => link.send('moves', utf8('your turn'));
  };
  const link = await dial(host.address, host.publicKey, { channels });
  const answered = new Promise<void>((done) => {
    link.onMessage = () => done();
  });
  await new Promise<void>((done) => {
    link.send('moves', utf8('e2 to e4'));
    link.send('moves', new Uint8Array(3000).fill(0x2a), { onDelivered: done });
  });
  await answered;
  link.close(0, 'bye');
  await host.close();

  const seen = await tshark(folder, capture);
  assert.equal(seen.length, capture.length);
  assert.deepEqual([seen[0]?.info, seen[1]?.info], ['AUTH 1', 'AUTH 2']);
  for (const { info, problems } of seen) {
    assert.match(info, /^(AUTH|Data \d+ to [0-9a-f]{8}: )/);
    assert.equal(problems, '');
  }
  const frames = new Set(seen.flatMap((one) => one.frames));
  for (const name of ['PING', 'ACK', 'TIME', 'MESSAGE', 'MESSAGE fragment', 'CLOSE']) {
    assert.ok(frames.has(name), `${name} is not among ${[...frames].join(', ')}`);
  }
  const messages = seen.flatMap((one) => one.messages);
  assert.ok(messages.includes(toHex(utf8('e2 to e4'))));
  assert.ok(messages.includes(toHex(utf8('your turn'))));
});

test('a connection over changes of keys, on a path that loses and reorders', {
  skip,
}, async (t) => {
  const folder = scratch(t);
  const capture: CapturedDatagram[] = [];
  const pair = connectionPair({
    seed: 2,
    delayMs: 10,
    loss: 0.05,
    reorder: 0.2,
    channels: { moves: 'reliable-ordered' },
    keyLimits: { packetsMax: 30 },
    observeHost: (setup) => {
      writeFileSync(join(folder, 'keys.txt'), `# not a key\n${keyLogLine(setup)}`);
      return undefined;
    },
  });
  const { client, host, network } = pair;
  for (const [side, fromPort, toPort] of [
    [client, 40_001, 40_002],
    [host, 40_002, 40_001],
  ] as const) {
    const handle = side.handleDatagram.bind(side);
    side.handleDatagram = (nowMs, from, bytes) => {
      capture.push({ atMs: nowMs, fromPort, toPort, bytes: Uint8Array.from(bytes) });
      handle(nowMs, from, bytes);
    };
  }
  for (let i = 0; i < 300; i++) {
    network.after(i * 15, () => {
      for (const side of [client, host]) {
        side.send(0, Uint8Array.of(i));
        side.flush();
      }
    });
  }
  network.runFor(5000);

  const seen = await tshark(folder, capture);
  assert.equal(seen.length, capture.length);
  const generations = new Set(seen.map((one) => one.generation));
  assert.ok(generations.size >= 4, `generations ${[...generations].join(', ')}`);
  for (const one of seen) {
    assert.equal(one.problems, '');
    assert.ok(one.frames.length > 0);
  }
  // Past one byte of packet number: the rest is worked out.
  assert.ok(seen.some(({ number = 0 }) => number > 256));
});

test('a capture that begins in the middle of a connection', { skip }, async (t) => {
  const folder = scratch(t);
  const capture: CapturedDatagram[] = [];
  const pair = connectionPair({
    delayMs: 5,
    channels: { moves: 'reliable-ordered' },
    firstPacketNumber: 70_000,
    observeHost: (setup) => {
      writeFileSync(join(folder, 'keys.txt'), keyLogLine(setup));
      return undefined;
    },
  });
  const handle = pair.host.handleDatagram.bind(pair.host);
  pair.host.handleDatagram = (nowMs, from, bytes) => {
    const ports = { fromPort: 40_001, toPort: 40_002 };
    capture.push({ atMs: nowMs, ...ports, bytes: Uint8Array.from(bytes) });
    handle(nowMs, from, bytes);
  };
  // The first packets are long, and open once a short one has told where the numbers are.
  for (let i = 0; i < 5; i++) {
    pair.client.send(0, new Uint8Array(i < 2 ? 900 : 9));
    pair.client.flush();
    pair.network.runFor(50);
  }
  const seen = await tshark(folder, capture);
  const numbers = seen.map(({ number }) => number ?? 0);
  assert.ok(numbers.at(-1)! >= 70_000, `${numbers}`);
  assert.ok(seen.at(-1)!.frames.includes('MESSAGE'));
});

test('packets that the kernel sent as one are told apart', { skip }, async (t) => {
  const folder = scratch(t);
  const packets: Uint8Array[] = [];
  const pair = connectionPair({
    delayMs: 5,
    channels: { moves: 'reliable-ordered' },
    observeHost: (setup) => {
      writeFileSync(join(folder, 'keys.txt'), keyLogLine(setup));
      return undefined;
    },
  });
  const handle = pair.host.handleDatagram.bind(pair.host);
  pair.host.handleDatagram = (nowMs, from, bytes) => {
    packets.push(Uint8Array.from(bytes));
    handle(nowMs, from, bytes);
  };
  pair.client.send(0, new Uint8Array(4000));
  pair.network.runFor(1000);
  const full = packets.filter(({ length }) => length > 1000);
  const bytes = concatBytes(...full);
  const [seen] = await tshark(folder, [{ atMs: 0, fromPort: 40_001, toPort: 40_002, bytes }]);
  assert.ok(full.length >= 3);
  assert.equal(seen?.problems, '');
  assert.equal(seen?.info.split('; ').length, full.length);
  assert.equal(seen?.messages.length, full.length);
});

test('handshake datagrams that are not AUTH, in a conversation that began with one', {
  skip,
}, async (t) => {
  const folder = scratch(t);
  const auth1 = new Uint8Array(authLimits.auth1Bytes);
  auth1.set([0x12, 1, 1]);
  const retry = encodeRetry({
    clientConnectionId: 7,
    nonce: new Uint8Array(16).fill(1),
    sealedCookie: new Uint8Array(32).fill(2),
  });
  const error = encodeError({ connectionId: 7, code: errorCodes.NO_SPACE.code });
  const noise = Uint8Array.of(0x13, 1, 2, 3, 4, 5, 6, 7, 8);
  const capture = [auth1, retry, error, noise].map((bytes, i) => {
    const [fromPort, toPort] = i === 0 ? [40_001, 40_002] : [40_002, 40_001];
    return { atMs: i, fromPort, toPort, bytes };
  });
  const seen = await tshark(folder, capture);
  assert.deepEqual(
    seen.slice(0, 3).map(({ info }) => info),
    ['AUTH 1', 'RETRY', 'ERROR'],
  );
  assert.doesNotMatch(seen[3]?.info ?? '', /AUTH|Data/);
});

test('no frames, however wrong, make the dissector fail', { skip }, async (t) => {
  const folder = scratch(t);
  const random = seededRandom('dissector', 1);
  const key = new Uint8Array(32).fill(7);
  const line = `PAPERCLIP1 00000001 00000002 ${toHex(key)} ${toHex(key)}\n`;
  writeFileSync(join(folder, 'keys.txt'), line);
  const aead = createSodiumCrypto().aeadKey(key);
  const types = frameTable.map(({ type }) => type);
  const capture = Array.from({ length: 400 }, (_, number): CapturedDatagram => {
    const frames = Uint8Array.from({ length: 1 + random.below(60) }, () => random.below(256));
    // Most begin well, so that they go wrong in the middle.
    if (random.chance(0.9)) frames[0] = random.pick(types);
    const bytes = new Uint8Array(9 + frames.length + 16);
    const at = writePacketHeader(bytes, 0, 0, 2, number, 4);
    bytes.set(frames, at);
    aead.seal(bytes, at, bytes, at, at + frames.length, number, bytes, 0, at);
    return { atMs: number, fromPort: 40_001, toPort: 40_002, bytes };
  });
  const seen = await tshark(folder, capture);
  assert.equal(seen.length, capture.length);
  for (const { problems, number } of seen) {
    assert.notEqual(number, undefined);
    assert.match(problems, /^(Not a frame of Paperclip 1)?(\|Not a frame of Paperclip 1)*$/);
  }
  assert.ok(seen.filter(({ problems }) => problems !== '').length > 100);
});

test('damaged packets and packets without keys are told apart from good ones', {
  skip,
}, async (t) => {
  const folder = scratch(t);
  const capture: CapturedDatagram[] = [];
  const channels = { moves: 'reliable-ordered' } as const;
  const keyLogFile = join(folder, 'keys.txt');
  const host = await listen({ port: 0, channels, keyLogFile });
  const there = host.address.port;
  const link = await dial(host.address, host.publicKey, {
    channels,
    datagramTap: ({ direction, bytes }) => {
      const [fromPort, toPort] = direction === 'out' ? [9, there] : [there, 9];
      capture.push({ atMs: capture.length, fromPort, toPort, bytes: Uint8Array.from(bytes) });
    },
  });
  await new Promise<void>((done) => link.send('moves', utf8('hello'), { onDelivered: done }));
  link.close();
  await host.close();

  const packets = capture.filter(({ bytes }) => bytes[0]! >= 0x18);
  const last = packets.at(-1)!;
  const damaged = last.bytes.slice();
  damaged[damaged.length - 1]! ^= 1;
  const [whole, broken] = await tshark(folder, [packets[0]!, { ...last, bytes: damaged }]);
  assert.equal(whole?.problems, '');
  assert.match(broken?.problems ?? '', /does not open/);
  assert.deepEqual(broken?.frames, []);

  writeFileSync(keyLogFile, '');
  const sealed = await tshark(folder, capture);
  assert.deepEqual([sealed[0]?.info, sealed[1]?.info], ['AUTH 1', 'AUTH 2']);
  for (const one of sealed.slice(2)) {
    assert.match(one.info, /^Data to [0-9a-f]{8}$/);
    assert.deepEqual(one.messages, []);
  }
});
