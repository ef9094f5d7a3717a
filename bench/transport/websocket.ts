// The `ws` package: reliable, ordered messages over TCP, not encrypted (no TLS).

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { MessageCounter, nextTurn, now, type Peer } from './peer.ts';

const bufferedBytesMax = 256 * 1024;

export const websocket: Peer = {
  name: 'ws',
  kind: 'reliable',
  promise: 'reliable-ordered',
  perTurn: 512,

  async receive() {
    const counter = new MessageCounter();
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
    server.on('connection', (socket) => socket.on('message', () => counter.add()));
    await once(server, 'listening');
    return {
      address: (server.address() as AddressInfo).port,
      restart: () => counter.restart(),
      async finish() {
        for (const client of server.clients) client.terminate();
        server.close();
        return counter.report;
      },
    };
  },

  async send(address, { bytes, durationMs, perTurn }) {
    const socket = new WebSocket(`ws://127.0.0.1:${Number(address)}`, { perMessageDeflate: false });
    await once(socket, 'open');
    const message = new Uint8Array(bytes).fill(7);
    let sent = 0;
    for (const end = now() + durationMs; now() < end; ) {
      for (let i = 0; i < perTurn && socket.bufferedAmount < bufferedBytesMax; i++) {
        socket.send(message);
        sent += 1;
      }
      await nextTurn();
    }
    socket.close();
    await once(socket, 'close');
    return { sent, wire: { bytes: sent * bytes } };
  },
};
