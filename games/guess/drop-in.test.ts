// What `dropIn` of the game promises to open rounds: a seat more changes nothing for the others.

import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { Simulation } from '../../src/game/simulation.ts';
import { type GuessView, guess } from './rules.ts';

const step = fc.record({
  seat: fc.nat({ max: 3 }),
  number: fc.integer({ min: 1, max: 10 }),
  leaves: fc.boolean(),
});

test('played again with a seat more, the same inputs come to the same for the others', () => {
  const { settings = {} } = guess.dropIn ?? {};
  const checked = guess.checkSettings(settings);
  assert.ok(checked.ok);
  fc.assert(
    fc.property(fc.string(), fc.array(step, { maxLength: 30 }), (seed, steps) => {
      const [few, more] = [4, 5].map((players) => {
        const simulation = new Simulation({
          game: guess,
          players,
          settings: checked.value.value,
          seed,
        });
        const refusals = steps.map(({ seat, number, leaves }, at) => {
          const why = leaves ? undefined : simulation.refusal(seat, { number });
          if (why !== undefined) return why;
          simulation.step({
            inputs: leaves ? [] : [{ seat, input: { number } }],
            timedOut: false,
            left: leaves ? [seat] : [],
            elapsedMs: at * 100,
          });
          return 'taken';
        });
        const views = [0, 1, 2, 3].map((seat) => simulation.view(seat).value);
        // Boundary: these are the game's own views.
        return { refusals, views: views as unknown as readonly GuessView[], simulation };
      });
      assert.deepEqual(more?.refusals, few?.refusals);
      for (const seat of [0, 1, 2, 3]) {
        const { guesses, guessCount, low, high, statuses, winner } = few!.views[seat]!;
        const other = more!.views[seat]!;
        assert.deepEqual(other.guesses, guesses);
        assert.deepEqual([other.guessCount, other.low, other.high], [guessCount, low, high]);
        assert.deepEqual(other.statuses.slice(0, 4), statuses);
        assert.equal(other.winner, winner);
      }
      const numbers = [few, more].map(
        (one) => (one!.simulation.state as { number: number }).number,
      );
      assert.equal(numbers[0], numbers[1]);
    }),
  );
});
