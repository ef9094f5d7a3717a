// A client whose host asks for a cookie, and those who would make it talk.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { authLimits } from '../../codec/paperclip/auth.ts';
import { HostCookies } from './cookies.ts';
import { type Client, EndpointWorld } from './endpoint-world.fixture.ts';
import { handshakeLimits } from './handshake-limits.ts';

const auth1sOf = (world: EndpointWorld, client: Client) =>
  world.sentBy(client.address.key).filter((bytes) => bytes[0] === 0x12);

/** A world whose host asks everybody for a cookie. */
function underLoad(): EndpointWorld {
  const world = new EndpointWorld();
  world.host.handleDelay(0, handshakeLimits.loadDelayMsOn);
  return world;
}

/** A client that dials a host that is not there, and a RETRY such as a host would send it. */
function alone() {
  const world = new EndpointWorld();
  world.passes = ({ to }) => to.key !== 'host';
  const mario = world.client('mario');
  world.run();
  const [auth1] = auth1sOf(world, mario);
  const cookies = new HostCookies(world.crypto, 0);
  const { connectionId } = mario.endpoint;
  const retry = () =>
    cookies.retry(world.nowMs, mario.address, world.host.gate(0).key, connectionId, auth1!);
  return { world, mario, retry };
}

test('RETRY has AUTH 1 go out again at once, the same but for its cookie MAC', () => {
  const { world, mario, retry } = alone();
  world.injectTo(mario, retry());
  const [first, second, ...more] = auth1sOf(world, mario);
  assert.deepEqual(more, []);
  const covered = authLimits.cookieMacOffset;
  assert.deepEqual(second!.subarray(0, covered), first!.subarray(0, covered));
  assert.ok(first!.subarray(covered).every((byte) => byte === 0));
  assert.ok(second!.subarray(covered).some((byte) => byte !== 0));
});

test('later resends show the cookie that was given', () => {
  const { world, mario, retry } = alone();
  world.injectTo(mario, retry());
  world.advance(handshakeLimits.resendMs);
  const [, second, third, ...more] = auth1sOf(world, mario);
  assert.deepEqual(third, second);
  assert.deepEqual(more, []);
});

test('a RETRY with any bit flipped, or cut, is dropped and counted; the true one is taken', () => {
  const { world, mario, retry } = alone();
  const bytes = retry();
  for (let bit = 8; bit < bytes.length * 8; bit++) {
    const bent = bytes.slice();
    bent[bit >> 3]! ^= 1 << (bit & 7);
    world.injectTo(mario, bent);
  }
  for (let length = 1; length < bytes.length; length++) {
    world.injectTo(mario, bytes.subarray(0, length));
  }
  const { refusals } = mario.endpoint;
  assert.equal(refusals['retry-failed'], 48 * 8);
  assert.equal(refusals['unexpected-answer'] + refusals['auth-malformed'], 4 * 8);
  assert.equal(refusals['wrong-length'], 52);
  assert.equal(auth1sOf(world, mario).length, 1);
  world.injectTo(mario, bytes);
  assert.equal(auth1sOf(world, mario).length, 2);
});

test('each AUTH 1 that the timer sends is sent again for one RETRY, however many come', () => {
  const { world, mario, retry } = alone();
  for (let atMs = 0; atMs < handshakeLimits.giveUpMs; atMs += 10) {
    world.injectTo(mario, retry());
    world.advance(10);
  }
  const byTimer = 1 + handshakeLimits.giveUpMs / handshakeLimits.resendMs;
  assert.ok(auth1sOf(world, mario).length <= 2 * byTimer);
  assert.deepEqual(mario.events, ['ended: handshake-timed-out']);
});

test('a RETRY for a link that is made changes nothing', () => {
  const world = underLoad();
  const mario = world.connected('mario');
  const sent = world.sentBy('mario').length;
  world.injectTo(mario, world.sentTo('mario')[0]!);
  assert.equal(mario.endpoint.refusals['unexpected-answer'], 1);
  assert.equal(world.sentBy('mario').length, sent);
});

test('a lost RETRY, and a lost AUTH 1 with its cookie, cost a resend each', () => {
  for (const lost of [0x15, 0x12]) {
    const world = underLoad();
    let isLost = false;
    world.passes = ({ bytes, from }) => {
      if (isLost || bytes[0] !== lost) return true;
      if (from.key === 'mario' && world.sentBy('mario').length < 2) return true;
      isLost = true;
      return false;
    };
    const mario = world.client('mario');
    world.advance(2 * handshakeLimits.resendMs);
    assert.equal(isLost, true);
    assert.deepEqual(mario.events, ['established']);
    assert.equal(auth1sOf(world, mario).length, 3);
  }
});

test('the handshake gives the RTT of its last round trip, and none after a resend', () => {
  const sampleAfter = (lostCount: number) => {
    const world = underLoad();
    let left = lostCount;
    world.passes = ({ to }) => to.key === 'host' && left-- <= 0;
    const mario = world.client('mario');
    world.advance(lostCount * handshakeLimits.resendMs + 50);
    const hand = (type: number) => {
      const bytes = world.sentTo('mario').find((sent) => sent[0] === type)!;
      mario.endpoint.handleDatagram(world.nowMs, world.hostAddress, bytes);
    };
    hand(0x15);
    world.run();
    world.nowMs += 80;
    hand(0x12);
    return mario.endpoint.stats?.latestRttMs;
  };
  assert.equal(sampleAfter(0), 80);
  assert.equal(sampleAfter(1), 0);
});
