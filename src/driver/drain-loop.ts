// Between a sans-I/O endpoint and the machine: it asks for outputs until there are none, puts the
// datagrams on the wire, hands on the events, and keeps one timer for the next wake-up.
//
// Whoever gave the endpoint an input calls `run` after it; who only queued something calls
// `runSoon`, so that all that one turn of the event loop queues leaves together.

import { performance } from 'node:perf_hooks';
import type { TrafficCounts } from '../protocol/link.ts';
import type { EndpointEvent, EndpointOutput } from '../protocol/paperclip/endpoint-output.ts';
import type { EventOutput } from '../protocol/paperclip/output.ts';
import { addressText, type DatagramAddress, type DatagramPort } from './datagram-network.ts';
import type { ImpairDatagram } from './impairment.ts';

/** Datagrams held back by an impairment at once; past it, they are lost. */
const heldBackMax = 10_000;

export interface TappedDatagram {
  readonly direction: 'in' | 'out';
  /** `dropped` by a simulated loss. */
  readonly fate: 'passed' | 'dropped';
  /** Valid for the time of the call. */
  readonly bytes: Uint8Array;
  /** The other end, such as `127.0.0.1:5001`. */
  readonly address: string;
}

/** Outputs taken in one turn of the event loop; then sockets and other timers have theirs. */
const outputsPerTurnMax = 10_000;

/** Sees every datagram, sealed as it is on the wire. */
export type DatagramTap = (datagram: TappedDatagram) => void;

export interface WireOptions {
  readonly datagramTap?: DatagramTap | undefined;
  readonly impair?: ImpairDatagram | undefined;
}

interface Endpoint {
  /** The next output if it is an event, for which no clock has to be read. */
  pollEvent(nowMs: number): Readonly<EventOutput> | undefined;
  /** How much later than it asked for it was woken; for those who care. */
  handleDelay?(nowMs: number, delayMs: number): void;
  poll(nowMs: number): EndpointOutput<DatagramAddress> | undefined;
  handleTimeout(nowMs: number): void;
  handleDatagram(
    nowMs: number,
    from: DatagramAddress,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void;
}

type EventHandler = (connection: number, event: EndpointEvent<DatagramAddress>) => void;

const noTraffic: TrafficCounts = {
  datagramsIn: 0,
  datagramsOut: 0,
  bytesIn: 0,
  bytesOut: 0,
};

/** The endpoints' clock: monotonic milliseconds. */
export const clockMs = (): number => performance.now();

export class DrainLoop {
  readonly #endpoint: Endpoint;
  #port: DatagramPort;
  readonly #wire: WireOptions;
  readonly #onEvent: EventHandler;
  readonly #onDrained: () => void;
  /** The clock as it was read last. Reading it takes 0.04 us. */
  #nowMs = 0;
  #isRunning = false;
  /** `runSoon` was called by a handler: the end of the run is soon enough. */
  #isSoonDue = false;
  #isStopped = false;
  #soon: NodeJS.Immediate | undefined;
  #late: NodeJS.Immediate | undefined;
  #beforeSoon: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #timerAtMs = Infinity;
  #wakeAtMs = Infinity;
  readonly #traffic = { ...noTraffic };
  readonly #heldBack = new Set<NodeJS.Timeout>();
  /** The datagram before this one said that this one follows at once. */
  #hasMore = false;

  /** `onDrained` is called after each run, when nothing is left to poll. */
  constructor(
    endpoint: Endpoint,
    port: DatagramPort,
    wire: WireOptions,
    onEvent: EventHandler,
    onDrained: () => void,
  ) {
    this.#endpoint = endpoint;
    this.#port = port;
    this.#wire = wire;
    this.#onEvent = onEvent;
    this.#onDrained = onDrained;
  }

