// The line that is being typed, as pure functions: a key changes it, a view shows as much of it as
// one row holds, with the cursor in it. It knows no terminal; `input-line.ts` reads and draws.

import { cellWidth, graphemesOf } from './cell-width.ts';

/** Positions count characters as a person sees them. */
export interface EditedLine {
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** Lines entered before, the oldest first. */
  readonly history: readonly string[];
  /** Of `history`; its length: the line that is new. */
  readonly at: number;
  /** The new line, while an old one is shown. */
  readonly draft: string;
}

/** As node:readline names keys. */
export interface TypedKey {
  readonly name?: string | undefined;
  readonly sequence?: string | undefined;
  readonly ctrl?: boolean;
  readonly meta?: boolean;
}

export type Edited =
  | { readonly kind: 'edited'; readonly line: EditedLine }
  | { readonly kind: 'entered'; readonly line: EditedLine; readonly text: string }
  | { readonly kind: 'complete' | 'interrupt' | 'end' | 'redraw' };

const historyMax = 500;
/** More than any command takes; what is pasted beyond it is left out. */
const lineCharactersMax = 16_000;

export const emptyLine: EditedLine = { before: [], after: [], history: [], at: 0, draft: '' };

export const textOf = ({ before, after }: EditedLine): string => [...before, ...after].join('');

export function editLine(line: EditedLine, key: TypedKey): Edited {
  if (key.ctrl) return editByControl(line, key.name ?? '');
  const { before, after } = line;
  switch (key.name) {
    case 'return':
    case 'enter':
      return enter(line);
    case 'tab':
      return { kind: 'complete' };
    case 'backspace':
      return key.meta ? cutWord(line) : moved(line, before.slice(0, -1), after);
    case 'delete':
      return moved(line, before, after.slice(1));
    case 'left':
      return moved(line, before.slice(0, -1), [...before.slice(-1), ...after]);
    case 'right':
      return moved(line, [...before, ...after.slice(0, 1)], after.slice(1));
    case 'home':
      return moved(line, [], [...before, ...after]);
    case 'end':
      return moved(line, [...before, ...after], []);
    case 'up':
      return recall(line, line.at - 1);
    case 'down':
      return recall(line, line.at + 1);
    default:
      return { kind: 'edited', line: key.meta ? line : insertText(line, key.sequence ?? '') };
  }
}

function editByControl(line: EditedLine, name: string): Edited {
  const { before, after } = line;
  switch (name) {
    case 'c':
      return { kind: 'interrupt' };
    case 'd':
      if (before.length + after.length === 0) return { kind: 'end' };
      return moved(line, before, after.slice(1));
    case 'l':
      return { kind: 'redraw' };
    case 'a':
      return moved(line, [], [...before, ...after]);
    case 'e':
      return moved(line, [...before, ...after], []);
    case 'b':
      return editLine(line, { name: 'left' });
    case 'f':
      return editLine(line, { name: 'right' });
    case 'h':
      return editLine(line, { name: 'backspace' });
    case 'p':
      return editLine(line, { name: 'up' });
    case 'n':
      return editLine(line, { name: 'down' });
    case 'k':
      return moved(line, before, []);
    case 'u':
      return moved(line, [], after);
    case 'w':
      return cutWord(line);
    case 'j':
    case 'm':
      return enter(line);
    default:
      return { kind: 'edited', line };
  }
}

const moved = (line: EditedLine, before: readonly string[], after: readonly string[]): Edited => ({
  kind: 'edited',
  line: { ...line, before, after },
});

/** At the cursor. Line ends stay, as of something pasted; other control characters do not. */
export function insertText(line: EditedLine, text: string): EditedLine {
  const room = lineCharactersMax - line.before.length - line.after.length;
  const clean = text
    .replace(/\r\n?/g, '\n')
    .replace(/\t/g, ' ')
    .replace(/(?!\n)\p{Cc}/gu, '');
  if (clean === '' || room <= 0) return line;
  // Together with what stands there, so that a mark joins the character before it.
  const before = graphemesOf(line.before.join('') + clean).slice(0, line.before.length + room);
  return { ...line, before };
}

