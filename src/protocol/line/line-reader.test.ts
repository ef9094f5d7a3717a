import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { concatBytes, fromHex, utf8 } from '../../base/bytes.ts';
import { type LineEvent, LineReader } from './line-reader.ts';

function events(lineBytesMax: number, ...chunks: readonly (Uint8Array | string)[]): string[] {
  const reader = new LineReader(lineBytesMax);
  const said: string[] = [];
  for (const chunk of chunks) {
    reader.handleBytes(typeof chunk === 'string' ? utf8(chunk) : chunk);
    for (let event = reader.pollLine(); event !== undefined; event = reader.pollLine()) {
      said.push(saying(event));
    }
    assert.equal(reader.waitingBytes, 0);
    assert.ok(reader.heldBytes <= lineBytesMax + 1);
  }
  return said;
}

const saying = (event: LineEvent): string =>
  event.kind === 'line' ? event.text : `<${event.kind}>`;

test('LF ends a line, and one CR before it belongs to the end', () => {
  assert.deepEqual(events(99, 'a\nb\r\n\nc\r\r\n\r\nd\re\nrest'), [
    'a',
    'b',
    '',
    'c\r',
    '',
    'd\re',
  ]);
});

test('a line may come in pieces, and many in one', () => {
  assert.deepEqual(events(99, 'PI', 'NG\nPO', 'NG', '\r', '\n', '\n'), ['PING', 'PONG', '']);
});

test('the limit counts bytes, without the end of the line', () => {
  assert.deepEqual(events(4, 'abcd\nabcd\r\néé\r\n'), ['abcd', 'abcd', 'éé']);
  assert.deepEqual(events(4, 'abcde\nok\nabcd\re\nok\n'), ['<too-long>', 'ok', '<too-long>', 'ok']);
  assert.deepEqual(events(4, 'abcd\r', '\n', 'abcd\r', '\r\nok\n'), ['abcd', '<too-long>', 'ok']);
});

test('a line that is too long is told at once and once, and the next one counts again', () => {
  assert.deepEqual(events(4, 'abcde'), ['<too-long>']);
  assert.deepEqual(events(4, 'abc', 'def', 'ghijklm', 'n', '\nok\n'), ['<too-long>', 'ok']);
});

test('a line that is not UTF-8 is left out, and the next is read', () => {
  const bad = ['ff', 'c0af', 'eda080', 'f4908080', 'e282', '80'];
  for (const hex of bad) {
    const bytes = concatBytes(utf8('a\nb'), fromHex(hex)!, utf8('\nc\n'));
    assert.deepEqual(events(99, bytes), ['a', '<invalid-utf8>', 'c'], hex);
  }
  // Cut inside a character, in the middle of a line, it is none the worse.
  const [first, second, third] = utf8('€');
  assert.deepEqual(events(9, Uint8Array.of(first!), Uint8Array.of(second!, third!), '\n'), ['€']);
  assert.deepEqual(events(9, '\ufeffx\u0000\n'), ['\ufeffx\u0000']);
});

test('lines are read one at a time: what is not asked for waits', () => {
  const reader = new LineReader();
  reader.handleBytes(utf8('one\ntwo\nthr'));
  assert.deepEqual(reader.pollLine(), { kind: 'line', text: 'one' });
  assert.equal(reader.waitingBytes, 7);
  reader.handleBytes(utf8('ee\n'));
  assert.deepEqual(reader.pollLine(), { kind: 'line', text: 'two' });
  assert.deepEqual(reader.pollLine(), { kind: 'line', text: 'three' });
  assert.equal(reader.pollLine(), undefined);
  assert.equal(reader.waitingBytes + reader.heldBytes, 0);
});

test('a line of the full length that comes byte by byte is copied a few times, not 65,536', () => {
  const reader = new LineReader();
  const grownTo = new Set<number>();
  const set = Uint8Array.prototype.set;
  let copied = 0;
  Uint8Array.prototype.set = function (source, offset) {
    copied += source.length;
    grownTo.add(this.length);
    set.call(this, source, offset);
  };
  try {
    for (let i = 0; i < 65_536; i++) {
      reader.handleBytes(Uint8Array.of(120));
      assert.equal(reader.pollLine(), undefined);
    }
  } finally {
    Uint8Array.prototype.set = set;
  }
  assert.ok(copied <= 2 * 65_536, `${copied} bytes`);
  assert.ok(grownTo.size <= 10);
  reader.handleBytes(utf8('\r\n'));
  assert.deepEqual(reader.pollLine(), { kind: 'line', text: 'x'.repeat(65_536) });
  assert.equal(reader.heldBytes, 0);
});

test('however bytes are cut, the events are the same', () => {
  const telling = fc.constantFrom(10, 13, 97, 0xc3, 0xa9, 0xff, 0);
  const bytes = fc.array(telling, { maxLength: 60 });
  const cuts = fc.array(fc.nat(60), { maxLength: 8 });
  fc.assert(
    fc.property(bytes, cuts, fc.integer({ min: 1, max: 8 }), (list, at, lineBytesMax) => {
      const whole = Uint8Array.from(list);
      const edges = [0, ...at.toSorted((a, b) => a - b), whole.length];
      const pieces = edges.slice(1).map((edge, i) => whole.slice(edges[i], edge));
      const expected = events(lineBytesMax, whole);
      assert.deepEqual(events(lineBytesMax, ...pieces), expected);
      assert.deepEqual(events(lineBytesMax, ...list.map((byte) => Uint8Array.of(byte))), expected);
    }),
    { seed: 1, numRuns: 500 },
  );
});

test('lines that are joined come apart again', () => {
  const character = fc.constantFrom('a', 'é', '€', '😀', '\u0000', ' ', '"');
  const line = fc.array(character, { maxLength: 20 }).map((characters) => characters.join(''));
  fc.assert(
    fc.property(fc.array(line, { maxLength: 6 }), fc.constantFrom('\n', '\r\n'), (lines, end) => {
      assert.deepEqual(events(999, lines.map((one) => one + end).join('')), lines);
    }),
    { seed: 2, numRuns: 100 },
  );
});

test('a limit that is none is refused at once', () => {
  for (const bad of [0, -1, 1.5, Number.NaN]) {
    assert.throws(() => new LineReader(bad), /lineBytesMax/);
  }
});
