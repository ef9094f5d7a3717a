import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AddressShares } from './address-shares.ts';
import { handshakeLimits } from './handshake-limits.ts';

const {
  addressHandshakesBurst: burst,
  addressHandshakesPerSecond: perSecond,
  addressSharesMax,
} = handshakeLimits;

const takes = (shares: AddressShares, nowMs: number, address: string, tries = 2 * burst): number =>
  Array.from({ length: tries }, () => shares.take(nowMs, address)).filter(Boolean).length;

test('an address gets its burst at once, then its rate, and others do not pay for it', () => {
  const shares = new AddressShares();
  assert.equal(takes(shares, 0, 'a'), burst);
  assert.equal(takes(shares, 0, 'b'), burst);
  assert.equal(takes(shares, 1_000, 'a', 2 * perSecond), Math.min(burst, perSecond));
  assert.equal(takes(shares, 60_000, 'a'), burst);
});

test('asking in vain costs nothing: who asks too often gets its rate all the same', () => {
  const shares = new AddressShares();
  let taken = 0;
  for (let nowMs = 0; nowMs < 10_000; nowMs++) if (shares.take(nowMs, 'a')) taken++;
  assert.equal(taken, burst + 10 * perSecond - 1);
});

test('the table is bounded, and forgets who asked least recently', () => {
  const shares = new AddressShares();
  assert.equal(takes(shares, 0, 'first'), burst);
  assert.equal(takes(shares, 0, 'busy'), burst);
  for (let i = 0; i < addressSharesMax - 1; i++) {
    shares.take(0, `a${i}`);
    assert.equal(shares.take(0, 'busy'), false);
  }
  assert.equal(shares.size, addressSharesMax);
  assert.equal(shares.take(0, 'first'), true);
  assert.equal(shares.size, addressSharesMax);
});

test('who has no share is not counted', () => {
  const shares = new AddressShares();
  for (let i = 0; i < 10 * burst; i++) assert.equal(shares.take(0, undefined), true);
  assert.equal(shares.size, 0);
});
