// The accepting side for programs: a port, its endpoint, and a `Link` per player.

import type { Crypto, KeyPair } from '../protocol/crypto.ts';
import type { HandshakeLoad, Link, Listener, TrafficCounts } from '../protocol/link.ts';
import { planChannels } from '../protocol/paperclip/channel-plan.ts';
import { congestionFactory } from '../protocol/paperclip/congestion-choice.ts';
import { type EndpointEvent, protocolIdOf } from '../protocol/paperclip/endpoint-output.ts';
import { HostEndpoint, type HostEndpointOptions } from '../protocol/paperclip/host-endpoint.ts';
import { firstDatagramBytes } from '../protocol/paperclip/joined-datagrams.ts';
import type { PlannedChannel } from '../protocol/paperclip/parameters.ts';
import type {
  DatagramAddress,
  DatagramHandler,
  DatagramNetwork,
  DatagramPort,
  HostAndPort,
} from './datagram-network.ts';
import { defaultCrypto } from './default-crypto.ts';
import { clockMs, DrainLoop } from './drain-loop.ts';
import { DriverLink } from './driver-link.ts';
import { nodeDeflate } from './node-deflate.ts';
import {
  type ProtocolOptions,
  probesMtuOn,
  protocolNameDefault,
  wireOptionsOf,
} from './protocol-options.ts';
import { fastestUdpNetwork } from './udp-batch.ts';
import { Watchers } from './watchers.ts';

export interface ListenOptions extends ProtocolOptions {
  /** 0: any free one. */
  readonly port: number;
  /** Address to bind. Default `127.0.0.1`. */
  readonly host?: string;
  /** The host's static X25519 keys. Default: new ones. */
  readonly keyPair?: KeyPair;
  /**
   * Ed25519 public keys of the platform: only players with a ticket signed by one of them come in.
   * Without it there are no tickets, and everyone who knows the host's public key may come in.
   */
  readonly platformKeys?: readonly Uint8Array[];
  /** Players at a time; the next one is refused with `NO_SPACE`. Default 4,096. */
  readonly connectionsMax?: number;
  /**
   * Several processes listen on one port, and the system deals clients out by their address: see
   * docs/protocol/README.md for what that means. Needs `keyPair`, the same in all of them; cannot
   * be with `platformKeys`. Default: the port is ours alone.
   */
  readonly reusePort?: boolean;
  /** As `Listener.onLink`, from the first datagram on. */
  readonly onLink?: (link: Link) => void;
  /** Default: UDP. */
  readonly network?: DatagramNetwork;
}

/** How long `close` waits for connections to say their last word. */
const closeWaitMsMax = 250;

/** Rejects when the port cannot be had; throws on options that cannot be. */
export async function listen(options: ListenOptions): Promise<Listener> {
  requireUsable(options);
  if (options.reusePort) requireSharable(options);
  const crypto = options.crypto ?? defaultCrypto;
  const keyPair = options.keyPair ?? crypto.x25519KeyPair();
  const network = options.network ?? (await fastestUdpNetwork());
  const at = { host: options.host ?? '127.0.0.1', port: options.port };
  let listener: DriverListener | undefined;
  // A datagram before the listener is there is lost, as it would have been before `bind`.
  const receive: DatagramHandler = (bytes, start, end, from, hasMore) =>
    listener?.receive(bytes, start, end, from, hasMore);
  const port = await network.bind(at, receive, {
    reusePort: options.reusePort ?? false,
    firstDatagramBytes,
  });
  try {
    const watchers = new Watchers(options);
    const parts = { probesMtu: probesMtuOn(options, port), observe: watchers.observe };
    const endpoint = createEndpoint(crypto, keyPair, options, parts);
    listener = new DriverListener(endpoint, port, keyPair.publicKey, options, watchers);
    return listener;
  } catch (error) {
    await port.close();
    throw error;
  }
}

function createEndpoint(
  crypto: Crypto,
  keyPair: KeyPair,
  options: ListenOptions,
  parts: Pick<HostEndpointOptions, 'probesMtu' | 'observe'>,
): HostEndpoint<DatagramAddress> {
  return new HostEndpoint<DatagramAddress>(
    crypto,
    {
      keyPair,
      protocolId: protocolIdOf(crypto, options.protocol ?? protocolNameDefault),
      channels: planChannels(options.channels),
      deflate: nodeDeflate,
      parameters: options.parameters,
      platformKeys: options.platformKeys,
      connectionsMax: options.connectionsMax,
      congestion: congestionFactory(options.congestion),
      ...parts,
      unixTimeMs: () => Date.now(),
    },
    clockMs(),
  );
}

/** What a socket or a table would take for something else, and a handshake would fail with. */
function requireUsable({ port, keyPair, connectionsMax = 1 }: ListenOptions): void {
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new RangeError(`port must be a whole number from 0 to 65535, not ${port}`);
  }
  if (!Number.isInteger(connectionsMax) || connectionsMax < 1) {
    throw new RangeError(`connectionsMax must be a whole number from 1, not ${connectionsMax}`);
  }
  if (keyPair === undefined) return;
  for (const name of ['publicKey', 'secretKey'] as const) {
    if (keyPair[name]?.length !== 32) throw new RangeError(`keyPair.${name} must be 32 bytes`);
  }
}

