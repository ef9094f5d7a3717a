import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8 } from '../../base/bytes.ts';
import { authLimits } from '../../codec/paperclip/auth.ts';
import { EndpointWorld, expectedRefusals, unixStartMs } from './endpoint-world.fixture.ts';
import { errorCodes } from './error-codes.ts';
import { handshakeLimits } from './handshake-limits.ts';
import type { RefusalReason } from './refusals.ts';

/** What a host sends to someone whom it does not answer. */
const nothing: readonly Uint8Array[] = [];
const refusedWith = (name: keyof typeof errorCodes) => [`ended: refused ${errorCodes[name].code}`];

test('a ticket opens a link, which both ends hear of once', () => {
  const world = new EndpointWorld();
  const mario = world.connected('mario');
  assert.deepEqual(mario.events, ['established']);
  assert.deepEqual(world.hostEvents, ['established']);
  assert.deepEqual(world.newRefusals(), []);
  mario.endpoint.send(world.nowMs, 0, utf8('hello'));
  mario.endpoint.flush(world.nowMs);
  world.advance(100);
  assert.deepEqual(world.hostEvents, ['established', 'message: hello']);
});

test('AUTH 1 is 1200 bytes, and no answer is larger than what it answers', () => {
  const world = new EndpointWorld();
  world.connected('mario');
  assert.equal(world.sentBy('mario')[0]!.length, 1_200);
  assert.ok(world.sentTo('mario')[0]!.length <= 1_200);
});

test('neither ticket nor names nor keys of the handshake are in the clear', () => {
  const world = new EndpointWorld();
  const mario = world.client('mario-the-plumber', { claims: { userData: utf8('opaque-data') } });
  world.run();
  const wire = world.sent.map(({ bytes }) => Buffer.from(bytes).toString('latin1')).join();
  assert.equal(wire.includes('mario-the-plumber'), false);
  assert.equal(wire.includes('opaque-data'), false);
  assert.equal(wire.includes(Buffer.from(mario.keyPair.publicKey).toString('latin1')), false);
});

test('an AUTH 1 cut at any length or one byte too long is dropped without an answer', () => {
  const world = new EndpointWorld();
  world.passes = () => false;
  world.client('mario');
  world.run();
  const auth1 = world.sentBy('mario')[0]!;
  world.passes = () => true;
  for (let length = 1; length < auth1.length; length++) {
    world.inject('stranger', auth1.subarray(0, length));
    world.nowMs += 1_000 / handshakeLimits.authPerSecondMax;
  }
  world.inject('stranger', new Uint8Array(1_201).fill(0x12, 0, 1));
  assert.deepEqual(world.newRefusals(), expectedRefusals('wrong-length', 1_200));
  world.inject('stranger', new Uint8Array(0));
  assert.deepEqual(world.newRefusals(), ['too-short']);
  assert.deepEqual(world.sentTo('stranger'), nothing);
});

test('an AUTH 1 with any bit flipped is dropped without an answer, and costs no handshake', () => {
  // But for the cookie's: without load nobody looks at them.
  const world = new EndpointWorld();
  world.passes = () => false;
  world.client('mario');
  world.run();
  const auth1 = world.sentBy('mario')[0]!;
  world.passes = () => true;
  for (let bit = 8; bit < authLimits.cookieMacOffset * 8; bit++) {
    const bent = auth1.slice();
    bent[bit >> 3]! ^= 1 << (bit & 7);
    world.inject('stranger', bent);
    world.nowMs += 1_000 / handshakeLimits.authPerSecondMax;
  }
  const seen = new Set(world.newRefusals());
  // None got as far as a Diffie-Hellman: that would be `noise-failed`.
  const cheap: readonly RefusalReason[] = [
    'auth-malformed',
    'unknown-suite',
    'wrong-protocol-id',
    'gate-unknown',
    'gate-mac',
  ];
  assert.deepEqual(seen, new Set(cheap));
  assert.equal(world.host.halfOpenCount, 0);
  assert.deepEqual(world.sentTo('stranger'), nothing);
});

test('a stranger without the gate is not answered, with a true host key or not', () => {
  const world = new EndpointWorld();
  const gate = { id: world.host.gate(0).id, key: world.crypto.randomBytes(32) };
  world.client('stranger', { gate });
  world.client('other', { gate: { id: (gate.id % 255) + 1, key: gate.key } });
  world.run();
  assert.deepEqual(world.newRefusals(), ['gate-unknown', 'gate-mac']);
  assert.deepEqual(
    world.sent.filter(({ from }) => from.key === 'host'),
    [],
  );
});

test('an AUTH 2 with any bit flipped, or cut, changes nothing; the true one still connects', () => {
  const world = new EndpointWorld();
  world.passes = ({ from }) => from.key !== 'host';
  const mario = world.client('mario');
  world.run();
  const auth2 = world.sentTo('mario')[0]!;
  world.passes = () => true;
  for (let bit = 0; bit < auth2.length * 8; bit++) {
    const bent = auth2.slice();
    bent[bit >> 3]! ^= 1 << (bit & 7);
    world.injectTo(mario, bent);
  }
  for (let length = 0; length < auth2.length; length++) {
    world.injectTo(mario, auth2.subarray(0, length));
  }
  assert.deepEqual(mario.events, []);
  world.injectTo(mario, auth2);
  assert.deepEqual(mario.events, ['established']);
  assert.deepEqual(world.hostEvents, ['established']);
});

