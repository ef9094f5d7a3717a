import assert from 'node:assert/strict';
import test from 'node:test';
import type { RpsView } from './rules.ts';
import screen from './terminal.ts';

const view: RpsView = {
  firstTo: 3,
  round: 3,
  score: [1, 1],
  yourChoice: null,
  otherHasChosen: false,
  rounds: [
    { choices: ['rock', 'paper'], winner: 1 },
    { choices: ['scissors', null], winner: 0 },
  ],
  isOver: false,
};
const context = { seat: 0, names: ['mario', 'luigi'], width: 60, color: false };

test('the screen shows the score, the rounds, and what can be done', () => {
  assert.equal(
    screen.render(view, context),
    [
      'you 1 : 1 luigi   first to 3',
      '',
      '   1  rock      paper     lost',
      '   2  scissors  too late  won',
      '',
      'Round 3: [r]ock  [p]aper  [s]cissors',
      'luigi is still choosing.',
    ].join('\n'),
  );
});

test('the other seat sees the same match from its side', () => {
  const text = screen.render(
    { ...view, yourChoice: 'rock', otherHasChosen: true },
    { ...context, seat: 1 },
  );
  assert.match(text, /^you 1 : 1 mario/);
  assert.match(text, /2 {2}too late {2}scissors {2}lost/);
  assert.match(text, /Round 3: you chose rock\. mario has chosen\.$/);
});

test('the end is told, and nothing can be chosen then', () => {
  const end = (score: readonly [number, number]): string =>
    screen
      .render({ ...view, score, isOver: true }, context)
      .split('\n')
      .at(-1)!;
  assert.equal(end([3, 1]), 'You won the match.');
  assert.equal(end([1, 3]), 'luigi won the match.');
  assert.equal(end([1, 1]), 'The match is a draw.');
  assert.deepEqual(screen.choices({ ...view, isOver: true }, context), []);
  assert.deepEqual(screen.choices({ ...view, yourChoice: 'rock' }, context), []);
});

test('a key or a word is a choice, anything else is not', () => {
  assert.deepEqual(
    screen.choices(view, context).map(({ key, input }) => [key, input.choice]),
    [
      ['r', 'rock'],
      ['p', 'paper'],
      ['s', 'scissors'],
    ],
  );
  for (const text of ['r', 'R', ' rock\n', 'ro']) {
    assert.deepEqual(screen.parse(text, view, context), { choice: 'rock' });
  }
  for (const text of ['', 'x', 'rocks', 'rock paper']) {
    assert.equal(screen.parse(text, view, context), undefined);
  }
});

test('colour adds only colour, and no line is wider than the terminal', () => {
  const plain = screen.render(view, context);
  const coloured = screen.render(view, { ...context, color: true });
  assert.notEqual(coloured, plain);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: SGR sequences begin with ESC
  assert.equal(coloured.replaceAll(/\u001b\[\d+m/g, ''), plain);
  const long = { ...context, names: ['a', 'the longest name of a player there is'], width: 56 };
  const chosen = { ...view, yourChoice: 'scissors' } as const;
  for (const line of screen.render(chosen, long).split('\n')) assert.ok(line.length <= 56, line);
});

test('of a long match the last rounds are shown', () => {
  const rounds = new Array(9).fill({ choices: ['rock', 'rock'], winner: null });
  const text = screen.render({ ...view, rounds }, context);
  assert.match(text, /\.\.\. 4 earlier\n {3}5 {2}rock {6}rock {6}draw\n/);
});
