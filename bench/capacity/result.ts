// The result of the capacity benchmark, and how it is shown.

import type { Machine } from '../harness/machine.ts';
import type { Distribution } from '../harness/statistics.ts';
import { curveShares } from '../harness/statistics.ts';
import { linePlot, type Series } from '../harness/svg-plot.ts';
import { figure, markdownTable, percent } from '../harness/table.ts';
import type { EchoLoad } from './load.ts';

export const serverNames = {
  paperclip: 'paperclip',
  udp: 'UDP alone (C)',
  cipher: 'UDP and the cipher (Node)',
  colyseus: 'Colyseus 0.18',
  colyseusTls: 'Colyseus 0.18 over TLS',
} as const;

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
  /** What the generator came to: less than was asked for where the machine has no more to give. */
  readonly sentPerS?: number;
  readonly roundTripMs: Distribution;
  /** User and system time of the host process. */
  readonly hostCpuUsPerEcho: number;
  /** Of one core. */
  readonly hostBusy: number;
  readonly generatorBusy: number;
  /** Of hosts that have connections. */
  readonly memory?: Memory;
  /** Of hosts that count them. */
  readonly datagrams?: Datagrams;
}

export interface Datagrams {
  readonly inPerEcho: number;
  readonly outPerEcho: number;
  /** Mean of those out. */
  readonly bytesOut: number;
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
  /** Echoes were measured so many times, and each figure is the median. Absent: once. */
  readonly rounds?: number;
  readonly echo: readonly EchoRow[];
  readonly idle: readonly IdleRow[];
}

export function echoTable({ echo }: CapacityResult): string {
  const besides = echo.filter(({ server }) => server === serverNames.colyseus);
  const timed = echo.some(({ sentPerS }) => sentPerS !== undefined);
  const counted = echo.some(({ datagrams }) => datagrams !== undefined);
  const timesColyseus = ({ connections, hostCpuUsPerEcho }: EchoRow) => {
    const base = besides.find((row) => row.connections === connections);
    return figure(base && hostCpuUsPerEcho / base.hostCpuUsPerEcho);
  };
  return markdownTable<EchoRow>(
    [
      { head: '', cell: ({ server }) => server },
      { head: 'connections', cell: ({ connections }) => connections.toLocaleString('en') },
      ...(timed ? [{ head: 'sent per s', cell: ({ sentPerS }: EchoRow) => figure(sentPerS) }] : []),
      { head: 'echoed', cell: ({ sent, echoed }) => percent(echoed / sent) },
      { head: 'p50, ms', cell: ({ roundTripMs }) => figure(roundTripMs.p50) },
      { head: 'p99, ms', cell: ({ roundTripMs }) => figure(roundTripMs.p99) },
      { head: 'p99.9, ms', cell: ({ roundTripMs }) => figure(roundTripMs.p999) },
      { head: 'CPU per echo, us', cell: ({ hostCpuUsPerEcho }) => figure(hostCpuUsPerEcho) },
      ...(besides.length > 0 ? [{ head: 'times Colyseus', cell: timesColyseus }] : []),
      { head: 'core busy', cell: ({ hostBusy }) => percent(hostBusy) },
      { head: 'generator busy', cell: ({ generatorBusy }) => percent(generatorBusy) },
      { head: 'memory each: RSS, KiB', cell: ({ memory }) => kib(memory?.rssBytes) },
      { head: 'heap and external, KiB', cell: ({ memory }) => kib(memory && ownBytes(memory)) },
      ...(counted ? [{ head: 'datagrams per echo', cell: datagramsText }] : []),
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
    // Those that people would choose between; what is below them would only cover the lines.
    series: echo.filter(isWhole).map(
      ({ server, connections, roundTripMs }): Series => ({
        name: `${server}, ${connections.toLocaleString('en')}`,
        points: roundTripMs.curve.map((ms, i) => [nines(curveShares[i]!), ms] as const),
      }),
    ),
  });
}

const isWhole = ({ server }: EchoRow): boolean =>
  server !== serverNames.udp && server !== serverNames.cipher;
const ownBytes = ({ heapBytes, externalBytes }: Memory): number => heapBytes + externalBytes;
const kib = (bytes: number | undefined): string =>
  figure(bytes === undefined ? undefined : bytes / 1024);
const datagramsText = ({ datagrams }: EchoRow): string =>
  datagrams === undefined
    ? '-'
    : `${figure(datagrams.inPerEcho)} in, ${figure(datagrams.outPerEcho)} out of ` +
      `${figure(datagrams.bytesOut)} bytes`;
