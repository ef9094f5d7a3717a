// What the processes of the capacity benchmark answer to: each host and each load generator,
// whatever they speak.

import type { TrafficCounts } from '../../src/protocol/link.ts';
import type { HostUse } from './host-use.ts';
import type { EchoLoad, EchoReport } from './load.ts';

export interface ListenInput {
  readonly connectionsMax: number;
  /** Of a server that can do with and without. */
  readonly overTls: boolean;
}

export interface Ready {
  readonly port: number;
  /** What clients must have of the host: its public key, a secret or an authority; or ''. */
  readonly trust: string;
}

type Time = Pick<HostUse, 'cpuUs' | 'atMs'>;

/** Memory of hosts that have connections, datagrams of those that count them. */
export interface UseReport extends Time, Partial<Omit<HostUse, keyof Time>> {
  readonly links: number;
  readonly traffic?: TrafficCounts;
}

export type HostCalls = {
  listen(input: ListenInput): Promise<Ready>;
  /** With `collect`, after a full collection of garbage. */
  use(collect: boolean): UseReport | Promise<UseReport>;
  /** Of Paperclip's host alone. */
  heapSnapshot(file: string): string;
};

export interface ConnectInput extends Ready {
  readonly count: number;
  readonly atOnce: number;
}

export type LoadCalls = {
  /** Connects until there are `count`, a few at a time. */
  connect(input: ConnectInput): Promise<void>;
  echo(load: EchoLoad): Promise<EchoReport>;
  /** Connections that ended, which none should. */
  ended(): number;
};
