// What a JSON wire lets through, and that refusing costs no more than reading.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { jsonDepthMax, parseUntrustedJson } from './untrusted-json.ts';

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
const problemOf = (text: string) => {
  const parsed = parseUntrustedJson(text);
  return parsed.ok ? undefined : parsed.error;
};

test('ordinary JSON comes out as it went in', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      const text = JSON.stringify(value);
      fc.pre(!/__proto__|constructor/.test(text));
      const parsed = parseUntrustedJson(text);
      assert.ok(parsed.ok);
      assert.equal(JSON.stringify(parsed.value), text);
    }),
  );
});

test('any text gives a value or a reason, never an exception', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      assert.equal(typeof parseUntrustedJson(text).ok, 'boolean');
    }),
  );
});

test('nesting at the limit is read and one deeper is refused', () => {
  assert.equal(problemOf(nested(jsonDepthMax)), undefined);
  assert.equal(problemOf(nested(jsonDepthMax + 1)), 'is nested deeper than 32 levels');
  assert.equal(problemOf('{"a":'.repeat(8_000)), 'is nested deeper than 32 levels');
});

test('brackets inside strings do not count as nesting', () => {
  assert.equal(problemOf(JSON.stringify('['.repeat(100))), undefined);
  assert.equal(problemOf(`{"a\\"${'['.repeat(100)}": 1}`), undefined);
});

test('members that reach for a prototype are refused however they are spelled', () => {
  const problem = 'has a member named __proto__ or constructor.prototype';
  assert.equal(problemOf('{"__proto__": {"admin": true}}'), problem);
  assert.equal(problemOf('{"a": [{"\\u005f_proto__": 1}]}'), problem);
  assert.equal(problemOf('{"constructor": {"prototype": {"admin": true}}}'), problem);
  assert.equal(problemOf('{"constructor": "of bridges"}'), undefined);
  assert.equal(problemOf('["__proto__"]'), undefined);
});

test('broken JSON is named as that', () => {
  for (const text of ['', '{', '{"a":1,}', "{'a':1}", 'undefined', '\u0000', '1 2']) {
    assert.equal(problemOf(text), 'is not valid JSON', JSON.stringify(text));
  }
});