/** In place of the whole line, with the cursor after `before`. */
export const replaceText = (line: EditedLine, before: string, after = ''): EditedLine => ({
  ...line,
  before: graphemesOf(before),
  after: graphemesOf(after),
});

function enter(line: EditedLine): Edited {
  const text = textOf(line);
  const isNew = text.trim() !== '' && text !== line.history.at(-1);
  const history = isNew ? [...line.history, text].slice(-historyMax) : line.history;
  return { kind: 'entered', text, line: { ...emptyLine, history, at: history.length } };
}

function cutWord(line: EditedLine): Edited {
  const kept = line.before.join('').replace(/\S*\s*$/, '');
  return moved(line, graphemesOf(kept), line.after);
}

function recall(line: EditedLine, at: number): Edited {
  const { history } = line;
  if (at < 0 || at > history.length) return { kind: 'edited', line };
  const draft = line.at === history.length ? textOf(line) : line.draft;
  const shown = at === history.length ? draft : (history[at] ?? '');
  return { kind: 'edited', line: { ...replaceText(line, shown), at, draft } };
}

export interface LineView {
  readonly text: string;
  /** Cells from the left edge to the cursor. */
  readonly cursor: number;
}

/**
 * Prompt and line in one row of `columns` cells; the last stays free, because a terminal wraps
 * there. A line that is longer shows the part around the cursor.
 */
export function viewLine(prompt: string, line: EditedLine, columns: number): LineView {
  const promptWidth = cellWidth(prompt);
  const room = Math.max(4, columns - promptWidth - 1);
  const shown = (cells: readonly string[]): string[] =>
    cells.map((one) => (one === '\n' ? '⏎' : one));
  const [before, after] = [shown(line.before), shown(line.after)];
  const left = lastCells(before, room - 1);
  const leftWidth = cellWidth(left.join(''));
  const right = firstCells(after, room - leftWidth);
  const cutLeft = left.length < before.length ? ['…', ...left.slice(1)] : left;
  const text = cutLeft.join('') + right.join('');
  const cursor = promptWidth + cellWidth(cutLeft.join(''));
  return { text: prompt + text, cursor };
}

function firstCells(cells: readonly string[], room: number): readonly string[] {
  let width = 0;
  const end = cells.findIndex((one) => {
    width += cellWidth(one);
    return width > room;
  });
  return end < 0 ? cells : cells.slice(0, end);
}

const lastCells = (cells: readonly string[], room: number): readonly string[] =>
  firstCells(cells.toReversed(), room).toReversed();

/**
 * Complete the word before the cursor. One candidate is taken whole, several as far as they agree;
 * those are listed, when nothing more can be added.
 */
export function completeLine(
  line: EditedLine,
  candidatesOf: (before: string) => { readonly from: number; readonly words: readonly string[] },
): { readonly line: EditedLine; readonly choices: readonly string[] } {
  const before = line.before.join('');
  const { from, words } = candidatesOf(before);
  const typed = before.slice(from);
  const fitting = words.filter((word) => word.toLowerCase().startsWith(typed.toLowerCase()));
  const [first] = fitting;
  if (first === undefined) return { line, choices: [] };
  const common = fitting.reduce((a, b) => commonStart(a, b));
  const word = fitting.length === 1 ? `${first} ` : common;
  if (word.length <= typed.length) return { line, choices: fitting };
  return {
    line: replaceText(line, before.slice(0, from) + word, line.after.join('')),
    choices: [],
  };
}

function commonStart(a: string, b: string): string {
  let length = 0;
  while (length < a.length && a[length]?.toLowerCase() === b[length]?.toLowerCase()) length++;
  return a.slice(0, length);
}
