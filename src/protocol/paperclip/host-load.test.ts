// A host under load: who is asked for a cookie, who gets in, and what a flood leaves behind.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { authLimits, decodeRetry, encodeAuth1 } from '../../codec/paperclip/auth.ts';
import { openRetry, showCookie } from './cookies.ts';
import { protocolIdOf } from './endpoint-output.ts';
import { addressOf, EndpointWorld } from './endpoint-world.fixture.ts';
import { sealGate } from './gate.ts';
import { handshakeLimits } from './handshake-limits.ts';

const auth1Type = 0x12;
const retryType = 0x15;

const typesOf = (datagrams: readonly Uint8Array[]) => datagrams.map((bytes) => bytes[0]);
const load = (world: EndpointWorld) => world.host.load(world.nowMs);

/** An AUTH 1 with a true gate MAC around noise. */
function gatedNoise(world: EndpointWorld): Uint8Array {
  const gate = world.host.gate(world.nowMs);
  const auth1 = encodeAuth1({
    suite: 1,
    gateId: gate.id,
    protocolId: protocolIdOf(world.crypto, 'test'),
    clientConnectionId: 1 + world.random.below(0x7fff_ffff),
    noiseMessage: world.crypto.randomBytes(400),
  });
  sealGate(world.crypto, gate, auth1);
  return auth1;
}

/** What a real client sent, and nobody has heard. */
function recordedAuth1(world: EndpointWorld): Uint8Array {
  world.passes = () => false;
  world.client('recorded');
  world.run();
  world.passes = () => true;
  return world.sentBy('recorded')[0]!;
}

/** The same datagram with the cookie that its sender got for it. */
function withCookie(world: EndpointWorld, from: string, auth1: Uint8Array): Uint8Array {
  world.inject(from, auth1);
  const retry = decodeRetry(world.sentTo(from).findLast((bytes) => bytes[0] === retryType)!);
  assert.ok(retry.ok);
  const cookie = openRetry(world.crypto, world.host.gate(world.nowMs).key, auth1, retry.value);
  const shown = auth1.slice();
  showCookie(world.crypto, cookie!, shown);
  return shown;
}

/** 50,000 datagrams a second, evenly, past the wire. Returns the longest answer. */
function flood(world: EndpointWorld, forMs: number, next: (i: number) => [string, Uint8Array]) {
  let longest = 0;
  for (let i = 0; i < 50 * forMs; i++) {
    const [from, bytes] = next(i);
    world.host.handleDatagram(world.nowMs, addressOf(from), bytes);
    for (let o = world.host.poll(world.nowMs); o !== undefined; o = world.host.poll(world.nowMs)) {
      if (o.kind === 'transmit') longest = Math.max(longest, o.length);
    }
    world.advance(1 / 50);
  }
  return longest;
}

/** As much as puts any host under load. */
function engage(world: EndpointWorld): void {
  const auth1 = gatedNoise(world);
  flood(world, 1 + handshakeLimits.loadKnocksBurst / 50, () => ['flood', auth1]);
  assert.equal(load(world).isUnderLoad, true);
}

test('a host without load asks nobody for a cookie, and looks at none', () => {
  const world = new EndpointWorld();
  const auth1 = recordedAuth1(world);
  world.inject('recorded', auth1.fill(0xee, authLimits.cookieMacOffset));
  world.connected('mario');
  for (const name of ['recorded', 'mario']) {
    assert.equal(typesOf(world.sentTo(name))[0], auth1Type);
    assert.equal(typesOf(world.sentTo(name)).includes(retryType), false);
  }
});

test('under load a client shows a cookie, and is in after one round trip more', () => {
  const world = new EndpointWorld();
  engage(world);
  world.newRefusals();
  const mario = world.connected('mario');
  assert.deepEqual(world.newRefusals(), ['cookie-missing']);
  assert.equal(typesOf(world.sentTo('mario'))[0], retryType);
  const [asked, shown] = world.sentBy('mario');
  assert.deepEqual(
    shown!.subarray(0, authLimits.cookieMacOffset),
    asked!.subarray(0, authLimits.cookieMacOffset),
  );
  assert.notDeepEqual(shown, asked);
  assert.deepEqual(mario.events, ['established']);
  assert.equal(mario.endpoint.stats?.srttMs, 0);
});

test('RETRY is smaller than what it answers, and nothing is kept of whom it was sent to', () => {
  const world = new EndpointWorld();
  const replay = recordedAuth1(world);
  engage(world);
  const before = load(world);
  const longest = flood(world, 20, (i) => [`10.0.0.${i % 250}:${i}`, replay]);
  assert.equal(longest, authLimits.retryBytes);
  assert.deepEqual(load(world), before);
});

test('50,000 spoofed and replayed AUTH 1 a second: no state grows, and players come in', () => {
  const world = new EndpointWorld();
  const mario = world.connected('mario');
  const replay = world.sentBy('mario')[0]!;
  const gated = Array.from({ length: 50 }, () => gatedNoise(world));
  const garbage = gated.map((bytes) => bytes.with(authLimits.gateMacOffset, 0));
  engage(world);
  const before = load(world);
  const comers = ['luigi', 'peach', 'toad'].map((name) => world.client(name));
  flood(world, 800, (i) => [
    `10.${i % 200}.${i % 7}.1:${i}`,
    [gated[i % 50]!, replay, garbage[i % 50]!][i % 3]!,
  ]);
  for (const { events } of comers) assert.deepEqual(events, ['established']);
  const after = load(world);
  assert.deepEqual(
    { ...after, addressesRemembered: 0 },
    { ...before, halfOpen: 0, addressesRemembered: 0 },
  );
  // Those who showed a cookie, and no stranger.
  assert.equal(after.addressesRemembered, before.addressesRemembered + comers.length);
  assert.equal(world.host.connectionCount, 4);
  assert.deepEqual(mario.events, ['established']);
  assert.equal(mario.endpoint.stats?.packetsLost, 0);
});

