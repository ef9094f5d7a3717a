// Plain TCP through node:net: a message is its length in 4 bytes and itself, and the messages of
// one turn leave in one write. What a program that does its own framing has, without WebSocket's.

import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { FrameReader, frameHeaderBytes, writeFrameHeader } from '../harness/frames.ts';
import { MessageCounter, nextTurn, now, type Peer } from './peer.ts';

export const tcp: Peer = {
  name: 'TCP (node:net)',
  kind: 'reliable',
  promise: 'reliable-ordered',
  perTurn: 512,

  async receive() {
    const counter = new MessageCounter();
    const server = createServer((socket) => {
      const reader = new FrameReader(() => counter.add());
      socket.on('data', (bytes: Buffer) => reader.read(bytes));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return {
      address: (server.address() as AddressInfo).port,
      restart: () => counter.restart(),
      finish() {
        server.close();
        return Promise.resolve(counter.report);
      },
    };
  },

  async send(address, { bytes, durationMs, perTurn }) {
    const socket = connect({ host: '127.0.0.1', port: Number(address), noDelay: true });
    await once(socket, 'connect');
    const message = new Uint8Array(bytes).fill(7);
    const frameBytes = frameHeaderBytes + bytes;
    let sent = 0;
    for (const end = now() + durationMs; now() < end; ) {
      const block = new Uint8Array(perTurn * frameBytes);
      for (let at = 0; at < block.length; at += frameBytes) {
        writeFrameHeader(block.subarray(at), bytes);
        block.set(message, at + frameHeaderBytes);
      }
      sent += perTurn;
      if (!socket.write(block)) await once(socket, 'drain');
      else await nextTurn();
    }
    socket.end();
    await once(socket, 'close');
    return { sent, wire: { bytes: socket.bytesWritten } };
  },
};
