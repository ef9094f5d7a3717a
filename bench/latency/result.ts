// The result of the latency benchmark, and how it is shown.

import type { Machine } from '../harness/machine.ts';
import { curveShares, type Distribution } from '../harness/statistics.ts';
import { linePlot, type Series } from '../harness/svg-plot.ts';
import { figure, markdownTable, percent } from '../harness/table.ts';
import type { Load } from './peer.ts';

export interface LatencyRow {
  readonly place: 'relay' | 'namespaces';
  readonly peer: string;
  readonly promise: string;
  /** Share of datagrams lost, each way. */
  readonly loss: number;
  readonly oneWayMs: Distribution;
  /** Messages that count: sent, and of those arrived. */
  readonly sent: number;
  readonly arrived: number;
  /** Bytes of UDP payload (or IP packets) in the direction of the messages, per message. */
  readonly wireBytesPerMessage: number;
  /** Bytes of copies beside the first, of all bytes sent; undefined: it has none. */
  readonly redundantShare?: number;
  /** The same per connection and second, which is what has a budget. */
  readonly redundantBytesPerS?: number;
  /** How late the relay put out datagrams, milliseconds. */
  readonly relayLateMs: { readonly mean: number; readonly max: number };
}

export interface LatencyResult {
  readonly benchmark: 'latency';
  readonly machine: Machine;
  readonly load: Load;
  readonly roundTripMs: number;
  readonly rows: readonly LatencyRow[];
}

export function latencyTable({ rows }: LatencyResult): string {
  return markdownTable<LatencyRow>(
    [
      { head: 'loss each way', cell: ({ loss }) => percent(loss) },
      { head: '', cell: ({ peer, place }) => `${peer}${place === 'relay' ? '' : ' (namespaces)'}` },
      { head: 'p50, ms', cell: ({ oneWayMs }) => figure(oneWayMs.p50) },
      { head: 'p90', cell: ({ oneWayMs }) => figure(oneWayMs.p90) },
      { head: 'p99', cell: ({ oneWayMs }) => figure(oneWayMs.p99) },
      { head: 'p99.9', cell: ({ oneWayMs }) => figure(oneWayMs.p999) },
      { head: 'max', cell: ({ oneWayMs }) => figure(oneWayMs.max) },
      { head: 'messages', cell: ({ arrived }) => arrived.toLocaleString('en') },
      { head: 'bytes each', cell: ({ wireBytesPerMessage }) => figure(wireBytesPerMessage) },
      { head: 'of those redundant', cell: ({ redundantShare }) => percent(redundantShare) },
      { head: 'redundant bytes/s', cell: ({ redundantBytesPerS }) => figure(redundantBytesPerS) },
      { head: 'path late, ms at most', cell: ({ relayLateMs }) => figure(relayLateMs.max) },
    ],
    rows,
  );
}

/** One-way time by share of messages at the worst loss of the run. */
export function latencyPlot({ rows, load }: LatencyResult): string {
  const worst = Math.max(...rows.map(({ loss }) => loss));
  const shown = rows.filter(({ loss, place }) => loss === worst && place === 'relay');
  return linePlot({
    title: `One-way time of ${load.bytes}-byte reliable messages at ${load.hz} Hz, ${percent(worst)} loss each way`,
    x: {
      label: 'share of messages that arrived sooner',
      ticks: [0.5, 0.9, 0.99, 0.999, 0.9999].map((share) => ({
        at: nines(share),
        text: `${rounded(100 * share)}%`,
      })),
    },
    y: { label: 'ms', min: 0 },
    series: shown.map(
      ({ peer, oneWayMs }): Series => ({
        name: peer,
        points: oneWayMs.curve.map((ms, i) => [nines(curveShares[i]!), ms] as const),
      }),
    ),
  });
}

/** 0.9 is 1, 0.99 is 2 and so on. */
const nines = (share: number): number => -Math.log10(1 - share);
const rounded = (value: number): number => Math.round(value * 1000) / 1000;
