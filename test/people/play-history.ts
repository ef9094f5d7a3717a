// Plays a history over a wire, step by step, and holds every answer and everything that every
// session got to the model.

import assert from 'node:assert/strict';
import {
  type History,
  labelsOf,
  type PeopleSession,
  type PeopleWire,
  playerOfSlot,
} from './history.ts';
import { PeopleModel } from './model.ts';

/** Resolves with how many actions had a meaning. */
export async function playHistory(wire: PeopleWire, history: History): Promise<number> {
  const labels = labelsOf(wire, history);
  const model = new PeopleModel(wire.names, (slot) => wire.manners(labels[slot] ?? ''));
  const sessions = new Map<number, PeopleSession>();
  let done = 0;
  for (const [step, action] of history.actions.entries()) {
    const expected = model.act(action);
    if (expected.answer === undefined) continue;
    done++;
    const session = sessions.get(action.by);
    const what = `step ${step}, ${labels[action.by]}: ${JSON.stringify(action)}`;
    if (action.do === 'log-out') {
      sessions.delete(action.by);
      await session?.logOut();
    } else if (session === undefined) {
      const label = labels[action.by] ?? '';
      sessions.set(action.by, await wire.logIn(playerOfSlot(action.by), label));
    } else {
      const answer = await session.act(action);
      assert.deepEqual(inAnyOrder(answer), inAnyOrder(expected.answer), `answer at ${what}`);
    }
    await wire.settle([...sessions.values()]);
    for (const [slot, one] of sessions) {
      const told = `slot ${slot} (${wire.names[playerOfSlot(slot)]}, ${labels[slot]}) at ${what}`;
      assert.deepEqual(inAnyOrder(one.seen()), inAnyOrder(expected.seen.get(slot) ?? []), told);
    }
  }
  for (const session of sessions.values()) await session.logOut();
  return done;
}

const inAnyOrder = (answer: readonly string[] | string): readonly string[] | string =>
  typeof answer === 'string' ? answer : answer.toSorted();
