import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { seededRandom } from '../../src/base/prng.ts';
import { MatchRunner, PlayerView, playLocal, replay } from '../../src/game/index.ts';
import { type GuessView, guess, type Mode } from './rules.ts';

/** The number that a match with this seed has in the range of its mode. */
const secretOf = (settings: object, seed = 's'): number =>
  playLocal(guess, { seed, settings, inputs: [] }).state.number;

const idle = (players: number) => new Array<'idle'>(players).fill('idle');

function play(
  settings: object,
  players: number,
  ...guesses: readonly (readonly [number, number])[]
) {
  return playLocal(guess, {
    seed: 's',
    settings,
    seats: idle(players),
    inputs: guesses.map(([seat, number]) => ({ seat, input: { number } })),
  });
}

/** A match in which every call has its time, and players may leave. */
function ledger(settings: object, players: number) {
  const runner = new MatchRunner({
    matchId: 'm',
    game: guess,
    settings,
    seed: 's',
    seats: idle(players).map((_, seat) => ({ playerId: `p${seat}`, name: 'n', bot: false })),
    nowMs: 0,
    options: { freezeStates: true },
  });
  const refused: string[] = [];
  const seen = idle(players).map(() => new PlayerView<GuessView>());
  let record: unknown;
  let dueMs: number | undefined;
  let ended: { readonly reason: string; readonly ranking: unknown } | undefined;
  const drain = (): void => {
    for (let one = runner.poll(); one !== undefined; one = runner.poll()) {
      if (one.kind === 'timeout') dueMs = one.atMs;
      else if (one.kind === 'send') {
        seen[one.seat]?.handle(0, one.message);
        if (one.message.kind === 'refused') refused.push(one.message.message);
      } else {
        record = one.record;
        ended = { reason: one.record.reason, ranking: one.record.outcome?.ranking };
      }
    }
  };
  let sequence = 0;
  for (let seat = 0; seat < players; seat++) runner.handleJoin(0, seat);
  drain();
  return {
    refused,
    view: (seat: number): GuessView => seen[seat]!.view!,
    guess: (atMs: number, seat: number, number: number) => {
      sequence += 1;
      runner.handleInput(atMs, seat, sequence, { number });
      drain();
    },
    forfeit: (atMs: number, seat: number) => {
      runner.handleForfeit(atMs, seat);
      drain();
    },
    wait: (atMs: number) => {
      runner.handleTimeout(atMs);
      drain();
    },
    dueMs: () => dueMs,
    ended: () => ended,
    replays: () => {
      const again = replay(guess, JSON.parse(JSON.stringify(record)));
      assert.equal(again.ok && again.value.matches, true);
    },
  };
}

test('a guess is answered with too low, too high, or right', () => {
  const number = secretOf({ mode: 'party' });
  const { views } = play({ mode: 'party' }, 2, [0, number - 1], [0, number + 1], [0, number]);
  assert.deepEqual(views[0]?.guesses, [
    { number: number - 1, result: -1 },
    { number: number + 1, result: 1 },
    { number, result: 0 },
  ]);
  assert.deepEqual([views[0]?.guessCount, views[0]?.low, views[0]?.high], [3, number, number]);
  assert.deepEqual([views[1]?.guessCount, views[1]?.low, views[1]?.high], [0, 1, 50]);
});

test('each mode has its own range, attempts and time when the settings say nothing of them', () => {
  const of = (settings: object) => {
    const it = ledger(settings, 1);
    const { min, max, attempts, attemptsLeft, mode } = it.view(0);
    return [mode, min, max, attempts, attemptsLeft, it.dueMs()];
  };
  const hourMs = 3_600_000;
  assert.deepEqual(of({}), ['race', 1, 10, 5, 5, hourMs]);
  assert.deepEqual(of({ mode: 'race' }), ['race', 1, 10, 5, 5, hourMs]);
  assert.deepEqual(of({ mode: 'alone' }), ['alone', 1, 10, 5, 5, hourMs]);
  assert.deepEqual(of({ mode: 'party' }), ['party', 1, 50, null, null, 120_000]);
  const own = { mode: 'party', min: -5, max: 5, attempts: 3, timeLimitMs: 9000 };
  assert.deepEqual(of(own), ['party', -5, 5, 3, 3, 9000]);
  assert.deepEqual(of({ mode: 'alone', attempts: 0 }), ['alone', 1, 10, null, null, hourMs]);
});

