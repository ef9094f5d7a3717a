import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSodiumCrypto } from '../../driver/crypto-sodium.ts';
import type { TicketClaims } from '../link.ts';
import { handshakeLimits } from './handshake-limits.ts';
import { checkTicket, signTicket, TicketKeys, UsedTickets } from './tickets.ts';

const { ticketClockSkewMsMax } = handshakeLimits;
const crypto = createSodiumCrypto();
const platform = crypto.ed25519KeyPair();
const claims: TicketClaims = {
  ticketId: crypto.randomBytes(16),
  playerId: 'mario',
  clientPublicKey: crypto.randomBytes(32),
  hostPublicKey: crypto.randomBytes(32),
  matchId: 'm1',
  seat: 1,
  notBeforeMs: 1_760_000_000_000,
  expiresAtMs: 1_760_000_060_000,
  userData: new Uint8Array(3),
};
const keys = new TicketKeys(crypto, [platform.publicKey]);
const ticket = signTicket(crypto, platform.secretKey, claims);

test('a signed ticket opens to its claims with the key of the platform', () => {
  assert.deepEqual(keys.open(ticket), { ok: true, value: claims });
});

test('of two platform keys each opens its own tickets', () => {
  const next = crypto.ed25519KeyPair();
  const both = new TicketKeys(crypto, [platform.publicKey, next.publicKey]);
  assert.ok(both.open(ticket).ok);
  assert.ok(both.open(signTicket(crypto, next.secretKey, claims)).ok);
});

test('a ticket of another platform, and none at all, are refused by name', () => {
  const other = crypto.ed25519KeyPair();
  const foreign = signTicket(crypto, other.secretKey, claims);
  assert.deepEqual(keys.open(foreign), { ok: false, error: 'ticket-key-unknown' });
  assert.deepEqual(keys.open(new Uint8Array(0)), { ok: false, error: 'ticket-missing' });
});

test('no flipped bit of a ticket is accepted', () => {
  for (let bit = 0; bit < ticket.length * 8; bit++) {
    const bent = ticket.slice();
    bent[bit >> 3]! ^= 1 << (bit & 7);
    assert.equal(keys.open(bent).ok, false, `bit ${bit}`);
  }
});

test('a ticket is for one host, one client key and its time, give or take the clock skew', () => {
  const { hostPublicKey, clientPublicKey, notBeforeMs, expiresAtMs } = claims;
  const check = (change: object) =>
    checkTicket(crypto, claims, { hostPublicKey, clientPublicKey, unixMs: notBeforeMs, ...change });
  assert.equal(check({}), undefined);
  assert.equal(check({ hostPublicKey: clientPublicKey }), 'ticket-host');
  assert.equal(check({ clientPublicKey: hostPublicKey }), 'ticket-client-key');
  assert.equal(check({ unixMs: notBeforeMs - ticketClockSkewMsMax }), undefined);
  assert.equal(check({ unixMs: notBeforeMs - ticketClockSkewMsMax - 1 }), 'ticket-not-yet');
  assert.equal(check({ unixMs: expiresAtMs + ticketClockSkewMsMax - 1 }), undefined);
  assert.equal(check({ unixMs: expiresAtMs + ticketClockSkewMsMax }), 'ticket-expired');
});

test('a used ticket is remembered until it could not be accepted any more', () => {
  const used = new UsedTickets();
  used.add(claims, claims.notBeforeMs);
  assert.equal(used.has(claims.ticketId), true);
  assert.equal(used.has(crypto.randomBytes(16)), false);
  const goneMs = claims.expiresAtMs + ticketClockSkewMsMax;
  assert.equal(used.isFull(goneMs - 1), false);
  assert.equal(used.size, 1);
  assert.equal(used.isFull(goneMs), false);
  assert.equal(used.size, 0);
});

test('a platform key of the wrong size throws with its place', () => {
  assert.throws(() => new TicketKeys(crypto, [new Uint8Array(31)]), /platformKeys\[0\]/);
});
