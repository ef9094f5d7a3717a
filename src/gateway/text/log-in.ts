// Section 1: from a LOGIN_REQ to a session of the platform. A name alone is a guest's, a name with
// a password an account's. Each refusal has its code; on one, no session is left behind.

import { PaperclipError } from '../../contract/errors.ts';
import type { Session } from '../../contract/schema.ts';
import type { CallOrigin, Dispatcher } from '../../domain/platform.ts';
import { TextRefusal, textCodes } from './text-codes.ts';
import { textLimits as limits } from './text-limits.ts';

export interface Credentials {
  readonly username: string;
  readonly password?: string;
}

const { nameCharactersMin, nameCharactersMax } = limits;
const namePattern = new RegExp(`^[A-Za-z0-9_]{${nameCharactersMin},${nameCharactersMax}}$`);

export async function logIn(
  dispatcher: Dispatcher,
  origin: CallOrigin,
  { username: name, password }: Credentials,
): Promise<Session> {
  if (!namePattern.test(name)) throw new TextRefusal(textCodes.badName);
  if (password === undefined) return logInGuest(dispatcher, origin, name);
  try {
    return await dispatcher.call(origin, 'account.login', { name, password });
  } catch (cause) {
    // No password has no letters, or thousands: it is a wrong one.
    if (isCode(cause, 'BAD_REQUEST')) throw new TextRefusal(textCodes.notYourAccount);
    throw cause;
  }
}

async function logInGuest(
  dispatcher: Dispatcher,
  origin: CallOrigin,
  name: string,
): Promise<Session> {
  try {
    return await dispatcher.call(origin, 'account.guest', { name, exact: true });
  } catch (cause) {
    if (!isCode(cause, 'NAME_TAKEN')) throw cause;
    const { kind } = await dispatcher.call(origin, 'account.exists', { name });
    if (kind === 'account') throw new TextRefusal(textCodes.notYourAccount);
    throw cause;
  }
}

const isCode = (cause: unknown, code: PaperclipError['code']): boolean =>
  cause instanceof PaperclipError && cause.code === code;
