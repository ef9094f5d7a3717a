// Connections of one host that share their memory, on a path that loses much: what one is told is
// never another's, and when they have ended all is given back, however they ended.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../base/prng.ts';
import { connectionPair } from '../../testing/connection-pair.ts';
import { VirtualNetwork } from '../../testing/virtual-network.ts';
import type { ChannelPlan } from '../link.ts';
import { EndpointMemory } from './endpoint-memory.ts';

const channels: ChannelPlan = {
  ordered: 'reliable-ordered',
  unordered: { mode: 'reliable-unordered', compress: true },
  copied: { mode: 'reliable-ordered', redundancy: true },
  latest: 'reliable-latest',
  unreliable: 'unreliable',
};
const count = 8;
/** In pieces, in a slab, in a bundle. */
const lengths = [5000, 600, 40];

test('nothing of one connection reaches another, and all goes back to the pools', () => {
  const memory = new EndpointMemory();
  const random = seededRandom('endpoint memory', 1);
  const conditions = { delayMs: 20, loss: 0.1, reorder: 0.1 };
  const network = new VirtualNetwork('endpoint memory', conditions);
  const pairs = Array.from({ length: count }, (_, i) =>
    connectionPair({ ...conditions, channels, network, name: `${i}`, hostMemory: memory }),
  );
  let received = 0;
  for (const [i, { client }] of pairs.entries()) {
    client.onEvent = (event) => {
      if (event.type !== 'message') return;
      received += 1;
      assert.ok(event.message.every((byte) => byte === i + 1));
      assert.ok(lengths.includes(event.message.length));
    };
  }
  const lent: number[] = [];
  for (let round = 0; round < 300; round++) {
    for (const [i, { host }] of pairs.entries()) {
      if (!host.connection.isOpen) continue;
      const channel = random.below(Object.keys(channels).length);
      const length = lengths[random.below(lengths.length)]!;
      host.send(channel, new Uint8Array(length).fill(i + 1));
      if (random.below(3) > 0) host.flush();
      // With words left to say, and with packets whose fate is open; the last stay until the end.
      if (round === 100 + 20 * i && i < count / 2) host.close(0, 'over');
      if (round === 100 + 20 * i && i === count / 2) pairs[i]!.client.close(0, 'over');
    }
    network.runFor(5);
    lent.push(memory.messages.lent);
  }
  assert.ok(Math.max(...lent) > 50 && received > 1000);
  for (const { host } of pairs) host.close(0, 'over');
  network.runFor(10_000);
  assert.ok(pairs.every(({ host }) => host.connection.isDrained));
  assert.deepEqual([memory.messages.lent, memory.packets.lent], [0, 0]);
});
