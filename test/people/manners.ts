// What a wire does by itself, cannot do, and keeps to itself, for the model: the rules of blocks
// are the same on all of them, and what a session gets to see of them is not.

import type { Action } from './history.ts';

/** Of what a player is told: what happens in the room, what people write, and the rest. */
export type Kind = 'room' | 'message' | 'own-message' | 'social';

export interface Manners {
  /**
   * A log-in enters the room and gives out what waited in the inbox; what comes later is
   * acknowledged a moment after it was given out, and certainly at the log-out.
   */
  readonly joinsAtLogIn: boolean;
  /** A second session of the same player would be refused. */
  readonly isOncePerPlayer: boolean;
  readonly hears: ReadonlySet<Kind>;
  /** Undefined: nothing of that kind can be done over it, or for it over another wire. */
  readonly answer: (action: Action, answer: Answer) => Answer | undefined;
}

type Answer = readonly string[] | string;

/** Commands and events as they are. */
export const plainManners: Manners = {
  joinsAtLogIn: false,
  isOncePerPlayer: false,
  hears: new Set<Kind>(['room', 'message', 'own-message', 'social']),
  answer: (_action, answer) => answer,
};

/** These do for themselves what only the session that is connected could ask for. */
const alone: ReadonlySet<Action['do']> = new Set(['enter', 'leave', 'drain']);

export const messengerManners: Manners = {
  joinsAtLogIn: true,
  isOncePerPlayer: true,
  hears: new Set<Kind>(['room', 'message']),
  answer: (action, answer) => (alone.has(action.do) ? undefined : answer),
};

/** The sender is told no more than that it was taken. */
const taken: ReadonlyMap<Answer, string> = new Map([
  ['said, not to all', 'said'],
  ['delivered', 'sent'],
  ['kept', 'sent'],
]);

export const textManners: Manners = {
  ...messengerManners,
  answer: (action, answer) => (alone.has(action.do) ? undefined : (taken.get(answer) ?? answer)),
};
