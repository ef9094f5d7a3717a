// The result of the room benchmark, and how it is shown.

import type { Machine } from '../harness/machine.ts';
import type { Distribution } from '../harness/statistics.ts';
import { figure, markdownTable, percent } from '../harness/table.ts';

export interface RoomRow {
  readonly name: string;
  readonly connections: number;
  readonly talkers: number;
  readonly messagesPerS: number;
  /** To all of them together. */
  readonly deliveriesPerS: number;
  /** Of what was to be delivered to those who read. */
  readonly deliveredShare: number;
  /** From a talker to another. */
  readonly latencyMs: Distribution;
  readonly serverCpuUsPerDelivery: number;
  /** Of one core. */
  readonly serverBusy: number;
  /** Connections that the server ended during the run. */
  readonly ended: number;
}

export interface RoomResult {
  readonly benchmark: 'room';
  readonly machine: Machine;
  /** Per connection that is logged in and silent. */
  readonly memory: { readonly rssBytes: number; readonly heapBytes: number };
  readonly loginsPerS: number;
  readonly rows: readonly RoomRow[];
}

export function roomTable({ rows }: RoomResult): string {
  return markdownTable<RoomRow>(
    [
      { head: '', cell: ({ name }) => name },
      { head: 'connections', cell: ({ connections }) => connections.toLocaleString('en') },
      { head: 'talkers', cell: ({ talkers }) => talkers.toLocaleString('en') },
      { head: 'messages per s', cell: ({ messagesPerS }) => figure(messagesPerS) },
      { head: 'deliveries per s', cell: ({ deliveriesPerS }) => figure(deliveriesPerS) },
      { head: 'delivered', cell: ({ deliveredShare }) => percent(deliveredShare) },
      { head: 'p50, ms', cell: ({ latencyMs }) => figure(latencyMs.p50) },
      { head: 'p99, ms', cell: ({ latencyMs }) => figure(latencyMs.p99) },
      { head: 'CPU per delivery, us', cell: (row) => figure(row.serverCpuUsPerDelivery) },
      { head: 'core busy', cell: ({ serverBusy }) => percent(serverBusy) },
      { head: 'cut off', cell: ({ ended }) => String(ended) },
    ],
    rows,
  );
}

export const roomMemoryText = ({ memory, loginsPerS }: RoomResult): string =>
  `Memory per connection that is logged in and silent: ${figure(memory.rssBytes / 1024)} KiB of ` +
  `RSS, ${figure(memory.heapBytes / 1024)} KiB of it heap and external. ` +
  `${figure(loginsPerS)} log-ins per second, each told to all who were there.`;
