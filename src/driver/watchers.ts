// Who watches the connections of one `listen` or `dial`: a trace file each, and one key log, as the
// options say. Neither can fail a link: a file that cannot be made is a warning.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { emitWarning } from 'node:process';
import type { ConnectionSetup } from '../protocol/paperclip/parameters.ts';
import { connectionName, QlogTrace } from '../protocol/paperclip/qlog.ts';
import type { ConnectionObserver, ConnectionTrace } from '../protocol/paperclip/trace.ts';
import { KeyLog } from './key-log.ts';
import type { ProtocolOptions } from './protocol-options.ts';
import { TraceFile, traceFilesMax } from './trace-file.ts';

/** How long `end` waits for the disk. */
const diskWaitMsMax = 2_000;

export class Watchers {
  /** Undefined when nobody watches, which is what costs nothing. */
  readonly observe: ConnectionObserver | undefined;
  readonly #keyLog: KeyLog | undefined;
  readonly #tracePath: string | undefined;
  readonly #files: TraceFile[] = [];

  constructor({ trace, keyLogFile }: Pick<ProtocolOptions, 'trace' | 'keyLogFile'>) {
    this.#keyLog = keyLogFile === undefined ? undefined : new KeyLog(keyLogFile);
    this.#tracePath = trace;
    if (trace !== undefined && !isFile(trace)) makeFolder(trace);
    if (trace === undefined && keyLogFile === undefined) return;
    this.observe = (setup, nowMs) => {
      this.#keyLog?.add(setup);
      return this.#trace(setup, nowMs);
    };
  }

  /**
   * Nothing happens to the connections any more. Resolves when all is written, or when the disk has
   * had its time: a program that ends does not wait for one that hangs.
   */
  async end(): Promise<void> {
    if (this.observe === undefined) return;
    const ends = [this.#keyLog?.written, ...this.#files.map((file) => file.end())];
    await new Promise<void>((done) => {
      const timer = setTimeout(done, diskWaitMsMax);
      void Promise.all(ends).finally(() => {
        clearTimeout(timer);
        done();
      });
    });
  }

  #trace(setup: ConnectionSetup, nowMs: number): ConnectionTrace | undefined {
    const path = this.#tracePath;
    if (path === undefined) return undefined;
    if (this.#files.length >= (isFile(path) ? 1 : traceFilesMax)) return undefined;
    const name = `${connectionName(setup)}_${setup.role}.sqlog`;
    try {
      // Whoever names a file wants the newest run in it.
      const isNamed = isFile(path);
      const file = isNamed ? new TraceFile(path, true) : new TraceFile(join(path, name), false);
      this.#files.push(file);
      return new QlogTrace(setup, nowMs, Date.now(), file);
    } catch (error) {
      warnOf(path, error);
      return undefined;
    }
  }
}

const isFile = (path: string): boolean => path.endsWith('.sqlog');

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    warnOf(path, error);
  }
}

function warnOf(path: string, error: unknown): void {
  emitWarning(`no trace in ${path}: ${error instanceof Error ? error.message : error}`);
}
