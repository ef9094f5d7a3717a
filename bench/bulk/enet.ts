// Drives `enet.c`.

import { join } from 'node:path';
import { enetMissing, startEnetProgram } from '../harness/c-program.ts';
import type { BulkPeer } from './peer.ts';

const source = join(import.meta.dirname, 'enet.c');

export const enet: BulkPeer = {
  name: 'ENet 1.3.17 (C)',
  missing: enetMissing,

  async receive(bindHost) {
    const program = startEnetProgram(source, ['receive', bindHost]);
    return {
      port: Number(await program.line()),
      async finish() {
        const arrivedAtMs = JSON.parse((await program.line()) ?? '[]') as readonly number[];
        return { arrivedAtMs, stateMs: [] };
      },
    };
  },

  async send({ host, port }, messageBytes, startAtMs, durationMs) {
    const args = [host, port, messageBytes, startAtMs, durationMs].map(String);
    const program = startEnetProgram(source, ['send', ...args]);
    const line = await program.line();
    await program.ended();
    if (line === undefined) throw new Error('ENet could not connect');
    const { startedAtMs } = JSON.parse(line) as { readonly startedAtMs: number };
    return { startedAtMs, statesSent: 0 };
  },
};
