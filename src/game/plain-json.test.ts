import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { Json } from '../base/json.ts';
import { fieldName, jsonBytes, plainJson } from './plain-json.ts';

const bounds = { bytesMax: 1000, depthMax: 8 };
const wide = { bytesMax: 1e6, depthMax: 64 };
const fault = (value: unknown) => {
  const result = plainJson(value, bounds);
  assert.equal(result.ok, false);
  return result.ok ? '' : `${result.error.field}: ${result.error.message}`;
};

/** Without -0 (which JSON text has not) and `__proto__` (which is refused). */
const values = fc
  .jsonValue({ maxDepth: 5 })
  .filter((value) => !JSON.stringify(value).includes('__proto__'))
  .map((value) => JSON.parse(JSON.stringify(value)) as Json);

test('a JSON value comes out equal, with the length of its text', () => {
  fc.assert(
    fc.property(values, (value) => {
      const result = plainJson(value, wide);
      const bytes = new TextEncoder().encode(JSON.stringify(value)).length;
      assert.deepEqual(result, { ok: true, value: { value, bytes } });
      assert.equal(jsonBytes(value), bytes);
    }),
  );
});

test('the length counts escapes, accents, emoji and lone surrogates', () => {
  for (const text of ['"\\', '\n\t\u0001\u001f', 'é', '€', '😀', '\ud800', 'a\udc00b', '\ud800x']) {
    assert.equal(jsonBytes(text), new TextEncoder().encode(JSON.stringify(text)).length, text);
  }
});

test('the copy shares nothing with the value', () => {
  const value = { list: [{ x: 1 }] };
  const result = plainJson(value, bounds);
  value.list[0]!.x = 2;
  assert.deepEqual(result.ok && result.value.value, { list: [{ x: 1 }] });
});

test('an undefined member is left out, and -0 becomes 0', () => {
  const result = plainJson({ a: undefined, b: -0 }, bounds);
  assert.deepEqual(result.ok && result.value, { value: { b: 0 }, bytes: 7 });
});

test('what JSON has not is refused with its place', () => {
  assert.equal(fault({ a: [0, Number.NaN] }), 'a[1]: is NaN, which JSON has not');
  assert.equal(fault({ a: Number.POSITIVE_INFINITY }), 'a: is Infinity, which JSON has not');
  assert.equal(fault({ a: new Map() }), 'a: is a Map, which JSON has not');
  assert.equal(fault({ a: { b: new Date(0) } }), 'a.b: is a Date, which JSON has not');
  assert.equal(fault([1, undefined]), '[1]: is undefined, which JSON has not');
  assert.equal(fault(10n), ': is a bigint, which JSON has not');
  assert.equal(
    fault(() => 1),
    ': is a function, which JSON has not',
  );
});

test('a member called __proto__ is refused, and prototypes stay as they are', () => {
  const value: unknown = JSON.parse('{"a":{"__proto__":{"polluted":1}}}');
  assert.equal(fault(value), 'a.__proto__: is not allowed as a name');
  assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
});

test('depth and size are bounded, also for a value that contains itself', () => {
  const cycle: unknown[] = [];
  cycle.push(cycle);
  assert.match(fault(cycle), /is nested deeper than 8$/);
  assert.equal(fault({ a: 'x'.repeat(1000) }), ': is larger than 1000 bytes of JSON');
  assert.equal(fault(new Array(1_000_000_000)), ': is larger than 1000 bytes of JSON');
});

test('a getter that throws is a fault of its place', () => {
  const value = {
    get a() {
      throw new Error('no');
    },
  };
  assert.equal(fault(value), 'a: cannot be read');
});

test('a field name is short and printable, whatever a stranger called it', () => {
  assert.equal(fieldName(['moves', 2, 'x']), 'moves[2].x');
  assert.equal(fieldName(['a b']), '"a b"');
  assert.equal(fieldName(['\u001b[2J']), '"\\u001b[2J"');
  assert.ok(fieldName(new Array(500).fill('x'.repeat(500))).length < 200);
});
