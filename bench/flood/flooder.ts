// The flooder of `flood.ts`: AUTH datagrams at an even rate from many addresses of 127.0.0.0/8,
// a third each with a wrong gate MAC, with a true one around noise, and recorded.

import { fromHex } from '../../src/base/bytes.ts';
import { encodeAuth1 } from '../../src/codec/paperclip/auth.ts';
import { createSodiumCrypto } from '../../src/driver/crypto-sodium.ts';
import { type DatagramPort, datagramAddress } from '../../src/driver/datagram-network.ts';
import { fastestUdpNetwork } from '../../src/driver/udp-batch.ts';
import { protocolIdOf } from '../../src/protocol/paperclip/endpoint-output.ts';
import { derivedGate, sealGate } from '../../src/protocol/paperclip/gate.ts';

export interface FloodOrder {
  readonly port: number;
  readonly publicKey: string;
  readonly recordedAuth1: string;
  readonly perSecond: number;
  readonly durationMs: number;
}

const addressCount = 100;
/** Different ones, so that a host cannot tell a flood by its bytes. */
const madeCount = 999;
const catchUpMs = 5;

const crypto = createSodiumCrypto();

function auth1s({ publicKey, recordedAuth1 }: FloodOrder): readonly Uint8Array[] {
  const gate = derivedGate(crypto, fromHex(publicKey)!);
  const recorded = fromHex(recordedAuth1)!;
  return Array.from({ length: madeCount }, (_, i) => {
    if (i % 3 === 2) return recorded;
    const made = encodeAuth1({
      suite: 1,
      gateId: gate.id,
      protocolId: protocolIdOf(crypto, 'paperclip'),
      clientConnectionId: i + 1,
      noiseMessage: crypto.randomBytes(500),
    });
    sealGate(crypto, gate, made);
    return i % 3 === 1 ? made : made.with(1_170, made[1_170]! ^ 1);
  });
}

async function openPorts(): Promise<readonly DatagramPort[]> {
  const network = await fastestUdpNetwork();
  return Promise.all(
    Array.from({ length: addressCount }, (_, i) => {
      // Any address of loopback may be had on Linux; elsewhere it is one address with many ports.
      const host = process.platform === 'linux' ? `127.1.0.${i + 1}` : '127.0.0.1';
      return network.bind({ host, port: 0 }, () => {});
    }),
  );
}

/**
 * Says how many were sent. A flooder that the machine held up makes up for a few milliseconds and
 * no more: a burst of all that it missed would be another attack than an even rate.
 */
async function flood(order: FloodOrder): Promise<number> {
  const datagrams = auth1s(order);
  const ports = await openPorts();
  const to = datagramAddress('127.0.0.1', order.port);
  const startMs = performance.now();
  const burstMax = Math.ceil((catchUpMs / 1_000) * order.perSecond);
  let sent = 0;
  let missed = 0;
  for (;;) {
    const elapsedMs = performance.now() - startMs;
    if (elapsedMs >= order.durationMs) break;
    const due = Math.floor((elapsedMs / 1_000) * order.perSecond) - missed;
    missed += Math.max(0, due - sent - burstMax);
    const until = Math.min(due, sent + burstMax);
    while (sent < until) {
      // A few in a row from each address, then the next one's turn.
      const port = ports[Math.floor(sent / 8) % ports.length]!;
      const datagram = datagrams[sent % datagrams.length]!;
      port.send(datagram, datagram.length, to);
      sent++;
    }
    for (const port of ports) port.flush?.();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(ports.map((port) => port.close()));
  return sent;
}

process.on('message', async (order: FloodOrder) => {
  process.send?.(await flood(order));
});
process.on('disconnect', () => process.exit());
