// How far a file is, as text: a bar, a share, a speed, and how long it will take. It knows no
// clock; times are milliseconds of whatever clock the caller has.

import { bytes, seconds } from '../terminal.ts';
import { cellWidth, graphemesOf } from './cell-width.ts';

interface Sample {
  readonly atMs: number;
  readonly bytesDone: number;
}

/** Long enough to be calm, short enough to show that something has stopped. */
const windowMs = 5_000;
const sampleEveryMs = 250;

/** How fast something moves of late. */
export class TransferRate {
  /** The oldest first; bounded by the two times above. */
  #samples: Sample[];

  constructor(nowMs: number) {
    this.#samples = [{ atMs: nowMs, bytesDone: 0 }];
  }

  add(nowMs: number, bytesDone: number): void {
    const beforeLast = this.#samples.at(-2);
    // The newest one moves along until it is far enough from the one before.
    if (beforeLast !== undefined && nowMs - beforeLast.atMs < sampleEveryMs) this.#samples.pop();
    this.#samples.push({ atMs: nowMs, bytesDone });
    this.#forget(nowMs);
  }

  bytesPerS(nowMs: number): number {
    this.#forget(nowMs);
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (first === undefined || last === undefined || nowMs <= first.atMs) return 0;
    return ((last.bytesDone - first.bytesDone) * 1000) / (nowMs - first.atMs);
  }

  /** One sample from before the window stays: what has moved since is what counts. */
  #forget(nowMs: number): void {
    const firstWithin = this.#samples.findIndex(({ atMs }) => atMs > nowMs - windowMs);
    const from = firstWithin < 0 ? this.#samples.length - 1 : Math.max(0, firstWithin - 1);
    this.#samples = this.#samples.slice(from);
  }
}

export interface Progress {
  readonly number: number;
  readonly isMine: boolean;
  readonly name: string;
  readonly bytesDone: number;
  /** Undefined: its sender did not say. */
  readonly size: number | undefined;
  readonly bytesPerS: number;
}

const nameCellsMax = 24;
const barCellsMax = 24;
const barCellsMin = 6;

/** One row of a terminal, never longer: what matters least goes first. */
export function progressLine(progress: Progress, columns: number): string {
  const { number, isMine, name, size, bytesDone, bytesPerS } = progress;
  const head = `${isMine ? '↑' : '↓'} ${number}`;
  const share = size === undefined ? bytes(bytesDone) : percent(bytesDone, size);
  const speed = bytesPerS > 0 ? `${bytes(Math.round(bytesPerS))}/s` : 'waiting';
  const left =
    size === undefined || bytesPerS <= 0
      ? ''
      : `${seconds(Math.ceil((size - bytesDone) / bytesPerS) * 1000)} left`;
  const room = columns - 1;
  const facts = [share, speed.padStart(10), left].join('  ').trimEnd();
  const withName = `${head} ${shortName(name, nameCellsMax)}`;
  const barRoom = room - cellWidth(withName) - facts.length - 4;
  if (size !== undefined && barRoom >= barCellsMin) {
    return `${withName} [${bar(bytesDone, size, Math.min(barRoom, barCellsMax))}] ${facts}`;
  }
  const fitting = [`${withName} ${facts}`, `${head} ${facts}`, `${head} ${share}`];
  return fitting.find((text) => cellWidth(text) <= room) ?? '';
}

function percent(bytesDone: number, size: number): string {
  // 100 is for what is all there.
  const whole = size === 0 ? 100 : Math.min(100, Math.floor((bytesDone * 100) / size));
  return `${String(whole).padStart(3)} %`;
}

function bar(bytesDone: number, size: number, cells: number): string {
  const full = size === 0 ? cells : Math.min(cells, Math.floor((bytesDone * cells) / size));
  return '█'.repeat(full) + '░'.repeat(cells - full);
}

/** The middle goes: the end says what it is. */
function shortName(name: string, cellsMax: number): string {
  if (cellWidth(name) <= cellsMax) return name;
  const all = graphemesOf(name);
  const end = take(all.toReversed(), 8).toReversed().join('');
  return `${take(all, cellsMax - 1 - cellWidth(end)).join('')}…${end}`;
}

function take(graphemes: readonly string[], cellsMax: number): readonly string[] {
  let cells = 0;
  const end = graphemes.findIndex((one) => {
    cells += cellWidth(one);
    return cells > cellsMax;
  });
  return end < 0 ? graphemes : graphemes.slice(0, end);
}
