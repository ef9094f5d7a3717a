import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { type HostMessage, MatchRunner, PlayerView, playLocal } from '../../src/game/index.ts';
import { type Choice, type RpsView, rps } from './rules.ts';

const choose = (...choices: readonly (readonly [seat: number, choice: Choice])[]) =>
  choices.map(([seat, choice]) => ({ seat, input: { choice } }));

test('each choice beats one and is beaten by one', () => {
  const rounds: readonly [Choice, Choice, number | null][] = [
    ['rock', 'scissors', 0],
    ['paper', 'rock', 0],
    ['scissors', 'paper', 0],
    ['scissors', 'rock', 1],
    ['rock', 'paper', 1],
    ['paper', 'scissors', 1],
    ['rock', 'rock', null],
  ];
  for (const [first, second, winner] of rounds) {
    const { views } = playLocal(rps, { inputs: choose([0, first], [1, second]) });
    assert.deepEqual(views[0]?.rounds, [{ choices: [first, second], winner }]);
  }
});

test('the first to three rounds wins, and draws do not count', () => {
  const { reason, outcome, views } = playLocal(rps, {
    inputs: choose(
      [0, 'rock'],
      [1, 'rock'],
      [1, 'paper'],
      [0, 'rock'],
      [0, 'paper'],
      [1, 'rock'],
      [0, 'rock'],
      [1, 'paper'],
      [0, 'rock'],
      [1, 'paper'],
    ),
  });
  assert.equal(reason, 'outcome');
  assert.deepEqual(outcome, { ranking: [[1], [0]], score: [1, 3] });
  assert.equal(views[0]?.isOver, true);
});

test('a view tells that the other has chosen, and not what', () => {
  const { views } = playLocal(rps, { inputs: choose([0, 'rock']) });
  const nothing = { firstTo: 3, round: 1, score: [0, 0], rounds: [], isOver: false };
  assert.deepEqual(views[0], { ...nothing, yourChoice: 'rock', otherHasChosen: false });
  assert.deepEqual(views[1], { ...nothing, yourChoice: null, otherHasChosen: true });
});

test('a choice stands', () => {
  const { refusals, views } = playLocal(rps, { inputs: choose([0, 'rock'], [0, 'paper']) });
  assert.deepEqual(
    refusals.map(({ seat, message }) => [seat, message]),
    [[0, 'you have chosen for this round; wait for the other']],
  );
  assert.equal(views[0]?.yourChoice, 'rock');
});

test('who has not chosen in time loses the round', () => {
  const { record, views } = playLocal(rps, {
    seats: [({ yourChoice }) => (yourChoice === null ? { choice: 'rock' } : undefined), 'idle'],
  });
  assert.deepEqual(record.outcome, { ranking: [[0], [1]], score: [3, 0] });
  assert.deepEqual(views[1]?.rounds[0], { choices: ['rock', null], winner: 0 });
  assert.equal(record.endedAtMs, 60_000);
});

test('the first choice does not give the other more time', () => {
  const runner = new MatchRunner({
    matchId: 'm',
    game: rps,
    seed: 's',
    seats: [0, 1].map((seat) => ({ playerId: `${seat}`, name: 'n', bot: false })),
    nowMs: 0,
  });
  const dueMs = (): number | undefined => {
    let at: number | undefined;
    for (let one = runner.poll(); one !== undefined; one = runner.poll()) {
      if (one.kind === 'timeout') at = one.atMs;
    }
    return at;
  };
  runner.handleJoin(0, 0);
  runner.handleJoin(0, 1);
  assert.equal(dueMs(), 20_000);
  runner.handleInput(15_000, 0, 1, { choice: 'rock' });
  runner.handleTimeout(19_999);
  assert.equal(dueMs(), undefined, 'the time is the one that was told');
  runner.handleTimeout(20_000);
  assert.equal(dueMs(), 40_000);
});

test('when nobody wants to win, the match is a draw', () => {
  const { record, outcome } = playLocal(rps, { seats: ['idle', 'idle'] });
  assert.deepEqual(outcome, { ranking: [[0, 1]], score: [0, 0] });
  assert.equal(record.ticks, 20);
});

