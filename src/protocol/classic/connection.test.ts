import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { errorCodes, flags } from '../../codec/classic/numbers.ts';
import type { Packet } from '../../codec/classic/packet.ts';
import { classicCrypto } from '../../driver/classic-crypto.ts';
import { ClassicWorld, defaultPacket, errorPacket, hostName } from './classic-world.fixture.ts';
import { classicLimits } from './limits.ts';

const { reliable, checksum, compressed, encrypted, fragmented } = flags;
const hello = Uint8Array.of(1, 2, 3);
const dataOf = (messages: readonly { readonly data: Uint8Array }[]) =>
  messages.map(({ data }) => [...data]);
const acks = (packets: readonly Packet[]) =>
  packets.flatMap((packet) => (packet.type === 'ack' ? [[packet.ackId, packet.ackBits]] : []));

describe('packets of a peer', () => {
  test('a RELIABLE duplicate is acknowledged again but not delivered again', () => {
    const world = new ClassicWorld(1);
    const { stranger } = world.scripted('player:1');
    const packet = defaultPacket(2, reliable, hello);
    world.say('player:1', stranger, packet);
    world.say('player:1', stranger, packet);
    assert.deepEqual(dataOf(world.host.messages), [[1, 2, 3]]);
    assert.deepEqual(acks(stranger.heard), [
      [2, 0],
      [2, 0],
    ]);
  });

  test('a duplicate without RELIABLE is not delivered again either', () => {
    const world = new ClassicWorld(1);
    const { stranger } = world.scripted('player:1');
    world.say('player:1', stranger, defaultPacket(2, 0, hello), defaultPacket(2, 0, hello));
    assert.equal(world.host.messages.length, 1);
    assert.deepEqual(stranger.heard, []);
  });

  test('one acknowledgement speaks for the sixteen before it that came as RELIABLE', () => {
    const world = new ClassicWorld(1);
    const { stranger } = world.scripted('player:1');
    for (const id of [2, 3, 5]) world.say('player:1', stranger, defaultPacket(id, reliable, hello));
    world.say('player:1', stranger, defaultPacket(4, 0, hello), defaultPacket(6, reliable, hello));
    assert.deepEqual(acks(stranger.heard).at(-1), [6, 0b1011_0000_0000_0000]);
  });

  test('RELIABLE messages that overtake each other come out in the order of their ids', () => {
    const world = new ClassicWorld(1);
    const { stranger } = world.scripted('player:1');
    const message = (id: number) => defaultPacket(id, reliable, Uint8Array.of(id));
    world.say('player:1', stranger, message(4));
    world.say('player:1', stranger, message(3));
    assert.deepEqual(acks(stranger.heard), [
      [4, 0],
      [3, 0],
    ]);
    assert.deepEqual(world.host.messages, []);
    world.say('player:1', stranger, message(2));
    assert.deepEqual(dataOf(world.host.messages), [[2], [3], [4]]);
    // 5 was something that nobody repeats.
    world.say('player:1', stranger, message(6));
    world.network.runFor(classicLimits.holdMs);
    assert.deepEqual(dataOf(world.host.messages).at(-1), [6]);
  });

  test('ids go around after 65535, and nothing is taken for a duplicate', () => {
    const world = new ClassicWorld(1);
    const { stranger } = world.scripted('player:1');
    const ids = [20_000, 40_000, 60_000, 65_534, 65_535, 0, 1, 2];
    for (const id of ids) {
      world.say('player:1', stranger, defaultPacket(id, reliable, Uint8Array.of(id & 255)));
    }
    world.network.runFor(1_000);
    assert.deepEqual(
      dataOf(world.host.messages),
      ids.map((id) => [id & 255]),
    );
    assert.deepEqual(acks(stranger.heard).at(-1), [2, 0b1111_0000_0000_0000]);
  });

  const mistakes: readonly (readonly [string, Packet | Uint8Array, number])[] = [
    ['a wrong version', Uint8Array.of(0x10, 0, 0, 0, 0, 2), errorCodes.version],
    ['an unknown type', Uint8Array.of(0x05, 0, 0, 0, 0, 2), errorCodes.packetType],
    ['no flags', Uint8Array.of(0x00), errorCodes.flags],
    ['half a sequence id', Uint8Array.of(0, 0, 0, 0), errorCodes.sequenceId],
    ['a sequence id past 65535', Uint8Array.of(0, 0, 0, 1, 0, 0), errorCodes.sequenceId],
    ['no fragment id', Uint8Array.of(0, 8, 0, 0, 0, 2), errorCodes.fragmentId],
    ['no fragment number', Uint8Array.of(0, 8, 0, 0, 0, 2, 0), errorCodes.fragmentNumber],
    ['fragment number 0', Uint8Array.of(0, 8, 0, 0, 0, 2, 0, 0), errorCodes.fragmentNumber],
    ['fragment id >= number', Uint8Array.of(0, 8, 0, 0, 0, 2, 3, 3), errorCodes.fragmentId],
    ['half an init vector', Uint8Array.of(0, 16, 0, 0, 0, 2, 1, 1), errorCodes.initVector],
    ['half a checksum', Uint8Array.of(0, 64, 0, 0, 0, 2, 1), errorCodes.checksum],
    ['half an ACK', Uint8Array.of(1, 0, 0, 0, 0, 2, 1), errorCodes.packet],
    [
      'a piece that is too long',
      defaultPacket(2, fragmented, new Uint8Array(989), { fragment: { id: 0, count: 2 } }),
      errorCodes.fragmentId,
    ],
    ['a wrong checksum', defaultPacket(2, checksum, hello, { checksum: 7 }), errorCodes.checksum],
    [
      'data that does not inflate',
      defaultPacket(2, reliable | compressed, Uint8Array.of(7, 7)),
      errorCodes.compression,
    ],
    [
      'data that inflates too far',
      defaultPacket(
        2,
        compressed,
        classicCrypto.deflate(new Uint8Array(classicLimits.messageBytesMax + 1)),
      ),
      errorCodes.compression,
    ],
    [
      'data that does not decrypt',
      defaultPacket(2, reliable | encrypted, new Uint8Array(32), {
        initVector: new Uint8Array(16),
      }),
      errorCodes.initVector,
    ],
  ];
  for (const [name, packet, code] of mistakes) {
    test(`${name} is answered with its error and dropped; the right packet still comes`, () => {
      const world = new ClassicWorld(1);
      const { stranger } = world.scripted('player:1');
      world.say('player:1', stranger, packet);
      assert.deepEqual(stranger.errors, [code]);
      assert.deepEqual(acks(stranger.heard), []);
      assert.deepEqual(world.host.messages, []);
      world.say('player:1', stranger, defaultPacket(2, reliable, hello));
      assert.deepEqual(dataOf(world.host.messages), [[1, 2, 3]]);
    });
  }

  test('errors go out rate-limited', () => {
    const world = new ClassicWorld(1);
    const { stranger } = world.scripted('player:1');
    for (let i = 0; i < 100; i++) stranger.queue(Uint8Array.of(0x10, 0, 0, 0, 0, 2));
    world.say('player:1', stranger);
    assert.equal(stranger.errors.length, classicLimits.errorsBurst);
    const other = world.stranger('stranger:1');
    for (let i = 0; i < 100; i++) other.queue(Uint8Array.of(0x10, 0, 0, 0, 0, 2));
    world.say('stranger:1', other);
    assert.equal(other.errors.length, classicLimits.strangerErrorsBurst);
  });

  test('and never in answer to an ERROR', () => {
    const world = new ClassicWorld(1);
    const { stranger } = world.scripted('player:1');
    const other = world.stranger('stranger:1');
    const malformed = [
      Uint8Array.of(0x14, 0, 0, 0, 0, 2, 0x31),
      Uint8Array.of(0x04, 0, 0, 0),
      Uint8Array.of(0x04, 0x40, 0, 0, 0, 2, 0, 0, 0, 0, 0x31, 65),
      Uint8Array.of(0x04, 0, 0, 1, 0, 2, 0x31),
    ];
    world.say('player:1', stranger, ...malformed);
    world.say('stranger:1', other, ...malformed);
    assert.deepEqual([...stranger.heard, ...other.heard], []);
  });

  test('ERROR 3.x does not end a connection', () => {
    const world = new ClassicWorld(1);
    const { stranger } = world.scripted('player:1');
    world.say('player:1', stranger, errorPacket(2, errorCodes.checksum));
    assert.deepEqual(world.host.ends, []);
  });
});

