// Datagrams within one process, for tests without sockets: each arrives in a task of its own, in
// order, and is never lost. Time still passes as it does; for virtual time see `testing/`.

import {
  type DatagramAddress,
  type DatagramHandler,
  type DatagramNetwork,
  type DatagramPort,
  datagramAddress,
  type HostAndPort,
} from './datagram-network.ts';

/** Datagrams on their way at once; past it, they are lost, as in a full socket buffer. */
const inFlightMax = 4_096;

interface Bound {
  readonly port: MemoryPort;
  readonly onDatagram: DatagramHandler;
  /** Set: hears this peer only. */
  readonly peerKey: string | undefined;
}

/** One network: ports of another are not reached. */
export function memoryNetwork(): DatagramNetwork {
  const bound = new Map<string, Bound>();
  let nextPort = 49_152;
  let inFlight = 0;

  const deliver = (from: DatagramAddress, to: DatagramAddress, bytes: Uint8Array): boolean => {
    if (inFlight >= inFlightMax) return false;
    inFlight++;
    setImmediate(() => {
      inFlight--;
      const target = bound.get(to.key);
      if (target === undefined) return;
      if (target.peerKey !== undefined && target.peerKey !== from.key) return;
      target.onDatagram(bytes, 0, bytes.length, from);
    });
    return true;
  };
  const open = (at: HostAndPort, onDatagram: DatagramHandler, peer?: DatagramAddress) => {
    const local = datagramAddress(at.host, at.port === 0 ? nextPort++ : at.port);
    if (bound.has(local.key)) throw new Error(`bind EADDRINUSE ${local.key}`);
    const port = new MemoryPort(local, deliver, () => bound.delete(local.key));
    bound.set(local.key, { port, onDatagram, peerKey: peer?.key });
    return port;
  };
  return {
    bind: async (at, onDatagram, options) => {
      if (options?.reusePort) throw new Error('reusePort: ports of a process are not shared');
      return open(at, onDatagram);
    },
    connect: async (to, onDatagram) => {
      const peer = datagramAddress(to.host, to.port);
      return { port: open({ host: to.host, port: 0 }, onDatagram, peer), peer };
    },
  };
}

type Deliver = (from: DatagramAddress, to: DatagramAddress, bytes: Uint8Array) => boolean;

class MemoryPort implements DatagramPort {
  readonly local: DatagramAddress;
  readonly #deliver: Deliver;
  readonly #onClose: () => void;
  #isClosed = false;
  #errorCount = 0;

  constructor(local: DatagramAddress, deliver: Deliver, onClose: () => void) {
    this.local = local;
    this.#deliver = deliver;
    this.#onClose = onClose;
  }

  get errorCount(): number {
    return this.#errorCount;
  }

  send(bytes: Uint8Array, length: number, to: DatagramAddress): void {
    if (this.#isClosed) return;
    if (!this.#deliver(this.local, to, bytes.slice(0, length))) this.#errorCount++;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#onClose();
  }
}
