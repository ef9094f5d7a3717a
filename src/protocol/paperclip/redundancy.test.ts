// When small messages leave more than once: an outbox and its packets one at a time, then whole
// connections.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Deque } from '../../base/ring.ts';
import { FrameReader, framesEnd } from '../../codec/paperclip/frames.ts';
import { createSodiumCrypto } from '../../driver/crypto-sodium.ts';
import { nodeDeflate } from '../../driver/node-deflate.ts';
import { connectionPair } from '../../testing/connection-pair.ts';
import type { ChannelPlan } from '../link.ts';
import { planChannels } from './channel-plan.ts';
import { localParameters } from './endpoint-output.ts';
import { protocolLimits } from './limits.ts';
import { Outbox } from './outbox.ts';
import type { ConnectionEvent } from './output.ts';
import { PacketBuilder } from './packet-builder.ts';
import { SentPacket } from './sent-packets.ts';

const { redundantCopies, redundantWaitMs, redundancyBurstBytes } = protocolLimits;
const plan: ChannelPlan = {
  moves: { mode: 'reliable-unordered', redundancy: true },
  plain: 'reliable-unordered',
};
const [moves, plain] = [0, 1];

function bench() {
  const channels = planChannels(plan);
  const remote = localParameters(createSodiumCrypto(), channels, {});
  const events = new Deque<ConnectionEvent>();
  const outbox = new Outbox({ channels, remote, deflate: nodeDeflate }, events);
  const { redundancy } = outbox;
  const packet = new PacketBuilder(1200);
  const frames = new FrameReader();
  return {
    outbox,
    redundancy,
    send: (channel: number, length: number, handle: number) =>
      outbox.send(0, channel, new Uint8Array(length), { handle }),
    /** The ids of the next packet's messages; what was sent is to be told its fate. */
    next(nowMs: number, bytesSent = 0): { ids: number[]; sent: SentPacket } {
      packet.record = new SentPacket();
      packet.begin(0);
      outbox.write(nowMs, packet);
      redundancy.write(nowMs, packet, bytesSent, nowMs);
      const ids: number[] = [];
      frames.reset(packet.bytes, 0, packet.at);
      while (frames.next() !== framesEnd) ids.push(frames.messageId);
      return { ids, sent: packet.record };
    },
    fates(): string[] {
      const told: string[] = [];
      for (let e = events.shift(); e !== undefined; e = events.shift()) {
        if (e.type === 'delivered' || e.type === 'lost') told.push(`${e.type} ${e.messageHandle}`);
      }
      return told;
    },
  };
}

test('a message joins the packets after its own, but none of the same time', () => {
  const b = bench();
  b.send(moves, 64, 0);
  assert.deepEqual(b.next(0).ids, [0]);
  b.send(moves, 64, 1);
  assert.deepEqual(b.next(0).ids, [1]);
  b.send(moves, 64, 2);
  assert.deepEqual(b.next(16).ids, [2, 0, 1]);
});

test('each message has its copies in packets of different times, and no more', () => {
  const b = bench();
  b.send(moves, 64, 0);
  const seen: number[][] = [];
  for (let tick = 0; tick < redundantCopies + 3; tick++) seen.push(b.next(16 * tick).ids);
  const carried = Array.from({ length: redundantCopies + 1 }, () => [0]);
  assert.deepEqual(seen, [...carried, [], []]);
});

test('what is acknowledged is not copied, and a copy delivers the message once', () => {
  const b = bench();
  b.send(moves, 64, 0);
  b.send(moves, 64, 1);
  const original = b.next(0);
  const copy = b.next(16);
  assert.deepEqual(copy.ids, [0, 1]);
  b.outbox.onPacketAcked(copy.sent);
  assert.deepEqual(b.fates(), ['delivered 0', 'delivered 1']);
  b.outbox.onPacketAcked(original.sent);
  assert.deepEqual(b.fates(), []);
  assert.deepEqual(b.next(32).ids, []);
  assert.equal(b.redundancy.dueAtMs, Number.POSITIVE_INFINITY);
});

test('a lost original is not sent again while a copy is under way', () => {
  const b = bench();
  b.send(moves, 64, 0);
  const packets = Array.from({ length: redundantCopies + 1 }, (_, tick) => b.next(16 * tick));
  for (const { ids, sent } of packets.slice(0, -1)) {
    assert.deepEqual(ids, [0]);
    b.outbox.onPacketLost(sent);
    assert.equal(b.outbox.hasWork, false);
  }
  b.outbox.onPacketLost(packets.at(-1)!.sent);
  assert.deepEqual(b.next(200).ids, [0]);
  assert.equal(b.outbox.piecesResent, 1);
});

test('a lost copy is not sent again while the original is under way', () => {
  const b = bench();
  b.send(moves, 64, 0);
  const original = b.next(0);
  for (let tick = 1; tick <= redundantCopies; tick++) b.outbox.onPacketLost(b.next(16 * tick).sent);
  assert.equal(b.outbox.hasWork, false);
  b.outbox.onPacketAcked(original.sent);
  assert.deepEqual(b.fates(), ['delivered 0']);
  assert.equal(b.outbox.piecesResent, 0);
});

