// Bare UDP through node:dgram: one message per datagram, nothing promised. The ceiling of what any
// protocol over one system call per datagram can do.

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { MessageCounter, nextTurn, now, type Peer } from './peer.ts';

const inFlightMax = 64;

export const datagram: Peer = {
  name: 'dgram, one message per datagram',
  kind: 'unreliable',
  promise: 'nothing',
  perTurn: inFlightMax,

  async receive() {
    const counter = new MessageCounter();
    const socket = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 });
    socket.on('message', () => counter.add());
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return {
      address: socket.address().port,
      restart: () => counter.restart(),
      async finish() {
        socket.close();
        await once(socket, 'close');
        return counter.report;
      },
    };
  },

  async send(address, { bytes, durationMs }) {
    const socket = createSocket('udp4');
    socket.connect(Number(address), '127.0.0.1');
    await once(socket, 'connect');
    const message = new Uint8Array(bytes).fill(7);
    let sent = 0;
    let inFlight = 0;
    const done = (): void => {
      inFlight -= 1;
    };
    for (const end = now() + durationMs; now() < end; ) {
      while (inFlight < inFlightMax) {
        inFlight += 1;
        sent += 1;
        socket.send(message, done);
      }
      await nextTurn();
    }
    socket.close();
    return { sent, wire: { datagrams: sent, bytes: sent * bytes } };
  },
};
