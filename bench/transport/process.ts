// One end of one run, in a process of its own, so that its CPU time is its own. The parent speaks
// over the IPC channel: see `transport.ts`.

import { datagram } from './datagram.ts';
import { enet } from './enet.ts';
import { paperclip } from './paperclip.ts';
import { cpuUsSince, type Peer, type ReceiveReport } from './peer.ts';
import { websocket } from './websocket.ts';

export const peers: readonly Peer[] = [datagram, websocket, enet, paperclip];

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
  | ({ readonly reply: 'received' } & ReceiveReport)
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

async function receive(name: string): Promise<void> {
  const receiver = await peerNamed(name).receive();
  process.on('message', (order: Order) => {
    if (order.do !== 'report') return;
    void receiver.finish().then((report) => {
      tell({ reply: 'received', ...report });
      process.disconnect?.();
    });
  });
  tell({ reply: 'ready', address: receiver.address });
}

async function send(order: Extract<Order, { do: 'send' }>): Promise<void> {
  const cpu = process.cpuUsage();
  const report = await peerNamed(order.peer).send(order.address, order.bytes, order.durationMs);
  const cpuUs = report.cpuUs ?? cpuUsSince(cpu);
  tell({ reply: 'sent', count: report.sent, cpuUs, wire: report.wire });
  process.disconnect?.();
}

if (process.send !== undefined) {
  process.once('message', (order: Order) => {
    if (order.do === 'receive') void receive(order.peer);
    else if (order.do === 'send') void send(order);
  });
}
