// The HTTP companion of the classic wire, at the root paths of the HTTP port: reads requests as the
// older clients send them (Basic, JSON bodies on any method, a slash at the end or none) and writes
// answers as they expect them. What the rows do is in `companion-routes.ts`.
//
// The HTTP gateway mounts it into its server; it knows no other route of that.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { errorTable, PaperclipError } from '../../contract/errors.ts';
import type { Log } from '../../contract/telemetry.ts';
import type { ClassicAccounts } from '../../domain/account/classic-keys.ts';
import type { Dispatcher } from '../../domain/platform.ts';
import type { Clock, Timers } from '../../domain/ports.ts';
import { failureBody, retryAfterS } from '../failure.ts';
import { type IsTrustedProxy, peerAddress } from '../peer-address.ts';
import { basicCredentials } from './basic-credentials.ts';
import { readArguments } from './companion-arguments.ts';
import { LobbyList } from './companion-lobbies.ts';
import { type Answer, type CompanionRow, companionRows } from './companion-routes.ts';
import { CompanionSessions } from './companion-sessions.ts';
import type { LobbyIntents } from './lobby-intents.ts';
import { wire } from './wire.ts';

export interface CompanionOptions {
  readonly dispatcher: Dispatcher;
  readonly classic: ClassicAccounts;
  /** Filled here; the side of the datagrams reads it. */
  readonly intents: LobbyIntents;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly isTrustedProxy: IsTrustedProxy;
  /** Where players send their datagrams, whichever lobby they mean. */
  readonly lobbyAddress: () => readonly [host: string, port: number];
  /** This server's own, in DER, good for now. */
  readonly serverCertificate: () => Uint8Array;
}

export interface Companion {
  /** Adds its routes. */
  readonly mount: (app: FastifyInstance) => void;
  /** Ends the sessions that it kept. */
  close(): Promise<void>;
}

export function createCompanion(options: CompanionOptions): Companion {
  const sessions = new CompanionSessions(options);
  const rows = companionRows({ ...options, sessions, lobbies: new LobbyList() });
  return {
    mount: (app) => {
      // In a scope of its own, since here bodies of any type stay unread until `answer` reads them.
      app.register(async (scope) => {
        scope.removeAllContentTypeParsers();
        scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
        scope.setErrorHandler((error, _request, reply) => sendFailure(reply, error, options.log));
        for (const row of rows) addRow(scope, row, sessions, options);
      });
    },
    close: () => sessions.close(),
  };
}

function addRow(
  app: FastifyInstance,
  row: CompanionRow,
  sessions: CompanionSessions,
  { isTrustedProxy }: CompanionOptions,
): void {
  const handler = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> =>
    send(reply, await answer(row, sessions, request, addressOf(request, isTrustedProxy)));
  const others = methods.filter((method) => method !== row.method);
  for (const url of row.paths.flatMap((path) => [path, `${path}/`])) {
    app.route({ method: row.method, url, exposeHeadRoute: false, handler });
    app.route({
      method: [...others],
      url,
      handler: (_request, reply) =>
        sendText(reply.header('allow', row.method), 405, `This path takes ${row.method} alone.`),
    });
  }
}

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

async function answer(
  { answer: how }: CompanionRow,
  sessions: CompanionSessions,
  request: FastifyRequest,
  address: string,
): Promise<Answer> {
  if ('anyone' in how) {
    return how.anyone({ address, args: await readArguments(request) });
  }
  // Before the body, so that a stranger's is not looked at.
  const credentials = basicCredentials(request.headers.authorization);
  if (credentials === undefined) throw new PaperclipError('UNAUTHENTICATED');
  const user = await signedIn(() => sessions.user(credentials, address));
  return how.user(user, { address, args: await readArguments(request) });
}

/** A name or password that cannot be one is a wrong one. */
async function signedIn<T>(logIn: () => Promise<T>): Promise<T> {
  try {
    return await logIn();
  } catch (cause) {
    if (!(cause instanceof PaperclipError) || cause.code !== 'BAD_REQUEST') throw cause;
    throw new PaperclipError('WRONG_PASSWORD');
  }
}

const addressOf = (request: FastifyRequest, isTrustedProxy: IsTrustedProxy): string =>
  peerAddress(
    {
      socketAddress: request.socket.remoteAddress,
      forwardedFor: request.headers['x-forwarded-for']?.toString(),
    },
    isTrustedProxy,
  );

function send(reply: FastifyReply, { status, body }: Answer): FastifyReply {
  if (body === undefined) return reply.code(status).send();
  return reply.code(status).type('application/json').send(JSON.stringify(body));
}

/** The older clients look at the status alone; the sentence is for people. */
function sendFailure(reply: FastifyReply, cause: unknown, log: Log): FastifyReply {
  const body = failureBody(cause, log, wire);
  const wait = retryAfterS(body);
  if (wait !== undefined) reply.header('retry-after', String(wait));
  const status = statusOf(body.code);
  // A body that was not read, or not all of it, stands between this request and the next.
  reply.header('connection', 'close');
  if (status !== 401) return sendText(reply, status, `${body.message} ${body.fix}`);
  return sendText(reply.header('www-authenticate', `Basic realm="Paperclip"`), 401, unauthorized);
}

const unauthorized = 'Unauthorized Access';

/** This wire has 400 and 404 where the platform says that things stand otherwise. */
function statusOf(code: PaperclipError['code']): number {
  if (code === 'NOT_FRIENDS' || code === 'NOT_AN_ACCOUNT' || code === 'BLOCKED') return 404;
  const { httpStatus } = errorTable[code];
  return httpStatus === 409 ? 400 : httpStatus;
}

const sendText = (reply: FastifyReply, status: number, text: string): FastifyReply =>
  reply.code(status).type('text/plain; charset=utf-8').send(text);
