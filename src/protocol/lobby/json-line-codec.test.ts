import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toHex, utf8 } from '../../base/bytes.ts';
import { parseJson } from '../../base/json.ts';
import { jsonLineCodec } from './json-line-codec.ts';
import { byteByByte, lobbyCodecContract, readAll } from './lobby-codec.suite.ts';
import { lobbyVectors, skip } from './lobby-vectors.fixture.ts';

const codec = jsonLineCodec(parseJson);

lobbyCodecContract(codec, lobbyVectors.simplejson);

test('vector: messages to a game', { skip }, () => {
  for (const { message, simplejson_hex } of lobbyVectors.gpgnet) {
    const { command, args, target } = message as Readonly<Record<string, unknown>>;
    assert.equal(toHex(codec.encode({ command, args, target })), simplejson_hex);
  }
});

test('what is written is ASCII: control characters, DEL, umlauts and pictures are escaped', () => {
  const line = new TextDecoder().decode(codec.encode({ s: '\u0000\n\u007fé游🎮' }));
  assert.equal(line, '{"s":"\\u0000\\n\\u007f\\u00e9\\u6e38\\ud83c\\udfae"}\n');
});

test('white space around a message is no matter, a long run of it no slower', () => {
  for (const spaced of ['{"a":1}\r\n', ' \t\v\f{"a":1} \r \n', '\r{"a":1}\n']) {
    assert.deepEqual(readAll(codec, [utf8(spaced)]), [{ value: { a: 1 } }], spaced);
  }
  const run = ' '.repeat(1_000_000);
  assert.deepEqual(readAll(codec, [utf8(`"a${run}b"\n`)]), [{ value: `a${run}b` }]);
});

test('a last line without its end is a message, and half of one is refused', () => {
  assert.deepEqual(readAll(codec, [utf8('{"a":1}')]), [{ value: { a: 1 } }]);
  assert.deepEqual(readAll(codec, byteByByte(utf8('{"a":1}\n{"b"'))), [
    { value: { a: 1 } },
    'malformed',
  ]);
  assert.deepEqual(readAll(codec, []), []);
});

test('after what is no message nothing is read', () => {
  const decoder = codec.createDecoder();
  decoder.handleBytes(utf8('\n{"a":1}\n'));
  assert.deepEqual(decoder.poll(), { kind: 'malformed', reason: 'the line is blank' });
  assert.deepEqual(decoder.poll(), { kind: 'malformed', reason: 'the line is blank' });
});
