// The load generator for the floors of the capacity benchmark: as many connections over as few
// sockets as Paperclip's own generator has, and datagrams as long.

import type { DatagramHandler } from '../../src/driver/datagram-network.ts';
import { udpNetwork } from '../../src/driver/udp.ts';
import { batchUdpNetwork } from '../../src/driver/udp-batch.ts';
import type { AeadKey } from '../../src/protocol/crypto.ts';
import { serve } from '../harness/calls.ts';
import { clockMs } from '../harness/clock.ts';
import type { Arrivals } from '../harness/stamps.ts';
import type { LoadCalls } from './calls.ts';
import {
  connectionOf,
  datagramBytesOf,
  headerBytes,
  keysOf,
  open,
  seal,
  writeHeader,
} from './floor-datagram.ts';
import { runEcho } from './load.ts';
import { generatorSockets } from './plan.ts';

type Client = Awaited<ReturnType<typeof udpNetwork.connect>>;

let connections = 0;
let clients: readonly Client[] = [];
/** None: the host does not encrypt. */
let keys: readonly AeadKey[] = [];
let messageBytes = 0;
let arrivals: Arrivals | undefined;
const opened = new Uint8Array(1_500);

serve({
  async connect({ port, trust, count }) {
    connections = count;
    if (trust !== '') keys = keysOf(trust, count);
    const network = (await batchUdpNetwork({ runs: false })) ?? udpNetwork;
    const to = { host: '127.0.0.1', port };
    clients = await Promise.all(
      Array.from({ length: generatorSockets }, () => network.connect(to, receive)),
    );
  },

  echo(load) {
    messageBytes = load.bytes;
    const datagram = new Uint8Array(datagramBytesOf(load.bytes));
    let counter = 0;
    return runEcho(
      connections,
      load,
      (i, message) => {
        const { port, peer } = clients[i % clients.length]!;
        writeHeader(datagram, i, counter);
        counter += 2;
        datagram.set(message, headerBytes);
        const key = keys[i];
        if (key !== undefined) seal(key, datagram, datagram.length);
        // No flush: what is sent in one turn leaves together at its end.
        port.send(datagram, datagram.length, peer);
      },
      (counting) => {
        arrivals = counting;
      },
    );
  },

  ended: () => 0,
} satisfies LoadCalls);

function receive(...[bytes, start, end]: Parameters<DatagramHandler>): void {
  const connection = connectionOf(bytes, start);
  const key = keys[connection];
  if (key !== undefined && !open(key, opened, bytes, start, end)) return;
  const [from, at] = key === undefined ? [bytes, start + headerBytes] : [opened, headerBytes];
  arrivals?.add(from.subarray(at, at + messageBytes), clockMs());
}
