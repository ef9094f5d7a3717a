import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { utf8 } from '../../base/bytes.ts';
import {
  type Client,
  EndpointWorld,
  expectedRefusals,
  unixStartMs,
} from './endpoint-world.fixture.ts';
import { errorCodes } from './error-codes.ts';
import { handshakeLimits } from './handshake-limits.ts';
import { protocolLimits } from './limits.ts';

const refusedWith = (name: keyof typeof errorCodes) => [`ended: refused ${errorCodes[name].code}`];

const isHandshake = ({ bytes }: { readonly bytes: Uint8Array }) =>
  bytes[0] === 0x12 || bytes[0] === 0x15;
/** Clients who begin to dial one after the other, slowly enough for a host under load. */
function crowd(world: EndpointWorld, name: string, count: number): readonly Client[] {
  const atOnce = handshakeLimits.handshakesBurst;
  return Array.from({ length: count }, (_, i) => {
    if (i % atOnce === 0) {
      world.run();
      world.nowMs += (1_000 * atOnce) / handshakeLimits.handshakesPerSecondMax;
    }
    return world.client(`${name}${i}`, { ticket: undefined });
  });
}

function say(world: EndpointWorld, client: Client, text: string): void {
  client.endpoint.send(world.nowMs, 0, utf8(text));
  client.endpoint.flush(world.nowMs);
  world.advance(50);
}

/** A packet of this client that the host has not seen. */
function withheldPacket(world: EndpointWorld, client: Client, text: string): Uint8Array {
  world.passes = () => false;
  const before = world.sentBy(client.address.key).length;
  client.endpoint.send(world.nowMs, 0, utf8(text));
  client.endpoint.flush(world.nowMs);
  world.run();
  world.passes = () => true;
  return world.sentBy(client.address.key)[before]!;
}

test('a client counts when its first data packet has arrived, and not before', () => {
  const world = new EndpointWorld();
  world.passes = ({ bytes }) => bytes[0] === 0x12;
  const mario = world.client('mario');
  world.run();
  assert.deepEqual(mario.events, ['established']);
  assert.deepEqual(world.hostEvents, []);
  assert.equal(world.host.connectionCount, 0);
  assert.equal(world.host.halfOpenCount, 1);
  world.passes = () => true;
  say(world, mario, 'here');
  assert.equal(world.host.connectionCount, 1);
  assert.equal(world.host.halfOpenCount, 0);
  // The PING that tells the host of the link was lost; the message says as much.
  assert.deepEqual(world.hostEvents, ['established', 'message: here']);
});

test('a handshake that is never proven is forgotten, and its ticket is still good', () => {
  const world = new EndpointWorld();
  world.passes = ({ bytes }) => bytes[0] === 0x12;
  const keyPair = world.crypto.x25519KeyPair();
  const ticket = world.ticket(keyPair.publicKey);
  world.client('mario', { keyPair, ticket });
  world.run();
  world.advance(handshakeLimits.halfOpenMs);
  assert.equal(world.host.halfOpenCount, 0);
  world.passes = () => true;
  world.connected('mario again', { keyPair, ticket });
});

test('no flipped bit of a first packet establishes anything', () => {
  const world = new EndpointWorld();
  world.passes = ({ bytes }) => bytes[0] === 0x12;
  const mario = world.client('mario');
  world.run();
  const first = world.sentBy('mario').find((bytes) => bytes[0] !== 0x12)!;
  world.passes = () => true;
  for (let bit = 0; bit < first.length * 8; bit++) {
    const bent = first.slice();
    bent[bit >> 3]! ^= 1 << (bit & 7);
    world.inject('mario', bent);
  }
  assert.deepEqual(world.hostEvents, []);
  assert.ok(world.newRefusals().includes('first-packet-failed'));
  world.inject('mario', first);
  assert.deepEqual(world.hostEvents, ['established']);
  assert.deepEqual(mario.events, ['established']);
});

test('a data packet with any bit flipped, or cut, is dropped and counted; the true one is taken', () => {
  const world = new EndpointWorld();
  const mario = world.connected('mario');
  world.newRefusals();
  const packet = withheldPacket(world, mario, 'jump');
  for (let bit = 0; bit < packet.length * 8; bit++) {
    const bent = packet.slice();
    bent[bit >> 3]! ^= 1 << (bit & 7);
    world.inject('mario', bent);
  }
  for (let length = 0; length < packet.length; length++) {
    world.inject('mario', packet.subarray(0, length));
  }
  assert.equal(world.newRefusals().length, packet.length * 9);
  assert.deepEqual(world.hostEvents, ['established']);
  world.inject('mario', packet);
  assert.deepEqual(world.hostEvents, ['established', 'message: jump']);
});

