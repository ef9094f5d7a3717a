// The guessing service as a gateway: a line server whose lines are JSON values, with or without
// line ends between them. It opens no port: whoever does gives it streams, over TLS alone.

import type { Log, Metrics } from '../../contract/telemetry.ts';
import type { Dispatcher, PlayerEvents } from '../../domain/platform.ts';
import type { Timers } from '../../domain/ports.ts';
import type { ByteStream } from '../../protocol/byte-stream.ts';
import { guessViews } from '../guess-view.ts';
import type { LineLimits } from '../line-limits.ts';
import { LineServer } from '../line-server.ts';
import { guessLimits } from './guess-limits.ts';
import { GuessLog } from './guess-log.ts';
import { farewells, GuessSession, wire } from './guess-session.ts';
import { ValueLines } from './value-lines.ts';

export interface GuessGatewayOptions {
  readonly dispatcher: Dispatcher;
  readonly events: PlayerEvents;
  readonly timers: Timers;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly limits?: Partial<LineLimits>;
}

export interface GuessGateway {
  readonly accept: (stream: ByteStream) => void;
  readonly size: number;
  close(): Promise<void>;
}

export function guessGateway(options: GuessGatewayOptions): GuessGateway {
  const { dispatcher, events, timers, log, metrics, limits } = options;
  const context = { dispatcher, events, timers, log, readView: guessViews() };
  let connections = 0;
  const server = new LineServer({
    ...{ wire, timers, log, metrics },
    createSession: (connection) => {
      connections += 1;
      return new GuessSession(connection, context, new GuessLog(log, connections));
    },
    farewell: (end) => JSON.stringify(farewells[end]),
    ...(limits === undefined ? {} : { limits }),
  });
  return {
    accept: (stream) => server.accept(new ValueLines(stream, guessLimits.valueBytesMax)),
    get size() {
      return server.size;
    },
    close: () => server.close(),
  };
}
