// A line server over streams in memory, in virtual time, and clients that speak lines to it.

import type { Log } from '../contract/telemetry.ts';
import type { ByteStream } from '../protocol/byte-stream.ts';
import { LineReader } from '../protocol/line/line-reader.ts';
import { type MemoryStreamOptions, memoryStreamPair } from '../testing/memory-streams.ts';
import type { LineConnection, LineEnd, LineSession } from './line-connection.ts';
import type { LineLimits } from './line-limits.ts';
import { LineServer, type LineServerOptions } from './line-server.ts';
import { ManualTimers } from './manual-timers.fixture.ts';

export class LineClient {
  readonly stream: ByteStream;
  /** When the stream is closed. */
  readonly closed: Promise<void>;
  readonly #reader = new LineReader();
  readonly #lines: string[] = [];
  #wake = (): void => {};
  #isClosed = false;

  constructor(stream: ByteStream) {
    this.stream = stream;
    this.closed = new Promise((done) => {
      stream.onClose = () => {
        this.#isClosed = true;
        this.#wake();
        done();
      };
    });
    stream.onData = (bytes) => {
      this.#reader.handleBytes(bytes);
      for (let event = this.#reader.pollLine(); event; event = this.#reader.pollLine()) {
        if (event.kind === 'line') this.#lines.push(event.text);
      }
      this.#wake();
    };
  }

  say(...lines: readonly string[]): void {
    this.stream.write(lines.map((line) => `${line}\n`).join(''));
  }

  /** The next line; undefined once the stream is closed. */
  async next(): Promise<string | undefined> {
    while (this.#lines.length === 0 && !this.#isClosed) {
      await new Promise<void>((done) => {
        this.#wake = done;
      });
    }
    return this.#lines.shift();
  }

  /** All that is to come until the stream closes. */
  async rest(): Promise<readonly string[]> {
    await this.closed;
    return this.#lines.splice(0);
  }
}

export interface LineWorldOptions extends Pick<LineServerOptions, 'farewell'> {
  readonly limits?: Partial<LineLimits>;
  /** Methods that are not given say the line back, and do nothing. */
  readonly session?: (connection: LineConnection) => Partial<LineSession>;
}

export class LineWorld {
  readonly timers = new ManualTimers();
  readonly server: LineServer;
  readonly connections: LineConnection[] = [];
  /** As the sessions heard them, and as the metrics did. */
  readonly ends: LineEnd[] = [];
  readonly counted: string[] = [];
  readonly errors: string[] = [];
  open = 0;

  constructor(options: LineWorldOptions = {}) {
    const log: Log = {
      debug() {},
      info() {},
      warn() {},
      error: (event) => void this.errors.push(event),
    };
    this.server = new LineServer({
      ...options,
      wire: 'test',
      timers: this.timers,
      log,
      metrics: {
        count: (name, labels) => void this.counted.push(`${name} ${labels?.['reason']}`),
        gauge: (_name, value) => {
          this.open = value;
        },
        observe() {},
      },
      createSession: (connection) => this.#session(connection, options),
    });
  }

  connect(options: MemoryStreamOptions = {}): LineClient {
    const { host, client } = memoryStreamPair(options);
    this.server.accept(host);
    return new LineClient(client);
  }

  #session(connection: LineConnection, options: LineWorldOptions): LineSession {
    this.connections.push(connection);
    return {
      handleLine: (text) => connection.send(text),
      handleTooLong: () => connection.send('TOO LONG'),
      handleInvalidUtf8: () => connection.send('NOT UTF-8'),
      handleClosed: (end) => void this.ends.push(end),
      ...options.session?.(connection),
    };
  }
}

/** So many turns of the event loop: what is on its way in memory arrives meanwhile. */
export async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((done) => setImmediate(done));
}
