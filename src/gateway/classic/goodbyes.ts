// What a player of the classic wire is told when a connection that was made ends here, and why:
// ERROR 2.1 with a sentence, since the older clients show its text, and fall over a 1.0.

import { errorCodes } from '../../codec/classic/numbers.ts';
import type { EventData } from '../../contract/events.ts';
import type { Log } from '../../contract/telemetry.ts';
import type { Goodbye } from '../../protocol/classic/output.ts';
import { failureBody } from '../failure.ts';
import { wire } from './wire.ts';

/** Its message is for the player. */
export class ClassicRefusal extends Error {
  override readonly name = 'ClassicRefusal';
}

export const farewell = (text: string): Goodbye => ({ code: errorCodes.serverDisconnect, text });

/** Of a player who cannot come in. */
export function refusal(cause: unknown, log: Log): Goodbye {
  if (cause instanceof ClassicRefusal) return farewell(cause.message);
  const { message, fix } = failureBody(cause, log, wire);
  return farewell(`${message} ${fix}`);
}

export const removalTexts: Readonly<Record<EventData<'lobby.removed'>['reason'], string>> = {
  left: 'You left the lobby over another connection.',
  kicked: 'The owner removed you from the lobby.',
  absent: 'You were away for too long.',
  closed: 'The lobby was closed.',
  'too-few': 'Too few players joined.',
  'no-room': 'The server has no room for the match now.',
};

export const sessionTexts: Readonly<Record<EventData<'session.ended'>['reason'], string>> = {
  'logged-out': 'You logged out over another connection.',
  'refresh-reused': 'Your session was ended.',
  revoked: 'You joined again, or ended this session elsewhere.',
  kicked: 'An operator ended your session.',
  banned: 'You are banned.',
  upgraded: 'You have an account now; join with it.',
};
