// Files that a running link writes for people: traces and key logs. Nothing here may hold a link up
// or break it: writing is asynchronous, what waits for the disk is bounded, and an error of the
// disk ends the file and not the link.

import { createWriteStream, type WriteStream } from 'node:fs';
import { emitWarning } from 'node:process';

/** Written to one file; then it says so and ends. About an hour of a busy game. */
export const traceBytesMax = 64 * 1024 * 1024;
/** Waiting for the disk; past it, records are lost and counted. */
export const traceWaitingBytesMax = 4 * 1024 * 1024;
/** Traces that one listener or dialer begins. */
export const traceFilesMax = 256;

export interface TraceFileLimits {
  readonly bytesMax: number;
  readonly waitingBytesMax: number;
}

const defaults: TraceFileLimits = {
  bytesMax: traceBytesMax,
  waitingBytesMax: traceWaitingBytesMax,
};

/** A file that only its owner can read. An existing one is written over, or not touched. */
export class TraceFile {
  readonly #stream: WriteStream;
  readonly #limits: TraceFileLimits;
  #bytes = 0;
  #lost = 0;
  #isOver = false;

  constructor(path: string, mayReplace: boolean, limits: TraceFileLimits = defaults) {
    this.#limits = limits;
    this.#stream = createWriteStream(path, { flags: mayReplace ? 'w' : 'wx', mode: 0o600 });
    this.#stream.on('error', (error) => {
      this.#isOver = true;
      emitWarning(`the trace ${path} is given up: ${error.message}`);
    });
  }

  write(record: string): void {
    if (this.#isOver) return;
    const length = Buffer.byteLength(record);
    if (this.#bytes + length > this.#limits.bytesMax) {
      this.#say('the trace has reached its size');
      void this.end();
      return;
    }
    if (this.#stream.writableLength + length > this.#limits.waitingBytesMax) {
      this.#lost += 1;
      return;
    }
    if (this.#lost > 0) this.#say('the disk did not keep up');
    this.#put(record, length);
  }

  /** What waits is written still. Resolves when the file is closed. */
  end(): Promise<void> {
    if (!this.#isOver) {
      this.#isOver = true;
      if (this.#lost > 0) this.#say('the disk did not keep up');
      this.#stream.end();
    }
    return new Promise((done) => {
      if (this.#stream.closed) done();
      else this.#stream.once('close', done);
    });
  }

  /** In the file itself, where somebody will wonder; viewers show it as any event. */
  #say(message: string): void {
    const data = { message, records_lost: this.#lost };
    this.#lost = 0;
    const record = `\u001e${JSON.stringify({ time: 0, name: 'loglevel:warning', data })}\n`;
    this.#put(record, record.length);
  }

  #put(record: string, length: number): void {
    this.#bytes += length;
    this.#stream.write(record);
  }
}
