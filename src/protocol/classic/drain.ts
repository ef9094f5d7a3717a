// Runs an endpoint of Paperclip 0 with what its owner plugs in: a clock, one timer, a socket to
// send by, and who hears the events. Whoever gave the endpoint an input or a command calls `run`
// after it.

import type { ClassicOutput, EndpointEvent } from './output.ts';

export interface DrainPorts<Address> {
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
  /** Runs once after so many milliseconds; gives what cancels it. */
  readonly after: (delayMs: number, run: () => void) => () => void;
  readonly transmit: (to: Address, bytes: Uint8Array) => void;
  /** May give the endpoint commands; what they cause comes in this same run. */
  readonly onEvent: (connection: number, event: EndpointEvent<Address>) => void;
}

interface Endpoint<Address> {
  handleTimeout(nowMs: number): void;
  poll(nowMs: number): ClassicOutput<Address> | undefined;
}

export class Drain<Address> {
  readonly #endpoint: Endpoint<Address>;
  readonly #ports: DrainPorts<Address>;
  #isRunning = false;
  #isStopped = false;
  #cancel: () => void = () => {};

  constructor(endpoint: Endpoint<Address>, ports: DrainPorts<Address>) {
    this.#endpoint = endpoint;
    this.#ports = ports;
  }

  run(): void {
    if (this.#isRunning || this.#isStopped) return;
    this.#isRunning = true;
    try {
      this.#drain();
    } finally {
      this.#isRunning = false;
    }
  }

  /** Nothing is sent, told or woken any more. */
  stop(): void {
    this.#isStopped = true;
    this.#cancel();
  }

  #drain(): void {
    const { nowMs, after, transmit, onEvent } = this.#ports;
    const now = nowMs();
    for (
      let output = this.#endpoint.poll(now);
      output !== undefined && !this.#isStopped;
      output = this.#endpoint.poll(now)
    ) {
      if (output.kind === 'transmit') transmit(output.to, output.bytes);
      else if (output.kind === 'event') onEvent(output.connection, output.event);
      else {
        this.#cancel();
        if (output.atMs === Infinity) continue;
        this.#cancel = after(Math.max(0, Math.ceil(output.atMs - now)), () => {
          this.#endpoint.handleTimeout(nowMs());
          this.run();
        });
      }
    }
  }
}
