// The dialling side for programs: a handshake, then one `Link`, which may change its socket.

import type { KeyPair } from '../protocol/crypto.ts';
import type { Link, LinkEnd, LinkPeer } from '../protocol/link.ts';
import { planChannels } from '../protocol/paperclip/channel-plan.ts';
import { ClientEndpoint } from '../protocol/paperclip/client-endpoint.ts';
import { congestionFactory } from '../protocol/paperclip/congestion-choice.ts';
import { type EndpointEvent, protocolIdOf } from '../protocol/paperclip/endpoint-output.ts';
import { derivedGate, type Gate } from '../protocol/paperclip/gate.ts';
import { firstDatagramBytes } from '../protocol/paperclip/joined-datagrams.ts';
import type { ConnectionEvent } from '../protocol/paperclip/output.ts';
import type { PlannedChannel } from '../protocol/paperclip/parameters.ts';
import { ClientPort, type ClientPortOptions } from './client-port.ts';
import {
  addressText,
  type DatagramAddress,
  type DatagramHandler,
  type DatagramNetwork,
  type DatagramPort,
  type HostAndPort,
  parseAddress,
} from './datagram-network.ts';
import { defaultCrypto } from './default-crypto.ts';
import { clockMs, DrainLoop } from './drain-loop.ts';
import { DriverLink, LinkChannels } from './driver-link.ts';
import { nodeDeflate } from './node-deflate.ts';
import {
  type ProtocolOptions,
  probesMtuOn,
  protocolNameDefault,
  wireOptionsOf,
} from './protocol-options.ts';
import { fastestUdpNetwork } from './udp-batch.ts';
import { Watchers } from './watchers.ts';

export interface DialOptions extends ProtocolOptions {
  /** As the platform signed it. A host without a platform takes none. */
  readonly ticket?: Uint8Array;
  /** Our static X25519 keys: the ones that the ticket names. Default: new ones. */
  readonly keyPair?: KeyPair;
  /**
   * What the host's `Listener.gate()` gives: a host with `platformKeys` answers nobody without it.
   * Default: that of a host without, derived from its public key.
   */
  readonly gate?: Gate;
  /** Gives up at once: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /**
   * False: the link keeps its socket while the host does not answer. Default: it takes a new one
   * every 2 s until something is heard, because the network may be another one by now.
   */
  readonly rebindsWhenInterrupted?: boolean;
  /** Default: UDP. */
  readonly network?: DatagramNetwork;
}

export interface DialledLink extends Link {
  /**
   * Goes on from a new socket, as after a change from Wi-Fi to a cellular network. Nothing is lost,
   * and the host finds out by itself. Rejects when no socket can be had; the old one stays then.
   */
  rebind(): Promise<void>;
}

/** Why no link came to be. `end` is one of the kinds that end a link. */
export class DialError extends Error {
  override readonly name = 'DialError';
  readonly end: LinkEnd;

  constructor(address: string, end: LinkEnd) {
    super(`no link to ${address}: ${describe(end)}`);
    this.end = end;
  }
}

/**
 * `address` is `127.0.0.1:5001` or host and port; `hostPublicKey` is the host's X25519 key, 32
 * bytes. Rejects with a `DialError` when the host does not answer in time or refuses; throws on
 * options that cannot be.
 */
export async function dial(
  address: string | HostAndPort,
  hostPublicKey: Uint8Array,
  options: DialOptions,
): Promise<DialledLink> {
  const crypto = options.crypto ?? defaultCrypto;
  const channels = planChannels(options.channels);
  if (!(hostPublicKey instanceof Uint8Array) || hostPublicKey.length !== 32) {
    throw new RangeError('hostPublicKey must be a Uint8Array of 32 bytes');
  }
  options.signal?.throwIfAborted();
  const to = parseAddress(address);
  const network = options.network ?? (await fastestUdpNetwork());
  let loop: DrainLoop | undefined;
  const receive: DatagramHandler = (bytes, start, end, from, hasMore) =>
    loop?.receive(bytes, start, end, from, hasMore);
  const { port, peer } = await network.connect(to, receive, { firstDatagramBytes });
  try {
    // A name may have taken its time to resolve.
    options.signal?.throwIfAborted();
    const watchers = new Watchers(options);
    const endpoint = new ClientEndpoint<DatagramAddress>(
      crypto,
      {
        host: peer,
        hostPublicKey,
        keyPair: options.keyPair ?? crypto.x25519KeyPair(),
        protocolId: protocolIdOf(crypto, options.protocol ?? protocolNameDefault),
        gate: options.gate ?? derivedGate(crypto, hostPublicKey),
        ticket: options.ticket,
        channels,
        deflate: nodeDeflate,
        parameters: options.parameters,
        congestion: congestionFactory(options.congestion),
        probesMtu: probesMtuOn(options, port),
        observe: watchers.observe,
      },
      clockMs(),
    );
    const connect = () => network.connect(peer, receive, { firstDatagramBytes });
    const host = { publicKey: hostPublicKey, address: peer.key };
    const dialling = new Dialling(endpoint, port, connect, host, options, watchers);
    loop = dialling.loop;
    return await dialling.link(channels, addressText(to), options.signal);
  } catch (error) {
    loop?.stop();
    await port.close();
    throw error;
  }
}

