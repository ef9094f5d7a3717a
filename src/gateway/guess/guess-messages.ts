// What is said on the guessing wire: the client's requests as they are read, and each sentence of
// the server's. The specification is docs/guess-service.md.

import type { ErrorBody } from '../../contract/errors.ts';
import { parseUntrustedJson } from '../untrusted-json.ts';

export type GuessMode = 'single' | 'multi';

export type GuessRequest =
  | { readonly kind: 'start' }
  | { readonly kind: 'mode'; readonly mode: GuessMode }
  | { readonly kind: 'key'; readonly key: number }
  | { readonly kind: 'exit' };

export interface GuessRules {
  readonly min: number;
  readonly max: number;
  readonly attempts: number;
}

/** Codes of this wire's own; others are the platform's. */
export const guessSentences = {
  NOT_JSON: 'That is not JSON. Send a value such as {"key":5}.',
  TOO_LONG: 'That is too long for anything that this service takes.',
  UNKNOWN_REQUEST: 'Send start. or {"mode":"single"} or {"key":5} or {"command":"exit"}.',
  UNKNOWN_MODE: 'There are two modes: single and multi.',
  UNKNOWN_COMMAND: 'There is one command: exit.',
  NOT_A_NUMBER: 'The key must be a whole number. This attempt does not count.',
  OUT_OF_RANGE: 'The key must be within the rules. This attempt does not count.',
  NO_ATTEMPTS: 'You have used your attempts. Wait for the next round.',
  NOT_YET: 'You play from the next round on. Wait until its rules come.',
  IN_A_ROUND: 'You are in a round. Send {"command":"exit"} to choose a mode again.',
  TOO_MANY_ERRORS: 'That was too much that nobody could read. Goodbye.',
  NO_START: 'Nothing was sent for too long. Goodbye.',
  STOPPING: 'The server is shutting down. Try again in a minute.',
} as const;

export type GuessCode = keyof typeof guessSentences;

/** Thrown where a request is refused by this wire. */
export class GuessRefusal extends Error {
  override readonly name = 'GuessRefusal';
  readonly code: GuessCode;

  constructor(code: GuessCode) {
    super(guessSentences[code]);
    this.code = code;
  }
}

/** Throws a GuessRefusal. */
export function readRequest(text: string): GuessRequest {
  if (text === 'start.') return { kind: 'start' };
  const parsed = parseUntrustedJson(text);
  if (!parsed.ok) throw new GuessRefusal('NOT_JSON');
  const { value } = parsed;
  if (typeof value !== 'object' || value === null) throw new GuessRefusal('UNKNOWN_REQUEST');
  if ('key' in value) {
    const { key } = value;
    if (typeof key !== 'number' || !Number.isSafeInteger(key)) {
      throw new GuessRefusal('NOT_A_NUMBER');
    }
    return { kind: 'key', key };
  }
  if ('mode' in value) {
    const { mode } = value;
    if (mode === 'single' || mode === 'multi') return { kind: 'mode', mode };
    throw new GuessRefusal('UNKNOWN_MODE');
  }
  if ('command' in value) {
    if (value.command === 'exit') return { kind: 'exit' };
    throw new GuessRefusal('UNKNOWN_COMMAND');
  }
  throw new GuessRefusal('UNKNOWN_REQUEST');
}

export const welcome = (rules: GuessRules): object => ({ rules, modes: ['single', 'multi'] });

/** `isLast`: it used the last attempt. */
export function answerTo(result: -1 | 0 | 1, isLast: boolean): object {
  if (result === 0) return { message: 'Congratulations, you did it.', finish: true };
  if (isLast) return { message: "Sorry, you've used all your attempts!", finish: true };
  const how = result < 0 ? 'small' : 'high';
  return { message: `Hint: You guessed too ${how}!`, finish: false };
}

export const roundEnds = {
  byAnother: { message: 'Some client made answer, start new round.', finish: true },
  byNobody: { message: 'All participants failed to guess, start new round.', finish: true },
} as const;

export interface GuessError {
  readonly error: { readonly code: string; readonly message: string };
}

export const errorOf = (code: GuessCode): GuessError => ({
  error: { code, message: guessSentences[code] },
});

export const platformError = ({ code, message, fix }: ErrorBody): GuessError => ({
  error: { code, message: `${message} ${fix}` },
});