describe('reliability', () => {
  const sentAt = (silentAfterMs: number | undefined) => {
    const world = new ClassicWorld(1, { delayMs: 20 });
    const { stranger, number } = world.scripted('player:1');
    const times: number[] = [];
    const { network, host } = world;
    stranger.handleDatagram = (nowMs, _from, bytes) => {
      times.push(nowMs);
      if (silentAfterMs !== undefined) return;
      const ackId = (bytes[4]! << 8) | bytes[5]!;
      const ack = { type: 'ack', flags: 0, sequenceId: 2 + times.length } as const;
      stranger.queue({ ...ack, ackId, ackBits: 0, data: new Uint8Array(0) });
    };
    const startMs = network.nowMs;
    host.endpoint.send(number, hello, reliable);
    network.touch(hostName);
    return { world, times, startMs };
  };

  test('a message is sent again by the measured round trip with back-off, in the same bytes', () => {
    const { world, times, startMs } = sentAt(0);
    world.network.runFor(10_000);
    // 20 ms there. The handshake took 100 ms, so four deviations make it 300; then twice as long
    // each time, up to 3 s.
    assert.deepEqual(
      times.map((atMs) => atMs - startMs - 20).slice(0, 6),
      [0, 300, 900, 2_100, 4_500, 7_500],
    );
    const again = world.host.sent.filter(({ type }) => type === 'default');
    assert.ok(again.every((packet) => packet.sequenceId === again[0]!.sequenceId));
  });

  test('and not once it is acknowledged', () => {
    const { world, times } = sentAt(undefined);
    world.network.runFor(10_000);
    assert.equal(times.length, 1);
  });

  test('who never acknowledges is given up with a clear error after a limit', () => {
    const { world } = sentAt(0);
    world.network.runFor(classicLimits.giveUpMs - 1_000);
    assert.deepEqual(world.host.ends, []);
    world.network.runFor(4_000);
    assert.deepEqual(world.host.ends, [{ kind: 'unanswered' }]);
    assert.equal(world.host.endpoint.size, 0);
  });

  test('a sender that is not acknowledged is told to wait, and holds so much and no more', () => {
    const world = new ClassicWorld(1);
    const { number } = world.scripted('player:1');
    let taken = 0;
    while (world.host.endpoint.send(number, hello, reliable)) taken += 1;
    assert.equal(taken, classicLimits.sendQueueMessagesMax + 1);
    const large = new Uint8Array(200_000);
    const second = world.scripted('player:2').number;
    taken = 0;
    while (world.host.endpoint.send(second, large, reliable)) taken += 1;
    assert.equal(taken, 1 + Math.floor(classicLimits.sendQueueBytesMax / 202_000));
    taken = 0;
    while (world.host.endpoint.send(second, hello, 0)) taken += 1;
    assert.ok(taken < classicLimits.datagramQueueMax);
    assert.throws(() => world.host.endpoint.send(second, new Uint8Array(300_000), 0), RangeError);
  });
});

