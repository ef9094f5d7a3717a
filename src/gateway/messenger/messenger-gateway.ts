// The messenger wire: a line server whose sessions speak it. Spec and contents of all messages are
// in docs/messenger.md.
//
// It does NOT open a port, and the lock-out after wrong passwords is not here either: the platform
// has it, as `lockOuts.messenger`.

import { encodeMessage, messageTypes } from '../../codec/messenger/messages.ts';
import type { Log, Metrics } from '../../contract/telemetry.ts';
import type { Dispatcher, PlayerEvents } from '../../domain/platform.ts';
import type { Timers } from '../../domain/ports.ts';
import { type LineLimits, lineLimits } from '../line-limits.ts';
import { LineServer } from '../line-server.ts';
import { MessengerSession, wire } from './messenger-session.ts';
import type { MessengerUser } from './messenger-user.ts';
import { PrivateConnections } from './private-connections.ts';

export interface MessengerGatewayOptions {
  readonly dispatcher: Dispatcher;
  readonly events: PlayerEvents;
  readonly timers: Timers;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Of the server, for the welcome. */
  readonly version: string;
  /** Without a command for so long, a user is logged out. */
  readonly idleTimeoutS: number;
  readonly limits?: Partial<LineLimits>;
}

export function messengerGateway(options: MessengerGatewayOptions): LineServer {
  const { dispatcher, events, timers, log, metrics, version, idleTimeoutS } = options;
  const limits: LineLimits = { ...lineLimits, ...options.limits };
  const shared = {
    users: new Map<string, MessengerUser>(),
    privates: new PrivateConnections(),
    timers,
  };
  const context = {
    dispatcher,
    events,
    log,
    idleTimeoutS,
    lineBytesMax: limits.lineBytesMax,
    welcome: (name: string) => `Welcome, ${name}. This is Paperclip ${version}.`,
    shared,
  };
  return new LineServer({
    wire,
    timers,
    log,
    metrics,
    limits,
    createSession: (connection) => new MessengerSession(connection, context),
    farewell: (end) => farewells[end](limits),
  });
}

const farewells = {
  abuse: () => encodeMessage(messageTypes.ERROR, 'Too many lines that are no messages: goodbye.'),
  'no-login': ({ loginWithinMs }: LineLimits) =>
    encodeMessage(messageTypes.TIMEOUT, `No log-in for ${Math.ceil(loginWithinMs / 1000)} s.`),
  shutdown: () =>
    encodeMessage(messageTypes.LOGOUT_ANNOUNCEMENT, 'The server is shutting down: goodbye.'),
} as const;