test('cookies end a while after the flood, and the next client needs none', () => {
  const world = new EndpointWorld();
  engage(world);
  world.advance(handshakeLimits.loadCalmMs);
  assert.deepEqual(load(world), { ...load(world), isUnderLoad: false, engagedCount: 1 });
  world.newRefusals();
  world.connected('mario');
  assert.deepEqual(world.newRefusals(), []);
  engage(world);
  assert.equal(load(world).engagedCount, 2);
});

test('a cookie of another address is answered with one that fits', () => {
  const world = new EndpointWorld();
  engage(world);
  const shown = withCookie(world, 'mario:1', recordedAuth1(world));
  world.newRefusals();
  world.inject('mario:2', shown);
  assert.deepEqual(world.newRefusals(), ['cookie-mac']);
  assert.deepEqual(typesOf(world.sentTo('mario:2')), [retryType]);
  world.inject('mario:1', shown);
  assert.deepEqual(typesOf(world.sentTo('mario:1')), [retryType, auth1Type]);
});

test('the same AUTH 1 again gets its answer under load too, when it shows a cookie', () => {
  const world = new EndpointWorld();
  engage(world);
  const shown = withCookie(world, 'mario', recordedAuth1(world));
  world.inject('mario', shown);
  world.inject('mario', shown);
  const [, first, second] = world.sentTo('mario');
  assert.deepEqual(first, second);
  assert.equal(world.host.halfOpenCount, 1);
});

test('an address that shows its cookies gets its share of handshakes, its neighbour its own', () => {
  const world = new EndpointWorld();
  engage(world);
  const burst = handshakeLimits.addressHandshakesBurst;
  for (let i = 0; i < burst; i++) {
    world.inject(`thief:${i}`, withCookie(world, `thief:${i}`, gatedNoise(world)));
  }
  world.newRefusals();
  world.inject('thief:x', withCookie(world, 'thief:x', gatedNoise(world)));
  assert.deepEqual(world.newRefusals(), ['cookie-missing', 'address-share']);
  world.connected('mario');
});

test('a crowd of addresses with cookies gets no more Diffie-Hellmans than the host can spare', () => {
  const world = new EndpointWorld();
  engage(world);
  const { handshakesBurst, handshakesPerSecondMax } = handshakeLimits;
  const more = 10;
  const isAnswered = (i: number) => {
    world.newRefusals();
    world.inject(`a${i}`, withCookie(world, `a${i}`, gatedNoise(world)));
    const [, outcome] = world.newRefusals();
    return outcome === 'noise-failed';
  };
  const answers = Array.from({ length: handshakesBurst + more }, (_, i) => isAnswered(i));
  assert.equal(answers.filter(Boolean).length, handshakesBurst);
  // Newcomers share what is left; nobody waits longer than the flood lasts.
  world.client('mario');
  world.run();
  assert.equal(world.newRefusals().at(-1), 'handshake-rate');
  world.advance(1_000 / handshakesPerSecondMax + handshakeLimits.resendMs);
  assert.deepEqual(world.hostEvents, ['established']);
});

test('of more AUTH datagrams than a host can look at the rest is dropped unseen', () => {
  const world = new EndpointWorld();
  const { authBurst } = handshakeLimits;
  const garbage = new Uint8Array(authLimits.auth1Bytes).fill(auth1Type, 0, 1);
  for (let i = 0; i < authBurst + 7; i++) {
    world.host.handleDatagram(0, addressOf(`10.0.0.1:${i}`), garbage);
  }
  const { 'auth-malformed': seen, 'auth-rate': unseen } = world.host.refusals;
  assert.deepEqual([seen, unseen], [authBurst, 7]);
  world.nowMs += 1;
  world.connected('mario');
});

test('a host that is woken late looks at fewer strangers, until it keeps its times again', () => {
  const world = new EndpointWorld();
  const { authBurst, authLateMs, authLateForMs, authLateLooks } = handshakeLimits;
  const garbage = new Uint8Array(authLimits.auth1Bytes).fill(auth1Type, 0, 1);
  const looksAt = (nowMs: number): number => {
    const before = world.host.refusals['auth-malformed'];
    for (let i = 0; i < 2 * authBurst; i++) {
      world.host.handleDatagram(nowMs, addressOf(`10.0.0.1:${i}`), garbage);
    }
    return world.host.refusals['auth-malformed'] - before;
  };
  world.host.handleDelay(0, authLateMs - 1);
  assert.equal(looksAt(0), authBurst);
  world.host.handleDelay(1_000, authLateMs);
  assert.equal(looksAt(1_000), authBurst / authLateLooks);
  assert.equal(looksAt(1_000 + authLateForMs), authBurst);
});

test('a flood of short AUTH datagrams does not use up what the host looks at', () => {
  const world = new EndpointWorld();
  const short = Uint8Array.of(auth1Type, 1);
  for (let i = 0; i < 2 * handshakeLimits.authBurst; i++) {
    world.host.handleDatagram(0, addressOf(`10.0.0.1:${i}`), short);
  }
  world.connected('mario');
  assert.equal(world.host.refusals['wrong-length'], 2 * handshakeLimits.authBurst);
});

test('a late event loop has a host ask for cookies', () => {
  const world = new EndpointWorld();
  world.host.handleDelay(0, handshakeLimits.loadDelayMsOn);
  world.connected('mario');
  assert.deepEqual(world.newRefusals(), ['cookie-missing']);
});
