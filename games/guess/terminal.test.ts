import assert from 'node:assert/strict';
import test from 'node:test';
import { playLocal } from '../../src/game/index.ts';
import { type GuessView, guess } from './rules.ts';
import screen from './terminal.ts';

const view: GuessView = {
  mode: 'race',
  min: 1,
  max: 10,
  attempts: 5,
  attemptsLeft: 3,
  guesses: [
    { number: 3, result: -1 },
    { number: 8, result: 1 },
  ],
  guessCount: 2,
  low: 4,
  high: 7,
  statuses: ['guessing', 'failed', 'guessing', 'left'],
  guessCounts: [2, 5, 1, 0],
  timesMs: [null, null, null, null],
  winner: null,
  isOver: false,
  number: null,
  results: null,
};
const names = ['mario', 'luigi', 'peach', 'toad'];
const context = { seat: 0, names, width: 60, color: false };
const party: GuessView = { ...view, mode: 'party', max: 50, attempts: null, attemptsLeft: null };
const lastLine = (shown: GuessView): string => screen.render(shown, context).split('\n').at(-1)!;

test('the screen shows the rules, the guesses, what they leave, and how the others stand', () => {
  assert.equal(
    screen.render(view, context),
    [
      'A number from 1 to 10, 5 attempts',
      'The first to find it wins.',
      '',
      '   1     3  too low',
      '   2     8  too high',
      '',
      'It is from 4 to 7. 3 attempts left.',
      'peach: 1 guess',
      'luigi has no attempts left',
      'toad left',
    ].join('\n'),
  );
});

test('who has found it, or has no attempts left, waits for the others', () => {
  const statuses = ['found', 'found', 'guessing', 'left'] as const;
  const found = { ...party, statuses, timesMs: [13_744, 9000, null, null], number: 5 };
  const text = screen.render(found, context);
  assert.match(text, /^A number from 1 to 50, as often as you like\nIt goes on until all have/);
  assert.match(text, /You found it after 13\.7 s\.\nluigi found it after 9\.0 s\npeach: 1 guess\n/);
  const failed = { ...view, statuses: ['failed', 'guessing', 'left', 'left'] as const };
  assert.match(screen.render(failed, context), /You have used your 5 attempts\.\nluigi: 5 guesses/);
});

test('how a race ended is told', () => {
  const over = { ...view, isOver: true, number: 5, results: [] };
  assert.equal(lastLine({ ...over, winner: 2 }), 'It was 5. peach won.');
  assert.equal(lastLine({ ...over }), 'It was 5. Nobody found it.');
  const statuses = ['found', 'failed', 'guessing', 'left'] as const;
  assert.equal(lastLine({ ...over, statuses, winner: 0 }), 'It was 5. You won.');
});

test('a party ends with its results, the quickest first', () => {
  const results = [
    { seat: 2, timeMs: 13_744 },
    { seat: 0, timeMs: 117_859 },
    { seat: 1, timeMs: null },
    { seat: 3, timeMs: null },
  ];
  const statuses = ['found', 'guessing', 'found', 'left'] as const;
  const text = screen.render({ ...party, isOver: true, number: 5, results, statuses }, context);
  assert.equal(
    text.split('\n').slice(6).join('\n'),
    [
      'It was 5. You found it.',
      '',
      '   1     13.7 s  peach',
      '   2    117.9 s  you',
      '   -  not found  luigi',
      '   -  not found  toad',
    ].join('\n'),
  );
});

test('alone, the end tells the number', () => {
  const alone = { ...view, mode: 'alone', isOver: true, number: 5, statuses: ['failed'] } as const;
  assert.equal(lastLine(alone), 'It was 5. You did not find it.');
  assert.equal(lastLine({ ...alone, statuses: ['found'] }), 'It was 5. You found it.');
});

test('a number of the range is a guess, anything else is not', () => {
  for (const [text, number] of [
    ['5', 5],
    [' 10\n', 10],
    ['+1', 1],
    ['007', 7],
  ] as const) {
    assert.deepEqual(screen.parse(text, view, context), { number });
  }
  for (const text of ['', 'x', '0', '11', '-1', '5.5', '1e1', '0x5', '5 6', '9'.repeat(40)]) {
    assert.equal(screen.parse(text, view, context), undefined, text);
  }
  assert.deepEqual(screen.parse('-3', { ...view, min: -5 }, context), { number: -3 });
  assert.deepEqual(screen.choices(view, context), []);
});

test('a screen of 64 players and many guesses stays short, and fits the terminal', () => {
  const names = new Array<string>(64).fill('the longest name of a player there is');
  const { views } = playLocal(guess, {
    settings: { mode: 'party', max: 1_000_000_000 },
    seats: new Array<'idle'>(64).fill('idle'),
    inputs: new Array(14).fill({ seat: 0, input: { number: 1 } }),
  });
  const text = screen.render(views[0]!, { ...context, names, width: 56 });
  const lines = text.split('\n');
  assert.ok(lines.length < 30, String(lines.length));
  assert.match(text, /\.\.\. 4 earlier\n {3}5 {5}1 {2}too low\n/);
  assert.match(text, /\.\.\. and 55 more$/);
  for (const line of lines) assert.ok(line.length <= 56, line);
});

test('colour adds only colour', () => {
  for (const shown of [view, party, { ...view, isOver: true, number: 5, winner: 2 }]) {
    const coloured = screen.render(shown, { ...context, color: true });
    const plain = screen.render(shown, context);
    assert.notEqual(coloured, plain);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: SGR sequences begin with ESC
    assert.equal(coloured.replaceAll(/\u001b\[\d+m/g, ''), plain);
  }
});
