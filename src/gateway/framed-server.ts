// What all wires over byte streams share: it takes streams, counts them, gives each a connection of
// its wire, and closes them all in the end. What happens on one is `framed-connection.ts`.
//
// It does NOT open a port: whoever does gives it each stream (`listenTcp(options, server.accept)`).

import type { Metrics } from '../contract/telemetry.ts';
import type { Timers } from '../domain/ports.ts';
import type { ByteStream } from '../protocol/byte-stream.ts';
import type { ConnectionEnd } from './framed-connection.ts';

interface ServedConnection {
  farewell(end: 'shutdown'): void;
  abandon(): void;
}

export interface FramedServerOptions<Connection extends ServedConnection> {
  /** Metric label: `text`, `messenger`. */
  readonly wire: string;
  readonly timers: Timers;
  readonly metrics: Metrics;
  /** For last words to leave when the server closes; then connections are cut. */
  readonly closeGraceMs: number;
  readonly connect: (stream: ByteStream, onEnd: (end: ConnectionEnd) => void) => Connection;
  /** When it is counted. */
  readonly start: (connection: Connection) => void;
}

export class FramedServer<Connection extends ServedConnection> {
  readonly #options: FramedServerOptions<Connection>;
  readonly #connections = new Set<Connection>();
  #closing: PromiseWithResolvers<void> | undefined;
  #cancelGrace: (() => void) | undefined;

  constructor(options: FramedServerOptions<Connection>) {
    this.#options = options;
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
    const { connect, start } = this.#options;
    const connection = connect(stream, (end) => this.#remove(connection, end));
    this.#connections.add(connection);
    this.#countOpen();
    start(connection);
  };

  /**
   * Says farewell to all, each when the frame under way is done, and waits until all are closed and
   * their sessions have been told.
   */
  async close(): Promise<void> {
    if (this.#closing === undefined) {
      this.#closing = Promise.withResolvers();
      for (const connection of [...this.#connections]) connection.farewell('shutdown');
      const { timers, closeGraceMs } = this.#options;
      this.#cancelGrace = timers.after(closeGraceMs, () => {
        for (const connection of [...this.#connections]) connection.abandon();
      });
      this.#resolveWhenEmpty();
    }
    await this.#closing.promise;
    this.#cancelGrace?.();
  }

  #remove(connection: Connection, end: ConnectionEnd): void {
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
