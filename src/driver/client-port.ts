// The socket of a dialled link, which can give way to another while the link goes on: when the
// program asks for it, and again and again while the host does not answer. Which network a socket
// leaves by is fixed when it is connected, and that one may be gone.

import type { DatagramPort } from './datagram-network.ts';

export interface ClientPortOptions {
  /** Another socket to the same host. */
  readonly connect: () => Promise<{ readonly port: DatagramPort }>;
  /** Datagrams leave by `port` from now on. `isOtherHost`: from another address of ours. */
  readonly onPort: (port: DatagramPort, isOtherHost: boolean) => void;
}

/** Between two new sockets while the host does not answer. */
const rebindEveryMs = 2_000;

export class ClientPort {
  readonly #options: ClientPortOptions;
  #port: DatagramPort;
  #rebinding: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(port: DatagramPort, options: ClientPortOptions) {
    this.#port = port;
    this.#options = options;
  }

  /** Rejects when no socket can be had; the old one stays then. */
  rebind(): Promise<void> {
    this.#rebinding ??= this.#rebind().finally(() => {
      this.#rebinding = undefined;
    });
    return this.#rebinding;
  }

  /** The first time at once. */
  startRebinding(): void {
    if (this.#isClosed) return;
    // Without a network there is no socket either, until the next time.
    const tryAgain = () => this.rebind().catch(() => undefined);
    void tryAgain();
    this.#timer ??= setInterval(tryAgain, rebindEveryMs);
  }

  stopRebinding(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.stopRebinding();
    await this.#port.close();
  }

  async #rebind(): Promise<void> {
    const { port } = await this.#options.connect();
    const old = this.#isClosed ? port : this.#port;
    if (!this.#isClosed) {
      this.#port = port;
      this.#options.onPort(port, port.local.host !== old.local.host);
    }
    await old.close();
  }
}
