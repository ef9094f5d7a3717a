// The host "UDP and the cipher" of the capacity benchmark: opens each datagram with the key of its
// connection, seals the same again and sends it back, over Paperclip's own socket and with its own
// cipher. No acknowledgements, no replay window, no timers: what is left is what any protocol pays.

import { randomBytes } from 'node:crypto';
import type { DatagramHandler, DatagramPort } from '../../src/driver/datagram-network.ts';
import { fastestUdpNetwork } from '../../src/driver/udp-batch.ts';
import type { AeadKey } from '../../src/protocol/crypto.ts';
import { serve } from '../harness/calls.ts';
import type { HostCalls } from './calls.ts';
import { connectionOf, counterOf, keysOf, open, seal, writeHeader } from './floor-datagram.ts';
import { hostUse } from './host-use.ts';

let keys: readonly AeadKey[] = [];
let port: DatagramPort | undefined;
const answer = new Uint8Array(1_500);

const echo: DatagramHandler = (bytes, start, end, from, hasMore) => {
  const connection = connectionOf(bytes, start);
  const key = keys[connection];
  if (key === undefined || !open(key, answer, bytes, start, end)) return;
  const length = end - start;
  writeHeader(answer, connection, counterOf(bytes, start) + 1);
  seal(key, answer, length);
  port?.send(answer, length, from);
  // As Paperclip's host: what came together leaves together, and at once.
  if (hasMore !== true) port?.flush?.();
};

serve({
  async listen({ connectionsMax }) {
    const secret = randomBytes(32).toString('hex');
    keys = keysOf(secret, connectionsMax);
    const network = await fastestUdpNetwork();
    port = await network.bind({ host: '127.0.0.1', port: 0 }, echo);
    return { port: port.local.port, trust: secret };
  },

  use(collect) {
    // Its keys are there before anyone comes, so its memory says nothing about connections.
    const { cpuUs, atMs } = hostUse(collect);
    return { cpuUs, atMs, links: keys.length };
  },
} satisfies Omit<HostCalls, 'heapSnapshot'>);
