// Drives `enet.c`.

import { join } from 'node:path';
import { enetMissing, startEnetProgram } from '../harness/c-program.ts';
import { type LatencyPeer, messagesPerLink } from './peer.ts';

const source = join(import.meta.dirname, 'enet.c');

export const enet: LatencyPeer = {
  name: 'ENet 1.3.17 (C)',
  promise: 'reliable-ordered',
  missing: enetMissing,

  async receive(bindHost, { links, warmUpMessages }) {
    const program = startEnetProgram(source, [
      'receive',
      bindHost,
      `${links}`,
      `${warmUpMessages}`,
    ]);
    return {
      port: Number(await program.line()),
      async finish() {
        return JSON.parse((await program.line()) ?? '[]') as readonly number[];
      },
    };
  },

  async send({ host, port }, load) {
    const { links, hz, bytes } = load;
    const messages = messagesPerLink(load);
    const args = [host, port, links, hz, bytes, messages].map(String);
    const program = startEnetProgram(source, ['send', ...args]);
    const line = await program.line();
    await program.ended();
    if (line === undefined) throw new Error('ENet could not connect');
    const { bytesSent } = JSON.parse(line) as { readonly bytesSent: number };
    return { messages: links * (messages - load.warmUpMessages), bytesSent };
  },
};
