// One connection of a line wire, for whoever asks and waits: lines that came before the one that is
// waited for are handed over with it, and none is lost. It knows no protocol.

import { connectTcp } from '../../src/driver/tcp.ts';
import type { ByteStream } from '../../src/protocol/byte-stream.ts';
import { LineReader } from '../../src/protocol/line/line-reader.ts';

export class LineTalk {
  /** When the server has closed it, or this side. */
  readonly closed: Promise<void>;
  readonly #stream: ByteStream;
  readonly #reader = new LineReader();
  #lines: string[] = [];
  #isClosed = false;
  #wake = (): void => {};

  /** `takes` says true of lines that are an affair of its own. */
  private constructor(stream: ByteStream, takes: (line: string, talk: LineTalk) => boolean) {
    this.#stream = stream;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    stream.onClose = () => {
      this.#isClosed = true;
      this.#wake();
      resolve();
    };
    stream.onData = (bytes) => {
      this.#reader.handleBytes(bytes);
      for (let event = this.#reader.pollLine(); event; event = this.#reader.pollLine()) {
        const line = event.kind === 'line' ? event.text : event.kind;
        if (!takes(line, this)) this.#lines.push(line);
      }
      this.#wake();
    };
  }

  static async open(
    port: number,
    takes: (line: string, talk: LineTalk) => boolean = () => false,
  ): Promise<LineTalk> {
    return new LineTalk(await connectTcp({ host: '127.0.0.1', port }), takes);
  }

  say(line: string): void {
    this.#stream.write(`${line}\n`);
  }

  /** All lines up to the first that fits; throws when the connection closes before it comes. */
  async until(fits: (line: string) => boolean): Promise<readonly string[]> {
    for (;;) {
      const at = this.#lines.findIndex(fits);
      if (at >= 0) return this.#lines.splice(0, at + 1);
      if (this.#isClosed) throw new Error(`closed after ${JSON.stringify(this.#lines)}`);
      await new Promise<void>((done) => {
        this.#wake = done;
      });
    }
  }

  destroy(): void {
    this.#stream.destroy();
  }
}
