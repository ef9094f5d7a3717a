// The server of a line wire (text, messenger): a `FramedServer` whose connections speak lines, each
// with a session of its wire. What happens on one is `line-connection.ts`.

import type { Log, Metrics } from '../contract/telemetry.ts';
import type { Timers } from '../domain/ports.ts';
import type { FarewellReason } from './framed-connection.ts';
import { FramedServer } from './framed-server.ts';
import { LineConnection, type LineSession } from './line-connection.ts';
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
  readonly farewell?: (end: FarewellReason) => string | undefined;
  readonly limits?: Partial<LineLimits>;
}

export class LineServer extends FramedServer<LineConnection> {
  constructor(options: LineServerOptions) {
    const { wire, timers, log, metrics, createSession, farewell } = options;
    const lines: LineLimits = { ...lineLimits, ...options.limits };
    const limits = {
      ...lines,
      framesPerTurnMax: lines.linesPerTurnMax,
      abusesMax: lines.abuseLinesMax,
    };
    super({
      ...{ wire, timers, metrics, closeGraceMs: lines.closeGraceMs },
      connect: (stream, onEnd) =>
        new LineConnection(stream, lines.lineBytesMax, {
          ...{ wire, timers, log, limits, onEnd },
          farewell: (reason) => {
            const line = farewell?.(reason);
            return line === undefined ? undefined : `${line}\n`;
          },
        }),
      start: (connection) => connection.start(createSession),
    });
  }
}
