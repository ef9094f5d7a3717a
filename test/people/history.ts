// Random histories of people who meet, talk and block each other, as data; and what a wire must
// offer so that one can be played over it. What must come of it is the model's knowledge.

import fc from 'fast-check';
import type { Manners } from './manners.ts';

export const playersCount = 5;
/** Sessions of one player. */
const slotsEach = 2;

/** `by` is a session slot: two of each player. */
export type Action =
  | {
      readonly do:
        | 'log-in'
        | 'log-out'
        | 'enter'
        | 'leave'
        | 'drain'
        | 'open-lobby'
        | 'leave-lobby'
        | 'list-lobbies'
        | 'list-online'
        | 'list-since'
        | 'list-room'
        | 'list-friends';
      readonly by: number;
    }
  | {
      readonly do: 'block' | 'unblock' | 'befriend' | 'unfriend' | 'read' | 'look-at';
      readonly by: number;
      readonly whom: number;
    }
  | { readonly do: 'say'; readonly by: number; readonly text: string }
  | { readonly do: 'send'; readonly by: number; readonly whom: number; readonly text: string };

export interface History {
  /** The wire of each slot: an index among the labels of the wire under test. */
  readonly wires: readonly number[];
  readonly actions: readonly Action[];
}

export const slotsCount = playersCount * slotsEach;
export const playerOfSlot = (slot: number): number => Math.floor(slot / slotsEach);

const by = fc.nat({ max: slotsCount - 1 });
const whom = fc.nat({ max: playersCount - 1 });
const text = fc.nat({ max: 999 }).map((number) => `text ${number}`);

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('enter', 'enter', 'leave', 'drain', 'log-in', 'log-out'),
      by,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'list-lobbies',
        'list-online',
        'list-since',
        'list-room',
        'list-friends',
        'open-lobby',
        'leave-lobby',
      ),
      by,
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'block',
        'block',
        'unblock',
        'befriend',
        'befriend',
        'unfriend',
        'read',
        'look-at',
      ),
      by,
      whom,
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('say'), by, text }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('send'), by, whom, text }) },
);

/** Everybody comes first, because little happens between people who are away. */
export const histories = (actionsMax: number, actionsMin = 0): fc.Arbitrary<History> =>
  fc.record({
    wires: fc.array(fc.nat({ max: 99 }), { minLength: slotsCount, maxLength: slotsCount }),
    actions: fc
      .tuple(
        fc.shuffledSubarray(
          Array.from({ length: slotsCount }, (_, slot) => slot),
          { minLength: playersCount },
        ),
        fc.array(action, { minLength: actionsMin, maxLength: actionsMax, size: 'max' }),
      )
      .map(([first, then]) => [
        ...first.map((slot): Action => ({ do: 'log-in', by: slot })),
        ...then,
      ]),
  });

/** By slot. A wire that takes a player once is the first slot's; the second has the first label. */
export function labelsOf(wire: PeopleWire, history: History): readonly string[] {
  const labels: string[] = [];
  for (let slot = 0; slot < slotsCount; slot++) {
    const wish = wire.labels[(history.wires[slot] ?? 0) % wire.labels.length] ?? '';
    const isTaken =
      slot % slotsEach > 0 && labels[slot - 1] === wish && wire.manners(wish).isOncePerPlayer;
    labels.push(isTaken ? (wire.labels[0] ?? '') : wish);
  }
  return labels;
}

/** One session of a player over some wire. */
export interface PeopleSession {
  /**
   * The answer as the model words it: what a list names, in any order; else what was done, or the
   * code of the refusal. Never called for `log-in` and `log-out`.
   */
  act(action: Action): Promise<readonly string[] | string>;
  /** What came since this was asked last, as the model words it. */
  seen(): readonly string[];
  /** Resolves when the server has noticed. */
  logOut(): Promise<void>;
}

/** A running platform that no other history has touched, with accounts of these names. */
export interface PeopleWire {
  /** The first one has plain manners. */
  readonly labels: readonly string[];
  readonly names: readonly string[];
  manners(label: string): Manners;
  logIn(player: number, label: string): Promise<PeopleSession>;
  /** Resolves when everything that was caused so far has reached the sessions. */
  settle(sessions: readonly PeopleSession[]): Promise<void>;
}
