// Runs in a worker of `handler-error.test.ts`: a host whose handler throws at the first message.
// A thread of its own, because the test runner takes every uncaught error for a failed test.

import { parentPort } from 'node:worker_threads';
import { dial } from './dial.ts';
import { listen } from './listen.ts';
import { memoryNetwork } from './memory.ts';

const channels = { moves: 'reliable-ordered' } as const;
const surfaced: string[] = [];
process.on('uncaughtException', (error) => surfaced.push(error.message));

const network = memoryNetwork();
const listener = await listen({
  port: 0,
  channels,
  network,
  onLink: (link) => {
    link.onMessage = (_channel, message) => {
      if (message[0] === 1) throw new Error('a mistake of the application');
      link.send('moves', message);
    };
  },
});
const link = await dial(listener.address, listener.publicKey, { channels, network });
const echo = new Promise<number | undefined>((done) => {
  link.onMessage = (_channel, message) => done(message[0]);
});
link.send('moves', Uint8Array.of(1));
link.send('moves', Uint8Array.of(2));
parentPort?.postMessage({ echoed: await echo, surfaced });
link.close();
await listener.close();
