// UDP that loses datagrams in both directions and counts what passes: the network of `paperclip
// demo`. What a player's machine never gets is lost here as well, which the driver's own
// impairment (of what leaves) cannot do.

import { seededRandom } from '../../base/prng.ts';
import type { DatagramNetwork } from '../../driver/index.ts';
import { udpNetwork } from '../../driver/udp.ts';

export interface WireCounts {
  datagrams: number;
  bytes: number;
  lost: number;
}

export interface LossyNetwork {
  readonly network: DatagramNetwork;
  readonly out: Readonly<WireCounts>;
  readonly in: Readonly<WireCounts>;
}

/** `watch` sees every datagram as it is on the wire, the lost ones too; valid during the call. */
export function lossyNetwork(
  loss: number,
  seed: string,
  watch: (datagram: Uint8Array) => void,
): LossyNetwork {
  const counts = { out: noCounts(), in: noCounts() };
  const passes = (direction: 'out' | 'in'): ((datagram: Uint8Array) => boolean) => {
    const random = seededRandom('demo', seed, direction);
    const count = counts[direction];
    return (datagram) => {
      watch(datagram);
      count.datagrams++;
      count.bytes += datagram.length;
      if (!random.chance(loss)) return true;
      count.lost++;
      return false;
    };
  };
  const [leaves, arrives] = [passes('out'), passes('in')];
  return {
    ...counts,
    network: {
      bind: (at, onDatagram) => udpNetwork.bind(at, onDatagram),
      async connect(to, onDatagram) {
        const { port, peer } = await udpNetwork.connect(to, (bytes, start, end, from) => {
          if (arrives(bytes.subarray(start, end))) onDatagram(bytes, start, end, from);
        });
        return {
          peer,
          port: {
            local: port.local,
            send: (bytes, length, address) => {
              if (leaves(bytes.subarray(0, length))) port.send(bytes, length, address);
            },
            close: () => port.close(),
            get errorCount() {
              return port.errorCount;
            },
          },
        };
      },
    },
  };
}

const noCounts = (): WireCounts => ({ datagrams: 0, bytes: 0, lost: 0 });
