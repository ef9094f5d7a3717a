// Starts a host in a worker thread of its own and joins it to the bus, so that a tick never waits
// for a request of the API, nor the other way round. A thread that is stuck in a game's code says
// nothing any more: it is ended here, while it runs and while it drains.

import { MessageChannel, Worker } from 'node:worker_threads';
import { bridgeBus } from '../../bus/memory/bridge.ts';
import type { Log } from '../../contract/telemetry.ts';
import type { Bus } from '../../domain/bus.ts';
import { matchHostLimits } from '../../domain/host/match-host.ts';
import type { Timers } from '../../domain/ports.ts';
import type { HostOptions, RunningHost } from './host.ts';
import type { FromHost, ToHost } from './host-messages.ts';
import type { HostWorkerData } from './host-worker.ts';

// Beside this file, with this file's own extension: `.ts` in the repository, `.js` once built.
const workerUrl = new URL(
  import.meta.url.endsWith('.ts') ? './host-worker.ts' : './host-worker.js',
  import.meta.url,
);

export const hostThreadTimes = {
  /** How often it is looked whether the host has announced itself since. */
  checkEveryMs: 3_000,
  /** Looks in a row without a word, after which the thread is ended. */
  silentChecksMax: 10,
  /** What a drain may take beyond the time for matches and for their records. */
  drainExtraMs: 5_000,
} as const;

/** Rejects when the host cannot start: port taken, a game's module broken. */
export function startHostThread(
  options: HostOptions,
  bus: Bus,
  log: Log,
  timers: Timers,
): Promise<RunningHost> {
  return new HostThread(options, bus, log, timers).started.promise;
}

class HostThread {
  readonly started = Promise.withResolvers<RunningHost>();
  readonly #hostId: string;
  readonly #bus: Bus;
  readonly #log: Log;
  readonly #timers: Timers;
  readonly #worker: Worker;
  readonly #unbridge: () => void;
  readonly #stopListening: () => void;
  readonly #crashed = Promise.withResolvers<Error>();
  readonly #ended = Promise.withResolvers<void>();
  #silentChecks = 0;
  #cancelCheck: () => void;
  #cancelDrainLimit = (): void => undefined;
  #isAsked = false;
  #saidGone = false;

  constructor(options: HostOptions, bus: Bus, log: Log, timers: Timers) {
    this.#hostId = options.hostId;
    this.#bus = bus;
    this.#log = log;
    this.#timers = timers;
    const { port1, port2 } = new MessageChannel();
    this.#unbridge = bridgeBus(port1, bus);
    const data: HostWorkerData = { options, busPort: port2 };
    this.#worker = new Worker(workerUrl, { workerData: data, transferList: [port2] });
    this.#worker.on('error', (error: Error) => this.#exited(error));
    this.#worker.on('exit', (code) =>
      this.#exited(new Error(`host ${options.hostId} exited with ${code}`)),
    );
    this.#worker.on('message', (message: FromHost) => this.#receive(message));
    this.#stopListening = bus.subscribe('host.announce', ({ hostId }) => {
      if (hostId === this.#hostId) this.#silentChecks = 0;
    });
    this.#cancelCheck = this.#checkLater();
  }

  #receive(message: FromHost): void {
    switch (message.type) {
      case 'ready':
        this.started.resolve({
          hostId: this.#hostId,
          port: message.port,
          publicKey: message.publicKey,
          crashed: this.#crashed.promise,
          drain: (graceMs) => this.#drain(graceMs),
        });
        return;
      case 'failed':
        this.#isAsked = true;
        this.started.reject(new Error(message.problem));
        return;
      case 'drained':
        this.#saidGone = true;
        return;
      case 'log':
        this.#log[message.level](message.event, { host: this.#hostId, ...message.fields });
        return;
      default:
        message satisfies never;
    }
  }

  async #drain(graceMs: number): Promise<void> {
    this.#isAsked = true;
    this.#worker.postMessage({ type: 'drain', graceMs } satisfies ToHost);
    const recordsMs = Math.max(graceMs, matchHostLimits.recordAnswerTimeoutMs);
    const limitMs = graceMs + recordsMs + hostThreadTimes.drainExtraMs;
    this.#cancelDrainLimit();
    this.#cancelDrainLimit = this.#timers.after(limitMs, () => this.#kill('host did not drain'));
    await this.#ended.promise;
  }

  #checkLater(): () => void {
    const { checkEveryMs, silentChecksMax } = hostThreadTimes;
    return this.#timers.after(checkEveryMs, () => {
      if (++this.#silentChecks > silentChecksMax) this.#kill('host is stuck');
      else this.#cancelCheck = this.#checkLater();
    });
  }

  #kill(event: string): void {
    this.#log.error(event, { host: this.#hostId, action: 'its thread is ended' });
    void this.#worker.terminate();
  }

  #exited(error: Error): void {
    this.#cancelCheck();
    this.#cancelDrainLimit();
    this.#stopListening();
    this.#unbridge();
    if (!this.#saidGone) this.#bus.publish('host.gone', { hostId: this.#hostId });
    this.#saidGone = true;
    this.#ended.resolve();
    this.started.reject(error);
    if (!this.#isAsked) this.#crashed.resolve(error);
  }
}