test('large messages, fragments and plain channels have no copies', () => {
  const b = bench();
  b.send(moves, protocolLimits.redundantMessageBytesMax + 1, 0);
  b.send(plain, 64, 1);
  b.next(0);
  b.send(moves, 3000, 2);
  for (let i = 0; i < 4; i++) b.next(0);
  assert.deepEqual(b.next(16).ids, []);
});

test('what was lost is copied when it is sent again, on plain channels too', () => {
  const b = bench();
  b.send(plain, 64, 0);
  b.outbox.onPacketLost(b.next(0).sent);
  assert.deepEqual(b.next(100).ids, [0]);
  assert.deepEqual(b.next(116).ids, [0]);
});

test('copies stay within the larger of a rate and a share of what is sent', () => {
  const { redundancyShare, redundancyBytesPerSecond } = protocolLimits;
  for (const bytesPerSecond of [0, 1_000_000]) {
    const b = bench();
    for (let ms = 0; ms < 10_000; ms += 10) {
      for (let i = 0; i < 4; i++) b.send(moves, 240, i);
      b.next(ms, (bytesPerSecond * ms) / 1000);
      b.redundancy.giveUpDue(ms);
      b.outbox.onPacketAcked(b.next(ms, (bytesPerSecond * ms) / 1000).sent);
    }
    const budget = 10 * Math.max(redundancyBytesPerSecond, redundancyShare * bytesPerSecond);
    assert.ok(b.redundancy.redundantBytes <= budget + redundancyBurstBytes);
    assert.ok(b.redundancy.redundantBytes >= 0.9 * Math.min(budget, 4 * 240 * 1000));
  }
});

test('where the budget is short, every message has one copy before one has two', () => {
  const b = bench();
  const copies = new Map<number, number>();
  for (let tick = 0; tick < 600; tick++) {
    // Copies of all of them once take nearly all of the rate.
    b.send(moves, 120, tick);
    for (const id of b.next(tick * 16).ids) copies.set(id, (copies.get(id) ?? -1) + 1);
    b.redundancy.giveUpDue(tick * 16);
  }
  const without = [...copies].filter(([id, count]) => id < 598 && count === 0);
  assert.deepEqual(without, []);
});

test('no more than so many messages wait for a copy, and the end forgets them', () => {
  const b = bench();
  const most = protocolLimits.redundantMessagesMax;
  for (let i = 0; i < 2 * most; i++) {
    b.send(moves, 1, i);
    b.next(0);
  }
  const copied = new Set<number>();
  for (let ms = 1; ms < 1000; ms += 1) for (const id of b.next(ms).ids) copied.add(id);
  assert.deepEqual([Math.min(...copied), copied.size], [most, most]);
  b.send(moves, 1, 0);
  b.next(2000);
  b.redundancy.end();
  assert.equal(b.redundancy.isWaiting(3000), false);
});

/** Settled: the first PINGs are acknowledged. */
function pairOf(conditions: { rateBytesPerSecond?: number } = {}) {
  const pair = connectionPair({ delayMs: 50, channels: plan, ...conditions });
  pair.network.runFor(500);
  const sent = () => pair.network.link('client', 'host').counts.sent;
  return { ...pair, sent };
}

test('copies leave alone when nothing else does', () => {
  const { client, network, sent } = pairOf();
  const before = sent();
  client.send(moves, new Uint8Array(64));
  client.flush();
  network.runFor(redundantWaitMs - 1);
  assert.equal(sent() - before, 1);
  network.runFor(1.5);
  assert.equal(sent() - before, 2);
  network.runFor(1000);
  assert.equal(sent() - before, 1 + redundantCopies);
  const { redundantBytes, messagesResent, ptoCount } = client.connection.stats();
  // Header, MESSAGE frame, tag: the whole packet is the copy's.
  assert.ok(redundantBytes > redundantCopies * (64 + 16 + 6));
  assert.deepEqual([messagesResent, ptoCount], [0, 0]);
});

test('a saturated path has no room for copies, and what was due does not spin', () => {
  const { client, host, network } = pairOf({ rateBytesPerSecond: 200_000 });
  host.onEvent = () => {};
  const chunk = new Uint8Array(100_000);
  for (let i = 0; i < 20; i++) client.send(plain, chunk);
  client.flush();
  network.runFor(2000);
  const before = client.connection.stats().redundantBytes;
  for (let i = 0; i < 60; i++) {
    client.send(moves, new Uint8Array(64));
    client.flush();
    network.runFor(17);
  }
  assert.ok(client.connection.stats().redundantBytes - before < redundancyBurstBytes);
  assert.ok(network.runUntil(() => client.connection.memory.queuedBytes === 0, 60_000));
});

test('a dead path ends the copies, not the messages', () => {
  const { client, host, network, sent } = pairOf();
  network.link('client', 'host').conditions = { delayMs: 50, loss: 1 };
  for (let i = 0; i < 40; i++) client.send(moves, new Uint8Array(200));
  client.flush();
  const before = sent();
  network.runFor(10_000);
  assert.ok(sent() - before < 60, `${sent() - before} packets into nothing`);
  network.link('client', 'host').conditions = { delayMs: 50 };
  network.runFor(5000);
  assert.equal(host.events.filter(({ type }) => type === 'message').length, 40);
  assert.equal(client.connection.memory.queuedBytes, 0);
});
