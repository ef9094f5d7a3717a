// The sending sides of the modes, one packet at a time: what each writes, and what it makes of the
// packet's fate.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frameTypes } from '../../codec/paperclip/frame-table.ts';
import { FrameReader, framesEnd } from '../../codec/paperclip/frames.ts';
import type { LostReason } from '../link.ts';
import type { SendChannel } from './channel.ts';
import { ReliableSendChannel } from './channel-reliable-send.ts';
import { UnreliableSendChannel } from './channel-unreliable-send.ts';
import { SendCredit } from './flow-control.ts';
import { QueueDelay } from './lanes.ts';
import { protocolLimits } from './limits.ts';
import { MessageStore, type OutgoingMessage } from './outgoing-message.ts';
import { PacketBuilder } from './packet-builder.ts';
import { Redundancy } from './redundancy.ts';
import { ReliableFlight } from './reliable-flight.ts';

type Carried = readonly (readonly [OutgoingMessage, number])[];

function bench(kind: 'reliable' | 'unreliable', windowBytes = 1_000_000) {
  const store = new MessageStore();
  const ledger: string[] = [];
  const outcomes = {
    onDelivered: (message: OutgoingMessage) => ledger.push(`delivered ${message.handle}`),
    onLost: (message: OutgoingMessage, reason: LostReason) =>
      ledger.push(`${reason} ${message.handle}`),
    onBundledDelivered: (count: number, bytes: number) =>
      ledger.push(`delivered ${count} of ${bytes} bytes`),
    onBundledLost: (count: number, bytes: number, reason: LostReason) =>
      ledger.push(`${reason} ${count} of ${bytes} bytes`),
  };
  const delay = new QueueDelay();
  const channel: SendChannel =
    kind === 'reliable'
      ? new ReliableSendChannel({
          store,
          outcomes,
          delay,
          lane: 2,
          connectionCredit: new SendCredit(1_000_000),
          redundancy: new Redundancy(store),
          isRedundant: false,
          flight: new ReliableFlight({ store, outcomes, windowBytes }),
        })
      : new UnreliableSendChannel({ store, outcomes, delay, ids: { next: 0 } });
  const packet = new PacketBuilder(1200);
  const frames = new FrameReader();

  /** What the packet holds: `id`, or `id.piece`. */
  const read = (): string[] => {
    const held: string[] = [];
    frames.reset(packet.bytes, 0, packet.at);
    for (let type = frames.next(); type !== framesEnd; type = frames.next()) {
      const isPiece = type === frameTypes.messageFragment;
      held.push(`${frames.messageId}${isPiece ? `.${frames.fragmentIndex}` : ''}`);
    }
    return held;
  };
  let carried: Carried = [];
  const filled = (fill: () => void): string[] => {
    packet.begin(0);
    fill();
    const { messages, pieces, pieceCount } = packet.record;
    carried = Array.from({ length: pieceCount }, (_, i) => [messages[i]!, pieces[i]!] as const);
    return read();
  };
  return {
    channel,
    send(handle: number, length: number, expiresAtMs = Number.POSITIVE_INFINITY): void {
      const message = store.create(0, new Uint8Array(length).fill(handle));
      message.handle = handle;
      message.expiresAtMs = expiresAtMs;
      channel.enqueue(message);
    },
    write: (nowMs = 0) => filled(() => channel.write(nowMs, packet)),
    probe: (nowMs = 0) => filled(() => channel.writeProbe(nowMs, packet)),
    /** What the last packet carried, to tell its fate later. */
    carried: () => carried,
    ack: (pieces: Carried) => {
      for (const [message, piece] of pieces) channel.onPieceAcked(message, piece);
    },
    lose: (pieces: Carried) => {
      for (const [message, piece] of pieces) channel.onPieceLost(message, piece);
    },
    take: () => ledger.splice(0),
  };
}

test('reliable: messages share a packet, and each is delivered when it is acknowledged', () => {
  const b = bench('reliable');
  for (let handle = 0; handle < 3; handle++) b.send(handle, 10);
  assert.deepEqual(b.write(), ['0', '1', '2']);
  b.ack(b.carried().slice(1));
  assert.deepEqual(b.take(), ['delivered 1', 'delivered 2']);
  b.ack(b.carried());
  assert.deepEqual(b.take(), ['delivered 0']);
  assert.equal(b.channel.hasWork, false);
});

