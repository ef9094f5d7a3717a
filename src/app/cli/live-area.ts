// The lines at the bottom of a terminal that change in place. What is above scrolls as usual, and
// what was drawn last stays when the program goes on. Each line is cut to the terminal's width: one
// that wrapped would be counted as one and leave its rest behind.

import { stripVTControlCharacters } from 'node:util';
import { printable, showCursor, type Terminal } from './terminal.ts';

const hideCursor = '\x1b[?25l';

export class LiveArea {
  readonly #terminal: Terminal;
  #lines: readonly string[] = [];
  #open = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Draws only when something changed. */
  draw(lines: readonly string[]): void {
    const width = Math.max(20, this.#terminal.columns - 1);
    const cut = lines
      .flatMap((line) => printable(line).split('\n'))
      .map((line) => fit(line, width));
    if (this.#open && cut.join('\n') === this.#lines.join('\n')) return;
    this.#terminal.control(`${this.#home()}${hideCursor}${cut.join('\n')}\n`);
    this.#lines = cut;
    this.#open = true;
  }

  /** Leave what is drawn where it is; the next `draw` begins below it. */
  keep(): void {
    if (!this.#open) return;
    this.#terminal.control(showCursor);
    this.#lines = [];
    this.#open = false;
  }

  /** Take what is drawn away. */
  clear(): void {
    if (!this.#open) return;
    this.#terminal.control(`${this.#home()}${showCursor}`);
    this.#lines = [];
    this.#open = false;
  }

  /** To the first drawn line, and everything from there on erased. */
  #home(): string {
    return this.#lines.length === 0 ? '' : `\r\x1b[${this.#lines.length}A\x1b[J`;
  }
}

/** Cut by what is seen; colours before the cut are kept and ended. */
export function fit(line: string, width: number): string {
  if (stripVTControlCharacters(line).length <= width) return line;
  let seen = 0;
  let out = '';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: SGR sequences begin with ESC
  for (const part of line.split(/(\x1b\[[\d;]*m)/)) {
    if (part.startsWith('\x1b[')) {
      out += part;
      continue;
    }
    const room = width - 1 - seen;
    const text = [...part];
    if (text.length > room) return `${out}${text.slice(0, Math.max(0, room)).join('')}…\x1b[0m`;
    out += part;
    seen += text.length;
  }
  return out;
}
