// What urgent messages feel of a download on the same connection, and what becomes of those that
// nobody can carry: whole connections in virtual time.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ConnectionPairOptions, connectionPair } from '../../testing/connection-pair.ts';
import { protocolLimits } from './limits.ts';

const megabytes = 1024 * 1024;
const [bulk, inputs, state] = [0, 1, 2];

function pairOf(conditions: Partial<ConnectionPairOptions>) {
  const pair = connectionPair({
    channels: {
      bulk: { mode: 'reliable-ordered', messageBytesMax: 16 * megabytes, lane: 'bulk' },
      inputs: { mode: 'unreliable', lane: 'control' },
      state: 'unreliable-sequenced',
    },
    ...conditions,
  });
  pair.network.runFor(500);
  return pair;
}

/** Milliseconds under way of 60 Hz state beside one large message, sorted; at most 10 s of it. */
function stateBesideBulk(conditions: Partial<ConnectionPairOptions>) {
  const pair = pairOf({ delayMs: 50, rateBytesPerSecond: 12.5e6, ...conditions });
  const { network, client, host } = pair;
  const sentAtMs: number[] = [];
  const latencies: number[] = [];
  let bulkBytes = 0;
  host.onEvent = (event) => {
    if (event.type !== 'message') return;
    if (event.channel === bulk) bulkBytes = event.message.length;
    else latencies.push(network.nowMs - sentAtMs[event.message[0]! * 256 + event.message[1]!]!);
  };
  client.send(bulk!, new Uint8Array(16 * megabytes));
  for (let tick = 0; tick < 600 && bulkBytes === 0; tick++) {
    const view = new Uint8Array(200);
    view.set([tick >> 8, tick & 255]);
    sentAtMs.push(network.nowMs);
    client.send(state!, view);
    client.flush();
    network.runFor(1000 / 60);
  }
  network.runFor(200);
  latencies.sort((a, b) => a - b);
  const { lanes } = client.connection.stats();
  return { sent: sentAtMs.length, latencies, bulkBytes, lane: lanes.state };
}

test('60 Hz state does not wait for a download on its connection', () => {
  const { sent, latencies, bulkBytes, lane } = stateBesideBulk({ queueBytes: 256 * 1024 });
  assert.equal(bulkBytes, 16 * megabytes);
  assert.ok(latencies.length >= sent - 5, `${latencies.length} of ${sent} came`);
  assert.ok(lane.queueMaxMs <= 1, `waited ${lane.queueMaxMs} ms at the sender`);
  const p99 = latencies[Math.floor(0.99 * latencies.length)]!;
  assert.ok(p99 <= 90, `p99 ${p99} ms`);
});

test('nor where loss keeps the window small', () => {
  const { latencies, lane } = stateBesideBulk({ loss: 0.02, seed: 3 });
  assert.ok(lane.messages >= 100);
  assert.ok(lane.queueMaxMs <= 1, `waited ${lane.queueMaxMs} ms at the sender`);
  assert.ok(latencies[Math.floor(0.99 * latencies.length)]! <= 90);
});

test('a dead path gets a window, and a reserve of urgent messages beside what fills it', () => {
  for (const [first, beyond] of [
    [bulk, protocolLimits.urgentReservePackets],
    [state, 0],
  ] as const) {
    const { client, network } = pairOf({ delayMs: 50 });
    const { counts } = network.link('client', 'host');
    network.link('client', 'host').conditions = { loss: 1 };
    const before = counts.sent;
    for (let i = 0; i < 20; i++) client.send(first!, new Uint8Array(1100));
    client.flush();
    network.runFor(1);
    const { congestionWindowBytes, bytesInFlight } = client.connection.stats();
    assert.ok(bytesInFlight <= congestionWindowBytes);
    const filled = counts.sent - before;
    for (let i = 0; i < 20; i++) client.send(state!, new Uint8Array(1100));
    client.flush();
    network.runFor(1);
    assert.equal(counts.sent - before - filled, beyond);
  }
});

test('what an overloaded path can not take is lost by its time to live', () => {
  const { network, client } = pairOf({ delayMs: 50, rateBytesPerSecond: 20_000 });
  for (let tick = 0; tick < 600; tick++) {
    client.send(state!, new Uint8Array(1000));
    client.flush();
    network.runFor(1000 / 60);
  }
  const { messagesLost, lanes } = client.connection.stats();
  assert.ok(messagesLost.expired > 100);
  assert.ok(lanes.state.queueMaxMs <= protocolLimits.unreliableTtlMs);
});

test('a flood of one channel drops its own oldest messages, and of no other', () => {
  const { client, network } = pairOf({ delayMs: 50, rateBytesPerSecond: 50_000 });
  const lost: string[] = [];
  client.onEvent = (event) => {
    if (event.type === 'lost') lost.push(`${event.reason} ${event.messageHandle}`);
  };
  client.send(inputs!, new Uint8Array(100), { handle: 1 });
  client.send(state!, new Uint8Array(100), { handle: 2 });
  const most = protocolLimits.unreliableQueueMessagesMax;
  for (let i = 0; i < most + 3; i++) client.send(inputs!, new Uint8Array(100), { handle: 10 + i });
  network.runFor(0);
  assert.deepEqual(lost.slice(0, 4), ['dropped 1', 'dropped 10', 'dropped 11', 'dropped 12']);
  assert.ok(!lost.some((fate) => fate.endsWith(' 2')));
});

test('an unreliable message is given up by its own time to live, before others of its channel', () => {
  const { client, network } = pairOf({ delayMs: 50 });
  network.link('client', 'host').conditions = { delayMs: 50, loss: 1 };
  for (let i = 0; i < 40; i++) client.send(state!, new Uint8Array(1100));
  client.flush();
  network.runFor(10);
  client.takeEvents();
  client.send(state!, new Uint8Array(1100), { handle: 1, ttlMs: 30 });
  client.send(state!, new Uint8Array(1100), { handle: 2, ttlMs: 60 });
  network.runFor(31);
  assert.deepEqual(client.takeEvents(), [{ type: 'lost', messageHandle: 1, reason: 'expired' }]);
  network.runFor(30);
  assert.deepEqual(client.takeEvents(), [{ type: 'lost', messageHandle: 2, reason: 'expired' }]);
});
