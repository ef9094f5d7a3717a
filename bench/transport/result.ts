// The result of the transport benchmark, and how it is shown.

import type { Machine } from '../harness/machine.ts';
import { median } from '../harness/statistics.ts';
import { barPlot } from '../harness/svg-bars.ts';
import { figure, markdownTable, percent } from '../harness/table.ts';
import { enetName } from './enet.ts';
import type { Peer } from './peer.ts';

export interface TransportRow {
  readonly peer: string;
  readonly kind: Peer['kind'];
  readonly promise: string;
  readonly bytes: number;
  /** That arrived: the median of the rounds. */
  readonly messagesPerS: number;
  /** The same of each round. */
  readonly perRound: readonly number[];
  /** User and system time of each end, per message that arrived. */
  readonly sendCpuUs: number;
  readonly receiveCpuUs: number;
  /** Of those sent. */
  readonly arrived: number;
  readonly wire: Readonly<Record<string, number>>;
}

export interface TransportResult {
  readonly benchmark: 'transport';
  readonly machine: Machine;
  readonly rounds: number;
  readonly durationMs: number;
  readonly rows: readonly TransportRow[];
}

const isEnet = ({ peer }: TransportRow): boolean => peer === enetName;
const isWs = ({ peer }: TransportRow): boolean => peer === 'ws';

export function transportTable({ rows }: TransportResult, kind: Peer['kind']): string {
  const shown = rows.filter((row) => row.kind === kind);
  const against = (row: TransportRow, is: (other: TransportRow) => boolean) => {
    const base = shown.find((other) => other.bytes === row.bytes && is(other));
    // Within a round, since between two of them the machine may have become another.
    return figure(base && median(row.perRound.map((rate, i) => rate / base.perRound[i]!)));
  };
  return markdownTable<TransportRow>(
    [
      { head: 'bytes', cell: ({ bytes }) => bytes.toLocaleString('en') },
      { head: '', cell: ({ peer }) => peer },
      { head: 'promise', cell: ({ promise }) => promise },
      { head: 'messages/s', cell: ({ messagesPerS }) => messagesPerS.toLocaleString('en') },
      { head: 'times ENet', cell: (row) => against(row, isEnet) },
      ...(kind === 'reliable'
        ? [{ head: 'times ws', cell: (row: TransportRow) => against(row, isWs) }]
        : []),
      { head: 'CPU to send, us', cell: ({ sendCpuUs }) => figure(sendCpuUs) },
      { head: 'CPU to receive, us', cell: ({ receiveCpuUs }) => figure(receiveCpuUs) },
      { head: 'arrived', cell: ({ arrived }) => percent(arrived) },
    ],
    shown,
  );
}

/** Messages per second of all peers, one group per size. */
export function transportPlot({ rows }: TransportResult, kind: Peer['kind']): string {
  const shown = rows.filter((row) => row.kind === kind);
  const sizes = [...new Set(shown.map(({ bytes }) => bytes))];
  return barPlot({
    title: `Messages per second over loopback, ${kind}`,
    groups: sizes.map((bytes) => ({
      name: `${bytes.toLocaleString('en')} bytes`,
      bars: shown
        .filter((row) => row.bytes === bytes)
        .map(({ peer, messagesPerS }) => ({ name: peer, value: messagesPerS })),
    })),
  });
}
