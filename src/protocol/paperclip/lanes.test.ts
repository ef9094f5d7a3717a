// How lanes and channels share what the path takes: an outbox, one packet at a time.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Deque } from '../../base/ring.ts';
import { FrameReader, framesEnd } from '../../codec/paperclip/frames.ts';
import { createSodiumCrypto } from '../../driver/crypto-sodium.ts';
import { nodeDeflate } from '../../driver/node-deflate.ts';
import type { ChannelPlan } from '../link.ts';
import { planChannels } from './channel-plan.ts';
import { localParameters, type ParameterOptions } from './endpoint-output.ts';
import { creditWindow } from './flow-control.ts';
import { protocolLimits } from './limits.ts';
import { type MessageOptions, Outbox } from './outbox.ts';
import { PacketBuilder } from './packet-builder.ts';

function bench(plan: ChannelPlan, parameters: ParameterOptions = {}) {
  const channels = planChannels(plan);
  const names = channels.map(({ name }) => name);
  const remote = localParameters(createSodiumCrypto(), channels, parameters);
  const outbox = new Outbox({ channels, remote, deflate: nodeDeflate }, new Deque());
  const packet = new PacketBuilder(1200);
  const frames = new FrameReader();
  return {
    outbox,
    send: (name: string, length: number, options?: MessageOptions, nowMs = 0) =>
      outbox.send(nowMs, names.indexOf(name), new Uint8Array(length), options),
    /** The channels of the next packet's messages. */
    next: (nowMs = 0): string[] => {
      packet.begin(0);
      outbox.write(nowMs, packet);
      const held: string[] = [];
      frames.reset(packet.bytes, 0, packet.at);
      while (frames.next() !== framesEnd) held.push(names[frames.channel]!);
      return held;
    },
    /** The peer acknowledges the last packet. */
    ack: () => outbox.onPacketAcked(packet.record),
  };
}

type Bench = ReturnType<typeof bench>;

/** How many of the next packets begin with each channel. */
function firsts({ next }: Bench, packets: number, before: () => void): Record<string, number> {
  const counts: Record<string, number> = {};
  for (let i = 0; i < packets; i++) {
    before();
    const first = next()[0]!;
    counts[first] = (counts[first] ?? 0) + 1;
  }
  return counts;
}

test('lanes go before each other from control to bulk, whatever their modes', () => {
  const b = bench({
    a_bulk: { mode: 'unreliable', lane: 'bulk' },
    b_moves: 'reliable-ordered',
    c_state: 'unreliable-sequenced',
    d_urgent: { mode: 'reliable-ordered', lane: 'control' },
  });
  for (const name of ['a_bulk', 'b_moves', 'c_state', 'd_urgent']) b.send(name, 10);
  assert.deepEqual(b.next(), ['d_urgent', 'c_state', 'b_moves', 'a_bulk']);
});

test('each of several starved lanes gets its packets', () => {
  const b = bench({
    control: { mode: 'unreliable', lane: 'control' },
    state: 'unreliable',
    moves: 'reliable-ordered',
    bulk: { mode: 'reliable-ordered', lane: 'bulk' },
  });
  const turn = protocolLimits.packetsPassedOverMax + 1;
  const counts = firsts(b, 12 * turn, () => {
    for (const name of ['control', 'state', 'moves', 'bulk']) b.send(name, 1100);
  });
  assert.deepEqual(counts, { control: 12 * (turn - 1), state: 4, moves: 4, bulk: 4 });
});

test('a lane that had room in between has not been passed over', () => {
  const b = bench({ moves: 'reliable-ordered', state: 'unreliable' });
  b.send('moves', 3000);
  for (let i = 0; i < 3; i++) {
    for (let k = 1; k < protocolLimits.packetsPassedOverMax; k++) {
      b.send('state', 1100);
      assert.deepEqual(b.next(), ['state']);
    }
    assert.deepEqual(b.next(), ['moves']);
  }
});

test('channels of a lane share by bytes, whatever the size of their messages', () => {
  const b = bench({ large: 'unreliable', small: 'unreliable' });
  const bytes: Record<string, number> = { large: 0, small: 0 };
  for (let i = 0; i < 200; i++) {
    b.send('large', 1000);
    for (let k = 0; k < 12; k++) b.send('small', 100);
    for (const name of b.next()) bytes[name]! += name === 'large' ? 1000 : 100;
  }
  const share = bytes['large']! / (bytes['large']! + bytes['small']!);
  assert.ok(share > 0.45 && share < 0.55, `${share} of the bytes are of the large ones`);
});

test('channels of a lane share by weight', () => {
  const b = bench({ heavy: { mode: 'unreliable', weight: 3 }, light: 'unreliable' });
  const counts = firsts(b, 400, () => {
    for (const name of ['heavy', 'light']) b.send(name, 1100);
  });
  const share = counts['heavy']! / 400;
  assert.ok(share > 0.7 && share < 0.8, `${share} of the packets are of the heavy one`);
});

