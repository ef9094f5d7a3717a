// Datagrams over UDP with node:dgram: one system call each. A client connects its socket, so that
// the kernel drops strangers and the address is not parsed at each send; a host's is not connected.
//
// An error of a socket (nobody listens there, a full buffer, a datagram too long for the path) is
// a lost datagram and is counted. Losing datagrams is what the protocol above is made for.

import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { isIP, isIPv6 } from 'node:net';
import {
  type DatagramAddress,
  type DatagramNetwork,
  type DatagramPort,
  datagramAddress,
  type HostAndPort,
} from './datagram-network.ts';

/** Datagrams that wait in the process because the kernel's buffer is full; past it, they go. */
const sendQueueMax = 128;
/** Twice the queue, so that a slot is free again long before its turn comes. */
const sendSlots = 2 * sendQueueMax;
const slotBytes = 1_500;
/**
 * Asked of the kernel, which may give less (Linux: sysctl net.core.rmem_max). A flood of 50,000
 * datagrams a second fills 1 MiB in 20 ms, and players' datagrams are lost with the rest.
 */
export const socketBufferBytes = 4 * 1024 * 1024;
/** Addresses remembered as objects. Strangers can fill it; then it starts anew. */
const addressesMax = 8_192;
/** Of those, with one port: they are searched one by one, and a flood may choose its ports. */
const addressesPerPortMax = 8;

export const udpNetwork: DatagramNetwork = {
  async bind(at, onDatagram, options) {
    const resolved = await resolve(at);
    const socket = open(resolved.host, options?.reusePort);
    const port = new UdpPort(socket, false);
    const addresses = new AddressCache();
    socket.on('message', (bytes, { address, port: from }) => {
      onDatagram(bytes, 0, bytes.length, addresses.get(address, from));
    });
    await whenDone(socket, (done) => socket.bind(resolved.port, resolved.host, done));
    return port.started();
  },

  async connect(to, onDatagram) {
    const resolved = await resolve(reachable(to));
    const socket = open(resolved.host);
    const port = new UdpPort(socket, true);
    const peer = datagramAddress(resolved.host, resolved.port);
    socket.on('message', (bytes) => onDatagram(bytes, 0, bytes.length, peer));
    await whenDone(socket, (done) => socket.connect(resolved.port, resolved.host, done));
    return { port: port.started(), peer };
  },
};

class UdpPort implements DatagramPort {
  readonly #socket: Socket;
  readonly #isConnected: boolean;
  /** The kernel may take a datagram later than `send` returns, and the caller reuses its buffer. */
  readonly #slots: readonly Buffer[];
  #nextSlot = 0;
  #isClosed = false;
  #errorCount = 0;
  #local: HostAndPort = { host: '', port: 0 };

  constructor(socket: Socket, isConnected: boolean) {
    this.#socket = socket;
    this.#isConnected = isConnected;
    const memory = Buffer.allocUnsafeSlow(sendSlots * slotBytes);
    this.#slots = Array.from({ length: sendSlots }, (_, i) =>
      memory.subarray(i * slotBytes, (i + 1) * slotBytes),
    );
  }

  get local(): HostAndPort {
    return this.#local;
  }

  get errorCount(): number {
    return this.#errorCount;
  }

  /** From here on an error is a lost datagram. */
  started(): this {
    const { address, port } = this.#socket.address();
    this.#local = { host: address, port };
    this.#socket.on('error', () => {
      this.#errorCount++;
    });
    return this;
  }

  send(bytes: Uint8Array, length: number, to: DatagramAddress): void {
    if (this.#isClosed) return;
    if (length > slotBytes || this.#socket.getSendQueueCount() >= sendQueueMax) {
      this.#errorCount++;
      return;
    }
    const slot = this.#slots[this.#nextSlot]!;
    this.#nextSlot = (this.#nextSlot + 1) % sendSlots;
    slot.set(length === bytes.length ? bytes : bytes.subarray(0, length));
    try {
      if (this.#isConnected) this.#socket.send(slot, 0, length);
      else this.#socket.send(slot, 0, length, to.port, to.host);
    } catch {
      this.#errorCount++;
    }
  }

  close(): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    this.#isClosed = true;
    return new Promise((done) => this.#socket.close(() => done()));
  }
}

/** One object per peer, without a string made per datagram. */
export class AddressCache {
  readonly #byPort = new Map<number, DatagramAddress[]>();
  #count = 0;

  /** How many are searched for one with this port. */
  countWith(port: number): number {
    return this.#byPort.get(port)?.length ?? 0;
  }

  get(host: string, port: number): DatagramAddress {
    let sharing = this.#byPort.get(port);
    if (sharing !== undefined) {
      for (const address of sharing) if (address.host === host) return address;
    }
    if (this.#count >= addressesMax) {
      this.#byPort.clear();
      this.#count = 0;
      sharing = undefined;
    }
    const address = datagramAddress(host, port);
    if (sharing === undefined) this.#byPort.set(port, [address]);
    else if (sharing.length < addressesPerPortMax) sharing.push(address);
    else {
      sharing.shift();
      sharing.push(address);
      return address;
    }
    this.#count++;
    return address;
  }
}

function open(host: string, reusePort = false): Socket {
  return createSocket({
    type: isIPv6(host) ? 'udp6' : 'udp4',
    reusePort,
    recvBufferSize: socketBufferBytes,
    sendBufferSize: socketBufferBytes,
    // Addresses are resolved before they come here; Node's own look-up would put each send off to
    // a later tick, with the caller's buffer overwritten by then.
    lookup: (address, _options, callback) => callback(null, address, isIPv6(address) ? 6 : 4),
  });
}

export async function resolve({ host, port }: HostAndPort): Promise<HostAndPort> {
  if (isIP(host) !== 0) return { host, port };
  return { host: (await lookup(host)).address, port };
}

/** "Any address" is one to bind, not one to reach. */
export function reachable({ host, port }: HostAndPort): HostAndPort {
  if (host === '0.0.0.0') return { host: '127.0.0.1', port };
  return host === '::' ? { host: '::1', port } : { host, port };
}

/** A socket that fails to start is closed again. */
function whenDone(socket: Socket, start: (done: () => void) => void): Promise<void> {
  return new Promise((done, fail) => {
    const failed = (error: Error) => {
      socket.close();
      fail(error);
    };
    socket.once('error', failed);
    start((...failure: readonly unknown[]) => {
      socket.off('error', failed);
      if (failure[0] instanceof Error) failed(failure[0]);
      else done();
    });
  });
}
