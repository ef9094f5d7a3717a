// From the platform's errors to this wire's codes: the one table, and the body that travels.

import type { ErrorBody, ErrorCode } from '../../contract/errors.ts';
import type { Log } from '../../contract/telemetry.ts';
import { failureBody } from '../failure.ts';
import { type TextCode, TextRefusal, textCodes } from './text-codes.ts';

/** All others are `notNow`, with the platform's sentence. */
const codeOf: Readonly<Partial<Record<ErrorCode, TextCode>>> = {
  UNAUTHENTICATED: textCodes.notLoggedIn,
  SESSION_EXPIRED: textCodes.notLoggedIn,
  NAME_TAKEN: textCodes.nameInUse,
  WRONG_PASSWORD: textCodes.notYourAccount,
  ACCOUNT_LOCKED: textCodes.notYourAccount,
  BANNED: textCodes.notYourAccount,
  PLAYER_NOT_FOUND: textCodes.noSuchPlayer,
  PLAYER_OFFLINE: textCodes.noSuchPlayer,
  BLOCKED: textCodes.noSuchPlayer,
  TO_YOURSELF: textCodes.toYourself,
  PARTY_RUNNING: textCodes.gameStarted,
  ALREADY_IN_LOBBY: textCodes.joinedAlready,
  NO_PARTY: textCodes.noGame,
  GAME_NOT_FOUND: textCodes.noGame,
  MATCH_NOT_FOUND: textCodes.noGame,
  MATCH_NOT_RUNNING: textCodes.noGame,
  NOT_IN_MATCH: textCodes.notParticipant,
  NOT_ATTACHED: textCodes.notParticipant,
  RATE_LIMITED: textCodes.tooFast,
  ROOM_BUSY: textCodes.tooFast,
  FILE_TOO_LARGE: textCodes.fileTooLarge,
  INTERNAL: textCodes.failed,
  BAD_REQUEST: textCodes.notTaken,
};

/** Their code does not say what a person can do about it. */
const explained: ReadonlySet<ErrorCode> = new Set(['ACCOUNT_LOCKED', 'BANNED']);

export interface TextError {
  readonly status: 'ERROR';
  readonly code: TextCode;
  readonly message?: string;
}

/** The answer to a request that failed with `cause`. */
export function textError(cause: unknown, log: Log): TextError {
  if (cause instanceof TextRefusal) return body(cause.code, cause.text);
  const error = failureBody(cause, log, 'text');
  const code = platformCode(error);
  const isOurs = (code >= 9000 && code < 10_000) || explained.has(error.code);
  return body(code, isOurs ? error.message : undefined);
}

/** Of fields whose wrong values have a code of their own. */
const codeOfField: Readonly<Record<string, TextCode>> = {
  // Of no letters, or of a thousand.
  to: textCodes.noSuchPlayer,
  // More than a number can count.
  size: textCodes.fileTooLarge,
  sha256: textCodes.badChecksum,
};

function platformCode({ code, details }: ErrorBody): TextCode {
  const ofField = code === 'BAD_REQUEST' ? codeOfField[String(details?.['field'])] : undefined;
  return ofField ?? codeOf[code] ?? textCodes.notNow;
}

const body = (code: TextCode, message: string | undefined): TextError =>
  message === undefined ? { status: 'ERROR', code } : { status: 'ERROR', code, message };
