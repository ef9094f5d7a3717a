// The row at the bottom of a terminal in which somebody types while lines appear above it. It reads
// keys and draws; what a key does is `line-editor.ts`. Above it may stand rows that change in
// place, such as how far a file is.

import { emitKeypressEvents } from 'node:readline';
import type { CliHost } from '../command.ts';
import { printable, type Terminal } from '../terminal.ts';
import {
  completeLine,
  type EditedLine,
  editLine,
  emptyLine,
  insertText,
  type TypedKey,
  viewLine,
} from './line-editor.ts';

export interface InputLineOptions {
  readonly host: CliHost;
  readonly terminal: Terminal;
  onLine(text: string): void;
  /** Ctrl-C, which is a key in raw mode. */
  onInterrupt(): void;
  /** Ctrl-D on an empty line. */
  onEnd(): void;
  complete(before: string): { readonly from: number; readonly words: readonly string[] };
}

/** Bracketed paste: the terminal says where what is pasted begins and ends. */
const pasteOn = '\x1b[?2004h';
const pasteOff = '\x1b[?2004l';
const eraseRow = '\r\x1b[J';

export class InputLine {
  readonly #o: InputLineOptions;
  #line: EditedLine = emptyLine;
  #prompt = '> ';
  #status: readonly string[] = [];
  /** Rows of status that stand above the cursor now. */
  #statusRows = 0;
  #isPasting = false;
  #isOpen = true;
  readonly #onKey = (text: string | undefined, key: TypedKey) => this.#key(text, key);
  readonly #onResize = () => this.#draw();

  constructor(options: InputLineOptions) {
    this.#o = options;
    const { stdin, stdout } = options.host;
    emitKeypressEvents(stdin);
    stdin.setRawMode?.(true);
    stdin.on('keypress', this.#onKey);
    stdout.on('resize', this.#onResize);
    stdin.resume();
    options.terminal.control(pasteOn);
    this.#draw();
  }

  set prompt(text: string) {
    this.#prompt = text;
    this.#draw();
  }

  /** Each fits one row of the terminal. */
  set status(rows: readonly string[]) {
    if (rows.length === this.#status.length && rows.every((row, at) => row === this.#status[at])) {
      return;
    }
    this.#status = rows;
    this.#draw();
  }

  /** Whatever `write` writes comes above the row, which is then drawn as it was. */
  above(write: () => void): void {
    if (this.#isOpen) this.#o.terminal.control(this.#erase());
    write();
    this.#draw();
  }

  /** Gives the terminal back, without the row. */
  close(): void {
    if (!this.#isOpen) return;
    const { stdin, stdout } = this.#o.host;
    this.#o.terminal.control(`${this.#erase()}${pasteOff}`);
    this.#isOpen = false;
    stdin.off('keypress', this.#onKey);
    stdout.off('resize', this.#onResize);
    stdin.setRawMode?.(false);
    stdin.pause();
  }

  #key(text: string | undefined, key: TypedKey): void {
    if (key.name === 'paste-start' || key.name === 'paste-end') {
      this.#isPasting = key.name === 'paste-start';
      return;
    }
    // Node gives unnamed characters, such as those above ASCII, as text only.
    const typed = { ...key, sequence: key.sequence?.startsWith('\x1b') ? '' : (text ?? '') };
    if (this.#isPasting) {
      this.#set(insertText(this.#line, text ?? ''));
      return;
    }
    const edited = editLine(this.#line, typed);
    switch (edited.kind) {
      case 'edited':
        this.#set(edited.line);
        return;
      case 'entered':
        this.#set(edited.line);
        this.#o.onLine(edited.text);
        return;
      case 'complete':
        this.#complete();
        return;
      case 'redraw':
        this.#statusRows = 0;
        this.#o.terminal.control('\x1b[2J\x1b[H');
        this.#draw();
        return;
      case 'interrupt':
        this.#o.onInterrupt();
        return;
      case 'end':
        this.#o.onEnd();
        return;
      default:
        edited satisfies never;
    }
  }

  #complete(): void {
    const { line, choices } = completeLine(this.#line, (before) => this.#o.complete(before));
    this.#line = line;
    if (choices.length < 2) this.#draw();
    else this.above(() => this.#o.terminal.line(choices.join('  ')));
  }

  #set(line: EditedLine): void {
    this.#line = line;
    this.#draw();
  }

  #draw(): void {
    if (!this.#isOpen) return;
    const { terminal } = this.#o;
    const { text, cursor } = viewLine(this.#prompt, this.#line, terminal.columns);
    const rest = text.slice(this.#prompt.length);
    const prompt = terminal.style('cyan', this.#prompt);
    const right = cursor === 0 ? '' : `\x1b[${cursor}C`;
    const above = this.#status.map((row) => `${printable(row)}\n`).join('');
    terminal.control(`${this.#erase()}${above}${prompt}${rest}\r${right}`);
    this.#statusRows = this.#status.length;
  }

  /** The row and what stands above it; the cursor is where they began. */
  #erase(): string {
    const up = this.#statusRows === 0 ? '' : `\x1b[${this.#statusRows}A`;
    this.#statusRows = 0;
    return `${up}${eraseRow}`;
  }
}
