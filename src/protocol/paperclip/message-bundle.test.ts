// Small messages in bundles, through the outbox: whatever packets carry and whatever becomes of
// them, every message has one id and the same bytes each time, and nothing is left over; nor when
// two connections take what carries them from one pool.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Deque } from '../../base/ring.ts';
import { FrameReader, framesEnd } from '../../codec/paperclip/frames.ts';
import { createSodiumCrypto } from '../../driver/crypto-sodium.ts';
import { nodeDeflate } from '../../driver/node-deflate.ts';
import { planChannels } from './channel-plan.ts';
import { localParameters } from './endpoint-output.ts';
import { creditWindow, messageCharge } from './flow-control.ts';
import { protocolLimits } from './limits.ts';
import { bundledBytesMax, bundleMessagesMax } from './message-bundle.ts';
import { type MessageOptions, Outbox } from './outbox.ts';
import { MessagePool } from './outgoing-message.ts';
import type { ConnectionEvent } from './output.ts';
import { PacketBuilder } from './packet-builder.ts';
import { SentPackets } from './sent-packets.ts';

const [ordered, unordered] = [0, 1];
const crypto = createSodiumCrypto();

class Bench {
  readonly outbox: Outbox;
  readonly events = new Deque<ConnectionEvent>();
  readonly sent = new SentPackets();
  /** Packets whose fate is open. */
  readonly open: number[] = [];
  /** By channel and id: which of the messages, in the order of `send`. */
  readonly ids: Map<number, number>[] = [new Map(), new Map()];
  readonly sentCounts = [0, 0];
  nowMs = 0;
  /** Frames of the packet written last, as ids; `-` where a message has pieces. */
  carried: number[] = [];
  readonly #packet = new PacketBuilder(1200);

  constructor(windowBytes = 1_000_000, messages = new MessagePool()) {
    const channels = planChannels({ ordered: 'reliable-ordered', unordered: 'reliable-unordered' });
    const remote = localParameters(crypto, channels, {
      connectionWindowBytes: windowBytes,
      channelWindowBytes: windowBytes,
    });
    const setup = { channels, remote, deflate: nodeDeflate, memory: { messages } };
    this.outbox = new Outbox(setup, this.events);
  }

  /** The first four bytes say which message of the channel it is, where there is room for that. */
  send(channel: number, length = 64, options?: MessageOptions): void {
    const message = new Uint8Array(length).fill(channel + 1);
    const number = this.sentCounts[channel]!++;
    if (length >= 4) new DataView(message.buffer).setUint32(0, number);
    this.outbox.send(this.nowMs, channel, message, options);
  }

  /** One packet. False: there was nothing for it. */
  write(bytes = 1200, isProbe = false): boolean {
    const packet = this.#packet;
    packet.begin(0, bytes);
    if (isProbe) this.outbox.writeProbe(this.nowMs, packet);
    else this.outbox.write(this.nowMs, packet);
    this.#read();
    if (!packet.isAckEliciting) return false;
    this.open.push(this.sent.next);
    packet.record = this.sent.track(packet.record, this.nowMs, packet.at);
    return true;
  }

  settle(index: number, fate: 'acked' | 'lost'): void {
    const [number] = this.open.splice(index, 1);
    const packet = this.sent.get(number!)!;
    this.sent.settle(packet, fate);
    if (fate === 'acked') this.outbox.onPacketAcked(packet);
    else this.outbox.onPacketLost(packet);
  }

  settleAll(fate: 'acked' | 'lost'): void {
    while (this.open.length > 0) this.settle(0, fate);
  }

  /** Until nothing is left to send or to hear of. */
  finish(): void {
    for (let left = 10_000; this.write() || this.open.length > 0; left--) {
      assert.ok(left > 0);
      this.settleAll('acked');
    }
  }