test('reliable: what is lost goes first in the next packet, and only that', () => {
  const b = bench('reliable');
  for (let handle = 0; handle < 3; handle++) b.send(handle, 10);
  b.write();
  const first = b.carried();
  b.send(3, 10);
  b.lose(first.slice(1, 2));
  assert.deepEqual(b.write(), ['1', '3']);
  // The late ACK of the first packet settles it; the copy under way is not sent a third time.
  const second = b.carried();
  b.ack(first);
  b.lose(second);
  assert.deepEqual(b.write(), ['3']);
});

test('reliable: a large message goes on in the next packets, and lost pieces come alone', () => {
  const b = bench('reliable');
  b.send(0, 3000);
  b.send(1, 20);
  assert.deepEqual(b.write(), ['0.0']);
  const first = b.carried();
  assert.deepEqual(b.write(), ['0.1']);
  b.ack(b.carried());
  b.lose(first);
  assert.deepEqual(b.write(), ['0.0']);
  b.ack(b.carried());
  assert.deepEqual(b.write(), ['0.2', '1']);
  assert.deepEqual(b.take(), []);
  b.ack(b.carried());
  assert.deepEqual(b.take(), ['delivered 0', 'delivered 1']);
});

test('reliable: without credit nothing new begins, but what is lost is sent again', () => {
  const b = bench('reliable', 100);
  b.send(0, 50);
  b.send(1, 50);
  assert.deepEqual(b.write(), ['0']);
  b.lose(b.carried());
  assert.deepEqual(b.write(), ['0']);
  assert.deepEqual(b.write(), []);
  b.channel.onWindow(164);
  assert.deepEqual(b.write(), ['1']);
});

test('reliable: a message that expires before it begins leaves no hole in the ids', () => {
  const b = bench('reliable', 100);
  b.send(0, 50);
  b.send(1, 50, 10);
  b.send(2, 50);
  assert.deepEqual(b.write(), ['0']);
  assert.equal(b.channel.expiresAtMs, 10);
  b.channel.expire(10);
  assert.deepEqual(b.take(), ['expired 1']);
  b.channel.onWindow(1000);
  assert.deepEqual(b.write(20), ['1']);
  b.channel.expire(1e9);
  assert.deepEqual(b.take(), []);
});

test('reliable: two probes in a row carry the oldest data and then the next', () => {
  const b = bench('reliable');
  for (let handle = 0; handle < 4; handle++) {
    b.send(handle, 1000);
    b.write();
  }
  assert.deepEqual(b.probe(), ['0']);
  b.ack(b.carried());
  assert.deepEqual([b.probe(), b.probe(), b.probe()], [['1'], ['2'], ['3']]);
  assert.deepEqual(b.probe(), ['1']);
});

test('reliable: the end loses what is open, once each', () => {
  const b = bench('reliable', 200);
  for (let handle = 0; handle < 4; handle++) b.send(handle, 50);
  b.write();
  b.ack(b.carried().slice(1));
  b.channel.end();
  assert.deepEqual(b.take().sort(), ['delivered 1', 'ended 0', 'ended 2', 'ended 3']);
  b.lose(b.carried());
  assert.deepEqual(b.take(), []);
});

test('unreliable: one lost piece loses the message, and nothing is sent again', () => {
  const b = bench('unreliable');
  b.send(0, 2000);
  b.send(1, 20);
  assert.deepEqual(b.write(), ['0.0']);
  const first = b.carried();
  assert.deepEqual(b.write(), ['0.1', '1']);
  const second = b.carried();
  b.lose(first);
  b.ack(second);
  assert.deepEqual(b.take(), ['lost 0', 'delivered 1']);
  assert.deepEqual(b.write(), []);
});

test('unreliable: a piece that is lost early stops the rest', () => {
  const b = bench('unreliable');
  b.send(0, 4000);
  b.write();
  b.lose(b.carried());
  assert.deepEqual(b.write(), []);
  assert.deepEqual(b.take(), ['lost 0']);
});

test('unreliable: what waits too long, or behind too much, is lost', () => {
  const b = bench('unreliable');
  b.send(0, 10, 5);
  b.send(1, 10, 50);
  assert.deepEqual(b.write(5), ['0']);
  assert.deepEqual(b.take(), ['expired 0']);
  for (let handle = 2; handle < 2 + 9; handle++) {
    b.send(handle, protocolLimits.unreliableQueueBytesMax / 8);
  }
  assert.deepEqual(b.take(), ['dropped 2']);
});
