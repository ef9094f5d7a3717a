import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Random, seededRandom } from '../../base/prng.ts';
import { flags } from '../../codec/classic/numbers.ts';
import { encodePacket, type Packet } from '../../codec/classic/packet.ts';
import { classicCrypto } from '../../driver/classic-crypto.ts';
import {
  authPacket,
  ClassicWorld,
  type ClientStation,
  defaultPacket,
  errorPacket,
  finishedPacket,
  playerCertificate,
  type Stranger,
} from './classic-world.fixture.ts';
import { classicLimits } from './limits.ts';

const seed = 11;
const { reliable, compressed, encrypted, fragmented } = flags;
const some = (random: Random, length: number) =>
  Uint8Array.from({ length }, () => random.below(256));
const { publicKey } = classicCrypto.generateKeyPair();
const garbageKey = (random: Random) => some(random, 120);
const bomb = classicCrypto.deflate(new Uint8Array(4 * 1024 * 1024));

/** What a stranger sends, or one who is connected. */
const attacks: Readonly<Record<string, (random: Random, i: number) => Uint8Array | Packet>> = {
  'random bytes': (random) => some(random, random.below(1_100)),
  'headers cut short': (random, i) => {
    const bits = random.below(32) << 3;
    const whole = Uint8Array.of(i % 5, bits, 0, 0, 0, 9, ...some(random, 40));
    return whole.subarray(0, i % 30);
  },
  'wrong versions': (random) => Uint8Array.of(0x10 + random.below(0xf0), 0, 0, 0, 0, 9),
  'pieces that contradict each other': (random, i) =>
    defaultPacket(10 + (i % 20), fragmented | reliable, some(random, random.below(900)), {
      fragment: { id: random.below(3), count: 3 + random.below(3) },
    }),
  'pieces of messages that never end': (random, i) =>
    defaultPacket((10 + 7 * i) % 65_536, fragmented, some(random, 988), {
      fragment: { id: i % 200, count: 255 },
    }),
  'inflate bombs': (_random, i) => defaultPacket(10 + (i % 60_000), compressed, bomb),
  'noise as ciphertext': (random, i) =>
    defaultPacket(10 + (i % 60_000), encrypted | compressed, some(random, 64), {
      initVector: some(random, 16),
    }),
  'ids that jump': (random, i) => defaultPacket((30_000 * i) % 65_536, reliable, some(random, 3)),
  errors: (random, i) => errorPacket(i % 65_536, 0x30 + random.below(10)),
  'AUTH with garbage keys': (random) => authPacket(garbageKey(random), some(random, 800)),
  'the AUTH of another': () => authPacket(publicKey, playerCertificate('player:1')),
  'Finished without a handshake': (random) => finishedPacket(some(random, 32)),
  'acknowledgements of what was never sent': (random, i) => ({
    ...{ type: 'ack', flags: 0, sequenceId: i % 65_536, ackId: random.below(65_536) },
    ...{ ackBits: 0xffff, data: new Uint8Array(0) },
  }),
};

/** The honest client and the host say something to each other, and all of it arrives. */
function assertServed(world: ClassicWorld, client: ClientStation, number: number): void {
  const { host, network } = world;
  const before = { host: host.messages.length, client: client.messages.length };
  for (let i = 0; i < 3; i++) {
    assert.ok(client.endpoint.send(Uint8Array.of(i), reliable | encrypted));
    assert.ok(host.endpoint.send(number, Uint8Array.of(i), reliable | encrypted));
  }
  network.touch('player:1');
  network.touch('host');
  const own = () => host.messages.filter(({ connection }) => connection === number).length;
  assert.ok(
    network.runUntil(() => own() >= 3 && client.messages.length >= before.client + 3, 20_000),
  );
  assert.deepEqual(client.ends, []);
  assert.equal(host.endedNumbers.includes(number), false);
  host.messages.length = 0;
}

const bytesOf = (packets: readonly Packet[]) =>
  packets.reduce((sum, packet) => sum + encodePacket(packet).length, 0);

function flood(world: ClassicWorld, address: string, stranger: Stranger, name: string): number {
  const random = seededRandom(seed, name);
  let bytes = 0;
  for (let i = 0; i < 1_000; i++) {
    const datagram = attacks[name]!(random, i);
    const raw = datagram instanceof Uint8Array ? datagram : encodePacket(datagram);
    bytes += raw.length;
    stranger.queue(raw);
    if (i % 100 === 99) world.say(address, stranger);
  }
  return bytes;
}

