import assert from 'node:assert/strict';
import test from 'node:test';
import { defineGame, t } from './define-game.ts';
import { genericScreen } from './generic-screen.ts';

const parts = {
  name: 'g',
  title: 'G',
  players: { min: 1, max: 1 },
  setup: () => ({}),
  step: (state: object) => state,
  view: () => ({}),
  outcome: () => undefined,
};
const context = { seat: 0, names: ['a'], width: 40, color: false };

test('a view is shown as an outline that fits the width', () => {
  const screen = genericScreen(defineGame({ ...parts, input: t.Any() }));
  const view = {
    round: 2,
    board: ['x', null, 'o'],
    players: [{ name: 'a rather long name', hand: [1, 2, 3, 4, 5, 6, 7, 8, 9] }],
    note: 'y'.repeat(100),
  };
  assert.equal(
    screen.render(view, context),
    [
      'round: 2',
      'board: ["x",null,"o"]',
      'players:',
      '  0:',
      '    name: "a rather long name"',
      '    hand: [1,2,3,4,5,6,7,8,9]',
      `note: "${'y'.repeat(30)}...`,
    ].join('\n'),
  );
});

test('nothing in a view reaches the terminal as a command, and the lines are bounded', () => {
  const screen = genericScreen(defineGame({ ...parts, input: t.Any() }));
  const text = screen.render({ 'a\u001b[2J': '\u001b]0;x\u0007\u009b' }, context);
  assert.equal(text, 'a\\u001b[2J: "\\u001b]0;x\\u0007\\u009b"');
  const long = screen.render(
    new Array(5000).fill(0).map(() => 'x'.repeat(50)),
    context,
  );
  assert.match(long, /\n\(4960 lines more\)$/);
});

test('a choice of constants gets single keys', () => {
  const input = t.Object({ choice: t.Union([t.Literal('rock'), t.Literal('paper')]) });
  const screen = genericScreen(defineGame({ ...parts, input }));
  assert.deepEqual(screen.choices({}, context), [
    { key: '1', label: 'rock', input: { choice: 'rock' } },
    { key: '2', label: 'paper', input: { choice: 'paper' } },
  ]);
  assert.deepEqual(screen.parse(' 2\n', {}, context), { choice: 'paper' });
  assert.deepEqual(screen.parse('rock', {}, context), { choice: 'rock' });
});

test('one digit is its own key', () => {
  const input = t.Object({ add: t.Integer({ minimum: 1, maximum: 3 }) });
  const screen = genericScreen(defineGame({ ...parts, input }));
  assert.deepEqual(
    screen.choices({}, context).map((one) => [one.key, one.input]),
    [
      ['1', { add: 1 }],
      ['2', { add: 2 }],
      ['3', { add: 3 }],
    ],
  );
  assert.equal(screen.prompt, '1  2  3');
  assert.deepEqual(screen.parse('3', {}, context), { add: 3 });
  assert.equal(screen.parse('4', {}, context), undefined);
  const even = t.Integer({ minimum: 0, maximum: 9, multipleOf: 5 });
  assert.equal(genericScreen(defineGame({ ...parts, input: even })).prompt, '0  5');
});

test('what to type as JSON is shown by an example that the schema takes', () => {
  const promptOf = (input: Parameters<typeof t.Array>[0]): string =>
    genericScreen(defineGame({ ...parts, input })).prompt;
  assert.equal(
    promptOf(t.Object({ x: t.Integer({ minimum: 5 }), go: t.Boolean(), say: t.String() })),
    'an input as JSON, such as {"x":5,"go":true,"say":"text"}',
  );
  assert.equal(promptOf(t.Array(t.Integer())), 'an input as JSON, such as []');
  assert.equal(promptOf(t.String({ minLength: 50 })), 'an input as JSON');
});

test('any other input is typed as JSON, and only what fits is taken', () => {
  const input = t.Object({ x: t.Integer(), y: t.Integer() });
  const screen = genericScreen(defineGame({ ...parts, input }));
  assert.deepEqual(screen.choices({}, context), []);
  assert.deepEqual(screen.parse('{"x":1,"y":2}', {}, context), { x: 1, y: 2 });
  for (const text of ['', '{', '{"x":1}', 'x', '7']) {
    assert.equal(screen.parse(text, {}, context), undefined);
  }
});
