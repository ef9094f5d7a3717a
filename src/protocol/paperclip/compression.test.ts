// Compressed messages from `send` to the application, and what a hostile stream gets.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import { toHex, utf8 } from '../../base/bytes.ts';
import { seededRandom } from '../../base/prng.ts';
import {
  fragmentPieceBytes,
  writeFragmentHeader,
  writeMessageHeader,
} from '../../codec/paperclip/frames.ts';
import { nodeDeflate } from '../../driver/node-deflate.ts';
import { type ConnectionPair, connectionPair } from '../../testing/connection-pair.ts';
import { Compression } from './compression.ts';
import { forgeDatagram } from './connection-forged-frames.fixture.ts';
import { type ErrorCodeName, errorCodes } from './error-codes.ts';

// Wire ids by sorted name.
const [ordered, plain, state] = [0, 1, 2];

function pairOf(loss = 0): ConnectionPair {
  return connectionPair({
    delayMs: 5,
    loss,
    channels: {
      ordered: { mode: 'reliable-ordered', messageBytesMax: 64 * 1024, compress: true },
      plain: 'reliable-ordered',
      state: { mode: 'unreliable', compress: true },
    },
    parameters: { connectionWindowBytes: 8000, channelWindowBytes: 4000 },
  });
}

const view = (tick: number, players: number): Uint8Array =>
  utf8(
    JSON.stringify(
      Array.from({ length: players }, (_, id) => ({ id, tick, x: (id * 7919) % 640, hp: 100 })),
    ),
  );

/** Whole messages that came out of the host, as text. */
const received = (pair: ConnectionPair): string[] =>
  pair.host
    .takeEvents()
    .flatMap((event) => (event.type === 'message' ? [Buffer.from(event.message).toString()] : []));

/** One frame of a compressed message as hex. */
function compressedFrame(channel: number, id: number, deflated: Uint8Array): string {
  const bytes = new Uint8Array(20 + deflated.length);
  const at = writeMessageHeader(bytes, 0, channel, id, deflated.length, true);
  bytes.set(deflated, at);
  return toHex(bytes.subarray(0, at + deflated.length));
}

function compressedFragment(
  channel: number,
  id: number,
  deflated: Uint8Array,
  count: number,
  index: number,
): string {
  const pieceBytes = fragmentPieceBytes(deflated.length, count);
  const piece = deflated.subarray(index * pieceBytes, (index + 1) * pieceBytes);
  const bytes = new Uint8Array(30 + piece.length);
  const at = writeFragmentHeader(bytes, 0, channel, id, deflated.length, count, index, true);
  bytes.set(piece, at);
  return toHex(bytes.subarray(0, at + piece.length));
}

/** The host is handed the frames in the client's name, and nothing it says is heard. */
function say(pair: ConnectionPair, ...packets: readonly string[]): void {
  pair.network.link('host', 'client').conditions = { loss: 1 };
  packets.forEach((hex, number) => {
    const bytes = forgeDatagram(pair, number, hex);
    pair.host.connection.handleDatagram(pair.network.nowMs, bytes, 0, bytes.length);
    pair.network.touch('host');
    pair.network.runFor(1);
  });
}

function endOf(pair: ConnectionPair): number | undefined {
  for (const event of pair.host.takeEvents()) {
    if (event.type === 'ended' && event.end.kind === 'protocol-error') return event.end.code;
  }
  return undefined;
}

function refuses(code: ErrorCodeName, ...packets: readonly string[]): void {
  const pair = pairOf();
  say(pair, ...packets);
  assert.equal(endOf(pair), errorCodes[code].code);
  assert.equal(pair.host.connection.memory.heldBytes, 0);
}

test('messages of every size arrive as they were, and cost fewer bytes on the wire', () => {
  const pair = pairOf();
  const sent = [0, 1, 3, 40, 1000].map((players) => view(1, players));
  for (const message of sent) {
    pair.client.send(ordered, message);
    pair.network.runFor(500);
  }
  assert.deepEqual(
    received(pair),
    sent.map((bytes) => Buffer.from(bytes).toString()),
  );
  const stats = pair.client.connection.stats();
  const bytes = sent.reduce((sum, { length }) => sum + length, 0);
  assert.ok(stats.bytesSent < bytes / 3, `${stats.bytesSent} for ${bytes}`);
  // The two of fewer than 64 bytes left as they are.
  assert.equal(stats.bytesBeforeCompression, bytes - sent[0]!.length - sent[1]!.length);
  assert.ok(stats.bytesAfterCompression < stats.bytesBeforeCompression / 3);
});

test('order, fragments, resends and credit hold for compressed messages as for others', () => {
  const pair = pairOf(0.1);
  const random = seededRandom('compressed messages', 1);
  const sent: string[] = [];
  for (let tick = 0; tick < 200; tick++) {
    const message = view(tick, random.below(random.chance(0.2) ? 1500 : 20));
    sent.push(Buffer.from(message).toString());
    pair.client.send(ordered, message, { compress: random.chance(0.8) });
    pair.network.runFor(5);
  }
  const arrived: string[] = [];
  pair.network.runUntil(
    () => arrived.push(...received(pair)) > 0 && arrived.length === 200,
    60_000,
  );
  assert.deepEqual(arrived, sent);
});

