// Longer datagrams over real sockets: only where the port keeps them whole, and nobody said no.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LinkStats } from '../protocol/link.ts';
import type { DatagramNetwork } from './datagram-network.ts';
import { dial } from './dial.ts';
import { listen } from './listen.ts';
import type { ProtocolOptions } from './protocol-options.ts';
import { udpNetwork } from './udp.ts';
import { batchUdpNetwork } from './udp-batch.ts';

const channels = { moves: 'reliable-ordered' } as const;

/** Of the client, after enough small messages to fill some hundred datagrams. */
async function statsAfterFlood(
  network: DatagramNetwork,
  options: Partial<ProtocolOptions> = {},
): Promise<LinkStats> {
  const listener = await listen({ port: 0, channels, network });
  const link = await dial(listener.address, listener.publicKey, { channels, network, ...options });
  for (let round = 0; round < 50; round++) {
    await new Promise<void>((onDelivered) => {
      for (let i = 0; i < 99; i++) link.send('moves', new Uint8Array(64));
      link.send('moves', new Uint8Array(64), { onDelivered });
    });
  }
  const stats = link.stats();
  link.close();
  await listener.close();
  return stats;
}

const batches = await batchUdpNetwork();
const skip = batches === undefined ? 'no sendmmsg through koffi on this machine' : false;

test('over a port that keeps datagrams whole, they become as long as the path takes', {
  skip,
}, async () => {
  const stats = await statsAfterFlood(batches!);
  assert.equal(stats.datagramBytes, 8848);
  assert.equal(stats.mtuBlackHoles, 0);
});

test('with probing turned off they stay short', { skip }, async () => {
  assert.equal((await statsAfterFlood(batches!, { mtuProbing: false })).datagramBytes, 1200);
});

test('node:dgram cannot keep datagrams whole: they stay short, whatever is asked', async () => {
  assert.equal((await statsAfterFlood(udpNetwork, { mtuProbing: true })).datagramBytes, 1200);
});
