// A whole game: both show one or two fingers at the same time; an odd sum is a point for seat 0, an
// even one for seat 1. First to three.

import { defineGame, t } from 'paperclip/game';

export const odds = defineGame({
  name: 'odds',
  title: 'Odds and evens',
  players: { min: 2, max: 2 },
  input: t.Object({ fingers: t.Integer({ minimum: 1, maximum: 2 }) }),
  setup: () => ({ shown: [0, 0], score: [0, 0] }),
  step: (state, inputs) => {
    const shown = [...state.shown];
    for (const { seat, input } of inputs) shown[seat] = input.fingers;
    if (shown.includes(0)) return { ...state, shown };
    const [first = 0, second = 0] = state.score;
    const sum = shown.reduce((total, fingers) => total + fingers, 0);
    return { shown: [0, 0], score: sum % 2 === 1 ? [first + 1, second] : [first, second + 1] };
  },
  // What the other one shows is not in here before both have shown.
  view: (state, seat) => ({ youShow: state.shown[seat] ?? 0, score: state.score }),
  outcome: ({ score: [first = 0, second = 0] }) => {
    if (Math.max(first, second) < 3) return undefined;
    return { ranking: first > second ? [[0], [1]] : [[1], [0]], score: [first, second] };
  },
  refuse: (state, seat) => (state.shown[seat] === 0 ? undefined : 'you have shown already'),
  bot: (view, { random }) => (view.youShow === 0 ? { fingers: random.pick([1, 2]) } : undefined),
});
