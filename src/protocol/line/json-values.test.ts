import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { utf8 } from '../../base/bytes.ts';
import { type JsonValueEvent, JsonValueReader, jsonValueDepthMax } from './json-values.ts';

const max = 200;

function read(chunks: readonly Uint8Array[], isEnd = false): readonly string[] {
  const reader = new JsonValueReader(max);
  const got: string[] = [];
  const drain = (): void => {
    for (let event = reader.poll(); event !== undefined; event = reader.poll()) {
      got.push(textOf(event));
    }
  };
  for (const chunk of chunks) {
    reader.handleBytes(chunk);
    drain();
  }
  if (isEnd) reader.handleEnd();
  drain();
  assert.equal(reader.waitingBytes, 0);
  return got;
}

const textOf = (event: JsonValueEvent): string =>
  event.kind === 'value' ? event.text : `(${event.kind})`;

const bytesOf = (text: string): Uint8Array[] => [...utf8(text)].map((byte) => Uint8Array.of(byte));

/** Each in one piece and byte by byte. */
const cases: readonly (readonly [what: string, given: string, got: readonly string[]])[] = [
  ['one value a line', '{"key":5}\n{"key":6}\r\n', ['{"key":5}', '{"key":6}']],
  [
    'values without anything between them',
    '{"key":5}{"key":6}["a"]"b"{"c":{}}',
    ['{"key":5}', '{"key":6}', '["a"]', '"b"', '{"c":{}}'],
  ],
  ['the word start. without a line end', 'start.{"key":5}', ['start.', '{"key":5}']],
  ['the word start. twice', 'start.start.', ['start.', 'start.']],
  [
    'brackets and quotes inside texts',
    '{"a":"}{\\"]["}{"b":"\\\\"}',
    ['{"a":"}{\\"]["}', '{"b":"\\\\"}'],
  ],
  ['white space within and between', ' \t{ "key" :\n 5 }\n\n', ['{ "key" :\n 5 }']],
  [
    'numbers and words of JSON within',
    '[1,-2.5e+3,true,null,[]]{"a":[{}]}',
    ['[1,-2.5e+3,true,null,[]]', '{"a":[{}]}'],
  ],
  [
    'words end with white space or a value',
    '5 true hello{"a":1}',
    ['5', 'true', 'hello', '{"a":1}'],
  ],
  ['a word that goes on is not start.', 'started. x\n', ['started.', 'x']],
  ['what is not whole says nothing', '{"key":', []],
  [
    'a value that was cut off costs itself alone',
    '{"key":{"key":5}{"key":6}',
    ['(malformed)', '{"key":6}'],
  ],
  ['a line end within a text breaks it', '{"key\n{"key":6}', ['(malformed)', '{"key":6}']],
  [
    'what cannot go on is skipped to the line end',
    '{"a"=5, 7]}\n{"b":1}',
    ['(malformed)', '{"b":1}'],
  ],
  ['or to the next object', '[1 2 {"b":1}', ['(malformed)', '{"b":1}']],
  ['a wrong closing bracket', '{"a":[1}\n"x"', ['(malformed)', '"x"']],
  ['commas without values', '[1,]\n[,]\n{"a":1,}\n', ['(malformed)', '(malformed)', '(malformed)']],
  ['closing brackets alone are a word', '}}] {"a":1}', ['}}]', '{"a":1}']],
  ['what is too long is told once', `"${'x'.repeat(500)}"\n{"a":1}`, ['(too-long)', '{"a":1}']],
  ['as long as may be', `"${'x'.repeat(max - 2)}"`, [`"${'x'.repeat(max - 2)}"`]],
  [
    'deeper than may be',
    `${'['.repeat(jsonValueDepthMax + 1)}\n{"a":1}`,
    ['(malformed)', '{"a":1}'],
  ],
];

for (const [what, given, got] of cases) {
  test(`${what}: in one piece and byte by byte`, () => {
    assert.deepEqual(read([utf8(given)]), got);
    assert.deepEqual(read(bytesOf(given)), got);
  });
}

test('a word at the end of the stream is whole, a value that is not closed is malformed', () => {
  assert.deepEqual(read([utf8('5')]), []);
  assert.deepEqual(read([utf8('5')], true), ['5']);
  assert.deepEqual(read([utf8('{"key":5')], true), ['(malformed)']);
  assert.deepEqual(read([utf8('{"key":5}')], true), ['{"key":5}']);
});

test('bytes that are no UTF-8 are malformed, and the next value is read', () => {
  const bytes = Uint8Array.of(...utf8('"'), 0xff, ...utf8('"{"a":1}'));
  assert.deepEqual(read([bytes]), ['(malformed)', '{"a":1}']);
});

test('every JSON value comes out as it went in, however it is cut', () => {
  const objects = fc.array(
    fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.array(fc.jsonValue())),
  );
  fc.assert(
    fc.property(objects, fc.infiniteStream(fc.integer({ min: 1, max: 9 })), (values, sizes) => {
      const texts = values
        .map((value) => JSON.stringify(value))
        .filter((text) => {
          return utf8(text).length <= max;
        });
      const bytes = utf8(texts.join(''));
      const chunks: Uint8Array[] = [];
      for (let at = 0; at < bytes.length; ) {
        const size = sizes.next().value ?? 1;
        chunks.push(bytes.slice(at, at + size));
        at += size;
      }
      assert.deepEqual(read(chunks), texts);
    }),
  );
});

test('any bytes: one chunk says the same as byte by byte, and an object after them is found', () => {
  const byte = fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(...utf8('{}[]",:\\ \n5start.')));
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 120 }), (given) => {
      const bytes = Uint8Array.from([...given, ...utf8('\n\n"\n{"a":1}')]);
      const got = read([bytes]);
      assert.deepEqual(read([...bytes].map((one) => Uint8Array.of(one))), got);
    }),
  );
});
