// A bad network path of two directions, in whatever time it is told: two of the simulator's links,
// and with each datagram a header of 28 bytes. On a real path the IP and UDP headers take that
// room, so they are counted against rate and queue; here they carry whose datagram it is and when
// it came, which gives each flow its share over time and the delay in the queue.
//
// It knows no sockets: the relays beside it do.

import { seededRandom } from '../../src/base/prng.ts';
import {
  type LinkConditions,
  type LinkCounts,
  SimulatedLink,
} from '../../src/testing/simulated-link.ts';

export type Direction = 'toHost' | 'toClient';

export type PathConditions = Readonly<Record<Direction, LinkConditions>> & {
  readonly seed: number;
};

/** What one flow got through, in one direction. Indexes are intervals of `intervalMs`. */
export interface FlowReport {
  readonly name: string;
  readonly sentDatagrams: number;
  readonly sentBytes: number;
  readonly deliveredBytes: number;
  readonly deliveredPerInterval: readonly number[];
}

export interface DirectionReport extends LinkCounts {
  readonly flows: readonly FlowReport[];
  /** Longest wait in the bottleneck's queue in each interval, milliseconds. */
  readonly queueMsPerInterval: readonly number[];
}

export interface PathReport {
  readonly intervalMs: number;
  readonly toHost: DirectionReport;
  readonly toClient: DirectionReport;
}

export const pathHeaderBytes = 28;
export const intervalMs = 100;
/** Ten minutes of intervals; a benchmark that runs longer piles the rest onto the last. */
const intervalsMax = 6_000;
export const flowsMax = 16_384;
const datagramBytesMax = 65_535;

interface Flow {
  sentDatagrams: number;
  sentBytes: number;
  deliveredBytes: number;
  readonly perInterval: number[];
}

interface Side {
  readonly link: SimulatedLink;
  readonly flows: Flow[];
  readonly queueMs: number[];
}

export interface Delivered {
  readonly flow: number;
  /** With the path's header before it. */
  readonly bytes: Uint8Array;
  readonly dueMs: number;
}

export class ImpairedPath {
  readonly #sides: Readonly<Record<Direction, Side>>;
  readonly #names: string[] = [];
  readonly #scratch = new Uint8Array(pathHeaderBytes + datagramBytesMax);
  readonly #header = new DataView(this.#scratch.buffer, 0, pathHeaderBytes);
  readonly #startMs: number;

  constructor(conditions: PathConditions, nowMs: number) {
    const side = (direction: Direction): Side => ({
      link: new SimulatedLink(seededRandom(direction, conditions.seed), {
        // Ethernet's, since here the headers count.
        mtuBytes: 1_500,
        ...conditions[direction],
      }),
      flows: [],
      queueMs: [],
    });
    this.#sides = { toHost: side('toHost'), toClient: side('toClient') };
    this.#startMs = nowMs;
  }

  /** The number of a new flow; the path's conditions are shared by all of them. */
  addFlow(name: string): number {
    for (const side of Object.values(this.#sides)) {
      side.flows.push({ sentDatagrams: 0, sentBytes: 0, deliveredBytes: 0, perInterval: [] });
    }
    return this.#names.push(name) - 1;
  }

  get flowCount(): number {
    return this.#names.length;
  }

  /** When the next datagram comes out on either side. */
  get nextAtMs(): number {
    return Math.min(this.#sides.toHost.link.nextAtMs, this.#sides.toClient.link.nextAtMs);
  }

  send(
    direction: Direction,
    nowMs: number,
    flow: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    const { link, flows } = this.#sides[direction];
    const counts = flows[flow]!;
    counts.sentDatagrams++;
    counts.sentBytes += end - start;
    this.#header.setUint32(0, flow);
    this.#header.setFloat64(4, nowMs);
    this.#scratch.set(bytes.subarray(start, end), pathHeaderBytes);
    link.send(nowMs, this.#scratch, pathHeaderBytes + end - start);
  }

  /** The next datagram that has come through by `nowMs`. */
  receive(direction: Direction, nowMs: number): Delivered | undefined {
    const { link, flows, queueMs } = this.#sides[direction];
    const dueMs = link.nextAtMs;
    const bytes = link.receive(nowMs);
    if (bytes === undefined) return undefined;
    const header = new DataView(bytes.buffer, bytes.byteOffset, pathHeaderBytes);
    const flow = header.getUint32(0);
    const counts = flows[flow]!;
    const interval = this.#intervalOf(dueMs);
    counts.deliveredBytes += bytes.length - pathHeaderBytes;
    add(counts.perInterval, interval, bytes.length - pathHeaderBytes);
    const waitedMs = dueMs - header.getFloat64(4) - (link.conditions.delayMs ?? 0);
    while (queueMs.length <= interval) queueMs.push(0);
    queueMs[interval] = Math.max(queueMs[interval]!, waitedMs);
    return { flow, bytes, dueMs };
  }

  report(): PathReport {
    const of = (direction: Direction): DirectionReport => {
      const { link, flows, queueMs } = this.#sides[direction];
      return {
        ...link.counts,
        flows: flows.map(({ perInterval, ...counts }, i) => ({
          name: this.#names[i]!,
          ...counts,
          deliveredPerInterval: [...perInterval],
        })),
        queueMsPerInterval: queueMs.map((ms) => Math.round(10 * ms) / 10),
      };
    };
    return { intervalMs, toHost: of('toHost'), toClient: of('toClient') };
  }

  #intervalOf(atMs: number): number {
    return Math.min(intervalsMax - 1, Math.floor((atMs - this.#startMs) / intervalMs));
  }
}

function add(list: number[], at: number, value: number): void {
  while (list.length <= at) list.push(0);
  list[at]! += value;
}
