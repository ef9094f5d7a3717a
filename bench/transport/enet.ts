// Drives `enet.c`.

import { join } from 'node:path';
import { enetMissing, startEnetProgram } from '../harness/c-program.ts';
import type { Peer, ReceiveReport } from './peer.ts';

const source = join(import.meta.dirname, 'enet.c');

export const enetPeers: readonly Peer[] = [
  peer('reliable', 'reliable-ordered'),
  peer('unreliable', 'unreliable-sequenced'),
];

function peer(kind: Peer['kind'], promise: string): Peer {
  return {
    name: 'ENet 1.3.17 (C)',
    kind,
    promise,
    missing: enetMissing,

    async receive() {
      const program = startEnetProgram(source, ['receive']);
      return {
        address: Number(await program.line()),
        async finish() {
          return JSON.parse((await program.line()) ?? '{}') as ReceiveReport;
        },
      };
    },

    async send(address, bytes, durationMs) {
      const args = ['send', String(address), String(bytes), String(durationMs), kind];
      const program = startEnetProgram(source, args);
      const line = await program.line();
      await program.ended();
      if (line === undefined) throw new Error('ENet could not connect');
      const { count = 0, cpuUs = 0, ...wire } = JSON.parse(line) as Record<string, number>;
      return { sent: count, cpuUs, wire };
    },
  };
}
