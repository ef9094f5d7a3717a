// The hosts of one server: started together, restarted when one dies, drained at the end. A host
// that dies takes its matches with it; the platform records those, and players of other hosts
// notice nothing.

import type { Log } from '../../contract/telemetry.ts';
import type { Timers } from '../../domain/ports.ts';
import type { RunningHost } from '../host/host.ts';

export interface FleetOptions {
  readonly count: number;
  /** Of the first host; the others take the next ones. 0: any free one. */
  readonly firstPort: number;
  readonly start: (hostId: string, port: number) => Promise<RunningHost>;
  readonly timers: Timers;
  readonly log: Log;
}

export interface HostAddress {
  readonly hostId: string;
  readonly port: number;
}

export const restartTimes = {
  /** Doubles with each failure in a row. */
  firstDelayMs: 500,
  delayMsMax: 30_000,
  /** A host that ran this long has not failed in a row with its predecessor. */
  forgivenAfterMs: 60_000,
} as const;

interface Place {
  readonly hostId: string;
  port: number;
  failures: number;
  /** What is done about this place at the moment. */
  state:
    | { readonly kind: 'starting'; readonly started: Promise<void> }
    | { readonly kind: 'running'; readonly host: RunningHost; readonly cancelPardon: () => void }
    | { readonly kind: 'waiting'; readonly cancel: () => void };
}

export class HostFleet {
  readonly #options: FleetOptions;
  readonly #places: readonly Place[];
  #isDraining = false;

  private constructor(options: FleetOptions, hosts: readonly RunningHost[]) {
    this.#options = options;
    this.#places = hosts.map((host) => ({
      hostId: host.hostId,
      port: host.port,
      failures: 0,
      state: { kind: 'waiting', cancel: () => {} },
    }));
    for (const [at, host] of hosts.entries()) this.#runs(this.#places[at]!, host);
  }

  /** Rejects when one cannot start, after those that could have been ended. */
  static async start(options: FleetOptions): Promise<HostFleet> {
    const outcomes = await Promise.allSettled(
      Array.from({ length: options.count }, (_, at) =>
        options.start(hostIdAt(at), options.firstPort === 0 ? 0 : options.firstPort + at),
      ),
    );
    const hosts = outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const failure = outcomes.find((one) => one.status === 'rejected');
    if (failure === undefined) return new HostFleet(options, hosts);
    await Promise.all(hosts.map((host) => host.drain(0)));
    throw failure.reason;
  }

  get addresses(): readonly HostAddress[] {
    return this.#places.map(({ hostId, port }) => ({ hostId, port }));
  }

  /** Lets matches go on for `graceMs`. Resolves when every host has ended. */
  async drain(graceMs: number): Promise<void> {
    this.#isDraining = true;
    await Promise.all(this.#places.map((place) => this.#drainPlace(place, graceMs)));
  }

  async #drainPlace(place: Place, graceMs: number): Promise<void> {
    if (place.state.kind === 'starting') await place.state.started;
    // Not the same as before the await.
    const { state } = place;
    if (state.kind === 'waiting') state.cancel();
    if (state.kind !== 'running') return;
    state.cancelPardon();
    await state.host.drain(graceMs);
  }

  #runs(place: Place, host: RunningHost): void {
    const cancelPardon = this.#options.timers.after(restartTimes.forgivenAfterMs, () => {
      place.failures = 0;
    });
    place.port = host.port;
    place.state = { kind: 'running', host, cancelPardon };
    void host.crashed.then((error) => {
      cancelPardon();
      if (!this.#isDraining) this.#restartLater(place, 'host died', error);
    });
  }

  #restartLater(place: Place, event: string, error: unknown): void {
    const { firstDelayMs, delayMsMax } = restartTimes;
    const delayMs = Math.min(firstDelayMs * 2 ** place.failures, delayMsMax);
    place.failures++;
    this.#options.log.error(event, { host: place.hostId, error, restartInMs: delayMs });
    const cancel = this.#options.timers.after(delayMs, () => {
      place.state = { kind: 'starting', started: this.#restart(place) };
    });
    place.state = { kind: 'waiting', cancel };
  }

  async #restart(place: Place): Promise<void> {
    try {
      // The port that players and firewalls know.
      const host = await this.#options.start(place.hostId, place.port);
      this.#runs(place, host);
      this.#options.log.info('host restarted', { host: place.hostId, port: host.port });
    } catch (error) {
      if (!this.#isDraining) this.#restartLater(place, 'host cannot be restarted', error);
    }
  }
}

const hostIdAt = (at: number): string => `host-${at + 1}`;
