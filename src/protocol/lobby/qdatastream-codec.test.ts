import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concatBytes, fromHex, toHex } from '../../base/bytes.ts';
import { parseJson } from '../../base/json.ts';
import {
  decodeMessageBlock,
  encodeBlock,
  qstringsPerBlockMax,
  readQString,
} from '../../codec/qdatastream/qdatastream.ts';
import { byteByByte, lobbyCodecContract, readAll } from './lobby-codec.suite.ts';
import { lobbyVectors, skip } from './lobby-vectors.fixture.ts';
import { qdatastreamCodec } from './qdatastream-codec.ts';

const codec = qdatastreamCodec(parseJson);
const hex = (text: string): Uint8Array => fromHex(text.replaceAll(' ', ''))!;
const { qdatastream: vectors, gpgnet } = lobbyVectors;

/** Of exact bytes only those are told of whose JSON comes out the same in JavaScript. */
const exact = new Set(
  lobbyVectors.simplejson.encode.filter(({ js_exact }) => js_exact).map(({ name }) => name),
);

lobbyCodecContract(codec, {
  encode: vectors.encode.map((vector) => ({ ...vector, js_exact: exact.has(vector.name) })),
  decode: vectors.decode_block.map((vector) => ({ ...vector, hex: framed(vector.hex) })),
  stream: vectors.stream,
});

function framed(blockHex: string): string {
  return (blockHex.length / 2).toString(16).padStart(8, '0') + blockHex;
}

test('vector: messages to a game', { skip }, () => {
  for (const { message, qdatastream_hex } of gpgnet) {
    const { command, args, target } = message as Readonly<Record<string, unknown>>;
    assert.equal(toHex(codec.encode({ command, args, target })), qdatastream_hex);
  }
});

test('vector: single QStrings and blocks of several', { skip }, () => {
  for (const { text, hex: expected } of vectors.qstring_pack) {
    assert.equal(toHex(encodeBlock([text]).subarray(4)), expected);
    assert.equal(readQString(hex(expected), 0)?.text, text);
  }
  for (const { hex: given, pos, ok, text, next_pos } of vectors.qstring_read) {
    const read = readQString(hex(given), pos);
    assert.deepEqual(read, ok ? { text, nextAt: next_pos } : undefined);
  }
  for (const { args, hex: expected } of vectors.pack_message) {
    assert.equal(toHex(encodeBlock(args)), expected);
  }
  for (const { hex: given } of vectors.read_block) {
    // Of four bytes or fewer nothing is read as a QString, so there is no message in it.
    assert.equal(decodeMessageBlock(hex(given), parseJson).ok, false);
  }
});

test('a length is looked at before anything is kept for it', () => {
  const decoder = codec.createDecoder();
  decoder.handleBytes(hex('00a00001'));
  assert.equal(decoder.poll().kind, 'malformed');
  assert.equal(decoder.waitingBytes, 0);
  const waiting = codec.createDecoder();
  waiting.handleBytes(hex('00a00000 00'));
  assert.equal(waiting.poll().kind, 'more');
  assert.equal(waiting.waitingBytes, 1);
});

test('the end of a stream is in order between blocks and an error inside of one', () => {
  const ping = hex('0000000c 00000008 0050 0049 004e 0047');
  assert.deepEqual(readAll(codec, [ping]), [{ value: { command: 'ping' } }]);
  for (let cut = 1; cut < ping.length; cut++) {
    const bytes = concatBytes(ping, ping.subarray(0, cut));
    const expected = [{ value: { command: 'ping' } }, 'malformed'];
    assert.deepEqual(readAll(codec, [bytes]), expected, `${cut} bytes`);
    assert.deepEqual(readAll(codec, byteByByte(bytes)), expected, `${cut} bytes`);
  }
});

test('more QStrings than a client would send are refused, and as many as it might are read', () => {
  const block = (count: number) => encodeBlock(['{"a":1}', ...Array(count - 1).fill('x')]);
  const [most] = readAll(codec, [block(qstringsPerBlockMax)]);
  const legacy = Array(qstringsPerBlockMax - 1).fill('x');
  assert.deepEqual(most, { value: { a: 1, legacy } });
  assert.deepEqual(readAll(codec, [block(qstringsPerBlockMax + 1)]), ['malformed']);
});

test('what follows an object is merged, repeated, or legacy; what follows none is refused', () => {
  const read = (...texts: readonly string[]) => readAll(codec, [encodeBlock(texts)]);
  assert.deepEqual(read('{"a":1}', '{"b":2}', '{"a":1}', 'x', '7'), [
    { value: { a: 1, b: 2, legacy: ['x', '7'] } },
  ]);
  assert.deepEqual(read('PONG', '{"b":2}'), [{ value: { command: 'pong' } }]);
  assert.deepEqual(read('[1,2]', 'x'), ['malformed']);
  assert.deepEqual(read('{"legacy":5}', 'x'), ['malformed']);
  const [reading] = read('{"a":1}', '{"__proto__":{"b":2}}');
  assert.ok(typeof reading === 'object' && !('b' in (reading.value as object)));
});
