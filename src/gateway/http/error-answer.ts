// Every failure as an HTTP answer: status, headers and the one error body. Our own errors take
// their status from the table; what Fastify and Node refuse keeps HTTP's status under our codes.

import type { FastifyReply } from 'fastify';
import { type ErrorBody, errorTable, PaperclipError } from '../../contract/errors.ts';
import { contractLimits } from '../../contract/limits.ts';
import type { Log } from '../../contract/telemetry.ts';
import { badRequest, failureBody, retryAfterS } from '../failure.ts';

export interface ErrorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: { readonly error: ErrorBody };
}

export function answerOf(cause: unknown, log: Log): ErrorAnswer {
  if (cause instanceof PaperclipError) return answer(cause.body);
  const known = protocolErrors[codeOf(cause)] ?? refusedByServer(cause);
  if (known !== undefined) {
    const { body } = badRequest(known.field, known.problem);
    return { status: known.status, headers: {}, body: { error: body } };
  }
  return answer(failureBody(cause, log, 'http'));
}

export function sendAnswer(
  reply: FastifyReply,
  { status, headers, body }: ErrorAnswer,
): FastifyReply {
  return reply.code(status).headers(headers).type('application/json').send(JSON.stringify(body));
}

function answer(error: ErrorBody): ErrorAnswer {
  const wait = retryAfterS(error);
  const headers: Record<string, string> = {};
  if (wait !== undefined) headers['retry-after'] = String(wait);
  const { httpStatus } = errorTable[error.code];
  // RFC 9110 section 15.5.2: a 401 names the scheme to use.
  if (httpStatus === 401) headers['www-authenticate'] = 'Bearer';
  return { status: httpStatus, headers, body: { error } };
}

interface ProtocolError {
  readonly status: number;
  readonly field: string;
  readonly problem: string;
}

/** What a request can do wrong below the commands, by the code that Fastify or Node gives it. */
const protocolErrors: Readonly<Record<string, ProtocolError>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: {
    status: 413,
    field: 'body',
    problem: `is larger than ${contractLimits.httpBodyBytesMax} bytes`,
  },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    status: 415,
    field: 'content-type',
    problem: 'must be application/json',
  },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    status: 400,
    field: 'content-length',
    problem: 'is not the length of the body',
  },
  FST_ERR_BAD_URL: { status: 400, field: 'path', problem: 'has a broken % escape' },
  ECONNRESET: { status: 400, field: 'body', problem: 'ended early' },
  HPE_HEADER_OVERFLOW: { status: 431, field: 'headers', problem: 'are too large together' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, field: 'request', problem: 'came too slowly' },
};

/** Whatever else Fastify says is the client's fault. */
function refusedByServer(cause: unknown): ProtocolError | undefined {
  if (typeof cause !== 'object' || cause === null || !('statusCode' in cause)) return undefined;
  const { statusCode: status } = cause;
  if (typeof status !== 'number' || status < 400 || status > 499) return undefined;
  return { status, field: 'request', problem: 'cannot be read as HTTP' };
}

function codeOf(cause: unknown): string {
  if (typeof cause !== 'object' || cause === null || !('code' in cause)) return '';
  return typeof cause.code === 'string' ? cause.code : '';
}

/** For what is not HTTP at all: there is no request to answer through, only a socket. */
export function rawAnswer(cause: unknown): string {
  const known = protocolErrors[codeOf(cause)] ?? {
    status: 400,
    field: 'request',
    problem: 'is not HTTP/1.1',
  };
  const text = JSON.stringify({ error: badRequest(known.field, known.problem).body });
  return [
    `HTTP/1.1 ${known.status} Refused`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${new TextEncoder().encode(text).length}`,
    'Connection: close',
    '',
    text,
  ].join('\r\n');
}
