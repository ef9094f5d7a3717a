// An impaired path between UDP programs of this machine: clients are pointed at an entry of the
// relay instead of at their host. Each client address is a flow, with a socket of its own towards
// the host, as behind a router.

import type { DatagramAddress, DatagramPort } from '../../src/driver/datagram-network.ts';
import { fastestUdpNetwork } from '../../src/driver/udp-batch.ts';
import { clockMs } from '../harness/clock.ts';
import {
  type Delivered,
  flowsMax,
  ImpairedPath,
  type PathConditions,
  type PathReport,
  pathHeaderBytes,
} from './impaired-path.ts';
import { PreciseWake } from './precise-wake.ts';

export interface RelayReport extends PathReport {
  /** How much later than due the relay itself put datagrams out: its own error, milliseconds. */
  readonly lateMs: { readonly mean: number; readonly max: number };
}

export interface Relay {
  report(): RelayReport;
  close(): Promise<void>;
}

interface Flow {
  readonly client: DatagramAddress;
  readonly entry: Entry;
  /** Towards the host; undefined until its socket is open. */
  upstream: { readonly port: DatagramPort; readonly peer: DatagramAddress } | undefined;
}

interface Entry {
  readonly port: DatagramPort;
  readonly flows: Map<string, number>;
}

const loopback = '127.0.0.1';

export class UdpRelay implements Relay {
  readonly #path: ImpairedPath;
  readonly #wake: PreciseWake;
  readonly #entries: Entry[] = [];
  readonly #flows: Flow[] = [];
  readonly #late = new Lateness();
  #isClosed = false;

  constructor(conditions: PathConditions) {
    this.#path = new ImpairedPath(conditions, clockMs());
    this.#wake = new PreciseWake(
      () => this.#path.nextAtMs,
      (nowMs) => this.#deliver(nowMs),
    );
  }

  /** A port that leads to the given one. Flows are named `name 1`, `name 2` and so on. */
  async enter(name: string, hostPort: number): Promise<number> {
    const network = await fastestUdpNetwork();
    const flows = new Map<string, number>();
    const port = await network.bind({ host: loopback, port: 0 }, (bytes, start, end, from) => {
      let flow = flows.get(from.key);
      if (flow === undefined) {
        if (this.#path.flowCount >= flowsMax) return;
        flow = this.#path.addFlow(`${name} ${flows.size + 1}`);
        flows.set(from.key, flow);
        this.#flows[flow] = { client: from, entry, upstream: undefined };
        void this.#connect(this.#flows[flow]!, flow, hostPort);
      }
      this.#path.send('toHost', clockMs(), flow, bytes, start, end);
      this.#wake.arm();
    });
    const entry: Entry = { port, flows };
    this.#entries.push(entry);
    return port.local.port;
  }

  report(): RelayReport {
    return { ...this.#path.report(), lateMs: this.#late.report };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#wake.stop();
    const upstreams = this.#flows.flatMap(({ upstream }) => (upstream ? [upstream] : []));
    await Promise.all([...this.#entries, ...upstreams].map(({ port }) => port.close()));
  }

  async #connect(flow: Flow, number: number, hostPort: number): Promise<void> {
    const network = await fastestUdpNetwork();
    const upstream = await network.connect(
      { host: loopback, port: hostPort },
      (bytes, start, end) => {
        this.#path.send('toClient', clockMs(), number, bytes, start, end);
        this.#wake.arm();
      },
    );
    if (this.#isClosed) await upstream.port.close();
    else flow.upstream = upstream;
  }

  #deliver(nowMs: number): void {
    for (let one = this.#path.receive('toHost', nowMs); one !== undefined; ) {
      // A path without delay may deliver before the socket is open: one datagram more is lost.
      const upstream = this.#flows[one.flow]?.upstream;
      if (upstream !== undefined) this.#put(upstream.port, upstream.peer, one, nowMs);
      one = this.#path.receive('toHost', nowMs);
    }
    for (let one = this.#path.receive('toClient', nowMs); one !== undefined; ) {
      const flow = this.#flows[one.flow];
      if (flow !== undefined) this.#put(flow.entry.port, flow.client, one, nowMs);
      one = this.#path.receive('toClient', nowMs);
    }
    for (const { port } of this.#entries) port.flush?.();
    for (const { upstream } of this.#flows) upstream?.port.flush?.();
  }

  #put(port: DatagramPort, to: DatagramAddress, { bytes, dueMs }: Delivered, nowMs: number): void {
    this.#late.add(nowMs - dueMs);
    const datagram = bytes.subarray(pathHeaderBytes);
    port.send(datagram, datagram.length, to);
  }
}

/** How late the relay was, which it adds to what it measures. */
export class Lateness {
  #count = 0;
  #totalMs = 0;
  #maxMs = 0;

  add(ms: number): void {
    this.#count++;
    this.#totalMs += ms;
    if (ms > this.#maxMs) this.#maxMs = ms;
  }

  get report(): RelayReport['lateMs'] {
    return { mean: this.#count === 0 ? 0 : this.#totalMs / this.#count, max: this.#maxMs };
  }
}
