// One scenario in virtual time: flows over one bottleneck, each with its controller, and what they
// made of it.

import type { CongestionFactory } from '../../src/protocol/paperclip/congestion.ts';
import { Bottleneck } from '../../src/testing/bottleneck.ts';
import { type ConnectionPair, connectionPair } from '../../src/testing/connection-pair.ts';
import type { LinkConditions } from '../../src/testing/simulated-link.ts';
import { VirtualNetwork } from '../../src/testing/virtual-network.ts';

export interface Flow {
  readonly congestion: CongestionFactory;
  readonly startsAtMs?: number;
  /** Also 64 bytes of unreliable state at 60 Hz. */
  readonly hasGame?: boolean;
  /** No bulk at all. */
  readonly isQuiet?: boolean;
}

export interface Path extends LinkConditions {
  readonly rateBytesPerSecond: number;
  readonly queueBytes: number;
  readonly delayMs: number;
}

export interface FlowResult {
  /** Message bytes that arrived in the measured time, of what the path can carry. */
  readonly share: number;
  /** When its first 16 MiB had arrived, after its start; infinite: later than the run. */
  readonly first16MiBMs: number;
  /** One way, less the path's own delay, ms. */
  readonly gameP50Ms: number;
  readonly gameP99Ms: number;
  readonly lossRate: number;
}

export interface RunResult {
  readonly utilisation: number;
  readonly queueP50Ms: number;
  readonly queueP99Ms: number;
  /** Dropped by the full queue, of all that came to it in the measured time. */
  readonly queueLoss: number;
  readonly flows: readonly FlowResult[];
}

const messageBytes = 32 * 1024;
/** More than any of the paths holds, so that the window decides. */
const queueBytes = 4 * 1024 * 1024;
const bulkChannel = 0;
const gameChannel = 1;

class MeasuredBottleneck extends Bottleneck {
  readonly waits: number[] = [];
  passed = 0;
  dropped = 0;
  isMeasuring = false;

  override pass(nowMs: number, length: number): number | undefined {
    const waitMs = this.waitMs(nowMs);
    const leavesAtMs = super.pass(nowMs, length);
    if (this.isMeasuring) {
      if (leavesAtMs === undefined) this.dropped += 1;
      else {
        this.passed += 1;
        this.waits.push(waitMs);
      }
    }
    return leavesAtMs;
  }
}

class RunningFlow {
  readonly pair: ConnectionPair;
  readonly #network: VirtualNetwork;
  readonly #path: Path;
  readonly #startsAtMs: number;
  readonly gameDelays: number[] = [];
  receivedBytes = 0;
  first16MiBMs = Number.POSITIVE_INFINITY;
  isMeasuring = false;
  #totalBytes = 0;

  constructor(
    network: VirtualNetwork,
    flow: Flow,
    path: Path,
    name: string,
    bottleneck: Bottleneck,
  ) {
    this.#network = network;
    this.#path = path;
    this.#startsAtMs = network.nowMs;
    this.pair = connectionPair({
      network,
      name,
      congestion: flow.congestion,
      channels: {
        bulk: { mode: 'reliable-unordered', messageBytesMax: 16 * 1024 * 1024 },
        game: 'unreliable',
      },
    });
    const { client, host } = this.pair;
    const { rateBytesPerSecond: _rate, queueBytes: _queue, loss = 0, ...way } = path;
    network.link(`client${name}`, `host${name}`).conditions = { ...way, loss, bottleneck };
    network.link(`host${name}`, `client${name}`).conditions = way;
    host.onEvent = (event) => {
      if (event.type !== 'message') return;
      if (event.channel === bulkChannel) this.#onBulk(event.message.length);
      else this.#onGame(event.message);
    };
    client.onEvent = () => {};
    if (!flow.isQuiet) this.#fill();
    if (flow.hasGame) this.#tick();
  }

  result(measuredMs: number): FlowResult {
    const { rateBytesPerSecond } = this.#path;
    const stats = this.pair.client.connection.stats();
    return {
      share: this.receivedBytes / ((rateBytesPerSecond * measuredMs) / 1000),
      first16MiBMs: this.first16MiBMs,
      gameP50Ms: quantile(this.gameDelays, 0.5),
      gameP99Ms: quantile(this.gameDelays, 0.99),
      lossRate: stats.lossRate,
    };
  }

  /** Past the mark of `send`, which is for applications that want to stay reactive. */
  #fill(): void {
    const { client } = this.pair;
    const message = new Uint8Array(messageBytes);
    while (client.connection.memory.queuedBytes < queueBytes) client.send(bulkChannel, message);
    client.flush();
    this.#network.after(10, () => this.#fill());
  }

  #tick(): void {
    const message = new Uint8Array(64);
    new DataView(message.buffer).setFloat64(0, this.#network.nowMs);
    this.pair.client.send(gameChannel, message);
    this.pair.client.flush();
    this.#network.after(1000 / 60, () => this.#tick());
  }

  #onBulk(bytes: number): void {
    this.#totalBytes += bytes;
    if (this.isMeasuring) this.receivedBytes += bytes;
    if (this.#totalBytes >= 16 * 1024 * 1024 && this.first16MiBMs === Number.POSITIVE_INFINITY) {
      this.first16MiBMs = this.#network.nowMs - this.#startsAtMs;
    }
  }

  #onGame(message: Uint8Array): void {
    if (!this.isMeasuring) return;
    const sentAtMs = new DataView(message.buffer, message.byteOffset).getFloat64(0);
    this.gameDelays.push(this.#network.nowMs - sentAtMs - this.#path.delayMs);
  }
}

export function run(
  path: Path,
  flows: readonly Flow[],
  seconds: number,
  warmUpSeconds: number,
  seed = 1,
): RunResult {
  const network = new VirtualNetwork(seed, path);
  const bottleneck = new MeasuredBottleneck(path.rateBytesPerSecond, path.queueBytes);
  const running: RunningFlow[] = [];
  for (const [index, flow] of flows.entries()) {
    network.after(flow.startsAtMs ?? 0, () => {
      running.push(new RunningFlow(network, flow, path, `-${index}`, bottleneck));
    });
  }
  network.runFor(warmUpSeconds * 1000);
  bottleneck.isMeasuring = true;
  for (const flow of running) flow.isMeasuring = true;
  network.runFor((seconds - warmUpSeconds) * 1000);
  const measuredMs = (seconds - warmUpSeconds) * 1000;
  const results = running.map((flow) => flow.result(measuredMs));
  return {
    utilisation: results.reduce((sum, { share }) => sum + share, 0),
    queueP50Ms: quantile(bottleneck.waits, 0.5),
    queueP99Ms: quantile(bottleneck.waits, 0.99),
    queueLoss: bottleneck.dropped / Math.max(1, bottleneck.dropped + bottleneck.passed),
    flows: results,
  };
}

function quantile(values: readonly number[], q: number): number {
  if (values.length === 0) return Number.NaN;
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!;
}
