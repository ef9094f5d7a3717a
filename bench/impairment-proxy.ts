// The process that carries the datagrams of a benchmark over an impaired path, apart from the
// programs that are measured. `impairment/` has the path and the two ways to stand in it.

import { setPriority } from 'node:os';
import { serve } from './harness/calls.ts';
import type { PathConditions } from './impairment/impaired-path.ts';
import { type Namespaces, TunRelay } from './impairment/tun-relay.ts';
import { type Relay, type RelayReport, UdpRelay } from './impairment/udp-relay.ts';

let relay: UdpRelay | TunRelay | undefined;

const calls = {
  /** A relay between UDP ports of loopback. */
  openUdp(conditions: PathConditions): void {
    relay = new UdpRelay(conditions);
  },

  /** The port that stands for a host's. */
  enter({ name, port }: { readonly name: string; readonly port: number }): Promise<number> {
    if (!(relay instanceof UdpRelay)) throw new Error('there is no relay between UDP ports');
    return relay.enter(name, port);
  },

  /** A path between two new network namespaces. */
  async openTun({
    conditions,
    tcp,
  }: {
    readonly conditions: PathConditions;
    readonly tcp: string;
  }): Promise<Namespaces> {
    const tun = await TunRelay.start(`bench${process.pid}`, conditions, tcp);
    relay = tun;
    // Also when the parent is gone without a word.
    process.once('exit', () => void relay?.close());
    return tun.namespaces;
  },

  report(): RelayReport {
    return running().report();
  },

  async close(): Promise<void> {
    await running().close();
    relay = undefined;
  },
};

export type ProxyCalls = typeof calls;

function running(): Relay {
  if (relay === undefined) throw new Error('no relay is open');
  return relay;
}

try {
  // What it is late by is measured as the peers' lateness, so it goes before them where it may.
  setPriority(-15);
} catch {
  // Not root: the report says how late it was.
}
serve(calls);
