// Tic-tac-toe: a whole game in one file, with public imports only. `docs/games.md` explains it.

import { defineGame, type Seat, t } from 'paperclip/game';

interface State {
  /** Nine cells, row by row: the seat that marked it, or null. */
  readonly board: readonly (Seat | null)[];
  readonly toMove: Seat;
  /** Who let the time run out, and with it the match. */
  readonly late: Seat | null;
}

const lines = [
  [0, 1, 2],
  [3, 4, 5],
  [6, 7, 8],
  [0, 3, 6],
  [1, 4, 7],
  [2, 5, 8],
  [0, 4, 8],
  [2, 4, 6],
] as const;

export default defineGame({
  name: 'tic-tac-toe',
  title: 'Tic-tac-toe',
  players: { min: 2, max: 2 },
  input: t.Object({ cell: t.Integer({ minimum: 0, maximum: 8 }) }),
  settings: t.Object({
    moveTimeMs: t.Integer({ default: 30_000, minimum: 1000, maximum: 600_000 }),
  }),

  setup: ({ settings, random }): State & { readonly moveTimeMs: number } => ({
    board: new Array<Seat | null>(9).fill(null),
    toMove: random.below(2),
    late: null,
    moveTimeMs: settings.moveTimeMs,
  }),

  step: (state, inputs, { timedOut }) => {
    if (timedOut) return { ...state, late: state.toMove };
    let { board, toMove } = state;
    for (const { seat, input } of inputs) {
      board = board.with(input.cell, seat);
      toMove = 1 - seat;
    }
    return { ...state, board, toMove };
  },

  view: ({ board, toMove }, seat) => ({ board, you: seat, yourMove: toMove === seat }),

  outcome: ({ board, late }) => {
    const winner = late === null ? winnerOf(board) : 1 - late;
    if (winner !== null) return { ranking: [[winner], [1 - winner]] };
    return board.includes(null) ? undefined : { ranking: [[0, 1]] };
  },

  turnTimeMs: ({ moveTimeMs }) => moveTimeMs,

  refuse: ({ board, toMove }, seat, { cell }) => {
    if (seat !== toMove) return 'it is not your move';
    return board[cell] === null ? undefined : `cell ${cell} is taken`;
  },

  bot: ({ board, you, yourMove }, { random }) => {
    if (!yourMove) return undefined;
    const free = board.flatMap((mark, cell) => (mark === null ? [cell] : []));
    const finishes = (seat: Seat) => (cell: number) => winnerOf(board.with(cell, seat)) === seat;
    return { cell: free.find(finishes(you)) ?? free.find(finishes(1 - you)) ?? random.pick(free) };
  },
});

function winnerOf(board: State['board']): Seat | null {
  for (const [a, b, c] of lines) {
    const mark = board[a];
    if (mark != null && mark === board[b] && mark === board[c]) return mark;
  }
  return null;
}
