// What all line wires share: it takes byte streams, counts them, gives each a session of its wire,
// and closes them all in the end. What happens on one is `line-connection.ts`.
//
// It does NOT open a port: whoever does gives it each stream (`listenTcp(options, server.accept)`).

import type { Log, Metrics } from '../contract/telemetry.ts';
import type { Timers } from '../domain/ports.ts';
import type { ByteStream } from '../protocol/byte-stream.ts';
import { LineConnection, type LineEnd, type LineSession } from './line-connection.ts';
import { type LineLimits, lineLimits } from './line-limits.ts';

export interface LineServerOptions {
  /** Metric label, and for logs: `text`, `messenger`. */
  readonly wire: string;
  readonly timers: Timers;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Called when a connection begins, which may be greeted at once. */
  readonly createSession: (connection: LineConnection) => LineSession;
  /** The last line of a connection that is closed here and not by its session. */
  readonly farewell?: (end: 'abuse' | 'no-login' | 'shutdown') => string | undefined;
  readonly limits?: Partial<LineLimits>;
}

export class LineServer {
  readonly #options: LineServerOptions;
  readonly #limits: LineLimits;
  readonly #connections = new Set<LineConnection>();
  #closing: PromiseWithResolvers<void> | undefined;
  #cancelGrace: (() => void) | undefined;

  constructor(options: LineServerOptions) {
    this.#options = options;
    this.#limits = { ...lineLimits, ...options.limits };
  }

  get size(): number {
    return this.#connections.size;
  }

  /** For a listener, which has decided already that there is room. */
  readonly accept = (stream: ByteStream): void => {
    if (this.#closing !== undefined) {
      stream.destroy();
      return;
    }
    const { wire, timers, log, createSession, farewell } = this.#options;
    const connection = new LineConnection(stream, {
      wire,
      timers,
      log,
      limits: this.#limits,
      farewell: farewell ?? (() => undefined),
      onEnd: (end) => this.#remove(connection, end),
    });
    this.#connections.add(connection);
    this.#countOpen();
    connection.start(createSession);
  };

  /**
   * Says farewell to all, each when the line under way is done, and waits until all are closed and
   * their sessions have been told.
   */
  async close(): Promise<void> {
    if (this.#closing === undefined) {
      this.#closing = Promise.withResolvers();
      for (const connection of [...this.#connections]) connection.farewell('shutdown');
      this.#cancelGrace = this.#options.timers.after(this.#limits.closeGraceMs, () => {
        for (const connection of [...this.#connections]) connection.abandon();
      });
      this.#resolveWhenEmpty();
    }
    await this.#closing.promise;
    this.#cancelGrace?.();
  }

  #remove(connection: LineConnection, end: LineEnd): void {
    const { metrics, wire } = this.#options;
    if (!this.#connections.delete(connection)) return;
    metrics.count('paperclip_line_connections_closed_total', { wire, reason: end });
    this.#countOpen();
    this.#resolveWhenEmpty();
  }

  #countOpen(): void {
    const { metrics, wire } = this.#options;
    metrics.gauge('paperclip_line_connections', this.#connections.size, { wire });
  }

  #resolveWhenEmpty(): void {
    if (this.#connections.size === 0) this.#closing?.resolve();
  }
}