test('a small message does not wait for the end of a large one of its lane', () => {
  const b = bench({ large: 'reliable-ordered', small: 'reliable-ordered' });
  b.send('large', 100_000);
  assert.deepEqual(b.next(), ['large']);
  b.send('small', 10);
  const packets = [b.next(), b.next(), b.next()];
  assert.ok(packets.flat().includes('small'));
});

test('a channel without credit does not stop the others of its lane', () => {
  const plan = { a: { mode: 'reliable-ordered', messageBytesMax: 500 }, b: 'reliable-ordered' };
  const b = bench(plan as ChannelPlan, { channelWindowBytes: 1200 });
  for (let i = 0; i < 8; i++) b.send('a', 500);
  while (b.next().length > 0);
  b.send('b', 10);
  assert.deepEqual(b.next(), ['b']);
});

test('a large message that waits for credit is not starved by small ones of its lane', () => {
  const plan: ChannelPlan = {
    large: { mode: 'reliable-ordered', messageBytesMax: 10_000 },
    small: 'reliable-ordered',
  };
  const b = bench(plan, { connectionWindowBytes: 1200, channelWindowBytes: 1 << 20 });
  // All the connection's credit is spent, and comes back in steps that a small one would fit.
  let creditBytes = creditWindow(1200, protocolLimits.messageBytesDefault);
  for (let i = 0; i < 300; i++) b.send('small', 1000);
  while (b.next().length > 0);
  b.send('large', 9000);
  const order: string[] = [];
  for (let i = 0; i < 12; i++) {
    creditBytes += 1100;
    b.outbox.onConnectionWindow(windowOf(creditBytes));
    order.push(...b.next());
  }
  assert.ok(order.indexOf('large') >= 0 && order.indexOf('large') <= 2, order.join());
});

test('a message that waits for credit does not stop a higher lane', () => {
  const plan: ChannelPlan = {
    large: 'reliable-ordered',
    urgent: { mode: 'reliable-ordered', lane: 'control' },
  };
  const b = bench(plan, { connectionWindowBytes: 1200, channelWindowBytes: 1 << 20 });
  b.send('large', protocolLimits.messageBytesDefault);
  b.send('large', protocolLimits.messageBytesDefault);
  while (b.next().length > 0);
  b.send('urgent', 10);
  assert.deepEqual(b.next(), ['urgent']);
});

/** A WINDOW frame, as the outbox reads it. */
function windowOf(creditBytes: number): FrameReader {
  const frame = new FrameReader();
  frame.creditBytes = creditBytes;
  return frame;
}

test('a priority moves one message to another lane', () => {
  const b = bench({ chat: 'reliable-unordered', state: 'unreliable' });
  b.send('chat', 1000);
  b.send('state', 1000, { priority: 'bulk' });
  b.send('chat', 1000, { priority: 'control' });
  b.send('state', 1000);
  assert.deepEqual([b.next(), b.next(), b.next(), b.next()].flat(), [
    'chat',
    'state',
    'chat',
    'state',
  ]);
  assert.deepEqual(b.next(), []);
});

test('messages of one channel in two lanes have ids of their own, and are all delivered', () => {
  const b = bench({ chat: 'reliable-unordered' });
  for (let i = 0; i < 3; i++) {
    b.send('chat', 300);
    b.send('chat', 300, { priority: 'control' });
  }
  assert.equal(b.next().length, 3);
  b.ack();
  assert.equal(b.next().length, 3);
  b.ack();
  assert.equal(b.outbox.queuedBytes, 0);
});

test('a channel that keeps its order refuses a priority, and every channel one that is none', () => {
  const b = bench({ moves: 'reliable-ordered', state: 'unreliable-sequenced', chat: 'unreliable' });
  assert.throws(() => b.send('moves', 1, { priority: 'control' }), /moves is reliable-ordered/);
  assert.throws(() => b.send('state', 1, { priority: 'control' }), /state is unreliable-sequenced/);
  // Boundary: what a program in plain JavaScript can pass.
  const wrong = { priority: 'first' } as unknown as MessageOptions;
  assert.throws(() => b.send('chat', 1, wrong), /priority must be one of control, state/);
  assert.equal(b.outbox.queuedBytes, 0);
});

test('statistics tell how long the messages of each lane waited', () => {
  const b = bench({ moves: 'reliable-ordered', state: 'unreliable' });
  b.send('moves', 10, undefined, 5);
  b.send('moves', 10, undefined, 15);
  b.next(25);
  const { reliable, state } = b.outbox.laneStats();
  assert.deepEqual(reliable, { messages: 2, queueMeanMs: 15, queueMaxMs: 20 });
  assert.deepEqual(state, { messages: 0, queueMeanMs: 0, queueMaxMs: 0 });
});
