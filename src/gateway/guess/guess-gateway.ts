// The guessing service as a gateway: takes streams, and gives each a session. It opens no port:
// whoever does gives it streams, over TLS alone.

import type { Log, Metrics } from '../../contract/telemetry.ts';
import type { Dispatcher, PlayerEvents } from '../../domain/platform.ts';
import type { Timers } from '../../domain/ports.ts';
import { FramedServer } from '../framed-server.ts';
import { guessViews } from '../guess-view.ts';
import { type LineLimits, lineLimits } from '../line-limits.ts';
import { GuessConnection } from './guess-connection.ts';
import { GuessLog } from './guess-log.ts';
import { farewells, GuessSession, wire } from './guess-session.ts';

export interface GuessGatewayOptions {
  readonly dispatcher: Dispatcher;
  readonly events: PlayerEvents;
  readonly timers: Timers;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly limits?: Partial<LineLimits>;
}

export function guessGateway(options: GuessGatewayOptions): FramedServer<GuessConnection> {
  const { dispatcher, events, timers, log, metrics } = options;
  const context = { dispatcher, events, timers, log, readView: guessViews() };
  const lines: LineLimits = { ...lineLimits, ...options.limits };
  const { linesPerTurnMax: framesPerTurnMax, abuseLinesMax: abusesMax, closeGraceMs } = lines;
  const limits = { ...lines, framesPerTurnMax, abusesMax };
  let connections = 0;
  return new FramedServer<GuessConnection>({
    ...{ wire, timers, metrics, closeGraceMs },
    connect: (stream, onEnd) =>
      new GuessConnection(stream, {
        ...{ wire, timers, log, limits, onEnd },
        farewell: (reason) => `${JSON.stringify(farewells[reason])}\n`,
      }),
    start: (connection) =>
      connection.open(() => {
        connections += 1;
        return new GuessSession(connection, context, new GuessLog(log, connections));
      }),
  });
}
