// What the adaptive controller makes of a path, in virtual time. The table of
// docs/decisions/0023 comes from bench/congestion.ts; here stand the promises, one by one.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bottleneck } from '../../testing/bottleneck.ts';
import {
  type ConnectionPair,
  type ConnectionPairOptions,
  connectionPair,
} from '../../testing/connection-pair.ts';
import { Adaptive } from './adaptive.ts';
import { AckSample, type CongestionFactory } from './congestion.ts';
import { protocolLimits } from './limits.ts';
import { NewReno } from './new-reno.ts';
import { RttEstimator } from './rtt.ts';

const [bulk, game] = [0, 1];
/** More than any of the paths here holds, so that the window decides. */
const queuedBytes = 2 * 1024 * 1024;

function pairOf(options: Partial<ConnectionPairOptions>): ConnectionPair {
  return connectionPair({
    channels: {
      bulk: { mode: 'reliable-unordered', messageBytesMax: 16 * 1024 * 1024 },
      game: 'unreliable',
    },
    ...options,
  });
}

/** Bytes of bulk messages that arrive in so many ms, with always some more to send. */
function bulkFor(pair: ConnectionPair, durationMs: number, messageBytes = 16 * 1024): number {
  let received = 0;
  let isOver = false;
  pair.host.onEvent = (event) => {
    if (event.type === 'message') received += event.message.length;
  };
  const fill = (): void => {
    if (isOver) return;
    const { client } = pair;
    while (client.connection.memory.queuedBytes < queuedBytes) {
      client.send(bulk!, new Uint8Array(messageBytes));
    }
    client.flush();
    pair.network.after(20, fill);
  };
  fill();
  pair.network.runFor(durationMs);
  isOver = true;
  return received;
}

test('two in a hundred lost at random do not collapse the rate', () => {
  const path = { delayMs: 40, rateBytesPerSecond: 1_000_000, queueBytes: 40_000, loss: 0.02 };
  const received = bulkFor(pairOf(path), 8000);
  assert.ok(received > 0.75 * 8_000_000, `${received}`);
  // NewReno shows what a collapse is.
  const reno = bulkFor(pairOf({ ...path, congestion: (_now, bytes) => new NewReno(bytes) }), 8000);
  assert.ok(reno < 0.4 * 8_000_000, `${reno}`);
});

test('a deep queue stays short: packets wait 30 ms at most when a download has settled', () => {
  const pair = pairOf({ delayMs: 20, rateBytesPerSecond: 1_000_000, queueBytes: 1_000_000 });
  bulkFor(pair, 2000);
  let worstMs = 0;
  for (let i = 0; i < 40; i++) {
    bulkFor(pair, 100);
    worstMs = Math.max(worstMs, pair.client.connection.stats().latestRttMs - 40);
  }
  assert.ok(worstMs < 30 + protocolLimits.ackDelayUsualMs, `${worstMs} ms`);
});

test('start-up ends before it has drowned the queue', () => {
  const pair = pairOf({ delayMs: 50, rateBytesPerSecond: 2_000_000, queueBytes: 200_000 });
  bulkFor(pair, 1500);
  const { counts } = pair.network.link('client', 'host');
  assert.ok(counts.queueDrops < 0.05 * counts.sent, `${counts.queueDrops} of ${counts.sent}`);
  assert.notEqual(pair.client.connection.stats().congestionState, 'start-up');
});

test('a path that becomes four times slower is followed within seconds', () => {
  const path = { delayMs: 20, rateBytesPerSecond: 2_000_000, queueBytes: 500_000 };
  const pair = pairOf(path);
  bulkFor(pair, 3000);
  const slow = { ...path, rateBytesPerSecond: 500_000 };
  pair.network.link('client', 'host').conditions = slow;
  bulkFor(pair, 6000);
  const { queueDelayMs, deliveryRate } = pair.client.connection.stats();
  assert.ok(queueDelayMs < 60, `${queueDelayMs} ms`);
  assert.ok(deliveryRate < 600_000, `${deliveryRate}`);
});

