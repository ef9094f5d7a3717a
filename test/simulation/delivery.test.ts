// The promises of the four channel modes over a thousand bad networks, in virtual time. A failing
// seed is named, and `PAPERCLIP_SEED=n` runs that one alone.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Random, seededRandom } from '../../src/base/prng.ts';
import type { Lane } from '../../src/protocol/link.ts';
import { lanes } from '../../src/protocol/paperclip/lanes.ts';
import { protocolLimits } from '../../src/protocol/paperclip/limits.ts';
import { connectionPair, type PairSide } from '../../src/testing/connection-pair.ts';
import { channelModes, channelPlan, randomConditions, TrafficEnd } from './traffic.ts';

const seeds =
  process.env['PAPERCLIP_SEED'] === undefined
    ? Array.from({ length: 1000 }, (_, i) => i)
    : [Number(process.env['PAPERCLIP_SEED'])];

/** All must be delivered in this much virtual time after the last was sent. */
const settleMsMax = 180_000;

function checkMemory(side: PairSide, windowBytes: number, messageBytesMax: number): void {
  const { heldBytes, trackedPackets, queuedBytes, pendingEvents } = side.connection.memory;
  const reassemblies = 2 * protocolLimits.unreliableReassembliesMax * 8 * 1120;
  assert.ok(
    heldBytes <= windowBytes + messageBytesMax + 32 + reassemblies,
    `holds ${heldBytes} bytes`,
  );
  assert.ok(trackedPackets <= protocolLimits.trackedPacketsMax);
  const { sendQueueMarkBytes, sendQueueOverrunBytesMax } = protocolLimits;
  assert.ok(queuedBytes <= sendQueueMarkBytes + sendQueueOverrunBytesMax + 3 * messageBytesMax);
  assert.equal(pendingEvents, 0);
}

/** Of some messages, on the channels that keep no order. */
function priorityOf(random: Random, channel: number): { priority?: Lane } {
  const mode = channelModes[channel]!;
  if (!['unreliable', 'reliable-unordered'].includes(mode) || random.chance(0.7)) return {};
  return { priority: lanes[random.below(lanes.length)]! };
}

/** Returns how often a key was changed. */
function simulate(seed: number): number {
  const random = seededRandom('delivery', seed);
  const connectionWindowBytes = random.chance(0.3) ? 1200 + random.below(4000) : 1_000_000;
  const channelWindowBytes = random.chance(0.3) ? 1200 + random.below(2000) : 500_000;
  const messageBytesMax = random.chance(0.5) ? 1500 : 40_000;
  const { network, client, host } = connectionPair({
    ...randomConditions(random),
    seed,
    channels: channelPlan(messageBytesMax, seed % 2 === 1),
    parameters: { connectionWindowBytes, channelWindowBytes },
    // Keys change every few packets in some worlds, and numbers pass 2^32 in others.
    ...(seed % 3 === 0 && { keyLimits: { packetsMax: 2 + (seed % 50) } }),
    ...(seed % 5 === 0 && { firstPacketNumber: 2 ** 32 - 20 }),
  });
  const sides = [client, host].map((side) => {
    const traffic = new TrafficEnd(random, messageBytesMax, (channel, message, handle) =>
      side.send(channel, message, { handle, ...priorityOf(random, channel) }),
    );
    side.onEvent = (event) => traffic.onEvent(event);
    return { side, traffic };
  });
  const [a, b] = [sides[0]!, sides[1]!];
  for (let i = 0; i < 40; i++) {
    for (const { side, traffic } of sides) {
      if (random.chance(0.7)) traffic.sendSome();
      if (random.chance(0.8)) side.flush();
    }
    network.runFor(random.below(60));
    for (const { side } of sides) checkMemory(side, connectionWindowBytes, messageBytesMax);
  }
  const isSettled = network.runUntil(() => a.traffic.isSettled && b.traffic.isSettled, settleMsMax);
  assert.equal(a.traffic.endCount + b.traffic.endCount, 0, 'nobody gives up');
  assert.ok(isSettled, `not all was settled after ${settleMsMax} ms`);
  a.traffic.checkAgainst(b.traffic);
  b.traffic.checkAgainst(a.traffic);

  // Half-received unreliable messages are given up in their time; nothing else is left.
  network.runFor(5000);
  for (const { side } of sides) {
    const { heldBytes, queuedBytes } = side.connection.memory;
    assert.deepEqual({ heldBytes, queuedBytes }, { heldBytes: 0, queuedBytes: 0 });
  }
  client.close(0, 'done');
  const isOver = () => client.connection.isDrained && host.connection.isDrained;
  assert.ok(network.runUntil(isOver, 60_000), 'both ends forget the connection');
  assert.deepEqual([a.traffic.endCount, b.traffic.endCount], [1, 1]);
  return client.connection.stats().keyUpdates;
}

test(`each mode keeps its promise over ${seeds.length} bad networks`, () => {
  let keyUpdates = 0;
  for (const seed of seeds) {
    try {
      keyUpdates += simulate(seed);
    } catch (error) {
      throw new Error(`seed ${seed} fails (PAPERCLIP_SEED=${seed} runs it alone)`, {
        cause: error,
      });
    }
  }
  if (seeds.length > 1) assert.ok(keyUpdates > seeds.length / 2, `${keyUpdates} changes of keys`);
});
