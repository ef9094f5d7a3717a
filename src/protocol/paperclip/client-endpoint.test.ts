import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EndpointWorld } from './endpoint-world.fixture.ts';
import { errorCodes } from './error-codes.ts';
import { handshakeLimits } from './handshake-limits.ts';

const versionError = (connectionId: number) => {
  const bytes = Uint8Array.of(0x14, 0, 0, 0, 0, 3, 1);
  new DataView(bytes.buffer).setUint32(1, connectionId);
  return bytes;
};

test('AUTH 1 goes out again, unchanged and less often, and then the client gives up', () => {
  const world = new EndpointWorld();
  world.passes = () => false;
  const mario = world.client('mario');
  const timesMs: number[] = [];
  for (let seen = 0; world.nowMs <= handshakeLimits.giveUpMs; world.advance(1)) {
    const sent = world.sentBy('mario').length;
    if (sent > seen) timesMs.push(world.nowMs);
    seen = sent;
  }
  const everyHalfSecond = Array.from({ length: 9 }, (_, i) => 750 + 500 * i);
  assert.deepEqual(timesMs, [0, 250, ...everyHalfSecond]);
  const [first, ...rest] = world.sentBy('mario');
  for (const again of rest) assert.deepEqual(again, first);
  assert.deepEqual(mario.events, ['ended: handshake-timed-out']);
  assert.ok(mario.endpoint.isDrained);
});

test('a lost AUTH 1 and a lost AUTH 2 cost a resend each and nothing else', () => {
  const world = new EndpointWorld();
  const lost = new Set(['mario', 'host']);
  world.passes = ({ from }) => !lost.delete(from.key);
  const mario = world.client('mario');
  world.advance(1_000);
  assert.deepEqual(mario.events, ['established']);
  assert.deepEqual(world.hostEvents, ['established']);
  assert.equal(world.sentBy('mario').filter((bytes) => bytes[0] === 0x12).length, 3);
});

test('a forged ERROR ends nothing; it is only a word when the client has given up anyway', () => {
  const world = new EndpointWorld();
  world.passes = ({ from }) => from.key !== 'mario';
  const mario = world.client('mario');
  world.injectTo(mario, versionError(mario.endpoint.connectionId ^ 1));
  assert.equal(mario.endpoint.refusals['unexpected-answer'], 1);
  world.injectTo(mario, versionError(mario.endpoint.connectionId));
  world.advance(handshakeLimits.giveUpMs - 1);
  assert.deepEqual(mario.events, []);
  world.advance(1);
  assert.deepEqual(mario.events, [`ended: refused ${errorCodes.VERSION.code}`]);
});

test('an ERROR before the true answer does not keep the client from connecting', () => {
  const world = new EndpointWorld();
  const mario = world.client('mario');
  world.injectTo(mario, versionError(0));
  world.run();
  assert.deepEqual(mario.events, ['established']);
});

test('datagrams of anyone but the host are dropped and counted', () => {
  const world = new EndpointWorld();
  const mario = world.connected('mario');
  const [auth2] = world.sentTo('mario');
  mario.endpoint.handleDatagram(world.nowMs, { key: 'stranger' }, auth2!);
  assert.equal(mario.endpoint.refusals['wrong-address'], 1);
});

test('a late second AUTH 2 is dropped and counted', () => {
  const world = new EndpointWorld();
  const mario = world.connected('mario');
  world.injectTo(mario, world.sentTo('mario')[0]!);
  assert.equal(mario.endpoint.refusals['unexpected-answer'], 1);
  assert.deepEqual(mario.events, ['established']);
});

test('closing before the answer ends the dialling at once', () => {
  const world = new EndpointWorld();
  world.passes = () => false;
  const mario = world.client('mario');
  mario.endpoint.close(world.nowMs, 0, 'changed my mind');
  world.run();
  assert.deepEqual(mario.events, ['ended: closed-here 0']);
  world.advance(10_000);
  assert.equal(world.sentBy('mario').length, 1);
});

test('sending before the link is made throws', () => {
  const world = new EndpointWorld();
  const mario = world.client('mario');
  assert.throws(() => mario.endpoint.send(0, 0, new Uint8Array(1)), /not open/);
});

test('the handshake gives the first RTT sample, but not when AUTH 1 went out twice', () => {
  const sampleAfter = (waitMs: number) => {
    const world = new EndpointWorld();
    world.passes = ({ from }) => from.key !== 'host';
    const mario = world.client('mario');
    world.advance(waitMs);
    mario.endpoint.handleDatagram(world.nowMs, world.hostAddress, world.sentTo('mario')[0]!);
    return mario.endpoint.stats?.latestRttMs;
  };
  assert.equal(sampleAfter(100), 100);
  assert.equal(sampleAfter(300), 0);
});

test('options that cannot be throw with their name', () => {
  const world = new EndpointWorld();
  assert.throws(() => world.client('a', { hostPublicKey: new Uint8Array(32) }), /hostPublicKey/);
  assert.throws(() => world.client('b', { ticket: new Uint8Array(600) }), /ticket/);
  assert.throws(() => world.client('c', { parameters: { idleTimeoutMs: 1 } }), /idleTimeoutMs/);
  for (const gate of [
    { id: 256, key: new Uint8Array(32) },
    { id: 1, key: new Uint8Array(31) },
  ]) {
    assert.throws(() => world.client('zelda', { gate }), /gate must be/);
  }
});
