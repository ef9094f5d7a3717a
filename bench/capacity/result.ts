// The result of the capacity benchmark, and how it is shown.

import type { Machine } from '../harness/machine.ts';
import type { Distribution } from '../harness/statistics.ts';
import { curveShares } from '../harness/statistics.ts';
import { linePlot, type Series } from '../harness/svg-plot.ts';
import { figure, markdownTable, percent } from '../harness/table.ts';
import type { EchoLoad } from './load.ts';

/** Per connection, after a full collection: against the same host before anyone came. */
export interface Memory {
  readonly rssBytes: number;
  readonly heapBytes: number;
  readonly externalBytes: number;
}

export interface EchoRow {
  readonly server: string;
  readonly connections: number;
  readonly sent: number;
  readonly echoed: number;
  readonly roundTripMs: Distribution;
  /** User and system time of the host process. */
  readonly hostCpuUsPerEcho: number;
  /** Of one core. */
  readonly hostBusy: number;
  readonly generatorBusy: number;
  readonly memory: Memory;
}

export interface IdleRow {
  readonly server: string;
  readonly connections: number;
  /** Made per second, the generator included. */
  readonly connectsPerS: number;
  readonly memory: Memory;
  /** Of the host process per second, while nothing is sent but what keeps connections alive. */
  readonly cpuMsPerS: number;
  readonly datagramsPerS?: number;
  /** CPU per second of the same host with nobody connected. */
  readonly emptyCpuMsPerS: number;
}

export interface CapacityResult {
  readonly benchmark: 'capacity';
  readonly machine: Machine;
  readonly load: EchoLoad;
  readonly echo: readonly EchoRow[];
  readonly idle: readonly IdleRow[];
}

export function echoTable({ echo }: CapacityResult): string {
  return markdownTable<EchoRow>(
    [
      { head: '', cell: ({ server }) => server },
      { head: 'connections', cell: ({ connections }) => connections.toLocaleString('en') },
      { head: 'echoed', cell: ({ sent, echoed }) => percent(echoed / sent) },
      { head: 'p50, ms', cell: ({ roundTripMs }) => figure(roundTripMs.p50) },
      { head: 'p99, ms', cell: ({ roundTripMs }) => figure(roundTripMs.p99) },
      { head: 'p99.9, ms', cell: ({ roundTripMs }) => figure(roundTripMs.p999) },
      { head: 'CPU per echo, us', cell: ({ hostCpuUsPerEcho }) => figure(hostCpuUsPerEcho) },
      { head: 'core busy', cell: ({ hostBusy }) => percent(hostBusy) },
      { head: 'generator busy', cell: ({ generatorBusy }) => percent(generatorBusy) },
      { head: 'memory each: RSS, KiB', cell: ({ memory }) => kib(memory.rssBytes) },
      { head: 'heap and external, KiB', cell: ({ memory }) => kib(ownBytes(memory)) },
    ],
    echo,
  );
}

export function idleTable({ idle }: CapacityResult): string {
  return markdownTable<IdleRow>(
    [
      { head: '', cell: ({ server }) => server },
      { head: 'idle connections', cell: ({ connections }) => connections.toLocaleString('en') },
      { head: 'made per second', cell: ({ connectsPerS }) => figure(connectsPerS) },
      { head: 'memory each: RSS, KiB', cell: ({ memory }) => kib(memory.rssBytes) },
      { head: 'heap and external, KiB', cell: ({ memory }) => kib(ownBytes(memory)) },
      { head: 'CPU ms per second', cell: ({ cpuMsPerS }) => figure(cpuMsPerS) },
      { head: 'with nobody', cell: ({ emptyCpuMsPerS }) => figure(emptyCpuMsPerS) },
      { head: 'datagrams per second', cell: ({ datagramsPerS }) => figure(datagramsPerS) },
    ],
    idle,
  );
}

export function echoPlot({ echo, load }: CapacityResult): string {
  const nines = (share: number): number => -Math.log10(1 - share);
  return linePlot({
    title: `Echo of ${load.bytes} bytes at ${load.hz} Hz per connection`,
    x: {
      label: 'share of echoes that were sooner',
      ticks: [0.5, 0.9, 0.99, 0.999, 0.9999].map((share) => ({
        at: nines(share),
        text: `${Math.round(100_000 * share) / 1000}%`,
      })),
    },
    y: { label: 'ms', min: 0 },
    series: echo.map(
      ({ server, connections, roundTripMs }): Series => ({
        name: `${server}, ${connections.toLocaleString('en')}`,
        points: roundTripMs.curve.map((ms, i) => [nines(curveShares[i]!), ms] as const),
      }),
    ),
  });
}

const ownBytes = ({ heapBytes, externalBytes }: Memory): number => heapBytes + externalBytes;
const kib = (bytes: number): string => figure(bytes / 1024);
