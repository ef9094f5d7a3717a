// Whole matches over bad networks, in virtual time: whatever is lost, held back, doubled or cut
// off, both players end where the host ended, nothing that they sent is lost or taken twice, and
// nobody is told what is not theirs to know. A failing seed is named, and reproduces.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type RpsView, rps } from '../../games/rps/rules.ts';
import { seededRandom } from '../../src/base/prng.ts';
import { defineGame, type Game, type Seat, t } from '../../src/game/define-game.ts';
import { replay } from '../../src/game/replay.ts';
import { MatchWorld } from './match-world.ts';
import { randomConditions } from './traffic.ts';

const tickHz = 64;
const playTicks = 60 * tickHz;

interface Runner {
  /** Where it is; moves a little at each tick by what it was told. */
  readonly x: number;
  /** Inputs taken: each must be the next. */
  readonly taken: number;
  /** For this seat's eyes. */
  readonly secret: string;
  readonly isDone: boolean;
}

/** Counts every input of a minute, and has a secret for each player that changes all the time. */
const count = defineGame({
  name: 'count',
  title: 'Count',
  players: { min: 2, max: 2 },
  tickHz,
  input: t.Object({ n: t.Integer(), move: t.Integer(), done: t.Boolean() }),
  setup: ({ players, random }) => ({
    tick: 0,
    runners: Array.from({ length: players }, (_, seat): Runner => {
      return { x: 0, taken: 0, secret: secretOf(seat, random.below(1e9)), isDone: false };
    }),
  }),
  step: (state, inputs, { random, tick }) => {
    const runners = state.runners.map((runner, seat): Runner => {
      const mine = inputs.filter((one) => one.seat === seat).map(({ input }) => input);
      let { x, taken, isDone } = runner;
      for (const input of mine) {
        if (input.n !== taken + 1) throw new Error(`seat ${seat}: ${input.n} behind ${taken}`);
        taken = input.n;
        x += input.move;
        isDone ||= input.done;
      }
      return { x, taken, isDone, secret: secretOf(seat, random.below(1e9)) };
    });
    return { tick, runners };
  },
  view: (state, seat) => ({
    tick: state.tick,
    secret: state.runners[seat]?.secret,
    places: state.runners.map(({ x, taken }) => ({ x, taken })),
  }),
  outcome: (state) =>
    state.tick >= playTicks && state.runners.every(({ isDone }) => isDone)
      ? { ranking: [[0, 1]], score: state.runners.map(({ taken }) => taken) }
      : undefined,
});

const secretOf = (seat: Seat, number: number): string => `secret-of-${seat}-${number}`;

const seedsOf = (least: number): readonly number[] => {
  const one = process.env['PAPERCLIP_SEED'];
  const many = Number(process.env['PAPERCLIP_SEEDS'] ?? least);
  return one === undefined ? Array.from({ length: many }, (_, i) => i) : [Number(one)];
};

function overSeeds(seeds: readonly number[], simulate: (seed: number) => void): void {
  for (const seed of seeds) {
    try {
      simulate(seed);
    } catch (error) {
      throw new Error(`seed ${seed} fails (PAPERCLIP_SEED=${seed} runs it alone)`, {
        cause: error,
      });
    }
  }
}

/** Both ends of the match came to the same, and so does its record. */
function checkEnds(inWorld: MatchWorld, game: Game): unknown {
  const { record, players } = inWorld;
  assert.ok(record !== undefined);
  assert.deepEqual([record.reason, record.detail], ['outcome', undefined]);
  const again = replay(game, record);
  assert.ok(again.ok);
  assert.equal(again.value.stateHash, record.stateHash);
  assert.ok(again.value.matches);
  for (const { seat, view } of players) {
    assert.deepEqual(view.view, game.view(again.value.state, seat), `the view of seat ${seat}`);
    assert.deepEqual(view.ended?.outcome, record.outcome);
  }
  return again.value.state;
}

function simulateLive(seed: number): void {
  const random = seededRandom('live match', seed);
  const match = new MatchWorld({ seed, game: count, ...randomConditions(random) });
  const sent = [0, 0];
  for (const player of match.players) {
    const { seat } = player;
    let isDone = false;
    const act = (): void => {
      if (isDone || match.record !== undefined) return;
      // A host takes two seconds' worth at once, and no more.
      const maySend = player.view.view !== undefined && player.undecided < 2 * tickHz;
      if (maySend) {
        isDone = player.view.tick >= playTicks && player.isConnected;
        sent[seat]! += 1;
        player.send({ n: sent[seat], move: random.below(9) - 4, done: isDone });
        if (!isDone && random.chance(0.002)) player.reconnect(random);
      }
      match.net.network.after(1000 / 30, act);
    };
    act();
  }
  assert.ok(match.run(240_000), `at ${match.net.nowMs} ms the match goes on`);
  for (const { seat, refusals } of match.players) {
    assert.deepEqual(refusals, []);
    const told = match.told[seat]?.join('\n') ?? '';
    assert.ok(told.includes(`secret-of-${seat}-`));
    assert.equal(told.includes(`secret-of-${1 - seat}-`), false, 'a secret reached the other');
  }
  const state = checkEnds(match, count) as { readonly runners: readonly Runner[] };
  assert.deepEqual(
    state.runners.map(({ taken }) => taken),
    sent,
  );
}

test('a minute at 64 Hz ends the same for host, players and replay', () => {
  overSeeds(seedsOf(4), simulateLive);
});

function simulateTurns(seed: number): void {
  const random = seededRandom('turns match', seed);
  const match = new MatchWorld({ seed, game: rps, ...randomConditions(random) });
  for (const player of match.players) {
    let chosen = 0;
    player.onView = () => {
      const { round, isOver, yourChoice, otherHasChosen, rounds, score, firstTo } = player.view
        .view as RpsView;
      assert.equal(rounds.length, round - 1);
      assert.equal(typeof otherHasChosen, 'boolean');
      if (isOver || yourChoice !== null || chosen === round) return;
      chosen = round;
      player.send({ choice: ['rock', 'paper', 'scissors'][random.below(3)] });
      // Who is away when the match ends is told by the platform, and not by the host.
      const mayEnd = Math.max(...score) >= firstTo - 1;
      if (!mayEnd && random.chance(0.3)) player.reconnect(random);
    };
  }
  assert.ok(match.run(600_000), `at ${match.net.nowMs} ms the match goes on`);
  checkEnds(match, rps);
}

test('rock, paper, scissors ends the same for host, players and replay', () => {
  overSeeds(seedsOf(60), simulateTurns);
});