test('the same AUTH 1 again gets the same AUTH 2 and makes no second state', () => {
  const world = new EndpointWorld();
  world.passes = ({ from }) => from.key !== 'host';
  world.client('mario');
  world.run();
  const auth1 = world.sentBy('mario')[0]!;
  world.inject('mario', auth1);
  world.inject('elsewhere', auth1);
  const [first, second] = world.sentTo('mario');
  assert.deepEqual(second, first);
  assert.deepEqual(world.sentTo('elsewhere'), []);
  assert.equal(world.host.halfOpenCount, 1);
});

test('a recorded AUTH 1 opens nothing, before its ticket was used or after', () => {
  const world = new EndpointWorld();
  world.connected('mario');
  const auth1 = world.sentBy('mario')[0]!;
  world.inject('thief', auth1);
  world.advance(handshakeLimits.halfOpenMs);
  world.newRefusals();
  world.inject('thief', auth1);
  assert.deepEqual(world.newRefusals(), ['ticket-used']);
  world.advance(60_000 + handshakeLimits.ticketClockSkewMsMax);
  world.inject('thief', auth1);
  assert.deepEqual(world.newRefusals(), ['ticket-expired']);
  assert.equal(world.host.halfOpenCount, 0);
  assert.deepEqual(world.hostEvents, ['established']);
});

test('a stolen ticket is refused to another static key', () => {
  const world = new EndpointWorld();
  const mario = world.crypto.x25519KeyPair();
  const ticket = world.ticket(mario.publicKey);
  const thief = world.client('thief', { ticket });
  world.run();
  assert.deepEqual(world.newRefusals(), ['ticket-client-key']);
  assert.deepEqual(thief.events, refusedWith('TICKET_INVALID'));
});

test('a refused client is told why by the host itself, and the host keeps nothing of it', () => {
  const world = new EndpointWorld();
  const otherHost = world.crypto.x25519KeyPair().publicKey;
  const start = unixStartMs;
  const cases = [
    [{ ticket: new Uint8Array(0) }, 'ticket-missing', 'TICKET_INVALID'],
    [{ ticket: new Uint8Array(99) }, 'ticket-malformed', 'TICKET_INVALID'],
    [{ claims: { hostPublicKey: otherHost } }, 'ticket-host', 'TICKET_INVALID'],
    [
      { claims: { notBeforeMs: start - 90_000, expiresAtMs: start - 5_000 } },
      'ticket-expired',
      'TICKET_EXPIRED',
    ],
    [
      { claims: { notBeforeMs: start + 5_001, expiresAtMs: start + 9_000 } },
      'ticket-not-yet',
      'TICKET_EXPIRED',
    ],
    [{ channels: world.channels.slice(1) }, 'channels-differ', 'CHANNELS_DIFFER'],
  ] as const;
  for (const [index, [options, reason, code]] of cases.entries()) {
    const client = world.client(`c${index}`, options);
    world.run();
    assert.deepEqual(world.newRefusals(), [reason]);
    assert.deepEqual(client.events, refusedWith(code));
    assert.ok(client.endpoint.isDrained);
  }
  assert.equal(world.host.halfOpenCount, 0);
});

test('a ticket of another platform is refused', () => {
  const world = new EndpointWorld();
  const foreign = new EndpointWorld({ seed: 2 });
  const keyPair = world.crypto.x25519KeyPair();
  const ticket = foreign.ticket(keyPair.publicKey, { hostPublicKey: world.hostKeys.publicKey });
  world.client('mario', { keyPair, ticket });
  world.run();
  assert.deepEqual(world.newRefusals(), ['ticket-key-unknown']);
});

test('a client of another application is not answered', () => {
  const world = new EndpointWorld();
  world.client('mario', { protocolId: new Uint8Array(8) });
  world.run();
  assert.deepEqual(world.newRefusals(), ['wrong-protocol-id']);
  assert.deepEqual(world.sentTo('mario'), nothing);
});

test('a client that knows the gate but not the true host key gets no answer', () => {
  const world = new EndpointWorld();
  world.client('mario', { hostPublicKey: world.crypto.x25519KeyPair().publicKey });
  world.run();
  assert.deepEqual(world.newRefusals(), ['noise-failed']);
  assert.deepEqual(world.sentTo('mario'), nothing);
});

test('without a platform everyone who knows the host key may come, without a ticket', () => {
  const world = new EndpointWorld({ platformKeys: undefined });
  world.connected('anyone', { ticket: undefined });
  assert.deepEqual(world.hostEvents, ['established']);
  const holder = world.client('holder');
  world.run();
  assert.deepEqual(holder.events, refusedWith('TICKET_INVALID'));
});
