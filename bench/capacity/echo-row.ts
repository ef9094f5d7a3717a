// From what a host and its load generator report to a row of the table, and from the rows of
// several rounds to one.

import { type Distribution, median, rounded } from '../harness/statistics.ts';
import type { UseReport } from './calls.ts';
import type { EchoReport } from './load.ts';
import type { Datagrams, EchoRow, Memory } from './result.ts';

export interface EchoRun {
  readonly server: string;
  readonly connections: number;
  readonly report: EchoReport;
  /** Of the host, before the warm-up and after the last echo. */
  readonly start: UseReport;
  readonly end: UseReport;
  readonly memory: Memory | undefined;
}

export function echoRow({ server, connections, report, start, end, memory }: EchoRun): EchoRow {
  const { sent, echoed, warmUpSent, warmUpEchoed, roundTripMs, cpuUs, elapsedMs } = report;
  const hostCpuUs = end.cpuUs - start.cpuUs;
  // The host's time holds the warm-up too, which is as much work per message. A host that is behind
  // has not done the work for all that was sent.
  const allEchoed = echoed + warmUpEchoed;
  const datagrams = datagramsPer(allEchoed, start, end);
  return {
    server,
    connections,
    sent,
    echoed,
    sentPerS: Math.round((1000 * sent) / elapsedMs),
    roundTripMs,
    hostCpuUsPerEcho: rounded(hostCpuUs / allEchoed, 2),
    hostBusy: rounded((hostCpuUs / 1000 / elapsedMs) * (sent / (sent + warmUpSent)), 3),
    generatorBusy: rounded(cpuUs / 1000 / elapsedMs, 3),
    ...(memory && { memory }),
    ...(datagrams && { datagrams }),
  };
}

/** Per connection; undefined of a host that does not say. */
export function memoryPer(count: number, before: UseReport, after: UseReport): Memory | undefined {
  if (after.rssBytes === undefined) return undefined;
  const per = (name: keyof Memory) =>
    Math.round(((after[name] ?? 0) - (before[name] ?? 0)) / count);
  return {
    rssBytes: per('rssBytes'),
    heapBytes: per('heapBytes'),
    externalBytes: per('externalBytes'),
  };
}

/** Each figure is the median of its own; what was measured once stays as it is. */
export function medianRow(rows: readonly EchoRow[]): EchoRow {
  const [first] = rows;
  if (first === undefined) throw new RangeError('rows: at least one');
  const middle = (of: (row: EchoRow) => number | undefined): number =>
    median(rows.map((row) => of(row) ?? Number.NaN));
  const { memory, datagrams } = first;
  return {
    server: first.server,
    connections: first.connections,
    sent: middle((row) => row.sent),
    echoed: middle((row) => row.echoed),
    sentPerS: middle((row) => row.sentPerS),
    roundTripMs: medianDistribution(rows.map(({ roundTripMs }) => roundTripMs)),
    hostCpuUsPerEcho: middle((row) => row.hostCpuUsPerEcho),
    hostBusy: middle((row) => row.hostBusy),
    generatorBusy: middle((row) => row.generatorBusy),
    ...(memory && {
      memory: {
        rssBytes: middle((row) => row.memory?.rssBytes),
        heapBytes: middle((row) => row.memory?.heapBytes),
        externalBytes: middle((row) => row.memory?.externalBytes),
      },
    }),
    ...(datagrams && {
      datagrams: {
        inPerEcho: middle((row) => row.datagrams?.inPerEcho),
        outPerEcho: middle((row) => row.datagrams?.outPerEcho),
        bytesOut: middle((row) => row.datagrams?.bytesOut),
      },
    }),
  };
}

function medianDistribution(all: readonly Distribution[]): Distribution {
  const middle = (of: (one: Distribution) => number | undefined): number =>
    median(all.map((one) => of(one) ?? Number.NaN));
  return {
    count: middle(({ count }) => count),
    p50: middle(({ p50 }) => p50),
    p90: middle(({ p90 }) => p90),
    p99: middle(({ p99 }) => p99),
    p999: middle(({ p999 }) => p999),
    max: middle(({ max }) => max),
    curve: all[0]?.curve.map((_, i) => middle(({ curve }) => curve[i])) ?? [],
  };
}

function datagramsPer(
  echoes: number,
  { traffic: from }: UseReport,
  { traffic: to }: UseReport,
): Datagrams | undefined {
  if (from === undefined || to === undefined) return undefined;
  const out = to.datagramsOut - from.datagramsOut;
  return {
    inPerEcho: rounded((to.datagramsIn - from.datagramsIn) / echoes, 3),
    outPerEcho: rounded(out / echoes, 3),
    bytesOut: rounded((to.bytesOut - from.bytesOut) / out, 1),
  };
}