  #read(): void {
    const { bytes, at } = this.#packet;
    const frames = new FrameReader();
    frames.reset(bytes, 0, at);
    this.carried = [];
    for (let type = frames.next(); type !== framesEnd; type = frames.next()) {
      assert.ok(type > 0);
      const { channel, messageId, dataStart, dataEnd } = frames;
      this.carried.push(messageId);
      if (dataEnd - dataStart < 4 || frames.fragmentIndex > 0) continue;
      const number = new DataView(bytes.buffer).getUint32(dataStart);
      const known = this.ids[channel]!.get(messageId);
      assert.equal(number, known ?? number, 'one id, one message');
      this.ids[channel]!.set(messageId, number);
    }
  }
}

const upTo = (end: number, start = 0) => Array.from({ length: end - start }, (_, i) => start + i);

test('what fits leaves together, the rest in the next packet, across bundles', () => {
  const bench = new Bench();
  for (let i = 0; i < bundleMessagesMax + 8; i++) bench.send(ordered, 16);
  assert.ok(bench.write(600));
  const first = bench.carried.length;
  assert.deepEqual(bench.carried, upTo(first));
  assert.ok(bench.write());
  assert.deepEqual(bench.carried, upTo(bundleMessagesMax + 8, first));
  assert.equal(bench.write(), false);
  bench.settleAll('acked');
  assert.equal(bench.outbox.queuedBytes, 0);
  assert.equal(bench.outbox.hasWork, false);
});

test('credit that ends within a bundle is used to the last message that it pays for', () => {
  const bytes = 64;
  const charge = messageCharge(bytes);
  for (let spare = 0; spare < bundleMessagesMax; spare++) {
    const windowBytes = 1_200 + spare * charge;
    const bench = new Bench(windowBytes);
    const credit = creditWindow(windowBytes, protocolLimits.messageBytesDefault);
    const paid = Math.floor(credit / charge);
    for (let i = 0; i < paid + bundleMessagesMax; i++) bench.send(ordered, bytes);
    let left = 0;
    while (bench.write()) left += bench.carried.length;
    assert.equal(left, paid);
  }
});

test('lost ones are sent again, and only those; a late ACK of a probe ends them', () => {
  const bench = new Bench();
  for (let i = 0; i < 30; i++) bench.send(ordered);
  bench.write(700);
  const lost = bench.carried;
  bench.write(700);
  const arrived = bench.carried;
  bench.write(200, true);
  assert.deepEqual(bench.carried, [0, 1]);
  bench.settle(1, 'acked');
  bench.settle(0, 'lost');
  bench.write();
  assert.deepEqual(bench.carried.slice(0, lost.length), lost);
  const { queuedBytes } = bench.outbox;
  bench.settle(0, 'acked');
  assert.equal(bench.outbox.queuedBytes, queuedBytes - 2 * 64);
  bench.finish();
  assert.equal(bench.outbox.queuedBytes, 0);
  assert.equal(bench.outbox.piecesResent, 2 + lost.length);
  assert.ok(arrived.every((id) => bench.ids[ordered]!.has(id)));
});

test('credit stops inside a bundle, and goes on where it stopped', () => {
  const charge = 64 + protocolLimits.messageChargeBytes;
  // One largest message comes on top of the window.
  const extra = protocolLimits.messageBytesDefault + protocolLimits.messageChargeBytes;
  const bench = new Bench();
  const begun = Math.floor((1_000_000 + extra) / charge);
  for (let i = 0; i < begun + 5; i++) bench.send(ordered);
  while (bench.write());
  assert.equal(bench.ids[ordered]!.size, begun);
  bench.settleAll('acked');
  const window = new FrameReader();
  window.creditBytes = 2_000_000;
  bench.outbox.onConnectionWindow(window);
  window.channel = ordered;
  bench.outbox.onChannelWindow(window);
  bench.write();
  assert.deepEqual(bench.carried, upTo(begun + 5, begun));
});

