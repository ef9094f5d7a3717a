// Many client connections over few UDP sockets, for the load generator: a socket per connection,
// each with its buffers, would measure the generator's memory and system calls.
//
// Connections are told apart as a host tells them apart: by the connection id that each client
// chose and that stands at a fixed place in everything sent to it.

import type {
  DatagramHandler,
  DatagramNetwork,
  DatagramPort,
  HostAndPort,
} from '../../src/driver/datagram-network.ts';
import { udpNetwork } from '../../src/driver/udp.ts';
import { batchUdpNetwork } from '../../src/driver/udp-batch.ts';

const auth = 0x12;
/** Where the client's connection id stands: AUTH 1, AUTH 2, and everything else. */
const idAt = { auth1: 12, auth2: 4, other: 1 } as const;

/**
 * For `dial` only, and for links that stay on their socket (`rebindsWhenInterrupted: false`); all
 * connections must be to one host.
 */
export function sharedSockets(socketCount: number): DatagramNetwork {
  const sockets: Promise<SharedSocket>[] = [];
  let next = 0;
  return {
    bind: () => Promise.reject(new Error('shared sockets are for clients')),
    async connect(to, onDatagram) {
      const index = next++ % socketCount;
      sockets[index] ??= SharedSocket.open(to);
      return (await sockets[index]).join(onDatagram);
    },
  };
}

class SharedSocket {
  readonly #byId = new Map<number, DatagramHandler>();
  #port: DatagramPort | undefined;
  #peer: Awaited<ReturnType<DatagramNetwork['connect']>>['peer'] | undefined;

  static async open(to: HostAndPort): Promise<SharedSocket> {
    const shared = new SharedSocket();
    // No runs: the kernel would join equal datagrams of several connections, and a host takes what
    // one address sends joined for one connection's, as it is everywhere but here.
    const network = (await batchUdpNetwork({ runs: false })) ?? udpNetwork;
    const { port, peer } = await network.connect(to, (bytes, start, end, from) => {
      // Each connection answers for itself, so none may wait for the next one's datagram.
      shared.#byId.get(idOf(bytes, start))?.(bytes, start, end, from, false);
    });
    shared.#port = port;
    shared.#peer = peer;
    return shared;
  }

  join(onDatagram: DatagramHandler): Awaited<ReturnType<DatagramNetwork['connect']>> {
    const shared = this.#port!;
    let id: number | undefined;
    const port: DatagramPort = {
      local: shared.local,
      errorCount: 0,
      // No flush: what many connections send in one turn leaves together at its end.
      send: (bytes, length, to) => {
        if (id === undefined && bytes[0] === auth) {
          id = uint32(bytes, idAt.auth1);
          this.#byId.set(id, onDatagram);
        }
        shared.send(bytes, length, to);
      },
      close: () => {
        if (id !== undefined) this.#byId.delete(id);
        return Promise.resolve();
      },
    };
    return { port, peer: this.#peer! };
  }
}

const idOf = (bytes: Uint8Array, start: number): number =>
  uint32(bytes, start + (bytes[start] === auth ? idAt.auth2 : idAt.other));

const uint32 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
