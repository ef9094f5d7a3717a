// Rock, paper, scissors, first to N rounds. Both choose at the same time: nobody's view shows the
// other's choice before both are in. Who has not chosen when the round's time is over loses it.

import { defineGame, type Seat, t } from '../../src/game/index.ts';

export type Choice = 'rock' | 'paper' | 'scissors';

/** A finished round: what each seat chose (null: nothing in time), and who won (null: a draw). */
export interface Round {
  readonly choices: readonly [Choice | null, Choice | null];
  readonly winner: Seat | null;
}

interface RpsState {
  readonly firstTo: number;
  readonly choiceTimeMs: number;
  readonly chosen: readonly [Choice | null, Choice | null];
  readonly rounds: readonly Round[];
  readonly score: readonly [number, number];
  /** Drawn rounds since the last one that somebody won. */
  readonly drawsInARow: number;
}

export interface RpsView {
  readonly firstTo: number;
  /** 1 in the first round. */
  readonly round: number;
  readonly score: readonly [number, number];
  /** This seat's choice in the present round. */
  readonly yourChoice: Choice | null;
  /** Whether the other has chosen, and not what. */
  readonly otherHasChosen: boolean;
  /** Finished rounds, oldest first. */
  readonly rounds: readonly Round[];
  readonly isOver: boolean;
}

const beats: Readonly<Record<Choice, Choice>> = {
  rock: 'scissors',
  paper: 'rock',
  scissors: 'paper',
};
const choices: readonly Choice[] = ['rock', 'paper', 'scissors'];

/** After so many drawn rounds in a row nobody wants to win: the match ends as it stands. */
const drawsInARowMax = 20;

export const rps = defineGame({
  name: 'rps',
  title: 'Rock, paper, scissors',
  players: { min: 2, max: 2 },
  input: t.Object({
    choice: t.Union([t.Literal('rock'), t.Literal('paper'), t.Literal('scissors')]),
  }),
  settings: t.Object({
    firstTo: t.Integer({ default: 3, minimum: 1, maximum: 10, description: 'Rounds to win.' }),
    choiceTimeMs: t.Integer({
      default: 20_000,
      minimum: 1000,
      maximum: 120_000,
      description: 'Time for a choice, in milliseconds.',
    }),
  }),
  setup: ({ settings }): RpsState => ({
    firstTo: settings.firstTo,
    choiceTimeMs: settings.choiceTimeMs,
    chosen: [null, null],
    rounds: [],
    score: [0, 0],
    drawsInARow: 0,
  }),
  step: (state, inputs, { timedOut }): RpsState => {
    const chosen: [Choice | null, Choice | null] = [...state.chosen];
    for (const { seat, input } of inputs) chosen[seat] ??= input.choice;
    const isComplete = chosen[0] !== null && chosen[1] !== null;
    return isComplete || timedOut ? endRound(state, chosen) : { ...state, chosen };
  },
  view: (state, seat): RpsView => ({
    firstTo: state.firstTo,
    round: state.rounds.length + 1,
    score: state.score,
    yourChoice: state.chosen[seat] ?? null,
    otherHasChosen: state.chosen[1 - seat] !== null,
    rounds: state.rounds,
    isOver: isOver(state),
  }),
  outcome: (state) => {
    if (!isOver(state)) return undefined;
    const { score } = state;
    const [first, second] = score;
    if (first === second) return { ranking: [[0, 1]], score };
    return { ranking: first > second ? [[0], [1]] : [[1], [0]], score };
  },
  turnTimeMs: ({ choiceTimeMs }) => choiceTimeMs,
  turn: ({ rounds }) => rounds.length,
  score: ({ score }) => score,
  refuse: ({ chosen }, seat) =>
    chosen[seat] === null ? undefined : 'you have chosen for this round; wait for the other',
  bot: (view, { seat, random }) => {
    if (view.yourChoice !== null) return undefined;
    const expected = expectedChoice(view.rounds, (1 - seat) as 0 | 1);
    // Mostly chance: a bot that only read patterns would have a pattern itself.
    const counters = expected !== undefined && random.chance(0.4);
    return { choice: counters ? beaterOf(expected) : random.pick(choices) };
  },
});

export default rps;

const isOver = ({ score, firstTo, drawsInARow }: RpsState): boolean =>
  Math.max(...score) >= firstTo || drawsInARow >= drawsInARowMax;

function endRound(state: RpsState, chosen: RpsState['chosen']): RpsState {
  const winner = winnerOf(chosen);
  const score: [number, number] = [...state.score];
  if (winner !== null) score[winner] += 1;
  return {
    ...state,
    chosen: [null, null],
    rounds: [...state.rounds, { choices: chosen, winner }],
    score,
    drawsInARow: winner === null ? state.drawsInARow + 1 : 0,
  };
}

function winnerOf([first, second]: RpsState['chosen']): 0 | 1 | null {
  if (first === second) return null;
  if (first === null) return 1;
  if (second === null) return 0;
  return beats[first] === second ? 0 : 1;
}

/** People repeat a choice that won, and change one that lost to what beats the winner's. */
function expectedChoice(rounds: readonly Round[], of: 0 | 1): Choice | undefined {
  const last = rounds.at(-1);
  const choice = last?.choices[of];
  const others = last?.choices[1 - of];
  if (last === undefined || choice === null || choice === undefined) return undefined;
  if (last.winner === of || !others) return choice;
  return last.winner === null ? undefined : beaterOf(others);
}

const beaterOf = (choice: Choice): Choice => choices.find((other) => beats[other] === choice)!;
