// Where the two ends of a benchmark run, seen from the program that starts them: both on loopback
// with the proxy's relay between their ports, or in two network namespaces with the proxy between.

import { Child, type StartOptions } from '../harness/calls.ts';
import type { ProxyCalls } from '../impairment-proxy.ts';
import type { PathConditions } from './impaired-path.ts';
import { tunMissing } from './tun-relay.ts';
import type { RelayReport } from './udp-relay.ts';

export interface HostAndPort {
  readonly host: string;
  readonly port: number;
}

export interface Place {
  /** The address that hosts bind. */
  readonly bindHost: string;
  readonly client: StartOptions;
  readonly host: StartOptions;
  /** How clients reach the port of a host; `name` is what its flows are called. */
  reach(name: string, port: number): Promise<HostAndPort>;
  report(): Promise<RelayReport>;
  close(): Promise<void>;
}

const startProxy = () => new Child<ProxyCalls>(new URL('../impairment-proxy.ts', import.meta.url));

/** UDP only. */
export async function loopbackPlace(conditions: PathConditions): Promise<Place> {
  const proxy = startProxy();
  await proxy.call('openUdp', conditions);
  return {
    bindHost: '127.0.0.1',
    client: {},
    host: {},
    async reach(name, port) {
      return { host: '127.0.0.1', port: await proxy.call('enter', { name, port }) };
    },
    report: () => proxy.call('report', undefined),
    close: () => ended(proxy),
  };
}

/** IP packets, so TCP as well, with the named congestion control. See `namespacesMissing`. */
export async function namespacePlace(conditions: PathConditions, tcp: string): Promise<Place> {
  const proxy = startProxy();
  const { client, host, hostAddress } = await proxy.call('openTun', { conditions, tcp });
  return {
    bindHost: hostAddress,
    client: { namespace: client },
    host: { namespace: host },
    reach: (_name, port) => Promise.resolve({ host: hostAddress, port }),
    report: () => proxy.call('report', undefined),
    close: () => ended(proxy),
  };
}

/** Why there can be no `namespacePlace` on this machine. */
export const namespacesMissing = tunMissing;

async function ended(proxy: Child<ProxyCalls>): Promise<void> {
  await proxy.call('close', undefined);
  await proxy.end();
}