test('a path that becomes four times faster is used within seconds', () => {
  const path = { delayMs: 20, rateBytesPerSecond: 500_000, queueBytes: 100_000 };
  const pair = pairOf(path);
  bulkFor(pair, 3000);
  pair.network.link('client', 'host').conditions = { ...path, rateBytesPerSecond: 2_000_000 };
  bulkFor(pair, 6000);
  const received = bulkFor(pair, 3000);
  assert.ok(received > 0.8 * 6_000_000, `${received}`);
});

test('a game at 60 Hz is not held back, and does not make its path look fast or slow', () => {
  const pair = pairOf({ delayMs: 30, jitterMs: 5, loss: 0.02 });
  const delays: number[] = [];
  pair.host.onEvent = (event) => {
    if (event.type !== 'message') return;
    delays.push(pair.network.nowMs - new DataView(event.message.buffer).getFloat64(0));
  };
  for (let i = 0; i < 60 * 20; i++) {
    const message = new Uint8Array(200);
    new DataView(message.buffer).setFloat64(0, pair.network.nowMs);
    pair.client.send(game!, message);
    pair.client.flush();
    pair.network.runFor(1000 / 60);
  }
  assert.ok(delays.length > 1120);
  assert.ok(Math.max(...delays) < 36, `${Math.max(...delays)} ms`);
  const { congestionWindowBytes, deliveryRate } = pair.client.connection.stats();
  assert.ok(congestionWindowBytes < 11 * 1200, `${congestionWindowBytes}`);
  assert.ok(deliveryRate < 4 * 60 * 250, `${deliveryRate}`);
});

test('thirty percent out of order by up to 20 ms does not cost the rate', () => {
  const path = { delayMs: 25, rateBytesPerSecond: 1_000_000, reorder: 0.3, reorderMs: 20 };
  const pair = pairOf(path);
  const received = bulkFor(pair, 6000);
  const { packetsLost, spuriousLosses, packetsSent } = pair.client.connection.stats();
  assert.ok(received > 0.8 * 6_000_000, `${received}`);
  assert.ok(spuriousLosses > 0 && packetsLost < 0.03 * packetsSent, `${packetsLost}`);
  const reno = pairOf({ ...path, congestion: (_now, bytes) => new NewReno(bytes) });
  assert.ok(bulkFor(reno, 6000) > 0.7 * 6_000_000);
});

test('after a dead path the window is four packets, and grows back to what the path carried', () => {
  const controller = new Adaptive(0, 1200);
  const sample = new AckSample();
  const ack = (nowMs: number, bytes: number): void => {
    sample.ackedBytes = bytes;
    sample.priorDeliveredBytes = sample.deliveredBytes;
    sample.deliveredBytes += bytes;
    sample.bytesInFlight = 20_000;
    sample.rate = 1000;
    sample.rttMs = 50;
    sample.smoothedRttMs = 50;
    controller.onAck(nowMs, sample);
  };
  for (let i = 1; i <= 40; i++) ack(50 * i, 20_000);
  const settled = controller.windowBytes;
  assert.ok(settled > 50_000 && settled < 100_000, `${settled}`);
  controller.onLost(4000, 3000, 50_000, true);
  assert.equal(controller.windowBytes, protocolLimits.minimumWindowPackets * 1200);
  ack(4050, 4800);
  assert.equal(controller.windowBytes, 9600);
  for (let i = 1; i <= 10; i++) ack(4050 + 50 * i, 20_000);
  assert.ok(controller.windowBytes > 0.6 * settled, `${controller.windowBytes}`);
});

