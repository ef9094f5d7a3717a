// The host of `flood.ts`: it echoes, and says how it is.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { toHex } from '../../src/base/bytes.ts';
import { type HandshakeLoad, type Listener, listen } from '../../src/driver/index.ts';
import { floodChannels } from './channels.ts';

export interface HostReport {
  readonly cpuPercent: number;
  readonly loopP99Ms: number;
  readonly datagramsIn: number;
  readonly heapBytes: number;
  readonly residentBytes: number;
  readonly links: number;
  readonly load: HandshakeLoad;
  readonly refused: Readonly<Record<string, number>>;
}

type Order = { readonly do: 'listen' | 'begin' | 'report' };

let listener: Listener | undefined;
let links = 0;
const delay = monitorEventLoopDelay({ resolution: 1 });
let start = snapshot();

function snapshot() {
  return {
    atMs: performance.now(),
    cpu: process.cpuUsage(),
    traffic: listener?.traffic(),
    refusals: listener?.refusals() ?? {},
  };
}

async function begin() {
  listener = await listen({ port: 0, channels: floodChannels });
  listener.onLink = (link) => {
    links++;
    link.onMessage = (channel, message) => link.send(channel, message);
    link.onEnd = () => {
      links--;
    };
  };
  return { port: listener.address.port, publicKey: toHex(listener.publicKey) };
}

function report(): HostReport {
  const { user, system } = process.cpuUsage(start.cpu);
  const loopP99Ms = delay.percentile(99) / 1e6;
  const load = listener!.handshakeLoad();
  const refusals = Object.entries(listener!.refusals());
  const refused = refusals
    .map(([reason, count]) => [reason, count - (start.refusals[reason] ?? 0)] as const)
    .filter(([, count]) => count > 0);
  const datagramsIn = listener!.traffic().datagramsIn - (start.traffic?.datagramsIn ?? 0);
  const cpuPercent = (user + system) / 10 / (performance.now() - start.atMs);
  globalThis.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  return {
    ...{ cpuPercent, loopP99Ms, datagramsIn, links, load },
    ...{ heapBytes: heapUsed, residentBytes: rss, refused: Object.fromEntries(refused) },
  };
}

process.on('message', async (order: Order) => {
  if (order.do === 'listen') process.send?.(await begin());
  else if (order.do === 'report') process.send?.(report());
  else {
    delay.enable();
    delay.reset();
    start = snapshot();
    process.send?.(true);
  }
});
process.on('disconnect', () => process.exit());
