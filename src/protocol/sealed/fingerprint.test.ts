import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fingerprint, safetyNumber } from './fingerprint.ts';
import { seededCrypto } from './sealed.fixture.ts';

const crypto = seededCrypto('fingerprint');
const counted = (from: number) => Uint8Array.from({ length: 32 }, (_, i) => from + i);
const alice = { playerId: 'alice', identity: counted(0) };
const bob = { playerId: 'bob', identity: counted(0x20) };

test('a fingerprint is 30 digits in groups of 5, and always the same', () => {
  assert.match(fingerprint(crypto, alice), /^\d{5}( \d{5}){5}$/);
  assert.equal(fingerprint(crypto, alice), fingerprint(crypto, { ...alice }));
});

test('another key or another player has another fingerprint', () => {
  const all = [alice, bob, { ...alice, playerId: 'bob' }, { ...alice, identity: counted(1) }];
  assert.equal(new Set(all.map((one) => fingerprint(crypto, one))).size, 4);
});

test('both sides see one safety number of 60 digits', () => {
  const number = safetyNumber(crypto, alice, bob);
  assert.match(number, /^\d{5}( \d{5}){11}$/);
  assert.equal(safetyNumber(crypto, bob, alice), number);
  assert.ok(number.includes(fingerprint(crypto, alice)));
  assert.ok(number.includes(fingerprint(crypto, bob)));
});