test('a connection goes on after five dead seconds as fast as before', () => {
  const path = { delayMs: 30, rateBytesPerSecond: 1_000_000 };
  const pair = pairOf(path);
  bulkFor(pair, 3000);
  const link = pair.network.link('client', 'host');
  link.conditions = { ...path, loss: 1 };
  bulkFor(pair, 5000);
  link.conditions = path;
  // One back-off at most until a probe finds the path again.
  bulkFor(pair, 4000);
  assert.ok(bulkFor(pair, 3000) > 0.8 * 3_000_000);
});

test('before a sample, ten packets leave, and the pacer has a rate', () => {
  const controller = new Adaptive(0, 1200);
  assert.equal(controller.windowBytes, 12_000);
  assert.ok(controller.pacingRate(new RttEstimator()) > 36);
  controller.onLost(10, 5, 1200, true);
  controller.onDatagramBytes(1452);
  assert.equal(controller.windowBytes, 4 * 1452);
});

test('a process that stood still for 3 s hears its acknowledgements before its timers', () => {
  const pair = pairOf({ delayMs: 30, rateBytesPerSecond: 1_000_000 });
  bulkFor(pair, 2000);
  const before = pair.client.connection.stats();
  pair.network.stall('client', 3000);
  pair.network.runFor(3000);
  bulkFor(pair, 1000);
  const after = pair.client.connection.stats();
  assert.deepEqual(
    [after.packetsLost - before.packetsLost, after.ptoCount - before.ptoCount],
    [0, 0],
  );
});

interface SharedPath {
  readonly delayMs: number;
  readonly rateBytesPerSecond: number;
  readonly queueBytes: number;
  /** The first alone, then both until they have settled, and then measured. */
  readonly aloneMs: number;
  readonly settleMs: number;
  readonly measuredMs: number;
}

const shortPath: SharedPath = {
  delayMs: 20,
  rateBytesPerSecond: 1_000_000,
  queueBytes: 40_000,
  aloneMs: 3000,
  settleMs: 7000,
  measuredMs: 10_000,
};

/** The part of the first of two flows, of which the second starts later. */
function shareOfFirst(path: SharedPath, second?: CongestionFactory): number {
  const { delayMs } = path;
  const first = pairOf({ delayMs });
  const { network } = first;
  const bottleneck = new Bottleneck(path.rateBytesPerSecond, path.queueBytes);
  network.link('client', 'host').conditions = { delayMs, bottleneck };
  bulkFor(first, path.aloneMs);
  const other = pairOf({ network, name: '-2', ...(second && { congestion: second }) });
  network.link('client-2', 'host-2').conditions = { delayMs, bottleneck };
  // Both have more to send than the time allows.
  let receivedByOther = 0;
  other.host.onEvent = (event) => {
    if (event.type === 'message') receivedByOther += event.message.length;
  };
  const fill = (): void => {
    while (other.client.connection.memory.queuedBytes < queuedBytes) {
      other.client.send(bulk!, new Uint8Array(16 * 1024));
    }
    other.client.flush();
    network.after(20, fill);
  };
  fill();
  bulkFor(first, path.settleMs);
  receivedByOther = 0;
  const received = bulkFor(first, path.measuredMs);
  return received / (received + receivedByOther);
}

test('two links share a path evenly, though one came later', () => {
  const share = shareOfFirst(shortPath);
  assert.ok(share > 0.4 && share < 0.6, `${share}`);
});

test('a late-comer gets its share of a long fat path within seconds', () => {
  const share = shareOfFirst({
    delayMs: 50,
    rateBytesPerSecond: 12_500_000,
    queueBytes: 256 * 1024,
    aloneMs: 5000,
    settleMs: 3000,
    measuredMs: 17_000,
  });
  assert.ok(share > 0.4 && share < 0.6, `${share}`);
});

test('beside a flow that takes what loss leaves it, neither starves', () => {
  const share = shareOfFirst(shortPath, (_nowMs, bytes) => new NewReno(bytes));
  assert.ok(share > 0.2 && share < 0.8, `${share}`);
});
