// A peer that holds the keys and says whatever it likes: well-formed frames that make no sense,
// damaged ones, leaps in packet numbers, while the honest end sends and time passes.

import assert from 'node:assert/strict';
import { type Random, seededRandom } from '../../src/base/prng.ts';
import { writePacketHeader } from '../../src/codec/paperclip/packet.ts';
import { protocolLimits } from '../../src/protocol/paperclip/limits.ts';
import {
  type ConnectionPair,
  connectionPair,
  hostConnectionId,
} from '../../src/testing/connection-pair.ts';
import { someFrames } from './frames.ts';
import { damaged, type FuzzTarget } from './target.ts';

const channels = {
  // Wire ids 0 to 4, by sorted name.
  a: { mode: 'reliable-ordered', messageBytesMax: 4000, compress: true },
  b: { mode: 'reliable-unordered', messageBytesMax: 4000 },
  c: { mode: 'unreliable', compress: true },
  d: 'unreliable-sequenced',
  e: { mode: 'reliable-latest', messageBytesMax: 4000 },
} as const;

const windowBytes = 60_000;
const parameters = { connectionWindowBytes: windowBytes, channelWindowBytes: 30_000 };

function checkMemory({ host }: ConnectionPair): void {
  const { heldBytes, trackedPackets, trackedSpan, queuedBytes } = host.connection.memory;
  const { unreliableReassembliesMax, latestReassembliesMax } = protocolLimits;
  const unreliable = (2 * unreliableReassembliesMax + latestReassembliesMax) * 8 * 1120;
  assert.ok(heldBytes <= windowBytes + 4032 + unreliable, `holds ${heldBytes} bytes`);
  assert.ok(trackedPackets <= trackedSpan && trackedSpan <= protocolLimits.trackedPacketsMax);
  const { sendQueueMarkBytes, sendQueueOverrunBytesMax } = protocolLimits;
  assert.ok(queuedBytes <= sendQueueMarkBytes + sendQueueOverrunBytesMax + 3 * 4000);
}

class Peer {
  readonly #random: Random;
  readonly #pair: ConnectionPair;
  #number = 0;
  #said = 0;

  constructor(random: Random, pair: ConnectionPair) {
    this.#random = random;
    this.#pair = pair;
  }

  say(): void {
    const random = this.#random;
    const { connection } = this.#pair.host;
    const ackBelow = connection.stats().packetsSent;
    const frames = someFrames(random, 5, { ackBelow, idBelow: 2 + (this.#said++ >> 2) });
    const said = (random.chance(0.0005) ? damaged(random, frames) : frames).subarray(0, 1400);
    this.#number += random.chance(0.8) ? 1 : 1 + random.below(random.chance(0.9) ? 10 : 2 ** 20);
    // An old number, or a new one of any length.
    const number = random.chance(0.1) ? random.below(this.#number + 1) : this.#number;
    const bytes = new Uint8Array(9 + said.length + 16);
    const at = writePacketHeader(bytes, 0, 0, hostConnectionId, number, 4);
    bytes.set(said, at);
    const key = this.#pair.clientSealKey;
    key.seal(bytes, at, bytes, at, at + said.length, number, bytes, 0, at);
    this.#pair.host.handleDatagram(this.#pair.network.nowMs, 'client', bytes);
  }
}

/** The honest end of one connection, until it ends. */
function live(random: Random, stepsMax: number): number {
  const pair = connectionPair({ seed: 1, channels, parameters, delayMs: 5 });
  const { host, network } = pair;
  // The true client is silent: another speaks in its name.
  pair.network.link('client', 'host').conditions = { loss: 1 };
  pair.network.link('host', 'client').conditions = { loss: 1 };
  const open = new Set<number>();
  let ends = 0;
  let lastWritable = true;
  host.onEvent = (event) => {
    assert.equal(ends, 0, 'nothing is told after the end');
    if (event.type === 'ended') ends += 1;
    if (event.type === 'writable') lastWritable = true;
    if (event.type === 'delivered' || event.type === 'lost') {
      assert.ok(open.delete(event.messageHandle), 'a fate is told once');
    }
  };
  const peer = new Peer(random, pair);
  let steps = 0;
  for (; steps < stepsMax && host.connection.isOpen; steps++) {
    for (let left = random.below(8); left > 0; left--) peer.say();
    if (host.connection.isOpen && lastWritable && random.chance(0.7)) {
      open.add(steps);
      const message = new Uint8Array(random.below(random.chance(0.2) ? 4001 : 100));
      lastWritable = host.send(random.below(5), message, { handle: steps });
    }
    network.touch('host');
    network.runFor(random.chance(0.02) ? random.below(10_000) : random.below(10));
    checkMemory(pair);
  }
  if (host.connection.isOpen) host.close(0, 'enough');
  assert.ok(
    network.runUntil(() => host.connection.isDrained, 60_000),
    'it ends and is forgotten',
  );
  assert.equal(ends, 1);
  assert.equal(open.size, 0, 'every message has its fate');
  assert.equal(host.connection.memory.queuedBytes, 0);
  assert.equal(host.connection.memory.heldBytes, 0);
  return steps + 1;
}

export const authenticFrames: FuzzTarget = {
  name: 'authentic-frames',
  promise: 'a peer with keys can end its connection, and do nothing else to this end',
  smoke: { seeds: 5, steps: 300 },
  run(seed, steps) {
    const random = seededRandom('authentic frames', seed);
    for (let left = steps; left > 0; ) left -= live(random, left);
  },
};
