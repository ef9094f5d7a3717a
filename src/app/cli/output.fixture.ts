// What a program wrote, for a test that waits for it.

import { Writable } from 'node:stream';

export class Output extends Writable {
  text = '';
  #wake = (): void => {};

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    this.#wake();
    done();
  }

  /** Waits for it; gives what it matched. */
  async shows(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.text);
      if (found !== null) return found;
      await new Promise<void>((done) => {
        this.#wake = done;
      });
    }
  }
}