class Dialling {
  readonly loop: DrainLoop;
  readonly #endpoint: ClientEndpoint<DatagramAddress>;
  readonly #port: ClientPort;
  readonly #peer: LinkPeer;
  readonly #rebindsWhenInterrupted: boolean;
  readonly #watchers: Watchers;
  #onEvent: (event: EndpointEvent<DatagramAddress>) => void = () => {};

  constructor(
    endpoint: ClientEndpoint<DatagramAddress>,
    port: DatagramPort,
    connect: ClientPortOptions['connect'],
    peer: LinkPeer,
    options: DialOptions,
    watchers: Watchers,
  ) {
    this.#watchers = watchers;
    this.#endpoint = endpoint;
    this.#peer = peer;
    this.#rebindsWhenInterrupted = options.rebindsWhenInterrupted ?? true;
    this.#port = new ClientPort(port, {
      connect,
      onPort: (next, isOtherHost) => {
        this.loop.usePort(next);
        endpoint.rebind(this.loop.nowMs, isOtherHost);
        this.loop.run();
      },
    });
    this.loop = new DrainLoop(
      endpoint,
      port,
      wireOptionsOf(options),
      (_connection, event) => this.#onEvent(event),
      () => this.#releaseWhenDrained(),
    );
  }

  link(
    channels: Parameters<typeof this.createLink>[0],
    address: string,
    signal: AbortSignal | undefined,
  ): Promise<DialledLink> {
    const link = this.createLink(channels);
    return new Promise((done, fail) => {
      const abort = () => fail(signal?.reason);
      signal?.addEventListener('abort', abort, { once: true });
      this.#onEvent = (event) => {
        signal?.removeEventListener('abort', abort);
        if (event.type === 'ended') fail(new DialError(address, event.end));
        if (event.type !== 'established') return;
        this.#onEvent = (later) => {
          if (later.type === 'established') return;
          this.#watch(later.type);
          link.handleEvent(later);
        };
        done(link);
      };
      this.loop.run();
    });
  }

  createLink(channels: readonly PlannedChannel[]): DialledDriverLink {
    const endpoint = this.#endpoint;
    const flush = () => endpoint.flush(this.loop.nowMs);
    const rebind = () => this.#port.rebind();
    return new DialledDriverLink(rebind, this.#peer, new LinkChannels(channels), {
      send: (channel, message, sendOptions) => {
        const nowMs = this.loop.queueMs;
        const isBelowMark = endpoint.send(nowMs, channel, message, sendOptions);
        this.loop.runSoon(flush);
        return isBelowMark;
      },
      flush: () => {
        endpoint.flush(this.loop.nowMs);
        this.loop.run();
      },
      close: (code, reason) => {
        endpoint.close(this.loop.nowMs, code, reason);
        this.loop.run();
      },
      isOpen: () => endpoint.isConnected,
      stats: () => endpoint.stats,
      hostTime: () => endpoint.hostTime(this.loop.nowMs),
    });
  }

  #watch(event: ConnectionEvent['type']): void {
    if (event === 'interrupted' && this.#rebindsWhenInterrupted) this.#port.startRebinding();
    else if (event === 'resumed') this.#port.stopRebinding();
  }

  #releaseWhenDrained(): void {
    if (!this.#endpoint.isDrained) return;
    this.loop.stop();
    void this.#port.close();
    void this.#watchers.end();
  }
}

class DialledDriverLink extends DriverLink implements DialledLink {
  readonly rebind: () => Promise<void>;

  constructor(rebind: () => Promise<void>, ...link: ConstructorParameters<typeof DriverLink>) {
    super(...link);
    this.rebind = rebind;
  }
}

function describe(end: LinkEnd): string {
  switch (end.kind) {
    case 'handshake-timed-out':
      return (
        'the host did not answer: is it running and reached by UDP, and are the public key, ' +
        'gate and protocol name those of this host?'
      );
    case 'refused':
      return end.reason;
    default:
      return end.kind;
  }
}