describe('heartbeat', () => {
  const pings = (packets: readonly Packet[]) =>
    packets.filter((packet) => packet.type === 'heartbeat' && packet.isPing).length;

  test('silent for more than 30 s gets a PING, more than 120 s is removed', () => {
    const world = new ClassicWorld(1);
    const { stranger } = world.scripted('player:1');
    world.network.runFor(29_800);
    assert.equal(pings(stranger.heard), 0);
    world.network.runFor(300);
    assert.equal(pings(stranger.heard), 1);
    world.network.runFor(89_000);
    assert.deepEqual(world.host.ends, []);
    world.network.runFor(1_000);
    assert.deepEqual(world.host.ends, [{ kind: 'timed-out' }]);
    assert.equal(world.host.endpoint.size, 0);
  });

  test('PING is answered with PONG, and two that answer stay for hours', () => {
    const world = new ClassicWorld(1, { delayMs: 20, loss: 0.2 });
    const client = world.connected('player:1');
    world.network.runFor(4 * 3_600_000);
    assert.deepEqual([...world.host.ends, ...client.ends], []);
    const asked = pings(world.host.sent) + pings(client.sent);
    assert.ok(asked > 400 && asked < 1_500, `${asked}`);
  });
});

describe('disconnect', () => {
  test('a client that leaves says 2.2 `quit call`, is acknowledged, and waits for that', () => {
    const world = new ClassicWorld(1);
    const client = world.connected('player:1');
    world.network.runFor(1_000);
    client.endpoint.send(hello, reliable);
    client.endpoint.disconnect(world.network.nowMs);
    world.network.touch('player:1');
    world.network.runFor(1_000);
    const end = { kind: 'closed-by-peer', code: errorCodes.clientDisconnect, text: 'quit call' };
    assert.deepEqual(world.host.ends, [end]);
    assert.deepEqual(dataOf(world.host.messages), [[1, 2, 3]]);
    assert.deepEqual(client.ends, [{ kind: 'closed-here', isAcknowledged: true }]);
    assert.ok(client.endpoint.isDrained);
    world.network.runFor(classicLimits.lingerMs);
    assert.equal(world.host.endpoint.size, 0);
  });

  test('no ERROR of a client has RELIABLE, of which an older server would die', () => {
    const world = new ClassicWorld(1);
    const client = world.connected('player:1');
    client.endpoint.disconnect(world.network.nowMs);
    world.network.touch('player:1');
    world.network.runFor(1_000);
    const errors = client.sent.filter((packet) => packet.type === 'error');
    assert.deepEqual(
      errors.map((packet) => packet.flags & reliable),
      [0],
    );
    assert.deepEqual(client.ends, [{ kind: 'closed-here', isAcknowledged: true }]);
  });

  test('over 20% loss, both ends hear of the end in nearly all cases, and always end', () => {
    let heard = 0;
    for (let seed = 0; seed < 100; seed++) {
      const world = new ClassicWorld(seed, { delayMs: 20, loss: 0.2 });
      const client = world.connected('player:1');
      client.endpoint.disconnect(world.network.nowMs);
      world.network.touch('player:1');
      world.network.runFor(classicLimits.disconnectMs + 100);
      assert.equal(client.ends.length, 1);
      if (world.host.ends[0]?.kind === 'closed-by-peer') heard += 1;
    }
    assert.ok(heard >= 97, `${heard}`);
  });

  test('a server that leaves says 2.1; the 2.2 of the old client counts as acknowledgement', () => {
    const world = new ClassicWorld(1);
    const { stranger, number } = world.scripted('player:1');
    world.host.endpoint.disconnect(world.network.nowMs, number);
    world.network.touch(hostName);
    world.network.runFor(100);
    assert.deepEqual(stranger.errors, [errorCodes.serverDisconnect]);
    world.say('player:1', stranger, errorPacket(2, errorCodes.clientDisconnect, 'quit call'));
    assert.deepEqual(world.host.ends, [{ kind: 'closed-here', isAcknowledged: true }]);
    assert.equal(world.host.endpoint.size, 0);
  });

  test('our client answers 2.1 as the old one does', () => {
    const world = new ClassicWorld(1);
    const client = world.connected('player:1');
    world.host.endpoint.disconnect(world.network.nowMs, world.newest);
    world.network.touch(hostName);
    world.network.runFor(1_000);
    assert.deepEqual(client.ends, [
      { kind: 'closed-by-peer', code: errorCodes.serverDisconnect, text: '' },
    ]);
    assert.deepEqual(
      client.sent.slice(-2).map((packet) => packet.type),
      ['error', 'ack'],
    );
    assert.deepEqual(world.host.ends, [{ kind: 'closed-here', isAcknowledged: true }]);
  });

  test('the wait for a peer that says nothing is bounded', () => {
    const world = new ClassicWorld(1);
    const { number } = world.scripted('player:1');
    world.host.endpoint.disconnect(world.network.nowMs, number);
    world.network.touch(hostName);
    world.network.runFor(classicLimits.disconnectMs - 1);
    assert.deepEqual(world.host.ends, []);
    world.network.runFor(1);
    assert.deepEqual(world.host.ends, [{ kind: 'closed-here', isAcknowledged: false }]);
    assert.equal(world.host.endpoint.size, 0);
  });

  test('a disconnect that comes again is acknowledged again, for a while', () => {
    const world = new ClassicWorld(1);
    const { stranger } = world.scripted('player:1');
    const goodbye: Packet = { ...errorPacket(2, errorCodes.clientDisconnect), flags: reliable };
    world.say('player:1', stranger, goodbye);
    world.say('player:1', stranger, goodbye);
    assert.equal(acks(stranger.heard).length, 2);
    assert.equal(world.host.ends.length, 1);
    world.network.runFor(classicLimits.lingerMs);
    world.say('player:1', stranger, goodbye);
    assert.equal(acks(stranger.heard).length, 2);
  });
});
