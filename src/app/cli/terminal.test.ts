// What the command line writes, with and without colour, for people and for programs.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { bytes, count, printable, seconds, Terminal, type TerminalOptions } from './terminal.ts';

function recording(options: Partial<TerminalOptions> & { readonly tty?: boolean } = {}) {
  const written = { out: '', err: '' };
  const isTTY = options.tty === true;
  const add = (to: 'out' | 'err', text: string): void => {
    written[to] += text;
  };
  const terminal = new Terminal({
    stdout: { isTTY, write: (text) => add('out', text) },
    stderr: { write: (text) => add('err', text) },
    env: {},
    stdinIsTTY: isTTY,
    ...options,
  });
  return { terminal, written };
}

describe('colour', () => {
  const cases: [Partial<TerminalOptions> & { tty?: boolean }, boolean][] = [
    [{ tty: true }, true],
    [{}, false],
    [{ tty: true, env: { NO_COLOR: '1' } }, false],
    [{ tty: true, env: { NO_COLOR: '' } }, true],
    [{ tty: true, env: { TERM: 'dumb' } }, false],
    [{ tty: true, noColor: true }, false],
    [{ tty: true, json: true }, false],
    [{ env: { FORCE_COLOR: '1' } }, true],
    [{ tty: true, env: { FORCE_COLOR: '0' } }, false],
    [{ env: { FORCE_COLOR: '1', NO_COLOR: '1' } }, false],
  ];
  for (const [options, expected] of cases) {
    test(`${JSON.stringify(options)}: ${expected ? 'yes' : 'no'}`, () => {
      const { terminal } = recording(options);
      assert.equal(terminal.color, expected);
      assert.equal(terminal.style('red', 'x'), expected ? '\x1b[31mx\x1b[39m' : 'x');
    });
  }
});

test('a table lines up by what is seen', () => {
  const { terminal, written } = recording({ env: { FORCE_COLOR: '1' } });
  terminal.table(
    [{ title: 'name' }, { title: 'won', align: 'right' }],
    [
      [terminal.style('bold', 'mario'), '12'],
      ['a', '3'],
    ],
  );
  const plain = stripVTControlCharacters(written.out);
  assert.equal(plain, 'name   won\nmario   12\na        3\n');
});

test('--json writes objects and nothing for people; without it, the other way round', () => {
  const json = recording({ json: true });
  json.terminal.line('hello');
  json.terminal.event('match', { id: 'm1' });
  assert.equal(json.written.out, '{"event":"match","id":"m1"}\n');
  const plain = recording();
  plain.terminal.line('hello');
  plain.terminal.event('match', { id: 'm1' });
  assert.equal(plain.written.out, 'hello\n');
});

test('text from elsewhere cannot move the cursor, ring the bell or set a title', () => {
  assert.equal(printable('a\x1b[2Jb\x07c\x1b]0;x\x07\rd\te\x9b'), 'a�[2Jb�c�]0;x��d�e�');
  assert.equal(printable('\x1b[1mbold\x1b[22m\nnext'), '\x1b[1mbold\x1b[22m\nnext');
});

test('numbers read well', () => {
  assert.deepEqual([0, 999, 1000, 1234567].map(count), ['0', '999', '1,000', '1,234,567']);
  assert.deepEqual([999, 1000, 2_500_000].map(bytes), ['999 B', '1.0 kB', '2.5 MB']);
  assert.deepEqual([-5, 400, 59_400, 61_000].map(seconds), ['0 s', '0 s', '59 s', '1 min 01 s']);
});