test('a replayed datagram is dropped and counted', () => {
  const world = new EndpointWorld();
  const mario = world.connected('mario');
  const packet = withheldPacket(world, mario, 'jump');
  world.newRefusals();
  world.inject('mario', packet);
  world.inject('mario', packet);
  assert.deepEqual(world.newRefusals(), ['replayed']);
  assert.deepEqual(world.hostEvents, ['established', 'message: jump']);
});

test('packets from elsewhere that are replayed or late move nothing', () => {
  const world = new EndpointWorld();
  const mario = world.connected('mario');
  const late = withheldPacket(world, mario, 'jump');
  mario.endpoint.send(world.nowMs, 0, utf8('run'));
  mario.endpoint.flush(world.nowMs);
  world.run();
  world.newRefusals();
  for (const old of world.sentBy('mario')) if (old !== late) world.inject('thief', old);
  assert.ok(world.newRefusals().length > 0);
  // It is true, and so it is heard; but newer ones came from home.
  world.inject('thief', late);
  assert.deepEqual(world.hostEvents, ['established', 'message: jump', 'message: run']);
  assert.deepEqual(world.sentTo('thief'), []);
});

test('a first packet counts only from where AUTH 2 was sent: no stranger is sent a match', () => {
  const world = new EndpointWorld();
  world.passes = ({ bytes }) => bytes[0] === 0x12;
  world.client('mario');
  world.run();
  const auth1 = world.sentBy('mario')[0]!;
  const first = world.sentBy('mario').find((bytes) => bytes[0] !== 0x12)!;
  world.passes = () => true;
  world.inject('victim', first);
  // Nor is the same AUTH 1 answered there: two places would have read what one must prove.
  world.inject('victim', auth1);
  world.inject('victim', first);
  assert.deepEqual(world.hostEvents, []);
  assert.deepEqual(world.newRefusals(), new Array(3).fill('wrong-address'));
  assert.deepEqual(world.sentTo('victim'), []);
  world.inject('mario', first);
  assert.deepEqual(world.hostEvents, ['established']);
});

test('who has an AUTH 1 answered at a victim first keeps its client from being heard, and that is all', () => {
  // Found by the fuzzer: with the answer sent to both, the client's first packet could be given the
  // victim's address, and the victim the match.
  const world = new EndpointWorld();
  world.passes = ({ from }) => from.key === 'victim';
  world.client('mario');
  world.run();
  const auth1 = world.sentBy('mario')[0]!;
  world.inject('victim', auth1);
  world.passes = () => true;
  world.advance(10_000);
  assert.deepEqual(
    world.sentTo('victim').map((bytes) => bytes[0]),
    [0x12],
  );
  assert.deepEqual(world.sentTo('mario'), []);
  assert.deepEqual(world.hostEvents, []);
});

test('the host knows the RTT from the handshake, unless AUTH 1 came twice', () => {
  for (const isRepeated of [false, true]) {
    const world = new EndpointWorld();
    world.passes = ({ bytes }) => bytes[0] === 0x12;
    world.client('mario');
    world.run();
    const [auth1, first] = [0x12, 0x18].map(
      (type) => world.sentBy('mario').find((bytes) => bytes[0] === type)!,
    );
    world.passes = ({ to }) => to.key === 'host';
    if (isRepeated) world.inject('mario', auth1!);
    world.nowMs += 80;
    world.inject('mario', first!);
    const stats = world.host.stats(world.lastConnection)!;
    assert.equal(stats.srttMs, isRepeated ? protocolLimits.initialRttMs : 80);
  }
});

test('ended connections that still drain are bounded like all others', () => {
  const world = new EndpointWorld({ connectionsMax: 1, platformKeys: undefined });
  world.passes = isHandshake;
  const guests = crowd(world, 'guest', handshakeLimits.halfOpenMax);
  world.run();
  world.passes = () => true;
  for (const guest of guests) guest.endpoint.close(world.nowMs, 0, '');
  world.run();
  world.connected('last', { ticket: undefined }).endpoint.close(world.nowMs, 0, '');
  world.run();
  assert.equal(world.host.connectionCount, handshakeLimits.halfOpenMax + 1);
  const late = world.client('late', { ticket: undefined });
  world.run();
  assert.deepEqual(late.events, refusedWith('NO_SPACE'));
  world.advance(protocolLimits.drainingMsMax);
  world.connected('later', { ticket: undefined });
});

