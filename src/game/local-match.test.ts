import assert from 'node:assert/strict';
import test from 'node:test';
import { defineGame, t } from './define-game.ts';
import { playLocal } from './local-match.ts';

interface Race {
  readonly at: readonly number[];
  readonly late: number;
}

const race = defineGame({
  name: 'race',
  title: 'Race',
  players: { min: 2, max: 3 },
  input: t.Object({ go: t.Integer({ minimum: 1, maximum: 3 }) }),
  setup: ({ players }): Race => ({ at: new Array<number>(players).fill(0), late: 0 }),
  step: ({ at, late }, inputs, { timedOut }): Race => ({
    at: at.map((x, seat) =>
      inputs.reduce((y, one) => (one.seat === seat ? y + one.input.go : y), x),
    ),
    late: timedOut ? late + 1 : late,
  }),
  view: ({ at }, seat) => ({ mine: at[seat] ?? 0 }),
  outcome: ({ at }) => {
    const winner = at.findIndex((x) => x >= 10);
    if (winner < 0) return undefined;
    return { ranking: [[winner], at.map((_, seat) => seat).filter((seat) => seat !== winner)] };
  },
  turnTimeMs: () => 1000,
  bot: (_, { random }) => ({ go: 1 + random.below(3) }),
});

test('without a word, bots play the game to its end', () => {
  const { reason, outcome, record } = playLocal(race);
  assert.equal(reason, 'outcome');
  assert.equal(outcome?.ranking.flat().length, 2);
  assert.ok(record.endedAtMs > 0);
});

test('equal seeds play equal matches', () => {
  const log = (seed: string): string => JSON.stringify(playLocal(race, { seed }).record.log);
  assert.equal(log('a'), log('a'));
  assert.notEqual(log('a'), log('b'));
});

test('functions play seats, and are told what their seat sees', () => {
  const seen: number[] = [];
  const { outcome, views } = playLocal(race, {
    seats: [
      (view) => {
        seen.push(view.mine);
        return { go: 3 };
      },
      'idle',
    ],
  });
  assert.deepEqual(outcome, { ranking: [[0], [1]] });
  assert.deepEqual(seen, [0, 3, 6, 9]);
  assert.deepEqual(views, [{ mine: 12 }, { mine: 0 }]);
});

test('a script of inputs plays in its order, and what is refused is told', () => {
  const { reason, state, refusals } = playLocal(race, {
    inputs: [
      { seat: 0, input: { go: 2 } },
      { seat: 1, input: { go: 9 } },
      { seat: 1, input: { go: 3 } },
    ],
  });
  assert.equal(reason, 'abandoned');
  assert.deepEqual(state, { at: [2, 3], late: 0 });
  assert.deepEqual(
    refusals.map(({ seat, message }) => [seat, message]),
    [[1, 'go must be <= 3']],
  );
});

test('turns whose time runs out are played without waiting', () => {
  const { state, reason } = playLocal(race, { seats: ['idle', 'idle'], stopAfterMs: 5500 });
  assert.deepEqual([state.late, reason], [5, 'abandoned']);
});

test('a game that throws is reported with its words', () => {
  const broken = defineGame({
    ...race,
    outcome: () => {
      throw new Error('boom');
    },
  });
  assert.throws(() => playLocal(broken), /game race: outcome: boom/);
});

test('a game that changes its state instead of returning the next one is found out', () => {
  const careless = defineGame({
    ...race,
    step: (state: Race, inputs) => {
      for (const { seat, input } of inputs) (state.at as number[])[seat]! += input.go;
      return state;
    },
  });
  assert.throws(() => playLocal(careless), /game race: step: Cannot assign to read only property/);
});

test('a game that draws its own random numbers is found out', () => {
  let draws = 0;
  const moody = defineGame({
    ...race,
    setup: ({ players }) => {
      draws += 1;
      return { at: new Array<number>(players).fill(0), late: draws };
    },
  });
  assert.throws(() => playLocal(moody), /game race: a replay of the same inputs came to another/);
});

test('a real-time game is played tick by tick', () => {
  const { turnTimeMs: _, ...withoutTurns } = race;
  const live = defineGame({ ...withoutTurns, tickHz: 30 });
  const { reason, record } = playLocal(live, {
    seats: ['bot', ({ mine }) => (mine > 5 ? undefined : { go: 1 })],
  });
  assert.equal(reason, 'outcome');
  assert.ok(record.ticks >= 4);
});
