// Plain TCP through node:net: a message is so many bytes of the stream.

import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { clockMs, sleepMs } from '../harness/clock.ts';
import type { BulkPeer } from './peer.ts';

const chunkBytes = 64 * 1024;

export const tcp: BulkPeer = {
  name: 'TCP (node:net)',
  isTcp: true,

  async receive(bindHost, messageBytes) {
    const arrivedAtMs: number[] = [];
    let unfinishedBytes = 0;
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', (bytes: Buffer) => {
        unfinishedBytes += bytes.length;
        for (; unfinishedBytes >= messageBytes; unfinishedBytes -= messageBytes) {
          arrivedAtMs.push(clockMs());
        }
      });
    });
    server.listen(0, bindHost);
    await once(server, 'listening');
    return {
      port: (server.address() as AddressInfo).port,
      finish: () => Promise.resolve({ arrivedAtMs, stateMs: [] }),
    };
  },

  async send({ host, port }, _messageBytes, startAtMs, durationMs) {
    const socket = connect({ host, port });
    socket.on('error', () => {});
    await once(socket, 'connect');
    await sleepMs(Math.max(0, startAtMs - clockMs()));
    const startedAtMs = clockMs();
    const chunk = Buffer.alloc(chunkBytes, 7);
    const fill = (): void => {
      while (clockMs() < startedAtMs + durationMs && socket.write(chunk));
    };
    socket.on('drain', fill);
    fill();
    await sleepMs(durationMs);
    const { localPort = 0 } = socket;
    socket.resetAndDestroy();
    return { startedAtMs, statesSent: 0, localPort };
  },
};