test('settings that make no game are refused by name', () => {
  const refusal = (settings: unknown): string => {
    const checked = guess.checkSettings(settings);
    return checked.ok ? 'fine' : checked.error.message;
  };
  assert.equal(refusal({ mode: 'duel' }), 'mode must be one of "alone", "race", "party"');
  assert.equal(refusal({ min: 10 }), 'settings must have min below max, not 10..10');
  assert.equal(refusal({ mode: 'party', min: 60 }), 'settings must have min below max, not 60..50');
  assert.equal(refusal({ min: 'one' }), 'min must be integer');
  assert.equal(refusal({ max: 1e10 }), 'max must be <= 1000000000');
  assert.equal(refusal({ attempts: -1 }), 'attempts must be >= 0');
  assert.equal(refusal({ timeLimitMs: 5 }), 'timeLimitMs must be >= 1000');
  assert.equal(refusal({ number: 5 }), 'number is not a member that settings has');
  for (const other of [[], 'x', 7]) assert.equal(refusal(other), 'settings must be object');
  assert.equal(refusal({ min: -1e9, max: 1e9 }), 'fine');
});

test('a race and a party of one work like any other', () => {
  for (const mode of ['race', 'party']) {
    const { reason, views } = play({ mode }, 1, [0, secretOf({ mode })]);
    assert.deepEqual([reason, views[0]?.results], ['outcome', [{ seat: 0, timeMs: 100 }]]);
  }
});

test('the number is drawn from the whole range and nowhere else', () => {
  const seen = new Set<number>();
  for (let seed = 0; seed < 200; seed++) seen.add(secretOf({ mode: 'race' }, `seed ${seed}`));
  assert.deepEqual(
    [...seen].toSorted((a, b) => a - b),
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
  );
});

test('a guess outside the range is refused and does not count', () => {
  const { refusals, views } = play({}, 1, [0, 0], [0, 11], [0, -7], [0, 1e300]);
  assert.deepEqual(
    refusals.map(({ code, message }) => [code, message]),
    [0, 11, -7, 1e300].map((number) => [
      'rules',
      `${number} is not from 1 to 10, and does not count as an attempt`,
    ]),
  );
  assert.deepEqual([views[0]?.attemptsLeft, views[0]?.guessCount], [5, 0]);
});

test('what is no whole number never reaches the rules', () => {
  for (const number of ['5', 5.5, null, undefined, true, [5]]) {
    assert.equal(guess.checkInput({ number }).ok, false, String(number));
  }
  for (const other of [{}, 5, null, { number: 5, extra: 1 }]) {
    assert.equal(guess.checkInput(other).ok, false);
  }
});

test('alone, the match ends with the right guess', () => {
  const number = secretOf({ mode: 'alone' });
  const wrong = number === 1 ? 2 : 1;
  const { reason, outcome, views } = play({ mode: 'alone' }, 1, [0, wrong], [0, number]);
  assert.deepEqual([reason, outcome], ['outcome', { ranking: [[0]], score: [1] }]);
  assert.deepEqual(
    [views[0]?.isOver, views[0]?.number, views[0]?.statuses, views[0]?.timesMs, views[0]?.results],
    [true, number, ['found'], [200], [{ seat: 0, timeMs: 200 }]],
  );
});