  get traffic(): TrafficCounts {
    return { ...this.#traffic };
  }

  /** The time for calls of the endpoint: all take theirs here, so that it never goes back. */
  get nowMs(): number {
    this.#nowMs = clockMs();
    return this.#nowMs;
  }

  /** The same for what the application queues: one reading for all that leaves together. */
  get queueMs(): number {
    return this.#soon === undefined && !this.#isRunning ? this.nowMs : this.#nowMs;
  }

  receive(
    bytes: Uint8Array,
    start: number,
    end: number,
    from: DatagramAddress,
    hasMore = false,
  ): void {
    this.#tap('in', 'passed', bytes, start, end, from);
    this.#traffic.datagramsIn++;
    this.#traffic.bytesIn += end - start;
    // They were all there when the first was taken.
    const nowMs = this.#hasMore ? this.#nowMs : this.nowMs;
    this.#hasMore = hasMore;
    this.#endpoint.handleDatagram(nowMs, from, bytes, start, end);
    // One run for all that came together: one acknowledgement, and one batch of answers. Messages
    // do not wait for it: hundreds held at once would be work for the garbage collector.
    if (hasMore) this.#handEvents();
    else this.run();
  }

  #handEvents(): void {
    if (this.#isRunning || this.#isStopped) return;
    this.#isRunning = true;
    try {
      const endpoint = this.#endpoint;
      let output = endpoint.pollEvent(this.#nowMs);
      for (; output !== undefined; output = endpoint.pollEvent(this.#nowMs)) {
        this.#hand(output.connection, output.event);
      }
    } finally {
      this.#isRunning = false;
    }
  }

  run(): void {
    // Handlers of events send and flush; the loop below finds what they made.
    if (this.#isRunning || this.#isStopped) return;
    this.#isRunning = true;
    try {
      for (let left = outputsPerTurnMax; ; left--) {
        // Handlers that answer each event with the next must not keep out everybody else.
        if (left === 0) {
          this.#schedule();
          return;
        }
        // What leaves is stamped with the time after the handlers before it.
        const output = this.#endpoint.pollEvent(this.#nowMs) ?? this.#endpoint.poll(this.nowMs);
        if (output === undefined) {
          if (!this.#isSoonDue) break;
          this.#isSoonDue = false;
          this.#beforeSoon?.();
        } else if (output.kind === 'transmit')
          this.#transmit(output.bytes, output.length, output.to);
        else if (output.kind === 'event') this.#hand(output.connection, output.event);
        else this.#wakeAtMs = output.atMs;
      }
    } finally {
      this.#isRunning = false;
    }
    this.#port.flush?.();
    this.#armTimer();
    this.#onDrained();
  }

  /** Once per turn of the event loop, or at the end of a run: `before`, then `run`. */
  runSoon(before: () => void): void {
    this.#beforeSoon = before;
    if (this.#isStopped) return;
    // Of datagrams that came together, the last one runs.
    if (this.#isRunning) this.#isSoonDue = true;
    else this.#schedule();
  }

  #schedule(): void {
    this.#soon ??= setImmediate(() => {
      this.#soon = undefined;
      this.#beforeSoon?.();
      this.run();
    });
  }

  /** What leaves from now on leaves there. */
  usePort(port: DatagramPort): void {
    this.#port = port;
  }

  /** The endpoint is not asked or told anything any more. */
  stop(): void {
    this.#isStopped = true;
    clearImmediate(this.#soon);
    clearImmediate(this.#late);
    clearTimeout(this.#timer);
    for (const timer of this.#heldBack) clearTimeout(timer);
    this.#heldBack.clear();
    this.#wakeAtMs = Infinity;
  }

  #hand(connection: number, event: EndpointEvent<DatagramAddress>): void {
    try {
      this.#onEvent(connection, event);
    } catch (error) {
      surface(error);
    }
  }

  #transmit(bytes: Uint8Array, length: number, to: DatagramAddress): void {
    const { impair } = this.#wire;
    const fate = impair === undefined ? 0 : impair(bytes.subarray(0, length));
    const isLost = fate === 'drop' || (fate > 0 && this.#heldBack.size >= heldBackMax);
    this.#tap('out', isLost ? 'dropped' : 'passed', bytes, 0, length, to);
    if (isLost) return;
    this.#traffic.datagramsOut++;
    this.#traffic.bytesOut += length;
    if (fate === 0) {
      this.#port.send(bytes, length, to);
      return;
    }
    const held = bytes.slice(0, length);
    const timer = setTimeout(() => {
      this.#heldBack.delete(timer);
      this.#port.send(held, length, to);
    }, fate);
    this.#heldBack.add(timer);
  }

  #tap(
    direction: 'in' | 'out',
    fate: 'passed' | 'dropped',
    bytes: Uint8Array,
    start: number,
    end: number,
    address: DatagramAddress,
  ): void {
    const { datagramTap } = this.#wire;
    if (datagramTap === undefined) return;
    try {
      datagramTap({
        direction,
        fate,
        bytes: bytes.subarray(start, end),
        address: addressText(address),
      });
    } catch (error) {
      surface(error);
    }
  }

  /** A timer that fires too early is cheaper than a new one for each packet. */
  #armTimer(): void {
    if (this.#isStopped || (this.#timer !== undefined && this.#timerAtMs <= this.#wakeAtMs)) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#wakeAtMs === Infinity) return;
    this.#timerAtMs = this.#wakeAtMs;
    const waitMs = Math.max(0, Math.ceil(this.#wakeAtMs - clockMs()));
    this.#timer = setTimeout(() => this.#wake(), waitMs);
  }

  #wake(): void {
    this.#timer = undefined;
    const nowMs = clockMs();
    // What a timer is late, everything is: the cheapest measure there is of the event loop.
    this.#endpoint.handleDelay?.(nowMs, nowMs - this.#timerAtMs);
    if (nowMs < this.#wakeAtMs) {
      this.#armTimer();
      return;
    }
    // Timers come before sockets in a turn of the event loop. After a stall, acknowledgements that
    // wait in the socket must be heard before what they acknowledge is taken for lost.
    this.#late ??= setImmediate(() => {
      this.#late = undefined;
      const lateMs = this.nowMs;
      if (lateMs < this.#wakeAtMs) return;
      this.#endpoint.handleTimeout(lateMs);
      this.run();
    });
  }
}

/** The application's mistake surfaces as its own, and no link pays for it. */
function surface(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
