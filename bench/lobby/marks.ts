// Finds marks in what a server of the lobby protocol sends, without decoding it: the reader shares
// the machine with the server that is measured. A mark is ASCII text with a few characters behind
// it that matter; in QDataStream every character has a zero byte in front.

export interface Mark {
  readonly text: string;
  /** Characters behind it that are given out. */
  readonly taken: number;
}

export class MarkReader {
  readonly #unit: 1 | 2;
  #mark: Mark | undefined;
  #spread = '';
  #rest = '';

  constructor(isWide: boolean) {
    this.#unit = isWide ? 2 : 1;
  }

  /** From now on this one; undefined: none. */
  lookFor(mark: Mark | undefined): void {
    this.#mark = mark;
    this.#spread = spread(mark?.text ?? '', this.#unit);
    this.#rest = '';
  }

  /** What stood behind each mark that is whole now. */
  read(bytes: Buffer): readonly string[] {
    if (this.#mark === undefined) return [];
    const text = this.#rest + bytes.toString('latin1');
    const taken = this.#mark.taken * this.#unit;
    const found: string[] = [];
    let at = 0;
    for (;;) {
      const next = text.indexOf(this.#spread, at);
      const from = next + this.#spread.length;
      if (next < 0) {
        this.#rest = text.slice(Math.max(at, text.length - this.#spread.length + 1));
        return found;
      }
      if (from + taken > text.length) {
        this.#rest = text.slice(next);
        return found;
      }
      found.push(text.slice(from, from + taken).replaceAll('\0', ''));
      at = from + taken;
    }
  }
}

const spread = (text: string, unit: 1 | 2): string =>
  unit === 1 ? text : [...text].map((character) => `\0${character}`).join('');