test('a newer ticket of the same player replaces the live link at once', () => {
  const world = new EndpointWorld();
  const first = world.connected('mario');
  const second = world.connected('mario elsewhere', { claims: { playerId: 'mario' } });
  assert.deepEqual(world.hostEvents.toSorted(), ['ended: replaced', 'established', 'established']);
  assert.deepEqual(first.events, [
    'established',
    `ended: closed-by-peer ${errorCodes.REPLACED.code}`,
  ]);
  say(world, second, 'back');
  assert.equal(world.hostEvents.at(-1), 'message: back');
  world.advance(10_000);
  assert.equal(world.host.connectionCount, 1);
});

test('an older ticket of the same player does not replace a newer one', () => {
  const world = new EndpointWorld();
  const keyPair = world.crypto.x25519KeyPair();
  const older = world.ticket(keyPair.publicKey, { notBeforeMs: unixStartMs - 1 });
  world.connected('mario');
  const late = world.client('late', { keyPair, ticket: older });
  world.run();
  assert.deepEqual(late.events, refusedWith('REPLACED'));
  assert.deepEqual(world.newRefusals(), ['ticket-superseded']);
  assert.deepEqual(world.hostEvents, ['established']);
});

test('one player in two matches has two links', () => {
  const world = new EndpointWorld();
  const first = world.connected('mario');
  world.connected('mario too', { claims: { playerId: 'mario', matchId: 'm2' } });
  assert.deepEqual(first.events, ['established']);
  assert.equal(world.host.connectionCount, 2);
});

test('one ticket in two handshakes opens one link: the first to prove itself', () => {
  const world = new EndpointWorld();
  const keyPair = world.crypto.x25519KeyPair();
  const ticket = world.ticket(keyPair.publicKey);
  world.passes = ({ bytes }) => bytes[0] === 0x12;
  const first = world.client('first', { keyPair, ticket });
  const second = world.client('second', { keyPair, ticket });
  world.run();
  assert.equal(world.host.halfOpenCount, 2);
  world.passes = () => true;
  say(world, second, 'two');
  say(world, first, 'one');
  assert.deepEqual(world.hostEvents, ['established', 'message: two']);
  assert.ok(world.newRefusals().includes('unknown-connection'));
});

test('one player cannot take more than its share of the half-open table', () => {
  const world = new EndpointWorld();
  const keyPair = world.crypto.x25519KeyPair();
  const ticket = world.ticket(keyPair.publicKey);
  world.passes = ({ bytes }) => bytes[0] === 0x12;
  const share = handshakeLimits.halfOpenPerPlayerMax;
  for (let i = 0; i < share + 2; i++) world.client(`m${i}`, { keyPair, ticket });
  world.run();
  assert.equal(world.host.halfOpenCount, share);
  assert.deepEqual(world.newRefusals(), expectedRefusals('half-open-full', 2));
});

test('a flood of handshakes fills its table and no more, and players in game notice nothing', () => {
  const world = new EndpointWorld({ platformKeys: undefined });
  const mario = world.connected('mario', { ticket: undefined });
  const most = handshakeLimits.halfOpenMax;
  world.passes = ({ to, from, bytes }) => {
    const isFlood = from.key.startsWith('flood') || to.key.startsWith('flood');
    return !isFlood || isHandshake({ bytes });
  };
  crowd(world, 'flood', most + 50);
  world.run();
  assert.equal(world.host.halfOpenCount, most);
  assert.equal(world.host.refusals['half-open-full'], 50);
  say(world, mario, 'still here');
  assert.deepEqual(world.hostEvents, ['established', 'message: still here']);
  assert.equal(mario.endpoint.stats?.packetsLost, 0);
  world.advance(handshakeLimits.halfOpenMs + handshakeLimits.giveUpMs);
  assert.equal(world.host.halfOpenCount, 0);
  world.connected('newcomer', { ticket: undefined });
});

