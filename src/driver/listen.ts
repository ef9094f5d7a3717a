// The accepting side for programs: a port, its endpoint, and a `Link` per player.

import type { Crypto, KeyPair } from '../protocol/crypto.ts';
import type {
  HandshakeLoad,
  HostTime,
  Link,
  LinkStats,
  Listener,
  TrafficCounts,
} from '../protocol/link.ts';
import { planChannels } from '../protocol/paperclip/channel-plan.ts';
import { congestionFactory } from '../protocol/paperclip/congestion-choice.ts';
import { type EndpointEvent, protocolIdOf } from '../protocol/paperclip/endpoint-output.ts';
import { HostEndpoint, type HostEndpointOptions } from '../protocol/paperclip/host-endpoint.ts';
import { firstDatagramBytes } from '../protocol/paperclip/joined-datagrams.ts';
import type { MessageOptions } from '../protocol/paperclip/outbox.ts';
import type {
  DatagramAddress,
  DatagramHandler,
  DatagramNetwork,
  DatagramPort,
  HostAndPort,
} from './datagram-network.ts';
import { defaultCrypto } from './default-crypto.ts';
import { clockMs, DrainLoop } from './drain-loop.ts';
import { DriverLink, LinkChannels, type LinkControl } from './driver-link.ts';
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
  readonly #channels: LinkChannels;
  readonly #links = new Map<number, DriverLink>();
  /** Messages of one connection come in a row: the last one that was looked up. */
  #lastId = -1;
  #lastLink: DriverLink | undefined;
  readonly #port: DatagramPort;
  readonly #loop: DrainLoop;
  readonly #turn: Turn;
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
    this.#channels = new LinkChannels(planChannels(options.channels));
    this.onLink = options.onLink;
    this.#loop = new DrainLoop(
      this.#endpoint,
      port,
      wireOptionsOf(this.#options),
      (connection, event) => this.#handleEvent(connection, event),
      () => this.#handleDrained(),
    );
    this.#turn = new Turn(this.#endpoint, this.#loop);
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
      this.#lastId = -1;
      this.onLink?.(link);
      return;
    }
    if (connection !== this.#lastId) {
      this.#lastId = connection;
      this.#lastLink = this.#links.get(connection);
    }
    const link = this.#lastLink;
    if (event.type === 'ended') {
      this.#links.delete(connection);
      this.#lastId = -1;
      this.#lastLink = undefined;
    }
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
    const peer = { publicKey, address: address.key, ...(ticket && { ticket }) };
    return new DriverLink(peer, this.#channels, new ListenedControl(this.#turn, connection));
  }

  get #nowMs(): number {
    return this.#loop.nowMs;
  }
}

/** What the links of one listener have together. */
class Turn {
  readonly endpoint: HostEndpoint<DatagramAddress>;
  readonly loop: DrainLoop;
  /**
   * Who queued something in this turn, each once. No Set: one that grows and shrinks all the time
   * makes a new table every few steps, and each keeps the next from being collected.
   */
  readonly #unflushed: ListenedControl[] = [];
  /** The list is not cut short, which would have it made anew each time. */
  #unflushedCount = 0;

  constructor(endpoint: HostEndpoint<DatagramAddress>, loop: DrainLoop) {
    this.endpoint = endpoint;
    this.loop = loop;
  }

  flushSoon(control: ListenedControl): void {
    this.#unflushed[this.#unflushedCount++] = control;
    this.loop.runSoon(this.#flushAll);
  }

  readonly #flushAll = (): void => {
    const { nowMs } = this.loop;
    for (let i = 0; i < this.#unflushedCount; i++) this.#unflushed[i]!.endTurn(nowMs);
    this.#unflushedCount = 0;
  };
}

/** Fields, where closures would be six and their scope. */
class ListenedControl implements LinkControl {
  readonly #turn: Turn;
  readonly #connection: number;
  #isQueued = false;
  /** In the list of the turn, whether it has flushed since or not. */
  #isListed = false;

  constructor(turn: Turn, connection: number) {
    this.#turn = turn;
    this.#connection = connection;
  }

  send(channel: number, message: Uint8Array, options: MessageOptions | undefined): boolean {
    const { endpoint, loop } = this.#turn;
    const isBelowMark = endpoint.send(loop.queueMs, this.#connection, channel, message, options);
    this.#isQueued = true;
    if (!this.#isListed) {
      this.#isListed = true;
      this.#turn.flushSoon(this);
    }
    return isBelowMark;
  }

  flush(): void {
    const { endpoint, loop } = this.#turn;
    this.#isQueued = false;
    endpoint.flush(loop.nowMs, this.#connection);
    loop.run();
  }

  endTurn(nowMs: number): void {
    this.#isListed = false;
    if (!this.#isQueued) return;
    this.#isQueued = false;
    this.#turn.endpoint.flush(nowMs, this.#connection);
  }

  close(code: number, reason: string): void {
    const { endpoint, loop } = this.#turn;
    endpoint.close(loop.nowMs, this.#connection, code, reason);
    loop.run();
  }

  isOpen(): boolean {
    return this.#turn.endpoint.isOpen(this.#connection);
  }
  stats(): LinkStats | undefined {
    return this.#turn.endpoint.stats(this.#connection);
  }
  hostTime(): HostTime | undefined {
    const { endpoint, loop } = this.#turn;
    return endpoint.hostTime(loop.nowMs);
  }
}