test('alone, the match ends without attempts, and the number is told then', () => {
  const number = secretOf({ mode: 'alone' });
  const wrong = number === 1 ? 2 : 1;
  const four = play({ mode: 'alone' }, 1, [0, wrong], [0, wrong], [0, wrong], [0, wrong]);
  assert.deepEqual(
    [four.reason, four.views[0]?.number, four.views[0]?.attemptsLeft],
    ['abandoned', null, 1],
  );
  const five = play({ mode: 'alone' }, 1, ...new Array<[number, number]>(5).fill([0, wrong]));
  assert.deepEqual([five.reason, five.outcome], ['outcome', { ranking: [[0]], score: [0] }]);
  assert.deepEqual([five.views[0]?.number, five.views[0]?.attemptsLeft], [number, 0]);
  assert.deepEqual(five.views[0]?.results, [{ seat: 0, timeMs: null }]);
});

test('alone with others, each plays on whatever the others found, and fewer guesses are better', () => {
  const number = secretOf({ mode: 'alone' });
  const wrong = number === 1 ? 2 : 1;
  const first = play({ mode: 'alone' }, 2, [0, wrong], [0, number]);
  assert.equal(first.reason, 'abandoned');
  assert.equal(first.views[0]?.number, number);
  assert.equal(first.views[1]?.number, null);
  const both = play({ mode: 'alone' }, 2, [0, wrong], [0, number], [1, number]);
  assert.deepEqual(both.outcome?.ranking, [[1], [0]]);
});

test('the first right guess ends a race for all', () => {
  const number = secretOf({});
  const wrong = number === 1 ? 2 : 1;
  const { outcome, views, refusals } = play({}, 3, [2, wrong], [1, number], [0, number]);
  assert.deepEqual(outcome, { ranking: [[1], [0, 2]], score: [0, 1, 0] });
  assert.deepEqual(
    views.map((view) => [view?.winner, view?.isOver, view?.number]),
    new Array(3).fill([1, true, number]),
  );
  assert.equal(refusals[0]?.code, 'ended');
});

test('a race in which all attempts are used ends without a winner', () => {
  const number = secretOf({ attempts: 2 });
  const wrong = number === 1 ? 2 : 1;
  const guesses = [0, 0, 0, 1, 1].map((seat): [number, number] => [seat, wrong]);
  const { outcome, views, refusals } = play({ attempts: 2 }, 2, ...guesses);
  assert.deepEqual(outcome, { ranking: [[0, 1]], score: [0, 0] });
  assert.deepEqual([views[0]?.winner, views[0]?.number], [null, number]);
  assert.deepEqual(
    refusals.map(({ seat, message }) => [seat, message]),
    [[0, 'you have used your 2 attempts; wait for the others']],
  );
});

test('who leaves a race no longer counts, and the last one there plays on', () => {
  const number = secretOf({});
  const wrong = number === 1 ? 2 : 1;
  const it = ledger({}, 3);
  it.forfeit(10, 0);
  it.forfeit(20, 2);
  assert.equal(it.ended(), undefined);
  it.guess(30, 1, number);
  assert.deepEqual(it.ended(), { reason: 'outcome', ranking: [[1], [0, 2]] });
  it.replays();
  const failed = ledger({ attempts: 1 }, 2);
  failed.guess(10, 0, wrong);
  failed.forfeit(20, 1);
  assert.deepEqual(failed.ended(), { reason: 'outcome', ranking: [[0], [1]] });
});

test('a party goes on until all have found it, and the results have the milliseconds', () => {
  const number = secretOf({ mode: 'party' });
  const it = ledger({ mode: 'party' }, 3);
  it.guess(13_744, 1, number);
  it.guess(13_800, 1, number);
  assert.deepEqual(it.refused, ['you have found the number; wait for the others']);
  it.guess(17_859, 0, number);
  assert.equal(it.ended(), undefined);
  it.guess(20_000, 2, number);
  assert.deepEqual(it.ended(), { reason: 'outcome', ranking: [[1], [0], [2]] });
  const results = [
    { seat: 1, timeMs: 13_744 },
    { seat: 0, timeMs: 17_859 },
    { seat: 2, timeMs: 20_000 },
  ];
  for (const seat of [0, 1, 2]) assert.deepEqual(it.view(seat).results, results);
  assert.equal(it.view(0).winner, null);
  it.replays();
});

