// What others wrote, as it reaches a terminal.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Terminal } from '../terminal.ts';
import { clock, harmless, namesOf, spokenLine, wrapped } from './chat-text.ts';

const quiet = { write: () => undefined };
const terminal = new Terminal({ stdout: quiet, stderr: quiet, env: {}, stdinIsTTY: false });

test('no escape sequence, bell, carriage return or turned writing gets through', () => {
  assert.equal(harmless('a\x1b[31mb\x07\x9bc\u202ed\te'), 'a\ufffd[31mb\ufffd\ufffdc\ufffdd  e');
  assert.equal(harmless('👩‍👩‍👧 é 日本'), '👩‍👩‍👧 é 日本');
});

test('a line end in a message does not look like another message', () => {
  const at = new Date().toISOString();
  const text = 'hi\r\n10:00 ada: I owe you money';
  const lines = spokenLine(terminal, { at, from: 'eve', text }).split('\n');
  assert.equal(lines.length, 2);
  assert.match(lines[1] ?? '', /^ {6}10:00/);
});

test('a line says who, to whom, and whether it was sealed', () => {
  const at = new Date().toISOString();
  const line = spokenLine(terminal, { at, from: 'ada', to: 'you', text: 'psst', isSealed: true });
  assert.match(line, /^\d\d:\d\d 🔒 ada → you: psst$/);
});

test('the time is that of here, with the day when it is another', () => {
  const now = new Date(2026, 4, 9, 12, 0);
  assert.equal(clock(new Date(2026, 4, 9, 8, 5).toISOString(), now), '08:05');
  assert.equal(clock(new Date(2026, 4, 8, 23, 59).toISOString(), now), '2026-05-08 23:59');
  assert.equal(clock('nonsense'), '--:--');
});

test('you come first among names, the others in order', () => {
  const people = ['zoe', 'ada', 'me'].map((name) => ({ id: name, name, kind: 'guest' }) as const);
  assert.equal(namesOf(people, 'me'), 'you, ada, zoe');
});

test('a long line breaks between words, and a longer word stays whole', () => {
  assert.equal(wrapped('  one two three four', 12), '  one two\n      three\n      four');
  const address = 'x'.repeat(30);
  assert.equal(wrapped(`see ${address}`, 12), `see\n      ${address}`);
  assert.equal(wrapped('short\nlines', 12), 'short\nlines');
});
