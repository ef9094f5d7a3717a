// Drives `enet.c`.

import { join } from 'node:path';
import { enetMissing, startEnetProgram } from '../harness/c-program.ts';
import type { Peer, ReceiveReport } from './peer.ts';

export const enetName = 'ENet 1.3.17 (C)';
const source = join(import.meta.dirname, 'enet.c');

/** As long as it can be told to make datagrams (ENET_PROTOCOL_MAXIMUM_MTU). */
const longest = 4096;

export const enetPeers: readonly Peer[] = [
  peer('reliable', 'reliable-ordered'),
  peer('reliable', 'reliable-ordered', longest),
  peer('unreliable', 'unreliable-sequenced'),
  peer('unreliable', 'unreliable-sequenced', longest),
];

/** `mtu` 0: as it comes, 1,392. */
function peer(kind: Peer['kind'], promise: string, mtu = 0): Peer {
  return {
    name: mtu === 0 ? enetName : `${enetName}, datagrams of ${mtu.toLocaleString('en')}`,
    kind,
    promise,
    perTurn: 512,
    missing: enetMissing,

    async receive() {
      const program = startEnetProgram(source, ['receive', String(mtu)]);
      return {
        address: Number(await program.line()),
        async finish() {
          return JSON.parse((await program.line()) ?? '{}') as ReceiveReport;
        },
      };
    },

    async send(address, { bytes, durationMs, perTurn }) {
      const numbers = [Number(address), bytes, durationMs, perTurn, mtu];
      const args = ['send', kind, ...numbers.map(String)];
      const program = startEnetProgram(source, args);
      const line = await program.line();
      await program.ended();
      if (line === undefined) throw new Error('ENet could not connect');
      const { count = 0, cpuUs = 0, ...wire } = JSON.parse(line) as Record<string, number>;
      return { sent: count, cpuUs, wire };
    },
  };
}