test('a party ends with its time, and who never guessed it comes last', () => {
  const number = secretOf({ mode: 'party' });
  const it = ledger({ mode: 'party' }, 3);
  it.guess(60_000, 2, number);
  it.guess(119_000, 0, number === 1 ? 2 : 1);
  assert.equal(it.dueMs(), 120_000, 'a guess gives no more time');
  it.wait(120_000);
  assert.deepEqual(it.ended(), { reason: 'outcome', ranking: [[2], [0, 1]] });
  assert.deepEqual(it.view(0).results, [
    { seat: 2, timeMs: 60_000 },
    { seat: 0, timeMs: null },
    { seat: 1, timeMs: null },
  ]);
  it.replays();
});

test('who leaves a party is not waited for, and keeps what was found', () => {
  const number = secretOf({ mode: 'party' });
  const it = ledger({ mode: 'party' }, 3);
  it.guess(5000, 0, number);
  it.forfeit(6000, 0);
  it.forfeit(7000, 1);
  assert.equal(it.ended(), undefined);
  it.guess(8000, 2, number);
  assert.deepEqual(it.ended(), { reason: 'outcome', ranking: [[0], [2], [1]] });
  assert.deepEqual(it.view(2).statuses, ['found', 'left', 'found']);
  it.replays();
});

test('a view stays small with 64 players who guess without end', () => {
  const context = { random: seededRandom('s'), tick: 1, elapsedMs: 119_999, timedOut: false };
  const settings = { mode: 'party', min: -1e9, max: 1e9 } as const;
  let state = guess.setup({ players: 64, settings, random: seededRandom('s') });
  for (let at = 0; at < 64 * 30; at++) {
    const inputs = [{ seat: at % 64, input: { number: -1e9 } }];
    state = guess.step(state, inputs, { ...context, left: [] });
  }
  const view = guess.view(state, 63);
  assert.deepEqual([view.guesses.length, view.guessCount], [10, 30]);
  assert.ok(JSON.stringify(view).length < 3000, String(JSON.stringify(view).length));
  assert.ok(JSON.stringify(state).length < 64 * 600);
});

test('equal seeds and times play equal matches, whatever the players do', () => {
  const player = (
    view: GuessView,
    { random }: { readonly random: { below(n: number): number } },
  ) => (view.isOver ? undefined : { number: view.min + random.below(view.max - view.min + 1) });
  fc.assert(
    fc.property(
      fc.string({ maxLength: 8 }),
      fc.constantFrom<Mode>('alone', 'race', 'party'),
      fc.integer({ min: 1, max: 5 }),
      (seed, mode, players) => {
        const seats = new Array(players).fill(player);
        const [one, other] = [0, 1].map(() =>
          playLocal(guess, { seed, settings: { mode }, seats }),
        );
        assert.equal(one?.reason, 'outcome');
        assert.equal(one?.record.stateHash, other?.record.stateHash);
      },
    ),
    { numRuns: 20 },
  );
});

test('bots play every mode to its end, and find the number nearly always', () => {
  let found = 0;
  for (let seed = 0; seed < 60; seed++) {
    const mode = (['alone', 'race', 'party'] as const)[seed % 3]!;
    const seats = new Array<'bot'>(1 + (seed % 4)).fill('bot');
    const { reason, state } = playLocal(guess, { seed: `seed ${seed}`, settings: { mode }, seats });
    assert.equal(reason, 'outcome');
    if (state.players.some(({ status }) => status === 'found')) found += 1;
  }
  assert.ok(found >= 50, `${found} of 60`);
});

test('a bot does not run ahead of a person', () => {
  const settings = { mode: 'race', max: 1000, attempts: 20 };
  const { reason, state } = playLocal(guess, { settings, seats: ['bot', 'idle'], seed: 's' });
  assert.equal(reason, 'time-limit');
  assert.equal(state.players[0]?.guessCount, 1);
});
