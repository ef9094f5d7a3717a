import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSodiumCrypto } from '../../driver/crypto-sodium.ts';
import { derivedGate, fixedGate, RotatingGate, sealGate, verifyGate } from './gate.ts';
import { handshakeLimits } from './handshake-limits.ts';

const crypto = createSodiumCrypto();
const period = handshakeLimits.gateRotationMs;

test('a rotating gate opens while it is present and while it is the last, then no more', () => {
  const gates = new RotatingGate(crypto, 1_000);
  const first = gates.current(1_000);
  assert.equal(gates.keyOf(1_000 + period - 1, first.id), first.key);
  const second = gates.current(1_000 + period);
  assert.notEqual(second.id, first.id);
  assert.notDeepEqual(second.key, first.key);
  assert.equal(gates.keyOf(1_000 + period, first.id), first.key);
  assert.equal(gates.keyOf(1_000 + 2 * period, first.id), undefined);
  assert.equal(gates.keyOf(1_000 + 2 * period, second.id), second.key);
});

test('a gate that nobody asked about for two periods is forgotten with the one before', () => {
  const gates = new RotatingGate(crypto, 0);
  const first = gates.current(0);
  assert.equal(gates.keyOf(2 * period, first.id), undefined);
});

test('rotating ids stay within 1 to 255 and differ from the derived gate', () => {
  const gates = new RotatingGate(crypto, 0);
  const ids = Array.from({ length: 600 }, (_, i) => gates.current(i * period).id);
  assert.equal(Math.min(...ids), 1);
  assert.equal(Math.max(...ids), 255);
  assert.equal(derivedGate(crypto, new Uint8Array(32)).id, 0);
});

test('the derived gate depends on the public key of the host alone', () => {
  const key = crypto.randomBytes(32);
  assert.deepEqual(derivedGate(crypto, key), derivedGate(crypto, key.slice()));
  assert.notDeepEqual(derivedGate(crypto, key).key, derivedGate(crypto, new Uint8Array(32)).key);
  const gate = fixedGate(derivedGate(crypto, key));
  assert.equal(gate.keyOf(0, 0), gate.current(0).key);
  assert.equal(gate.keyOf(0, 1), undefined);
});

test('the gate MAC covers every byte before it, and only the right key makes it', () => {
  const gate = derivedGate(crypto, crypto.randomBytes(32));
  const auth1 = new Uint8Array(1_200).fill(3, 0, 1_168);
  sealGate(crypto, gate, auth1);
  assert.equal(verifyGate(crypto, gate.key, auth1), true);
  assert.equal(verifyGate(crypto, crypto.randomBytes(32), auth1), false);
  for (let at = 0; at < 1_184; at++) {
    const bent = auth1.slice();
    bent[at]! ^= 0x40;
    assert.equal(verifyGate(crypto, gate.key, bent), false, `byte ${at}`);
  }
});
