// Plain TCP through node:net, without Nagle's delay: the kernel's own recovery. A message is its
// length in 4 bytes and itself.

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { clockMs, everyInterval } from '../harness/clock.ts';
import { FrameReader, frameHeaderBytes, writeFrameHeader } from '../harness/frames.ts';
import { Arrivals, stamp } from '../harness/stamps.ts';
import { type LatencyPeer, messagesPerLink } from './peer.ts';

export const tcp: LatencyPeer = {
  name: 'TCP (node:net)',
  promise: 'reliable-ordered',
  isTcp: true,

  async receive(bindHost, load) {
    const arrivals = new Arrivals(load.warmUpMessages);
    const server = createServer((socket) => {
      const reader = new FrameReader((message) => arrivals.add(message, clockMs()));
      socket.on('data', (bytes: Buffer) => reader.read(bytes));
      socket.on('error', () => {});
    });
    server.listen(0, bindHost);
    await once(server, 'listening');
    return {
      port: (server.address() as AddressInfo).port,
      finish: () => Promise.resolve(arrivals.times),
    };
  },

  async send({ host, port }, load) {
    const sockets = await Promise.all(
      Array.from({ length: load.links }, async () => {
        const socket = connect({ host, port, noDelay: true });
        await once(socket, 'connect');
        return socket;
      }),
    );
    const messages = messagesPerLink(load);
    await sendAll(sockets, load.hz, load.bytes, messages);
    await Promise.all(
      sockets.map((socket) => {
        socket.end();
        return once(socket, 'close');
      }),
    );
    return {
      messages: sockets.length * (messages - load.warmUpMessages),
      bytesSent: sockets.length * messages * (frameHeaderBytes + load.bytes),
    };
  },
};

async function sendAll(
  sockets: readonly Socket[],
  hz: number,
  bytes: number,
  messages: number,
): Promise<void> {
  let turn = 0;
  const intervalMs = 1000 / hz / sockets.length;
  await everyInterval(intervalMs, clockMs() + intervalMs * sockets.length * messages, () => {
    const frame = new Uint8Array(frameHeaderBytes + bytes);
    writeFrameHeader(frame, bytes);
    stamp(
      new DataView(frame.buffer, frameHeaderBytes),
      clockMs(),
      Math.floor(turn / sockets.length),
    );
    sockets[turn++ % sockets.length]!.write(frame);
  });
}
