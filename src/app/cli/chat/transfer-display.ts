// Shows how far the files are that are on their way: rows above the one that is typed in, or
// objects for programs. On a pipe without --json nothing: a line at the start and one at the end
// say it all.

import type { After } from '../../../client/index.ts';
import { type ChatFile, factsOf } from './chat-file.ts';
import type { ChatView } from './chat-view.ts';
import { progressLine } from './transfer-text.ts';

export interface TransferDisplayOptions {
  readonly view: ChatView;
  readonly after: After;
  readonly now: () => number;
  /** The files on their way, the oldest first. */
  running(): readonly ChatFile[];
}

const rowsMax = 3;
const drawEveryMs = 250;
/** For programs. */
const tellEveryMs = 1_000;

export class TransferDisplay {
  readonly #o: TransferDisplayOptions;
  /** What was told last, by number; of those on their way. */
  #told = new Map<number, number>();
  #cancelTick: (() => void) | undefined;

  constructor(options: TransferDisplayOptions) {
    this.#o = options;
  }

  /** Something has begun. Goes on by itself until nothing is on its way. */
  start(): void {
    this.draw();
    this.#cancelTick ??= this.#tickLater();
  }

  draw(): void {
    const { view, running } = this.#o;
    if (!view.terminal.interactive) return;
    const files = running();
    const rows = files.slice(0, rowsMax).map((file) => this.row(file));
    const more = files.length - rows.length;
    view.status(more > 0 ? [...rows, `  and ${more} more: /files`] : rows);
  }

  row(file: ChatFile): string {
    const bytesPerS = file.rate.bytesPerS(this.#o.now());
    return progressLine({ ...file, bytesPerS }, this.#o.view.terminal.columns);
  }

  close(): void {
    this.#cancelTick?.();
    this.#o.view.status([]);
  }

  #tickLater(): (() => void) | undefined {
    const { view, after } = this.#o;
    if (!view.terminal.interactive && !view.terminal.json) return undefined;
    return after(view.terminal.json ? tellEveryMs : drawEveryMs, () => this.#tick());
  }

  #tick(): void {
    const { view, running } = this.#o;
    const files = running();
    this.#cancelTick = files.length === 0 ? undefined : this.#tickLater();
    this.draw();
    for (const file of files) {
      if (file.bytesDone === (this.#told.get(file.number) ?? 0)) continue;
      view.event('file.progress', factsOf(file));
    }
    this.#told = new Map(files.map(({ number, bytesDone }) => [number, bytesDone]));
  }
}
