// The number stays a secret: what views tell of it, over whatever players do.

import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { seededRandom } from '../../src/base/prng.ts';
import type { StateOf } from '../../src/game/index.ts';
import { type GuessView, guess, type Mode } from './rules.ts';

type State = StateOf<typeof guess>;

/**
 * Two matches that differ in the number only: as long as a seat's own answers were the same in
 * both and the others stand where they stood, it sees the same, byte for byte.
 */
test('no view tells the number before that player found it or all is over', () => {
  const settings = fc.record({
    mode: fc.constantFrom<Mode>('alone', 'race', 'party'),
    attempts: fc.constantFrom(0, 3, 8),
  });
  const number = fc.integer({ min: 1, max: 20 });
  const event = fc.record({
    seat: fc.nat(2),
    number,
    kind: fc.constantFrom('guess', 'guess', 'guess', 'guess', 'leave'),
  });
  let alike = 0;
  const check = (states: readonly [State, State]): void => {
    for (const seat of [0, 1, 2]) {
      const [one, other] = states.map((state) => guess.view(state, seat)) as [GuessView, GuessView];
      const known = one.isOver || one.statuses[seat] === 'found';
      assert.equal(one.number, known ? states[0].number : null);
      assert.equal(one.results === null, !one.isOver);
      if (known || other.isOver) continue;
      const shown = ({ guesses, statuses, guessCounts, timesMs }: GuessView) =>
        JSON.stringify([guesses, statuses, guessCounts, timesMs]);
      if (shown(one) !== shown(other)) continue;
      assert.equal(JSON.stringify(one), JSON.stringify(other));
      alike += 1;
    }
  };
  fc.assert(
    fc.property(
      settings,
      number,
      number,
      fc.array(event, { maxLength: 20 }),
      (chosen, a, b, all) => {
        const random = seededRandom('s');
        const start = guess.setup({ players: 3, settings: { ...chosen, min: 1, max: 20 }, random });
        let states: readonly [State, State] = [
          { ...start, number: a },
          { ...start, number: b },
        ];
        check(states);
        for (const [at, one] of all.entries()) {
          const isGuess = one.kind === 'guess';
          const inputs = isGuess ? [{ seat: one.seat, input: { number: one.number } }] : [];
          const left = isGuess ? [] : [one.seat];
          const context = { random, tick: at + 1, elapsedMs: at, timedOut: false, left };
          states = [guess.step(states[0], inputs, context), guess.step(states[1], inputs, context)];
          check(states);
        }
      },
    ),
    { numRuns: 500 },
  );
  assert.ok(alike > 1000, `${alike} views were compared`);
});