test('the number of rounds and the time are settings', () => {
  const { record } = playLocal(rps, {
    settings: { firstTo: 1, choiceTimeMs: 5000 },
    seats: ['bot', 'idle'],
  });
  assert.equal(record.endedAtMs, 5000);
  for (const settings of [{ firstTo: 0 }, { firstTo: 11 }, { choiceTimeMs: 1 }, { rounds: 3 }]) {
    assert.equal(rps.checkSettings(settings).ok, false);
  }
});

test('a bot plays every choice, and wins about as often as it loses against chance', () => {
  const played = new Map<string, number>();
  let score = 0;
  for (let seed = 0; seed < 60; seed++) {
    const { record, state } = playLocal(rps, {
      seed: `seed ${seed}`,
      settings: { firstTo: 10 },
      seats: [
        'bot',
        ({ yourChoice }, { random }) =>
          yourChoice === null
            ? { choice: random.pick(['rock', 'paper', 'scissors'] as const) }
            : undefined,
      ],
    });
    assert.equal(record.reason, 'outcome');
    score += state.score[0] - state.score[1];
    for (const { choices } of state.rounds) {
      played.set(String(choices[0]), (played.get(String(choices[0])) ?? 0) + 1);
    }
  }
  assert.deepEqual([...played.keys()].toSorted(), ['paper', 'rock', 'scissors']);
  const counts = [...played.values()];
  assert.ok(Math.min(...counts) > 0.25 * counts.reduce((sum, count) => sum + count));
  assert.ok(Math.abs(score) < 120, `${score} points in 60 matches to 10`);
});

/**
 * Plays two matches that differ in one hidden choice only: until the round is over, the other
 * seat must be told the same, byte for byte.
 */
test('no message tells the choice of the other before both have chosen', () => {
  const choice = fc.constantFrom<Choice>('rock', 'paper', 'scissors');
  fc.assert(
    fc.property(
      fc.array(fc.tuple(choice, choice), { maxLength: 4 }),
      fc.tuple(choice, choice),
      fc.array(fc.constantFrom('rejoin', 'again', 'wrong', 'wait'), { maxLength: 5 }),
      (before, hidden, noise) => {
        const [one, other] = hidden.map((secret) => told(before, secret, noise));
        assert.deepEqual(one, other);
      },
    ),
    { numRuns: 300 },
  );
});

/** Everything that seat 1 is told, when seat 0 chooses `secret` after some finished rounds. */
function told(
  before: readonly (readonly [Choice, Choice])[],
  secret: Choice,
  noise: readonly string[],
): readonly HostMessage[] {
  const runner = new MatchRunner({
    matchId: 'm',
    game: rps,
    settings: { firstTo: 10 },
    seed: 's',
    seats: [0, 1].map((seat) => ({ playerId: `${seat}`, name: 'n', bot: false })),
    nowMs: 0,
  });
  const messages: HostMessage[] = [];
  const player = new PlayerView<RpsView>();
  const drain = (nowMs: number): void => {
    for (let one = runner.poll(); one !== undefined; one = runner.poll()) {
      if (one.kind !== 'send' || one.seat !== 1) continue;
      messages.push(one.message);
      player.handle(nowMs, one.message);
    }
  };
  runner.handleJoin(0, 0);
  runner.handleJoin(0, 1);
  let nowMs = 0;
  let sequence = 0;
  const input = (seat: number, value: unknown): void => {
    nowMs += 100;
    sequence += 1;
    runner.handleInput(nowMs, seat, sequence, value);
    drain(nowMs);
  };
  for (const [first, second] of before) {
    input(0, { choice: first });
    input(1, { choice: second });
  }
  input(0, { choice: secret });
  for (const kind of noise) {
    if (kind === 'rejoin') runner.handleJoin(nowMs, 1);
    else if (kind === 'wait') runner.handleTimeout(nowMs + 50);
    else if (kind === 'wrong') input(1, { choice: 'fire' });
    else input(0, { choice: 'paper' });
    drain(nowMs);
  }
  assert.equal(player.view?.otherHasChosen, true);
  return messages;
}
