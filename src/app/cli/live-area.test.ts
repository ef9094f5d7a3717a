// The lines that change in place, as a terminal would show them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { fit, LiveArea } from './live-area.ts';
import { Terminal } from './terminal.ts';

/** Understands what LiveArea writes: text, line breaks, cursor up, erase below. */
class Screen {
  readonly isTTY = true;
  readonly columns = 30;
  lines = [''];
  #row = 0;

  write(text: string): void {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control sequences begin with ESC
    for (const part of text.split(/(\x1b\[\??\d*[A-Za-z]|\n|\r)/)) {
      const up = part.startsWith('\x1b') ? /\[(\d+)A/.exec(part) : null;
      if (up !== null) this.#row -= Number(up[1]);
      else if (part === '\x1b[J') this.lines = [...this.lines.slice(0, this.#row), ''];
      else if (part === '\n') this.lines[++this.#row] ??= '';
      else if (part !== '\r' && !part.startsWith('\x1b')) this.lines[this.#row] += part;
    }
  }
}

const over = (screen: Screen) =>
  new LiveArea(
    new Terminal({ stdout: screen, stderr: screen, env: { NO_COLOR: '1' }, stdinIsTTY: true }),
  );

test('the next drawing takes the place of the last, whatever their lengths', () => {
  const screen = new Screen();
  const area = over(screen);
  area.draw(['one', 'two', 'three']);
  area.draw(['four']);
  assert.deepEqual(screen.lines, ['four', '']);
  area.draw(['five', 'six']);
  assert.deepEqual(screen.lines, ['five', 'six', '']);
});

test('what is kept stays above the next drawing; what is cleared is gone', () => {
  const screen = new Screen();
  const area = over(screen);
  area.draw(['kept']);
  area.keep();
  area.draw(['cleared', 'too']);
  area.clear();
  assert.deepEqual(screen.lines, ['kept', '']);
});

test('a line is never wider than the terminal, and a control character never moves the cursor', () => {
  const screen = new Screen();
  over(screen).draw(['x'.repeat(100), 'a\x1b[5Ab\rc']);
  assert(screen.lines.every((line) => line.length < screen.columns));
  assert.equal(screen.lines[1], 'a�[5Ab�c');
});

test('a cut line keeps its colours and ends them', () => {
  const cut = fit('\x1b[31mred and long\x1b[39m', 8);
  assert.equal(cut, '\x1b[31mred and…\x1b[0m');
  assert.equal(stripVTControlCharacters(cut).length, 8);
  assert.equal(fit('short', 8), 'short');
});
