// The result of the bulk benchmark, and how it is shown.

import type { Machine } from '../harness/machine.ts';
import type { Distribution } from '../harness/statistics.ts';
import { linePlot, type Series } from '../harness/svg-plot.ts';
import { figure, markdownTable, percent } from '../harness/table.ts';

export interface Flow {
  readonly peer: string;
  /** Whole messages that arrived. */
  readonly messages: number;
  /** From the first byte handed over to the first message whole; undefined: it never was. */
  readonly firstMessageMs?: number;
  /**
   * Bytes of messages per second from the first whole message to the last; where there were no two,
   * bytes of UDP payload or IP packets.
   */
  readonly bytesPerS: number;
  /** Of all flows' bytes on the wire, from `shareFromMs` on. */
  readonly share: number;
  readonly state?: {
    readonly sent: number;
    readonly arrived: number;
    readonly oneWayMs: Distribution;
  };
  /** Megabits per second on the wire, per interval. */
  readonly mbits: readonly number[];
}

export interface BulkRun {
  readonly name: string;
  readonly place: 'relay' | 'namespaces';
  readonly loss: number;
  readonly flows: readonly Flow[];
  /** Of the path's rate, with headers, from `shareFromMs` on. */
  readonly pathUse: number;
  readonly queueMs: readonly number[];
  /** Longest wait in the queue in all but one of 100 intervals of the same time. */
  readonly queueMsP99: number;
  readonly relayLateMs: { readonly mean: number; readonly max: number };
}

export interface BulkResult {
  readonly benchmark: 'bulk';
  readonly machine: Machine;
  readonly messageBytes: number;
  readonly mbits: number;
  readonly roundTripMs: number;
  readonly queueBytes: number;
  readonly intervalMs: number;
  /** The flows' shares are taken from here on, when the last one has had time to start. */
  readonly shareFromMs: number;
  readonly runs: readonly BulkRun[];
}

interface Row {
  readonly run: BulkRun;
  readonly flow: Flow;
}

export function bulkTable(result: BulkResult): string {
  const rows = result.runs.flatMap((run) => run.flows.map((flow): Row => ({ run, flow })));
  const pathBytesPerS = (result.mbits * 1e6) / 8;
  return markdownTable<Row>(
    [
      { head: 'run', cell: ({ run }) => run.name },
      { head: 'loss', cell: ({ run }) => percent(run.loss) },
      { head: 'flow', cell: ({ flow }) => flow.peer },
      { head: '16 MiB whole after, s', cell: ({ flow }) => seconds(flow.firstMessageMs) },
      { head: 'then MB/s', cell: ({ flow }) => figure(flow.bytesPerS / 1e6) },
      { head: 'of the path', cell: ({ flow }) => percent(flow.bytesPerS / pathBytesPerS) },
      { head: 'share of flows', cell: ({ flow }) => percent(flow.share) },
      { head: 'wire used', cell: ({ run }) => percent(run.pathUse) },
      { head: 'queue p99, ms', cell: ({ run }) => figure(run.queueMsP99) },
      { head: 'state p50, ms', cell: ({ flow }) => figure(flow.state?.oneWayMs.p50) },
      { head: 'state p99', cell: ({ flow }) => figure(flow.state?.oneWayMs.p99) },
      { head: 'state arrived', cell: ({ flow }) => percent(arrivedShare(flow)) },
    ],
    rows,
  );
}

/** Megabits per second over time of each flow of a run. */
export function bulkPlot({ intervalMs, mbits }: BulkResult, run: BulkRun): string {
  return linePlot({
    title: `${run.name}, ${percent(run.loss)} loss`,
    x: { label: 'seconds', min: 0 },
    y: { label: 'Mbit/s', min: 0, max: 1.2 * mbits },
    marks: [{ at: mbits, text: 'the path' }],
    series: run.flows.map(
      ({ peer, mbits: own }, i): Series => ({
        name: run.flows.findIndex((other) => other.peer === peer) < i ? `${peer} (2nd)` : peer,
        points: smooth(own).map((value, at) => [(at * intervalMs) / 1000, value] as const),
      }),
    ),
  });
}

/** What waits in the queue over time, of the runs named. */
export function queuePlot({ intervalMs }: BulkResult, runs: readonly BulkRun[]): string {
  return linePlot({
    title: 'Longest wait in the bottleneck queue, one connection without loss',
    x: { label: 'seconds', min: 0 },
    y: { label: 'ms', min: 0 },
    series: runs.map(({ name, flows, queueMs }) => ({
      name: `${flows[0]?.peer} ${/\(.*\)/.exec(name)?.[0] ?? ''}`.trim(),
      points: queueMs.map((ms, at) => [(at * intervalMs) / 1000, ms] as const),
    })),
  });
}

const seconds = (ms: number | undefined): string =>
  ms === undefined ? 'never' : figure(ms / 1000);

const arrivedShare = ({ state }: Flow): number | undefined =>
  state === undefined ? undefined : state.arrived / state.sent;

/** Means over five intervals: one interval alone shows the pacing and the relay's turns. */
function smooth(values: readonly number[]): readonly number[] {
  return values.map((_, at) => {
    const near = values.slice(Math.max(0, at - 2), at + 3);
    return near.reduce((total, value) => total + value, 0) / near.length;
  });
}