/** What would have clients refused by every listener but one. */
function requireSharable({ keyPair, platformKeys }: ListenOptions): void {
  if (keyPair === undefined) throw new TypeError('reusePort needs keyPair, equal in all listeners');
  if (platformKeys === undefined) return;
  throw new TypeError('reusePort cannot be with platformKeys: each listener draws its own gate');
}

class DriverListener implements Listener {
  readonly publicKey: Uint8Array;
  readonly #endpoint: HostEndpoint<DatagramAddress>;
  readonly #options: ListenOptions;
  readonly #watchers: Watchers;
  readonly #channels: readonly PlannedChannel[];
  readonly #links = new Map<number, DriverLink>();
  /** Connections with something queued since the last flush of this turn. */
  readonly #unflushed = new Set<number>();
  readonly #port: DatagramPort;
  readonly #loop: DrainLoop;
  #closed: Promise<void> | undefined;
  #onAllDrained: (() => void) | undefined;

  onLink: ((link: Link) => void) | undefined;

  constructor(
    endpoint: HostEndpoint<DatagramAddress>,
    port: DatagramPort,
    publicKey: Uint8Array,
    options: ListenOptions,
    watchers: Watchers,
  ) {
    this.#watchers = watchers;
    this.#endpoint = endpoint;
    this.#port = port;
    this.publicKey = publicKey;
    this.#options = options;
    this.#channels = planChannels(options.channels);
    this.onLink = options.onLink;
    this.#loop = new DrainLoop(
      this.#endpoint,
      port,
      wireOptionsOf(this.#options),
      (connection, event) => this.#handleEvent(connection, event),
      () => this.#handleDrained(),
    );
  }

  readonly receive: DatagramHandler = (bytes, start, end, from, hasMore) => {
    this.#loop.receive(bytes, start, end, from, hasMore);
  };

  get address(): HostAndPort {
    return this.#port.local;
  }

  gate(): { readonly id: number; readonly key: Uint8Array } {
    return this.#endpoint.gate(this.#nowMs);
  }

  refusals(): Readonly<Record<string, number>> {
    return this.#endpoint.refusals;
  }

  handshakeLoad(): HandshakeLoad {
    return this.#endpoint.load(clockMs());
  }

  traffic(): TrafficCounts {
    return this.#loop.traffic;
  }

  close(reason = ''): Promise<void> {
    this.#closed ??= this.#close(reason);
    return this.#closed;
  }

  async #close(reason: string): Promise<void> {
    this.#endpoint.closeAll(this.#nowMs, 0, reason);
    this.#loop.run();
    if (this.#endpoint.connectionCount > 0) {
      await new Promise<void>((done) => {
        const timer = setTimeout(done, closeWaitMsMax);
        this.#onAllDrained = () => {
          clearTimeout(timer);
          done();
        };
      });
    }
    this.#loop.stop();
    await Promise.all([this.#port.close(), this.#watchers.end()]);
  }

  #handleDrained(): void {
    if (this.#endpoint.connectionCount === 0) this.#onAllDrained?.();
  }

  #handleEvent(connection: number, event: EndpointEvent<DatagramAddress>): void {
    if (event.type === 'established') {
      const link = this.#createLink(connection, event);
      this.#links.set(connection, link);
      this.onLink?.(link);
      return;
    }
    const link = this.#links.get(connection);
    if (event.type === 'ended') this.#links.delete(connection);
    link?.handleEvent(event);
  }

  #createLink(
    connection: number,
    {
      address,
      publicKey,
      ticket,
    }: Extract<EndpointEvent<DatagramAddress>, { type: 'established' }>,
  ): DriverLink {
    const endpoint = this.#endpoint;
    const peer = { publicKey, address: address.key, ...(ticket && { ticket }) };
    return new DriverLink(peer, this.#channels, {
      send: (channel, message, sendOptions) => {
        const nowMs = this.#loop.queueMs;
        const isBelowMark = endpoint.send(nowMs, connection, channel, message, sendOptions);
        this.#unflushed.add(connection);
        this.#loop.runSoon(this.#flushAll);
        return isBelowMark;
      },
      flush: () => {
        this.#unflushed.delete(connection);
        endpoint.flush(this.#nowMs, connection);
        this.#loop.run();
      },
      close: (code, reason) => {
        endpoint.close(this.#nowMs, connection, code, reason);
        this.#loop.run();
      },
      isOpen: () => endpoint.isOpen(connection),
      stats: () => endpoint.stats(connection),
      hostTime: () => endpoint.hostTime(this.#nowMs),
    });
  }

  get #nowMs(): number {
    return this.#loop.nowMs;
  }

  readonly #flushAll = (): void => {
    const nowMs = this.#nowMs;
    for (const connection of this.#unflushed) this.#endpoint.flush(nowMs, connection);
    this.#unflushed.clear();
  };
}
