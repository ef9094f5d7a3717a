// Where the command line writes: lines for people on stdout, problems on stderr, and with --json
// one object per line on stdout instead. Colour only where it is seen and wanted (NO_COLOR,
// FORCE_COLOR, --no-color, a terminal); no meaning rests on colour alone.

import { stripVTControlCharacters } from 'node:util';

export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

export interface TerminalOptions {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether somebody sits at stdin. */
  readonly stdinIsTTY: boolean;
  readonly noColor?: boolean;
  readonly json?: boolean;
}

const sgr = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
} as const;
export type Style = keyof typeof sgr;

export type Align = 'left' | 'right';
export interface Column {
  readonly title: string;
  readonly align?: Align;
}

const columnsDefault = 80;

/** DECTCEM on. */
export const showCursor = '\x1b[?25h';

export class Terminal {
  readonly json: boolean;
  readonly color: boolean;
  /** A person reads and types: prompts and a screen make sense. */
  readonly interactive: boolean;
  readonly #options: TerminalOptions;

  constructor(options: TerminalOptions) {
    this.#options = options;
    this.json = options.json === true;
    const tty = options.stdout.isTTY === true;
    this.interactive = tty && options.stdinIsTTY && !this.json && options.env['TERM'] !== 'dumb';
    this.color = !this.json && options.noColor !== true && wantsColor(options.env, tty);
  }

  get columns(): number {
    return this.#options.stdout.columns ?? columnsDefault;
  }

  style(style: Style, text: string): string {
    if (!this.color || text === '') return text;
    const [on, off] = sgr[style];
    return `\x1b[${on}m${text}\x1b[${off}m`;
  }

  /** A line for people; nothing with --json. */
  line(text = ''): void {
    if (!this.json) this.#options.stdout.write(`${printable(text)}\n`);
  }

  /** A line for programs; nothing without --json. */
  event(event: string, fields: Readonly<Record<string, unknown>> = {}): void {
    if (this.json) this.#options.stdout.write(`${JSON.stringify({ event, ...fields })}\n`);
  }

  problem(text: string): void {
    this.#options.stderr.write(`${printable(text)}\n`);
  }

  /** Cursor movements and the like: only where `interactive`. */
  control(sequence: string): void {
    if (this.interactive) this.#options.stdout.write(sequence);
  }

  table(columns: readonly Column[], rows: readonly (readonly string[])[]): void {
    for (const line of this.tableLines(columns, rows)) this.line(line);
  }

  tableLines(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
    const widths = columns.map(({ title }, at) =>
      Math.max(title.length, ...rows.map((row) => visibleWidth(row[at] ?? ''))),
    );
    const line = (cells: readonly string[]): string =>
      cells
        .map((cell, at) => pad(cell, widths[at] ?? 0, columns[at]?.align ?? 'left'))
        .join('  ')
        .trimEnd();
    const head = line(columns.map(({ title }) => title));
    return [this.style('dim', head), ...rows.map((row) => line(row))];
  }
}

function wantsColor(env: TerminalOptions['env'], tty: boolean): boolean {
  // https://no-color.org: any value but the empty one.
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return tty && env['TERM'] !== 'dumb';
}

/**
 * Text from a server or another player must not move the cursor or ring the bell: control
 * characters become visible; colours (which this file makes) and line breaks stay.
 */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it removes
  return text.replace(/\x1b(?!\[\d*(?:;\d+)*m)|[\x00-\x09\x0b-\x1a\x1c-\x1f\x7f-\x9f]/g, '\ufffd');
}

export const visibleWidth = (text: string): number => [...stripVTControlCharacters(text)].length;

function pad(text: string, width: number, align: Align): string {
  const fill = ' '.repeat(Math.max(0, width - visibleWidth(text)));
  return align === 'left' ? text + fill : fill + text;
}

/** `1,234`: groups make a count readable, in every locale alike. */
export const count = (value: number): string =>
  String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');

export function bytes(value: number): string {
  if (value < 1000) return `${value} B`;
  return value < 1_000_000 ? `${(value / 1000).toFixed(1)} kB` : `${(value / 1e6).toFixed(1)} MB`;
}

export function seconds(ms: number): string {
  const whole = Math.max(0, Math.round(ms / 1000));
  return whole < 60
    ? `${whole} s`
    : `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}
