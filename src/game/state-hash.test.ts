import assert from 'node:assert/strict';
import test from 'node:test';
import { stateHash } from './state-hash.ts';

test('the hash is SHA-256 of the canonical JSON', () => {
  // printf '{"a":[1,2],"b":null}' | sha256sum
  const expected = 'f25109c4111335e4a32d49373585e7a788ff5b10e70023f7004b170e7f84716a';
  assert.equal(stateHash({ b: null, a: [1, 2] }), expected);
  assert.equal(stateHash({ a: [1, 2], b: null, c: undefined }), expected);
});

test('what JSON cannot carry has no hash', () => {
  assert.throws(() => stateHash({ a: new Map([[1, 2]]) }), /^TypeError: state\.a is a Map, which/);
  assert.throws(() => stateHash(undefined), /^TypeError: the state is undefined, which JSON/);
  assert.throws(() => stateHash({ a: Number.NaN }), /state\.a is NaN/);
});