describe(`hostile datagrams, seed ${seed}`, () => {
  for (const name of Object.keys(attacks)) {
    test(`${name} of a stranger leave the host serving others`, () => {
      const world = new ClassicWorld(name);
      const client = world.connected('player:1');
      const number = world.newest;
      const stranger = world.stranger('stranger:1');
      const sent = flood(world, 'stranger:1', stranger, name);
      assertServed(world, client, number);
      assert.equal(world.host.established.size, 1);
      assert.ok(bytesOf(stranger.heard) <= Math.max(sent, 1_000), 'more was answered than asked');
      assert.ok(world.host.endpoint.handshakes <= classicLimits.handshakesPerAddressMax);
    });

    test(`${name} of one who is connected harm nobody else`, () => {
      const world = new ClassicWorld(name);
      const client = world.connected('player:1');
      const number = world.newest;
      const { stranger } = world.scripted('hostile:1');
      flood(world, 'hostile:1', stranger, name);
      assertServed(world, client, number);
    });
  }

  test('a flood of handshakes from many addresses is bounded, and players still talk', () => {
    const world = new ClassicWorld(seed);
    const client = world.connected('player:1');
    const number = world.newest;
    world.host.verdict = undefined;
    const random = seededRandom(seed);
    let most = 0;
    for (let i = 0; i < 2_000; i++) {
      const auth = encodePacket(authPacket(garbageKey(random), playerCertificate('x')));
      const from = { key: `10.0.${i % 250}.${i % 7}:${i}`, shareKey: `10.0.${i % 250}.${i % 7}` };
      world.host.endpoint.handleDatagram(world.network.nowMs, from, auth);
      if (i % 20 === 0) world.network.runFor(100);
      most = Math.max(most, world.host.endpoint.handshakes);
    }
    world.network.touch('host');
    assert.equal(most, classicLimits.handshakesMax);
    assert.ok(world.host.endpoint.refusals.count('handshakes-full') > 0);
    assertServed(world, client, number);
    world.host.verdict = 'accepted';
    world.network.runFor(classicLimits.handshakeMs);
    assert.equal(world.host.endpoint.handshakes, 0);
    world.connected('player:2');
  });

  test('newcomers are looked at no faster than a rate, each IP address with a share of its own', () => {
    const world = new ClassicWorld(seed);
    world.host.verdict = undefined;
    const random = seededRandom(seed);
    const { endpoint } = world.host;
    const knock = (ip: string, port: number) => {
      const auth = encodePacket(authPacket(garbageKey(random), playerCertificate('x')));
      endpoint.handleDatagram(0, { key: `${ip}:${port}`, shareKey: ip }, auth);
    };
    for (let i = 0; i < 500; i++) knock('10.0.0.1', i);
    const ofOne = endpoint.handshakes;
    assert.ok(ofOne > 0 && ofOne < classicLimits.handshakesPerShareMax);
    for (let i = 0; i < 500; i++) knock(`10.1.${i >> 8}.${i & 255}`, 1);
    assert.equal(endpoint.handshakes, classicLimits.authBurst);
    assert.equal(endpoint.refusals.count('handshake-rate'), 1_000 - classicLimits.authBurst);
  });

  test('a flood from one IP address leaves room for others', () => {
    const world = new ClassicWorld(seed);
    world.host.verdict = undefined;
    const random = seededRandom(seed);
    for (let i = 0; i < 1_000; i++) {
      const auth = encodePacket(authPacket(garbageKey(random), playerCertificate('x')));
      const from = { key: `10.0.0.1:${i}`, shareKey: '10.0.0.1' };
      world.host.endpoint.handleDatagram(world.network.nowMs, from, auth);
    }
    assert.ok(world.host.endpoint.handshakes <= classicLimits.handshakesPerShareMax);
    world.host.verdict = 'accepted';
    world.connected('player:2');
  });

  test('handshakes that are replayed from elsewhere come to nothing', () => {
    const world = new ClassicWorld(seed);
    const client = world.connected('player:1');
    const number = world.newest;
    const replayer = world.stranger('replayer:1');
    world.say('replayer:1', replayer, ...client.sent);
    world.say('replayer:1', replayer, ...client.sent);
    assert.equal(world.host.established.size, 1);
    assertServed(world, client, number);
  });

  test('a host that is full turns newcomers away, and lets them in when someone has left', () => {
    const world = new ClassicWorld(seed, { delayMs: 20 }, 2);
    const first = world.scripted('player:1');
    world.connected('player:2');
    const late = world.client('late:1');
    world.network.runFor(1_000);
    assert.deepEqual(late.ends, [{ kind: 'closed-by-peer', code: 0x11, text: 'Server is Full.' }]);
    world.say('player:1', first.stranger, errorPacket(2, 0x22));
    world.network.runFor(classicLimits.lingerMs);
    world.connected('later:1');
  });
});
