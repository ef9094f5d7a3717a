// The text protocol as a gateway: a line server whose sessions speak it. It opens no port: whoever
// does gives it streams (`listenTcp(options, gateway.accept)`), plain or TLS.
//
// The protocol is a chat room's with a guessing game; docs/text-protocol.md is its page.

import type { Log, Metrics } from '../../contract/telemetry.ts';
import type { Dispatcher, PlayerEvents } from '../../domain/platform.ts';
import type { Timers } from '../../domain/ports.ts';
import { guessViews } from '../guess-view.ts';
import type { LineLimits } from '../line-limits.ts';
import { LineServer } from '../line-server.ts';
import { secureSignals } from './secure-signals.ts';
import { textCodes } from './text-codes.ts';
import { textRequests } from './text-requests.ts';
import { disconnect, TextSession } from './text-session.ts';

export interface TextGatewayOptions {
  readonly dispatcher: Dispatcher;
  readonly events: PlayerEvents;
  readonly timers: Timers;
  readonly log: Log;
  readonly metrics: Metrics;
  /** For the greeting. */
  readonly version: string;
  readonly limits?: Partial<LineLimits>;
}

export function textGateway(options: TextGatewayOptions): LineServer {
  const { dispatcher, events, timers, log, metrics, version, limits } = options;
  const context = {
    ...{ dispatcher, events, timers, log, version },
    requests: textRequests(),
    readView: guessViews(),
    readSignal: secureSignals(),
    present: new Set<string>(),
  };
  return new LineServer({
    ...{ wire: 'text', timers, log, metrics },
    createSession: (connection) => new TextSession(connection, context),
    farewell: (end) => disconnect(farewells[end]),
    ...(limits === undefined ? {} : { limits }),
  });
}

const farewells = {
  abuse: textCodes.tooFast,
  'no-login': textCodes.noLogIn,
  shutdown: textCodes.shutdown,
} as const;
