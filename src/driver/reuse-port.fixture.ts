// A listener in a thread of its own that shares its port: it answers each message with its name.

import { parentPort, workerData } from 'node:worker_threads';
import { utf8 } from '../base/bytes.ts';
import type { KeyPair } from '../protocol/crypto.ts';
import { listen } from './listen.ts';
import { udpNetwork } from './udp.ts';
import { batchUdpNetwork } from './udp-batch.ts';

export interface SharerData {
  readonly name: string;
  readonly port: number;
  readonly keyPair: KeyPair;
  readonly isBatch: boolean;
}

export const channels = { moves: 'reliable-ordered' } as const;

if (parentPort !== null) {
  const { name, port, keyPair, isBatch } = workerData as SharerData;
  const network = isBatch ? await batchUdpNetwork() : udpNetwork;
  const listener = await listen({ port, keyPair, channels, network: network!, reusePort: true });
  listener.onLink = (link) => {
    link.onMessage = () => link.send('moves', utf8(name));
  };
  parentPort.on('message', async () => {
    await listener.close();
    parentPort?.close();
  });
  parentPort.postMessage(listener.address.port);
}
