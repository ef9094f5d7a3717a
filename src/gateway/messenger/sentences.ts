// What a messenger's user reads when something is refused. Errors of the platform have their own
// sentences here where theirs speak of commands that this wire does not have.

import { messageTypes } from '../../codec/messenger/messages.ts';
import type { ErrorBody, ErrorCode } from '../../contract/errors.ts';

/** A refusal of this wire's own, which no command of the platform gives. */
export class MessengerRefusal extends Error {
  override readonly name = 'MessengerRefusal';
}

const sentences: { readonly [Code in ErrorCode]?: string } = {
  WRONG_PASSWORD: 'The password is wrong.',
  ACCOUNT_LOCKED: 'Too many wrong passwords: {name} is locked for {retryAfterS} s.',
  NAME_TAKEN: 'The name {name} is taken.',
  PLAYER_NOT_FOUND: 'There is no user {player}.',
  PLAYER_OFFLINE: '{player} is offline.',
  BLOCKED: '{player} has blocked you.',
  BLOCKED_ALREADY: 'You have blocked {player} already.',
  NOT_BLOCKED: 'You have not blocked {player}.',
  RATE_LIMITED: 'That is too fast; go on in {retryAfterS} s.',
};

const toYourself: { readonly [type: number]: string } = {
  [messageTypes.MESSAGE]: 'You cannot send a message to yourself.',
  [messageTypes.BLOCK]: 'You cannot block yourself.',
  [messageTypes.UNBLOCK]: 'You cannot unblock yourself.',
  [messageTypes.START_PRIVATE]: 'You cannot start a private connection with yourself.',
};

/** `type` is the message that was refused; `usage` is added where the arguments were wrong. */
export function sentenceFor(body: ErrorBody, type: number, usage?: string): string {
  const { code, details, message } = body;
  if (code === 'TO_YOURSELF') return toYourself[type] ?? message;
  if (code === 'BAD_REQUEST' && usage !== undefined) return `${message} Usage: ${usage}`;
  const own = sentences[code];
  if (own === undefined) return message;
  return own.replace(/\{(\w+)\}/g, (brace, name: string) => String(details?.[name] ?? brace));
}
