// One end of one run, in a process of its own, so that its CPU time is its own. The parent speaks
// over the IPC channel: see `transport.ts`.

import { datagram } from './datagram.ts';
import { paperclip } from './paperclip.ts';
import type { Peer } from './peer.ts';
import { websocket } from './websocket.ts';

export const peers: readonly Peer[] = [datagram, websocket, paperclip];

export type Order =
  | { readonly do: 'receive'; readonly peer: string }
  | { readonly do: 'report' }
  | {
      readonly do: 'send';
      readonly peer: string;
      readonly address: unknown;
      readonly bytes: number;
      readonly durationMs: number;
    };

export type Reply =
  | { readonly reply: 'ready'; readonly address: unknown }
  | {
      readonly reply: 'received';
      readonly count: number;
      readonly ms: number;
      readonly cpuUs: number;
    }
  | {
      readonly reply: 'sent';
      readonly count: number;
      readonly cpuUs: number;
      readonly wire: Readonly<Record<string, number>>;
    };

const peerNamed = (name: string): Peer => {
  const peer = peers.find((one) => one.name === name);
  if (peer === undefined) throw new Error(`no peer ${name}`);
  return peer;
};

const tell = (reply: Reply): void => {
  process.send?.(reply);
};

const cpuUsSince = (start: NodeJS.CpuUsage): number => {
  const used = process.cpuUsage(start);
  return used.user + used.system;
};

function receive(name: string): void {
  let count = 0;
  let firstMs = 0;
  let lastMs = 0;
  let cpu = process.cpuUsage();
  const receiver = peerNamed(name).receive((more) => {
    if (count === 0) {
      firstMs = performance.now();
      cpu = process.cpuUsage();
    }
    // The clock is read now and then: at a million messages a second it would be the benchmark.
    if ((count & 63) === 0) lastMs = performance.now();
    count += more;
  });
  process.on('message', (order: Order) => {
    if (order.do !== 'report') return;
    tell({ reply: 'received', count, ms: lastMs - firstMs, cpuUs: cpuUsSince(cpu) });
    void receiver.then((one) => one.close()).then(() => process.disconnect?.());
  });
  void receiver.then((one) => tell({ reply: 'ready', address: one.address }));
}

async function send(order: Extract<Order, { do: 'send' }>): Promise<void> {
  const cpu = process.cpuUsage();
  const report = await peerNamed(order.peer).send(order.address, order.bytes, order.durationMs);
  tell({ reply: 'sent', count: report.sent, cpuUs: cpuUsSince(cpu), wire: report.wire });
  process.disconnect?.();
}

if (process.send !== undefined) {
  process.once('message', (order: Order) => {
    if (order.do === 'receive') receive(order.peer);
    else if (order.do === 'send') void send(order);
  });
}
