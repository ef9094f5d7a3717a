// What went wrong, as the body that travels. Services say it with a `PaperclipError`; anything else
// is a mistake of ours: the log gets all of it under an incident id, the caller only the id.

import { type ErrorBody, errorBody, PaperclipError } from '../contract/errors.ts';
import type { Log } from '../contract/telemetry.ts';

export function failureBody(cause: unknown, log: Log, wire: string): ErrorBody {
  if (cause instanceof PaperclipError) return cause.body;
  const incident = crypto.randomUUID().slice(0, 8);
  log.error('gateway failed', { incident, wire, error: cause });
  return errorBody('INTERNAL', { incident });
}

/** Whole seconds after which a call may succeed; undefined: the answer does not depend on time. */
export function retryAfterS(body: ErrorBody): number | undefined {
  const seconds = body.details?.['retryAfterS'];
  return typeof seconds === 'number' ? Math.max(1, Math.ceil(seconds)) : undefined;
}

/** A field of a wire's own envelope is wrong; the fields of `args` are the dispatcher's. */
export const badRequest = (field: string, problem: string): PaperclipError =>
  new PaperclipError('BAD_REQUEST', { field, problem });

/** For details that echo what a stranger sent. */
export const shortened = (text: string): string =>
  text.length <= 64 ? text : `${text.slice(0, 63)}…`;
