// What must not wear a connection down, however long and badly the other end behaves: timers that
// come to rest, tables that stay within their limits, numbers that never run out.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frameTypes } from '../../codec/paperclip/frame-table.ts';
import { writePacketHeader } from '../../codec/paperclip/packet.ts';
import { createSodiumCrypto } from '../../driver/crypto-sodium.ts';
import { nodeDeflate } from '../../driver/node-deflate.ts';
import type { ConnectionPair } from '../../testing/connection-pair.ts';
import { connectionPair } from '../../testing/connection-pair.ts';
import type { AeadKey } from '../crypto.ts';
import { planChannels } from './channel-plan.ts';
import { Connection } from './connection.ts';
import { forgeDatagram } from './connection-forged-frames.fixture.ts';
import { localParameters } from './endpoint-output.ts';
import { errorCodes } from './error-codes.ts';
import { protocolLimits } from './limits.ts';
import type { ConnectionEvent } from './output.ts';

/** Half a million packets in a test leave no time for cryptography. */
const openToAll: AeadKey = {
  seal: () => {
    throw new Error('nothing is sealed with this key');
  },
  open: (out, outStart, sealed, start, end) => {
    out.set(sealed.subarray(start, end - 16), outStart);
    return outStart + (end - start) - 16;
  },
};

const bulk = 0;
const state = 1;

const pairOf = (conditions: { delayMs: number; loss?: number }): ConnectionPair =>
  connectionPair({
    ...conditions,
    channels: {
      bulk: { mode: 'reliable-ordered', messageBytesMax: 4_000_000 },
      state: 'unreliable',
    },
  });

/** Hands the host one packet in the client's name, at the present time, and takes its outputs. */
function hand(pair: ConnectionPair, number: number, hex: string): Uint8Array[] {
  const bytes = forgeDatagram(pair, number, hex);
  pair.host.connection.handleDatagram(pair.network.nowMs, bytes, 0, bytes.length);
  return answers(pair);
}

function answers(pair: ConnectionPair): Uint8Array[] {
  const { connection } = pair.host;
  const sent: Uint8Array[] = [];
  for (;;) {
    const output = connection.poll(pair.network.nowMs);
    if (output === undefined) return sent;
    if (output.kind === 'transmit') sent.push(output.bytes.slice(0, output.length));
  }
}

test('a pace that nothing waits for any more wakes nobody', () => {
  const pair = pairOf({ delayMs: 100 });
  const { client, network } = pair;
  network.runFor(1000);
  // Opens the window far beyond a burst of the pacer.
  client.send(bulk, new Uint8Array(400_000));
  client.flush();
  network.runFor(5000);
  for (let i = 0; i < 150; i++) client.send(state, new Uint8Array(1000), { ttlMs: 1 });
  client.flush();
  // The rest is held back by the pacer, and expires before its turn.
  network.runFor(1000);
  assert.ok(client.connection.stats().messagesLost.expired > 0);
});

test('packet numbers that leap ahead end the connection long before a Number loses count', () => {
  const crypto = createSodiumCrypto();
  const channels = planChannels({ moves: 'reliable-ordered' });
  const parameters = localParameters(crypto, channels, {});
  const connection = new Connection(
    {
      role: 'host',
      channels,
      local: parameters,
      remote: parameters,
      localConnectionId: 1,
      remoteConnectionId: 2,
      crypto: { ...crypto, aeadKey: () => openToAll },
      deflate: nodeDeflate,
      sealKey: new Uint8Array(32),
      openKey: new Uint8Array(32),
    },
    0,
  );
  const ping = new Uint8Array(9 + 1 + 16).fill(frameTypes.ping, 9);
  let number = 0;
  while (connection.isOpen) {
    // As far as four bytes of a packet number reach.
    number += 2 ** 31;
    writePacketHeader(ping, 0, 0, 1, number, 4);
    assert.equal(connection.handleDatagram(0, ping, 0, ping.length), true);
  }
  assert.ok(number < 2 * protocolLimits.packetNumberMax, `ended at ${number}`);
  const event = connection.poll(0);
  assert.ok(event?.kind === 'event' && event.event.type === 'ended');
  assert.equal(event.event.end.kind, 'protocol-error');
  assert.equal(event.event.end.code, errorCodes.PACKET_NUMBERS.code);
});

test('a peer that is only answered and never acknowledges does not grow the memory', () => {
  const pair = pairOf({ delayMs: 5 });
  // Every second number: each packet shows a gap and is acknowledged at once.
  for (let i = 0; i < 40_000; i++) hand(pair, 2 * i, '01');
  const { trackedPackets, trackedSpan } = pair.host.connection.memory;
  assert.ok(trackedPackets > 0);
  assert.ok(trackedSpan <= protocolLimits.trackedPacketsMax, `spans ${trackedSpan} numbers`);
});

