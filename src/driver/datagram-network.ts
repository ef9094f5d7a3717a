// What a driver needs of the thing that carries datagrams: UDP (`udp.ts`), or the memory of this
// process (`memory.ts`). Each is run through `driver-contract.suite.ts`.

import { isIPv6 } from 'node:net';
import type { PeerAddress } from '../protocol/paperclip/endpoint-output.ts';
import { shareKeyOf } from './share-key.ts';

export interface HostAndPort {
  readonly host: string;
  readonly port: number;
}

/** An address as the endpoints see it (`key`) and as a socket needs it. */
export interface DatagramAddress extends PeerAddress, HostAndPort {
  readonly host: string;
}

/** A bound (host) or connected (client) port. */
export interface DatagramPort {
  readonly local: HostAndPort;
  /** Datagrams that are too long for the path are lost whole: no one on the way cuts them. */
  readonly canProbeMtu?: boolean;
  /** Takes `bytes[0, length)`, which the caller may overwrite at once. Never throws. */
  send(bytes: Uint8Array, length: number, to: DatagramAddress): void;
  /** Of ports that gather: put what waits on the wire now; otherwise it leaves with this turn. */
  flush?(): void;
  /** Nothing is received or sent after it. */
  close(): Promise<void>;
  /** Datagrams that could not be sent and errors of the socket. None of them ends anything. */
  readonly errorCount: number;
}

/**
 * `bytes[start, end)` is the receiver's for the time of the call. `hasMore`: another one follows at
 * once, so that the receiver may put its answers off until then.
 */
export type DatagramHandler = (
  bytes: Uint8Array,
  start: number,
  end: number,
  from: DatagramAddress,
  hasMore?: boolean,
) => void;

export interface ReceiveOptions {
  /**
   * The length of the first datagram in `bytes[start, end)`, where the system has joined several of
   * one sender and does not say how. Without it, nothing is joined.
   */
  readonly firstDatagramBytes?: (bytes: Uint8Array, start: number, end: number) => number;
}

export interface BindOptions extends ReceiveOptions {
  /**
   * Other sockets that say so too may have the same port; the system deals the datagrams out, all
   * of one sender's address to one socket. Rejects where the system cannot.
   */
  readonly reusePort?: boolean;
}

export interface DatagramNetwork {
  /** Rejects when the port cannot be had. Port 0: any free one. */
  bind(at: HostAndPort, onDatagram: DatagramHandler, options?: BindOptions): Promise<DatagramPort>;
  /** A port that hears this peer only, and the peer's address. */
  connect(
    to: HostAndPort,
    onDatagram: DatagramHandler,
    options?: ReceiveOptions,
  ): Promise<{ readonly port: DatagramPort; readonly peer: DatagramAddress }>;
}

/** `127.0.0.1:5001`, `[::1]:5001`. */
export function addressText({ host, port }: HostAndPort): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

export function datagramAddress(host: string, port: number): DatagramAddress {
  return new SocketAddress(host, port);
}

class SocketAddress implements DatagramAddress {
  readonly key: string;
  readonly host: string;
  readonly port: number;

  constructor(host: string, port: number) {
    this.key = addressText({ host, port });
    this.host = host;
    this.port = port;
  }

  get shareKey(): string | undefined {
    return shareKeyOf(this.host);
  }
}

/** Reads what `addressText` writes, and takes host and port as they are. Throws a RangeError. */
export function parseAddress(address: string | HostAndPort): HostAndPort {
  const { host, port } =
    typeof address === 'string'
      ? {
          host: address.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1'),
          port: Number(/:(\d+)$/.exec(address)?.[1]),
        }
      : address;
  if (host === '' || !Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new RangeError(
      `address must be host and port, such as 127.0.0.1:5001, not ${
        typeof address === 'string' ? address : addressText(address)
      }`,
    );
  }
  return { host, port };
}