test('what does not get shorter, is short, or asks not to be, leaves as it is', () => {
  const compression = new Compression(nodeDeflate);
  const random = seededRandom('noise', 1);
  assert.equal(compression.shrink(new Uint8Array(63)), undefined);
  assert.equal(
    compression.shrink(Uint8Array.from({ length: 2000 }, () => random.below(256))),
    undefined,
  );
  assert.equal(compression.bytesBefore, 0);
  assert.ok(compression.shrink(new Uint8Array(64))!.length < 64);
  assert.equal(compression.bytesBefore, 64);

  const pair = pairOf();
  pair.client.send(ordered, view(1, 40), { compress: false });
  pair.client.send(plain, view(1, 40));
  pair.network.runFor(100);
  assert.equal(received(pair).length, 2);
  assert.equal(pair.client.connection.stats().bytesBeforeCompression, 0);
});

test('a message over the limit throws at send however small it would get', () => {
  const { client } = pairOf();
  assert.throws(() => client.send(ordered, new Uint8Array(64 * 1024 + 1)), /takes 65536/);
});

test('a bomb of 1000 to 1 is refused at the size limit of its channel', () => {
  const bomb = deflateRawSync(new Uint8Array(1024 * 1024), { level: 9 });
  refuses('MESSAGE_SIZE', compressedFrame(ordered, 0, bomb));
  refuses('MESSAGE_SIZE', compressedFrame(state, 0, bomb));
  const larger = deflateRawSync(new Uint8Array(2 * 1024 * 1024), { level: 9 });
  refuses(
    'MESSAGE_SIZE',
    compressedFragment(state, 0, larger, 2, 1),
    compressedFragment(state, 0, larger, 2, 0),
  );
});

test('bombs that wait for order are held as the bytes that credit was paid for', () => {
  const pair = pairOf();
  const bomb = deflateRawSync(new Uint8Array(64 * 1024), { level: 9 });
  assert.ok(bomb.length < 90);
  const packets = Array.from({ length: 25 }, (_, i) => compressedFrame(ordered, i + 1, bomb));
  say(pair, ...packets);
  assert.equal(pair.host.connection.memory.heldBytes, 25 * bomb.length);
  // The one that they wait for is handed over with all of them; each is inflated as it is taken.
  const first = forgeDatagram(pair, 25, compressedFrame(ordered, 0, bomb));
  const { connection } = pair.host;
  connection.handleDatagram(pair.network.nowMs, first, 0, first.length);
  assert.equal(connection.memory.pendingEvents, 26);
  let taken = 0;
  for (let output = connection.poll(50); output?.kind === 'event'; output = connection.poll(50)) {
    if (output.event.type === 'message') taken += output.event.message.length;
  }
  assert.equal(taken, 26 * 64 * 1024);
});

test('garbage, a cut stream, bytes behind its end, and one that saves nothing are refused', () => {
  const inPieces = new Uint8Array(1500).fill(0xff);
  const whole = nodeDeflate.deflate(view(1, 40));
  refuses('COMPRESSION', compressedFrame(ordered, 0, utf8('this is not a deflate stream')));
  refuses('COMPRESSION', compressedFrame(ordered, 0, whole.subarray(0, -1)));
  refuses('COMPRESSION', compressedFrame(ordered, 0, Uint8Array.of(...whole, 0)));
  refuses('COMPRESSION', compressedFrame(ordered, 0, new Uint8Array(0)));
  refuses('COMPRESSION', compressedFrame(ordered, 0, Uint8Array.of(3, 0)));
  refuses('COMPRESSION', compressedFrame(ordered, 0, deflateRawSync(utf8('a'))));
  refuses('COMPRESSION', compressedFrame(state, 0, whole.subarray(1)));
  refuses(
    'COMPRESSION',
    compressedFragment(state, 0, inPieces, 2, 0),
    compressedFragment(state, 0, inPieces, 2, 1),
  );
});

test('nothing behind a message that cannot be read is handed over', () => {
  const pair = pairOf();
  const good = compressedFrame(ordered, 0, nodeDeflate.deflate(view(1, 10)));
  const bad = compressedFrame(ordered, 1, utf8('no stream'));
  const late = `10 ${toHex(Uint8Array.of(ordered, 2, 1))} 41`;
  say(pair, `${good} ${bad} ${late}`);
  const events = pair.host.takeEvents();
  assert.deepEqual(
    events.map(({ type }) => type),
    ['message', 'ended'],
  );
});

test('a compressed message breaks a rule where the plan does not compress, or its pieces differ', () => {
  const whole = nodeDeflate.deflate(view(1, 40));
  refuses('FLAGS', compressedFrame(plain, 0, whole));
  refuses('FLAGS', compressedFragment(plain, 0, whole, 2, 0));
  const inPieces = new Uint8Array(1500);
  const other = compressedFragment(ordered, 0, inPieces, 2, 1).replace(/^13/, '11');
  refuses('FRAGMENT', compressedFragment(ordered, 0, inPieces, 2, 0), other);
});