test('the end is told though the peer closes before the first CLOSE has left', () => {
  for (const how of ['peer-close', 'time'] as const) {
    const { host, ...pair } = pairOf({ delayMs: 5 });
    const { connection } = host;
    connection.send(0, bulk, Uint8Array.of(1), { handle: 7 });
    connection.close(0, 5, 'enough');
    if (how === 'time') connection.handleTimeout(60_000);
    else {
      const bytes = forgeDatagram({ host, ...pair }, 0, '09 00 00');
      connection.handleDatagram(0, bytes, 0, bytes.length);
    }
    const events: ConnectionEvent[] = [];
    for (let o = connection.poll(0); o !== undefined; o = connection.poll(0)) {
      if (o.kind === 'event') events.push(o.event);
    }
    assert.deepEqual(events, [
      { type: 'lost', messageHandle: 7, reason: 'ended' },
      { type: 'ended', end: { kind: 'closed-here', code: 5, reason: 'enough' } },
    ]);
  }
});

test('a long ACK does not stand in the way of a fragment until it is due', () => {
  const pair = pairOf({ delayMs: 5 });
  const { connection } = pair.host;
  // Twenty gaps far apart, all told before; then a packet in order, whose ACK may wait.
  for (let i = 0; i < 20; i++) hand(pair, 10_000 * i, '01');
  const behind = 190_001 + protocolLimits.ackAtOnceBehindGap;
  for (let number = 190_001; number < behind; number++) hand(pair, number, '01');
  assert.deepEqual(hand(pair, behind, '01'), []);
  connection.send(0, bulk, new Uint8Array(2 * protocolLimits.fragmentBytes));
  connection.flush(0);
  assert.equal(answers(pair).length, 3);
});

test('an ended connection is forgotten in seconds, whatever RTT its peer made up', () => {
  const pair = pairOf({ delayMs: 12_000 });
  const { client, host, network } = pair;
  host.send(bulk, Uint8Array.of(1));
  network.runFor(25_000);
  assert.ok(host.connection.stats().srttMs > 20_000);
  host.close(0, 'over');
  network.runFor(protocolLimits.drainingMsMax);
  assert.equal(host.connection.isDrained, true);
  assert.equal(client.connection.isOpen, true);
});

test('traffic goes on past 2^31 and 2^32 packets, through loss and changes of keys', () => {
  for (const boundary of [2 ** 31, 2 ** 32, 2 ** 40]) {
    const before = 300;
    const { network, ...sides } = connectionPair({
      seed: boundary,
      delayMs: 30,
      loss: 0.2,
      burst: { enter: 0.01, leave: 0.2, loss: 1 },
      reorder: 0.2,
      reorderMs: 60,
      duplicate: 0.1,
      channels: { moves: 'reliable-ordered', state: 'unreliable-sequenced' },
      firstPacketNumber: boundary - before,
      keyLimits: { packetsMax: 100 },
    });
    const both = [sides.client, sides.host];
    const came = both.map((side) => {
      const numbers = [[], []] as [number[], number[]];
      side.onEvent = (event) => {
        assert.notEqual(event.type, 'ended', `near ${boundary}`);
        if (event.type !== 'message') return;
        numbers[event.channel]!.push(new DataView(event.message.buffer).getUint32(0));
      };
      return numbers;
    });
    const sent = Array.from({ length: 2 * before }, (_, i) => i);
    for (const number of sent) {
      const message = new Uint8Array(64);
      new DataView(message.buffer).setUint32(0, number);
      for (const side of both) {
        side.send(0, message);
        side.send(1, message);
        side.flush();
      }
      network.runFor(10);
    }
    const isComplete = () => came.every(([moves]) => moves.length === sent.length);
    assert.ok(network.runUntil(isComplete, 60_000), `near ${boundary}`);
    for (const [i, side] of both.entries()) {
      const [moves, states] = came[i]!;
      const { packetsSent, packetsLost, keyUpdates } = side.connection.stats();
      assert.deepEqual(moves, sent);
      assert.deepEqual(
        states,
        states.toSorted((a, b) => a - b),
      );
      assert.ok(states.length > sent.length / 2 && packetsLost > 50 && keyUpdates > 2);
      assert.ok(packetsSent > 1.5 * before, 'the boundary lies in the middle');
    }
  }
});

test('who runs out of packet numbers ends the connection, and says why, before they are used up', () => {
  for (const role of ['client', 'host'] as const) {
    const { network, ...sides } = connectionPair({
      delayMs: 5,
      channels: { moves: 'reliable-ordered' },
      firstPacketNumber: protocolLimits.packetNumberMax - 100,
    });
    const spender = sides[role];
    const other = sides[role === 'client' ? 'host' : 'client'];
    let sent = 0;
    while (spender.connection.isOpen) {
      assert.ok(sent < 200, 'it ends');
      spender.send(0, Uint8Array.of(sent++));
      spender.flush();
      network.runFor(50);
    }
    const code = errorCodes.PACKET_NUMBERS.code;
    const endOf = (events: readonly ConnectionEvent[]) => {
      const last = events.at(-1);
      assert.ok(last?.type === 'ended' && 'code' in last.end);
      return [last.end.kind, last.end.code];
    };
    assert.deepEqual(endOf(spender.takeEvents()), ['protocol-error', code]);
    const atOther = other.takeEvents();
    assert.deepEqual(endOf(atOther), ['closed-by-peer', code]);
    assert.ok(atOther.filter(({ type }) => type === 'message').length >= 90, `sent ${sent}`);
  }
});