test('a message of another lane goes ahead of those that never left, and all ids are used', () => {
  const bench = new Bench();
  for (let i = 0; i < 20; i++) bench.send(unordered);
  bench.write(400);
  const left = bench.carried.length;
  bench.send(unordered, 64, { priority: 'control' });
  bench.write();
  assert.deepEqual(bench.carried, upTo(21, left));
  assert.equal(bench.ids[unordered]!.get(left), 20);
  bench.finish();
  assert.equal(bench.outbox.queuedBytes, 0);
});

test('at the end, what did not arrive is counted once, wherever it was', () => {
  const bench = new Bench();
  for (let i = 0; i < 60; i++) bench.send(ordered);
  for (let i = 0; i < 3; i++) bench.write(700);
  const inFirst = bench.ids[ordered]!.size;
  bench.settle(0, 'lost');
  bench.write(300);
  bench.settle(0, 'acked');
  bench.outbox.end(bench.sent);
  assert.ok(inFirst < 60);
  assert.equal(bench.outbox.queuedBytes, 0);
  assert.ok(bench.outbox.messagesLost.ended > 40);
  assert.equal(bench.outbox.messagesLost.lost, 0);
});

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('send'), length: fc.nat(90) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('send-asked'),
      length: fc.integer({ min: 0, max: bundledBytesMax + 40 }),
      how: fc.constantFrom('handle', 'ttl', 'long', 'control', 'bulk'),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('write'), length: fc.integer({ min: 20, max: 1200 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('probe'), length: fc.integer({ min: 20, max: 1200 }) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('ack', 'lose'), length: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wait'), length: fc.nat(30) }) },
);

test('any sends, packets and fates: one id for each message, in order, and nothing left', () => {
  const place = fc.record({
    channel: fc.constantFrom(ordered, unordered),
    connection: fc.constantFrom(0, 1),
  });
  const script = fc.array(fc.tuple(step, place), { maxLength: 200, size: 'max' });
  fc.assert(
    fc.property(script, (steps) => {
      const pool = new MessagePool();
      const benches = [new Bench(1_000_000, pool), new Bench(1_000_000, pool)] as const;
      let handles = 0;
      for (const [what, { channel, connection }] of steps) {
        const bench = benches[connection]!;
        bench.nowMs += 1;
        if (what.do === 'send') bench.send(channel, what.length);
        else if (what.do === 'send-asked') {
          const { how } = what as { how: string };
          if (how === 'handle') bench.send(channel, what.length, { handle: handles++ });
          else if (how === 'ttl') bench.send(channel, what.length, { ttlMs: 3, handle: handles++ });
          else if (how === 'long') bench.send(channel, 3000);
          else if (channel === unordered) {
            bench.send(channel, what.length, { priority: how as 'control' | 'bulk' });
          }
        } else if (what.do === 'write') bench.write(what.length);
        else if (what.do === 'probe') bench.write(what.length, true);
        else if (what.do === 'wait') {
          bench.nowMs += what.length;
          bench.outbox.expire(bench.nowMs);
        } else if (bench.open.length > 0) {
          bench.settle(what.length % bench.open.length, what.do === 'ack' ? 'acked' : 'lost');
        }
      }
      // One hears of all it sent; the other ends in the middle of it.
      benches[0].finish();
      benches[1].outbox.end(benches[1].sent);
      benches[0].outbox.end(benches[0].sent);
      assert.equal(pool.lent, 0);
      let told = 0;
      for (const { outbox, events, ids } of benches) {
        assert.equal(outbox.queuedBytes, 0);
        for (let e = events.shift(); e !== undefined; e = events.shift()) {
          if (e.type === 'delivered' || e.type === 'lost') told += 1;
        }
        const inOrder = [...ids[ordered]!].sort(([a], [b]) => a - b).map(([, n]) => n);
        assert.deepEqual(
          inOrder,
          [...inOrder].sort((a, b) => a - b),
        );
        assert.equal(new Set(inOrder).size, inOrder.length);
      }
      assert.equal(told, handles);
    }),
    { numRuns: 100 },
  );
});