test('a host without room says so, but lets a player replace its own link', () => {
  const world = new EndpointWorld({ connectionsMax: 1 });
  world.connected('mario');
  const luigi = world.client('luigi');
  world.run();
  assert.deepEqual(luigi.events, refusedWith('NO_SPACE'));
  assert.deepEqual(world.newRefusals(), ['connections-full']);
  world.connected('mario again', { claims: { playerId: 'mario' } });
});

test('two clients who race for the last place: one plays, the other is told at its first packet', () => {
  const world = new EndpointWorld({ connectionsMax: 1 });
  world.passes = ({ bytes }) => bytes[0] === 0x12;
  const mario = world.client('mario');
  const luigi = world.client('luigi');
  world.run();
  world.passes = () => true;
  say(world, mario, 'first');
  world.advance(2_000);
  assert.deepEqual(world.hostEvents, ['established', 'message: first']);
  assert.equal(luigi.events.at(-1), `ended: closed-by-peer ${errorCodes.NO_SPACE.code}`);
  world.advance(10_000);
  assert.equal(world.host.connectionCount, 1);
});

test('an unknown version gets a short VERSION error, a few times a second', () => {
  const world = new EndpointWorld();
  const perSecond = handshakeLimits.versionErrorsPerSecond;
  for (let i = 0; i < perSecond + 5; i++) world.inject('old', new Uint8Array(40).fill(0x22));
  assert.equal(world.sentTo('old').length, perSecond);
  assert.deepEqual([...world.sentTo('old')[0]!], [0x14, 0, 0, 0, 0, 3, 1]);
  world.advance(1_000);
  world.inject('old', new Uint8Array(8));
  assert.equal(world.sentTo('old').length, perSecond + 1);
  world.inject('old', new Uint8Array(7)); // the answer would not be smaller
  assert.equal(world.sentTo('old').length, perSecond + 1);
});

test('an ERROR is never answered, whatever it says', () => {
  const world = new EndpointWorld();
  world.inject('peer', Uint8Array.of(0x14, 0, 0, 0, 0, 3, 1));
  assert.deepEqual(world.newRefusals(), ['unexpected-answer']);
  assert.deepEqual(world.sentTo('peer'), []);
});

test('closing ends every link, answers no handshake, and leaves nothing behind', () => {
  const world = new EndpointWorld();
  const mario = world.connected('mario');
  world.host.closeAll(world.nowMs, 0, 'over');
  world.run();
  assert.deepEqual(mario.events, ['established', 'ended: closed-by-peer 0']);
  const late = world.client('late');
  world.run();
  assert.deepEqual(late.events, []);
  assert.deepEqual(world.newRefusals(), ['host-closing']);
  world.advance(30_000);
  assert.equal(world.host.connectionCount, 0);
  assert.equal(world.host.halfOpenCount, 0);
});

test('a link whose client falls silent ends by time-out, and its place is free again', () => {
  const world = new EndpointWorld({ connectionsMax: 1 });
  world.connected('mario');
  world.passes = ({ from }) => from.key !== 'mario';
  world.advance(60_000);
  assert.equal(world.hostEvents.at(-1), 'ended: timed-out');
  assert.equal(world.host.connectionCount, 0);
  world.connected('luigi');
});

test('whatever bytes arrive, nothing throws, nothing is established, and tables stay small', () => {
  const firstBytes = fc.constantFrom(0x12, 0x14, 0x15, 0x18, 0x1b, 0x1f, 0x00, 0x22);
  const lengths = fc.constantFrom(0, 1, 5, 7, 23, 94, 1_199, 1_200, 1_201, 1_500);
  fc.assert(
    fc.property(
      fc.array(fc.tuple(firstBytes, lengths, fc.uint8Array({ maxLength: 64 })), { maxLength: 30 }),
      (datagrams) => {
        const world = new EndpointWorld();
        const mario = world.connected('mario');
        for (const [first, length, start] of datagrams) {
          const bytes = new Uint8Array(length);
          bytes.set(start.subarray(0, length));
          if (length > 0) bytes[0] = first;
          world.inject('stranger', bytes);
          world.inject('mario', bytes);
          world.injectTo(mario, bytes);
        }
        world.advance(100);
        assert.deepEqual(world.hostEvents, ['established']);
        assert.deepEqual(mario.events, ['established']);
        assert.equal(world.host.halfOpenCount, 0);
        assert.equal(world.host.connectionCount, 1);
      },
    ),
    { numRuns: 60 },
  );
});
