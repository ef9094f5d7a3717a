import assert from 'node:assert/strict';
import test from 'node:test';
import { jsonCheck } from './check-input.ts';
import { type TSchema, t } from './define-game.ts';

const bounds = { bytesMax: 200, depthMax: 8 };
const message = (schema: TSchema, value: unknown): string => {
  const result = jsonCheck(schema, 'input', bounds)(value);
  if (result.ok) return 'fits';
  return `[${result.error.field ?? ''}] ${result.error.message}`;
};

const move = t.Object({
  choice: t.Union([t.Literal('rock'), t.Literal('paper')]),
  cells: t.Optional(t.Array(t.Integer({ minimum: 0, maximum: 8 }), { maxItems: 3 })),
});

test('a value that fits is given back with its size', () => {
  const result = jsonCheck(move, 'input', bounds)({ choice: 'rock', cells: [1, 2] });
  assert.deepEqual(result, {
    ok: true,
    value: { value: { choice: 'rock', cells: [1, 2] }, bytes: 31 },
  });
});

test('a refusal names the field and says what is wrong', () => {
  assert.equal(message(move, { choice: 'fire' }), '[choice] choice must be one of "rock", "paper"');
  assert.equal(message(move, {}), '[choice] choice is missing');
  assert.equal(message(move, 7), '[] input must be object');
  assert.equal(message(move, null), '[] input must be object');
  assert.equal(
    message(move, { choice: 'rock', cells: [0, 9] }),
    '[cells[1]] cells[1] must be <= 8',
  );
  assert.equal(
    message(move, { choice: 'rock', cells: [0.5] }),
    '[cells[0]] cells[0] must be integer',
  );
  assert.match(
    message(move, { choice: 'rock', cells: [1, 2, 3, 4] }),
    /^\[cells\] cells must not /,
  );
  assert.match(message(move, { choice: 'x'.repeat(500) }), /^\[\] input is larger than 200 bytes/);
});

test('a long union of constants is named in full', () => {
  const letters = [...'abcdefghijkl'];
  const schema = t.Union(letters.map((letter) => t.Literal(letter)));
  assert.equal(
    message(schema, 'z'),
    `[] input must be one of ${letters.map((l) => `"${l}"`).join(', ')}`,
  );
});

test('members that the schema does not name are refused, on every level', () => {
  const nested = t.Object({ to: t.Array(t.Object({ x: t.Number() })) });
  assert.equal(
    message(move, { choice: 'rock', more: 1 }),
    '[more] more is not a member that input has',
  );
  assert.equal(
    message(nested, { to: [{ x: 1, y: 2 }] }),
    '[to[0].y] to[0].y is not a member that to[0] has',
  );
  assert.match(message(move, JSON.parse('{"choice":"rock","__proto__":{}}')), /__proto__/);
  assert.match(message(move, { choice: 'rock', constructor: 1 }), /^\[constructor\] /);
});

test('an intersection takes the members of all its parts and no others', () => {
  const both = t.Intersect([t.Object({ a: t.Number() }), t.Object({ b: t.Number() })]);
  assert.equal(message(both, { a: 1, b: 2 }), 'fits');
  assert.match(message(both, { a: 1, b: 2, c: 3 }), /^\[c\] c is not a member/);
});

test('an object that says that it is open stays open', () => {
  const open = t.Object({}, { additionalProperties: t.Number() });
  assert.equal(message(open, { any: 1 }), 'fits');
  assert.equal(message(open, { any: 'x' }), '[any] any must be number');
});

test('a union of objects says that no form fits', () => {
  const either = t.Union([
    t.Object({ kind: t.Literal('go'), to: t.Integer() }),
    t.Object({ kind: t.Literal('pass') }),
  ]);
  assert.equal(message(either, { kind: 'go', to: 1 }), 'fits');
  assert.equal(message(either, { kind: 'pass' }), 'fits');
  assert.match(message(either, { kind: 'pass', to: 1 }), /not a member|none of the 2 forms/);
  assert.match(message(either, { kind: 'stay' }), /none of the 2 forms/);
});
