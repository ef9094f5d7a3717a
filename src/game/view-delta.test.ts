import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { Json } from '../base/json.ts';
import { apply, diff, jsonEqual } from './view-delta.ts';

const value: fc.Arbitrary<Json> = fc
  .letrec<{ node: Json }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom<Json>(null, true, false, 0, 1, 'a', 'b', '', [], {}),
      fc.array(tie('node'), { maxLength: 5 }),
      fc.dictionary(fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor'), tie('node')),
    ),
  }))
  .node.map((made) => JSON.parse(JSON.stringify(made)) as Json);

const applied = (base: Json, next: Json): unknown => {
  const delta = diff(base, next);
  const result = apply(base, JSON.parse(JSON.stringify(delta ?? {})));
  return result.ok ? result.value : result.error;
};

test('applying the difference gives the next value, through JSON text', () => {
  fc.assert(
    fc.property(value, value, (base, next) => {
      const before = JSON.stringify(base);
      assert.deepEqual(applied(base, next), next);
      assert.equal(JSON.stringify(base), before);
    }),
    { numRuns: 2000 },
  );
});

test('equal values have no difference', () => {
  fc.assert(
    fc.property(value, (one) => {
      assert.equal(diff(one, JSON.parse(JSON.stringify(one)) as Json), undefined);
    }),
  );
});

test('null and absent are different things', () => {
  assert.deepEqual(diff({ a: null }, {}), { x: ['a'] });
  assert.deepEqual(diff({}, { a: null }), { o: { a: [null] } });
  assert.deepEqual(applied({ a: 1, b: 2 }, { a: null, b: 2 }), { a: null, b: 2 });
});

test('a change is as small as it is', () => {
  const log = ['one', 'two', 'three'];
  assert.deepEqual(diff({ log, n: 1 }, { log: [...log, 'four'], n: 1 }), {
    o: { log: { s: [3, 0, 'four'] } },
  });
  assert.deepEqual(diff(log, ['two', 'three']), { s: [0, 1] });
  assert.deepEqual(diff([{ x: 1, y: 1 }, 2], [{ x: 1, y: 3 }, 2]), { a: [[0, { o: { y: [3] } }]] });
});

test('what did not change is shared with the base', () => {
  const base = { big: { list: [1, 2, 3] }, n: 1 };
  const result = apply(base, { o: { n: [2] } });
  assert.equal(result.ok && (result.value as typeof base).big, base.big);
});

test('a delta that does not fit is answered with a reason', () => {
  const reason = (base: Json, delta: unknown): string => {
    const result = apply(base, delta);
    return result.ok ? 'applied' : result.error;
  };
  for (const delta of [
    undefined,
    null,
    1,
    'x',
    [],
    [1, 2],
    { s: [] },
    { s: [0, 9] },
    { s: [-1, 0] },
  ]) {
    assert.notEqual(reason([1, 2], delta), 'applied', JSON.stringify(delta));
  }
  for (const delta of [
    { a: [[2, [1]]] },
    {
      a: [
        [1, [1]],
        [0, [1]],
      ],
    },
    { a: [[0]] },
    { a: 7 },
  ]) {
    assert.notEqual(reason([1, 2], delta), 'applied', JSON.stringify(delta));
  }
  for (const delta of [
    { x: ['b'] },
    { x: [0] },
    { o: { b: {} } },
    { o: [] },
    { o: 1 },
    { x: 'a' },
  ]) {
    assert.notEqual(reason({ a: 1 }, delta), 'applied', JSON.stringify(delta));
  }
  assert.notEqual(reason({ a: 1 }, { o: { toString: { o: {} } } }), 'applied');
});

test('no delta throws or reaches a prototype', () => {
  const words = fc.constantFrom<Json>(
    'o',
    'x',
    'a',
    's',
    '__proto__',
    'constructor',
    'length',
    0,
    1,
    -1,
  );
  const hostile = fc.letrec<{ node: unknown }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 5 },
      words,
      fc.array(tie('node'), { maxLength: 4 }),
      fc.dictionary(words.map(String), tie('node'), { maxKeys: 4 }),
    ),
  })).node;
  fc.assert(
    fc.property(value, hostile, (base, delta) => {
      const sent: unknown = JSON.parse(JSON.stringify(delta));
      const result = apply(base, sent);
      assert.equal(typeof result.ok, 'boolean');
      if (!result.ok || typeof result.value !== 'object' || result.value === null) return;
      const prototype: unknown = Object.getPrototypeOf(result.value);
      assert.ok(prototype === Object.prototype || prototype === Array.prototype);
    }),
    { numRuns: 3000 },
  );
  assert.deepEqual(Object.keys(Object.prototype), []);
});

test('a delta that is nested too deep is refused', () => {
  let delta: unknown = [1];
  let base: Json = 0;
  for (let depth = 0; depth < 5000; depth++) {
    delta = { o: { a: delta } };
    base = { a: base };
  }
  assert.deepEqual(apply(base, delta), { ok: false, error: 'delta: nested too deep' });
});

test('equality looks at values', () => {
  assert.equal(jsonEqual({ a: [1, { b: null }] }, { a: [1, { b: null }] }), true);
  assert.equal(jsonEqual({ a: [1, { b: null }] }, { a: [1, {}] }), false);
  assert.equal(jsonEqual([], {}), false);
});
