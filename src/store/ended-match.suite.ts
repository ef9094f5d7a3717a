// Matches that a store first hears of when they are over, as open rounds are: part of what every
// store must do.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchOf, playerNamed, type StoreUnderTest, sessionOf } from './store.suite.ts';

export function endedMatchStoreSuite(name: string, make: () => Promise<StoreUnderTest>): void {
  test(`${name}: a match that is told when it is over is stored whole, and once`, async () => {
    const { store, close } = await make();
    const ada = playerNamed('Ada');
    await store.accounts.add(ada, sessionOf(ada));
    const match = matchOf('m1', 'Ada', 'Bob');
    const seats = match.seats.map((seat, at) => ({ ...seat, place: at + 1 }));
    const end = { reason: 'outcome', endedAtMs: 50, stateHash: 'ab' } as const;
    const ratings = [{ playerId: ada.id, counts: 'wins' } as const];
    const outcome = { ...end, seats, record: '{"match":"m1"}', ratings };
    const told = [1, 2, 3].map(() => store.matches.addEnded(match, outcome));
    assert.deepEqual((await Promise.all(told)).sort(), [false, false, true]);
    assert.deepEqual(await store.matches.byId('m1'), { ...match, seats, end });
    assert.equal(await store.matches.record('m1'), '{"match":"m1"}');
    const [first] = await store.ratings.page('rps', undefined, 10);
    assert.deepEqual([first?.name, first?.wins], ['Ada', 1]);
    assert.equal(await store.matches.abandonRunning(60), 0);

    const broken = { ...outcome, seats: [...seats, ...seats] };
    await assert.rejects(store.matches.addEnded(matchOf('m2', 'Ada', 'Bob'), broken));
    assert.equal(await store.matches.byId('m2'), undefined, 'nothing of it is there');
    await close();
  });
}
