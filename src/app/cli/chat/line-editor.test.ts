// Keys to a line, and the line to a row, as somebody types them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  completeLine,
  type EditedLine,
  editLine,
  emptyLine,
  insertText,
  replaceText,
  type TypedKey,
  textOf,
  viewLine,
} from './line-editor.ts';

/** Words are typed; `<left>` and `<C-w>` are keys. */
function type(keys: string, from: EditedLine = emptyLine): EditedLine {
  let line = from;
  for (const [, named, text] of keys.matchAll(/<([^>]+)>|([^<]+)/g)) {
    const key: TypedKey = named?.startsWith('C-')
      ? { ctrl: true, name: named.slice(2) }
      : named === undefined
        ? { sequence: text }
        : { name: named };
    const edited = editLine(line, key);
    if ('line' in edited) line = edited.line;
  }
  return line;
}

/** With `|` where the cursor is. */
const shown = ({ before, after }: EditedLine): string => `${before.join('')}|${after.join('')}`;

const edits: [string, string][] = [
  ['hello', 'hello|'],
  ['hllo<home><right>e', 'he|llo'],
  ['hello<left><left><backspace>', 'he|lo'],
  ['hello<home><delete><delete>', '|llo'],
  ['<left><backspace><delete><right>', '|'],
  ['one two three<C-w><C-w>', 'one |'],
  ['one two<left><left><C-k>', 'one t|'],
  ['one two<left><left><C-u>', '|wo'],
  ['ab<C-a>x<C-e>y', 'xaby|'],
  ['ab<C-d>', 'ab|'],
  ['👩‍👩‍👧é日<left><left><backspace>', '|é日'],
  ['e\u0301<backspace>', '|'],
];
for (const [keys, expected] of edits) {
  test(`${keys} gives ${expected}`, () => assert.equal(shown(type(keys)), expected));
}

test('a mark that comes after its letter joins it', () => {
  assert.equal(type('\u0301', type('e')).before.length, 1);
});

test('what is pasted keeps its lines and loses what moves a cursor', () => {
  assert.equal(textOf(insertText(emptyLine, 'a\r\nb\x1b[2J\tc\x07')), 'a\nb[2J c');
});

test('a line is bounded, however much is pasted', () => {
  const line = insertText(insertText(emptyLine, 'x'.repeat(20_000)), 'more');
  assert.equal(line.before.length, 16_000);
});

test('arrows go through what was entered, and back to what was being typed', () => {
  const entered = type('one<enter>two<return>');
  const draft = type('thr', entered);
  assert.equal(shown(type('<up>', draft)), 'two|');
  assert.equal(shown(type('<up><up><up>', draft)), 'one|');
  assert.equal(shown(type('<up><up><down><down><down>', draft)), 'thr|');
});

test('a line entered twice, or empty, is remembered once, or not', () => {
  assert.deepEqual(type('a<enter>a<enter>  <enter>').history, ['a']);
});

test('Enter, Tab, Ctrl-C and Ctrl-D are told, Ctrl-D only of an empty line', () => {
  const kinds = (line: EditedLine) =>
    [{ name: 'return' }, { name: 'tab' }, { ctrl: true, name: 'c' }, { ctrl: true, name: 'd' }].map(
      (key) => editLine(line, key).kind,
    );
  assert.deepEqual(kinds(emptyLine), ['entered', 'complete', 'interrupt', 'end']);
  assert.deepEqual(kinds(type('x')), ['entered', 'complete', 'interrupt', 'edited']);
});

test('a line that fits is shown whole, with the cursor where it is', () => {
  assert.deepEqual(viewLine('> ', type('hello<left>'), 20), { text: '> hello', cursor: 6 });
});

test('a longer line shows what is around the cursor and stays within its row', () => {
  const line = type('abcdefghijklmnopqrstuvwxyz');
  assert.deepEqual(viewLine('> ', line, 12), { text: '> …tuvwxyz', cursor: 10 });
  assert.deepEqual(viewLine('> ', type('<home>', line), 12), { text: '> abcdefghi', cursor: 2 });
  for (let at = 0; at <= 26; at++) {
    const { text, cursor } = viewLine('> ', type('<left>'.repeat(at), line), 12);
    assert.ok(text.length < 12 && cursor < 12, `${at}: ${text}`);
  }
});

test('wide characters take two cells, marks none, a line end one', () => {
  assert.equal(viewLine('', type('日本e\u0301'), 20).cursor, 5);
  const pasted = insertText(emptyLine, 'a\nb');
  assert.deepEqual(viewLine('', pasted, 20), { text: 'a⏎b', cursor: 3 });
  assert.ok(viewLine('', type('日本語日本語'), 8).cursor < 8);
});

test('completing takes the only word, else as far as they agree, else shows them', () => {
  const complete = (before: string, words: string[], from = 0) => {
    const { line, choices } = completeLine(replaceText(emptyLine, before), () => ({ from, words }));
    return [shown(line), choices];
  };
  assert.deepEqual(complete('/he', ['/help', '/who']), ['/help |', []]);
  assert.deepEqual(complete('/f', ['/friends', '/friend']), ['/friend|', []]);
  assert.deepEqual(complete('/', ['/who', '/to']), ['/|', ['/who', '/to']]);
  assert.deepEqual(complete('/msg A', ['ada'], 5), ['/msg ada |', []]);
  assert.deepEqual(complete('x', ['ada']), ['x|', []]);
});
