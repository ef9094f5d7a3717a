// What both modes of the guessing wire are to a session, and what they need of it.

import { PaperclipError } from '../../contract/errors.ts';
import type { PlatformEvent } from '../../contract/events.ts';
import type { Log } from '../../contract/telemetry.ts';
import type { Timers } from '../../domain/ports.ts';
import type { ReadGuessView } from '../guess-view.ts';
import type { SignedInPlayer } from '../signed-in-player.ts';
import type { GuessRules } from './guess-messages.ts';

export interface GuessPlayContext {
  readonly player: Pick<SignedInPlayer, 'player' | 'call'>;
  readonly readView: ReadGuessView;
  readonly timers: Timers;
  readonly log: Log;
  /** The client has been told the rules, and nothing after them. */
  readonly knowsRules: boolean;
  readonly send: (message: object) => void;
  /** A line of the log, of the class GAME. */
  readonly note: (what: string, fields: Readonly<Record<string, unknown>>) => void;
  /** It cannot go on, and has been left; the client goes back to choosing a mode. */
  readonly onLost: (cause: unknown) => void;
}

export interface GuessPlay {
  /** Resolves when the round has begun. Rejects with why not; then it is left. */
  begin(): Promise<void>;
  /** Resolves when it is answered. Rejects with what else is said to it. */
  guess(number: number): Promise<void>;
  handleEvent(event: PlatformEvent): void;
  /** Never rejects. */
  leave(): Promise<void>;
}

/** What was to be left is over already, unless it is a mistake of ours: nobody waits for it. */
export function noteNotLeft(cause: unknown, log: Log): void {
  if (!(cause instanceof PaperclipError)) log.error('round not left', { error: cause });
}

export const rulesOf = ({
  min,
  max,
  attempts,
}: {
  readonly min: number;
  readonly max: number;
  readonly attempts: number | null;
}): { readonly rules: GuessRules } => ({ rules: { min, max, attempts: attempts ?? 0 } });
