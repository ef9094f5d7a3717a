// Hosts and players in one virtual network: the true endpoints with their handshake, real
// cryptography, and time that passes only when asked. What a program sees are the same `Link`s as
// over UDP. Equal seeds and equal calls give equal worlds.

import { seededRandom } from '../base/prng.ts';
import { createCrypto } from '../driver/default-crypto.ts';
import { DriverLink, LinkChannels } from '../driver/driver-link.ts';
import { nodeDeflate } from '../driver/node-deflate.ts';
import type { Crypto, KeyPair } from '../protocol/crypto.ts';
import type { ChannelPlan, Link, LinkEnd } from '../protocol/link.ts';
import { planChannels } from '../protocol/paperclip/channel-plan.ts';
import { ClientEndpoint } from '../protocol/paperclip/client-endpoint.ts';
import {
  type CongestionChoice,
  congestionFactory,
} from '../protocol/paperclip/congestion-choice.ts';
import {
  type EndpointOutput,
  type ParameterOptions,
  type PeerAddress,
  protocolIdOf,
} from '../protocol/paperclip/endpoint-output.ts';
import { derivedGate, type Gate } from '../protocol/paperclip/gate.ts';
import { HostEndpoint } from '../protocol/paperclip/host-endpoint.ts';
import { connectionName, type QlogOutput, QlogTrace } from '../protocol/paperclip/qlog.ts';
import type { ConnectionObserver } from '../protocol/paperclip/trace.ts';
import type { LinkConditions } from './simulated-link.ts';
import { type Transmit, VirtualNetwork, type VirtualNode } from './virtual-network.ts';

export interface WorldOptions extends LinkConditions {
  /** Decides everything that is left to chance, and the keys. Default 0. */
  readonly seed?: number | string;
  /** Unix time at virtual time 0, for tickets. Default: the start of 2026. */
  readonly unixMs?: number;
  /**
   * Asked once for each end of each connection: where its qlog trace goes. The name is that of the
   * file which a program would leave, such as `1d24bdfc-0e49dc40_host.sqlog`.
   */
  readonly trace?: (name: string) => QlogOutput;
  /** Both ends try datagrams above 1,200 bytes (`mtuBytes` is the path's). Default: they do not. */
  readonly probesMtu?: boolean;
}

export interface WorldHostOptions {
  readonly channels: ChannelPlan;
  readonly parameters?: ParameterOptions;
  readonly congestion?: CongestionChoice;
  readonly keyPair?: KeyPair;
  /** Ed25519 public keys: only players with a ticket come in. Default: everyone. */
  readonly platformKeys?: readonly Uint8Array[];
  readonly onLink?: (link: Link) => void;
}

export interface WorldDialOptions {
  /** Default: those of the host. */
  readonly channels?: ChannelPlan;
  readonly parameters?: ParameterOptions;
  readonly congestion?: CongestionChoice;
  readonly keyPair?: KeyPair;
  readonly ticket?: Uint8Array;
  readonly gate?: Gate;
}

const unixMsDefault = Date.UTC(2026, 0, 1);
const protocolName = 'paperclip';
/** The handshake gives up before. */
const dialMsMax = 60_000;

export const world = (options: WorldOptions = {}): World => new World(options);

export class World {
  readonly network: VirtualNetwork;
  readonly crypto: Crypto;
  /** @internal */
  readonly probesMtu: boolean;
  /** @internal */
  readonly observe: ConnectionObserver | undefined;
  readonly #unixMs: number;
  #hosts = 0;
  #players = 0;

  constructor(options: WorldOptions) {
    const seed = options.seed ?? 0;
    const random = seededRandom('world crypto', seed);
    this.network = new VirtualNetwork(seed, options);
    this.crypto = createCrypto({
      randomBytes: (length) => Uint8Array.from({ length }, () => random.below(256)),
    });
    this.#unixMs = options.unixMs ?? unixMsDefault;
    this.probesMtu = options.probesMtu ?? false;
    const { trace } = options;
    if (trace === undefined) return;
    this.observe = (setup, nowMs) => {
      const output = trace(`${connectionName(setup)}_${setup.role}.sqlog`);
      return new QlogTrace(setup, nowMs, this.#unixMs + nowMs, output);
    };
  }

  /** Virtual milliseconds since the world began. */
  get nowMs(): number {
    return this.network.nowMs;
  }

  /** A host at the address `host-1`, the next one at `host-2`. */
  listen(options: WorldHostOptions): WorldHost {
    return new WorldHost(this, `host-${++this.#hosts}`, options, this.#unixMs);
  }

  /** Lets time pass until the link is there. Throws when the host refuses or does not answer. */
  dial(host: WorldHost, options: WorldDialOptions = {}): Link {
    const player = this.startDial(host, options);
    this.runUntil(() => player.link !== undefined || player.end !== undefined, dialMsMax);
    if (player.link !== undefined) return player.link;
    throw new Error(`no link to ${host.address}: ${player.end?.kind ?? 'no answer'}`);
  }

  /** A player at `player-1`. Sends the first datagram with the next step of time. */
  startDial(host: WorldHost, options: WorldDialOptions = {}): WorldPlayer {
    return new WorldPlayer(this, `player-${++this.#players}`, host, options);
  }

  runFor(durationMs: number): void {
    this.network.runFor(durationMs);
  }

  /** Whether it is done, after at most so much virtual time. */
  runUntil(isDone: () => boolean, withinMs: number): boolean {
    return this.network.runUntil(isDone, withinMs);
  }
}

type Output = EndpointOutput<PeerAddress>;

export class WorldHost implements VirtualNode {
  readonly address: string;
  readonly publicKey: Uint8Array;
  readonly channels: ChannelPlan;
  /** @internal */
  readonly endpoint: HostEndpoint<PeerAddress>;
  /** Every link that ever came, in order. */
  readonly links: Link[] = [];
  onLink: ((link: Link) => void) | undefined;

  readonly #world: World;
  readonly #linkChannels: LinkChannels;
  readonly #byConnection = new Map<number, DriverLink>();
  #wakeAtMs = Number.POSITIVE_INFINITY;

  constructor(inWorld: World, address: string, options: WorldHostOptions, unixMs: number) {
    const { crypto, network } = inWorld;
    const keyPair = options.keyPair ?? crypto.x25519KeyPair();
    this.#world = inWorld;
    this.address = address;
    this.publicKey = keyPair.publicKey;
    this.channels = options.channels;
    this.onLink = options.onLink;
    this.#linkChannels = new LinkChannels(planChannels(options.channels));
    this.endpoint = new HostEndpoint(
      crypto,
      {
        keyPair,
        protocolId: protocolIdOf(crypto, protocolName),
        channels: this.#linkChannels.planned,
        deflate: nodeDeflate,
        parameters: options.parameters,
        congestion: congestionFactory(options.congestion),
        observe: inWorld.observe,
        platformKeys: options.platformKeys,
        probesMtu: inWorld.probesMtu,
        unixTimeMs: (nowMs) => unixMs + nowMs,
      },
      network.nowMs,
    );
    network.add(address, this);
  }

  gate(): Gate {
    return this.endpoint.gate(this.#world.nowMs);
  }

  /** Closes every link; none comes any more. */
  close(reason = ''): void {
    this.#world.network.touch(this.address);
    this.endpoint.closeAll(this.#world.nowMs, 0, reason);
  }

  handleDatagram(nowMs: number, from: string, bytes: Uint8Array): void {
    this.endpoint.handleDatagram(nowMs, addressOf(from), bytes);
  }

  handleTimeout(nowMs: number): void {
    this.endpoint.handleTimeout(nowMs);
  }

  drain(nowMs: number, transmit: Transmit): number {
    this.#wakeAtMs = drain(
      this.#wakeAtMs,
      () => this.endpoint.poll(nowMs),
      transmit,
      ({ connection, event }) => {
        if (event.type === 'established') {
          const { publicKey, ticket, address } = event;
          const peer = { publicKey, address: address.key, ...(ticket !== undefined && { ticket }) };
          this.#welcome(connection, peer);
          return;
        }
        this.#byConnection.get(connection)?.handleEvent(event);
        if (event.type === 'ended') this.#byConnection.delete(connection);
      },
    );
    return this.#wakeAtMs;
  }

  #welcome(connection: number, peer: Link['peer']): void {
    const { endpoint, address } = this;
    const { network } = this.#world;
    const link = new DriverLink(peer, this.#linkChannels, {
      send: (channel, message, options) => {
        network.touch(address);
        return endpoint.send(network.nowMs, connection, channel, message, options);
      },
      flush: () => {
        network.touch(address);
        endpoint.flush(network.nowMs, connection);
      },
      close: (code, reason) => {
        network.touch(address);
        endpoint.close(network.nowMs, connection, code, reason);
      },
      isOpen: () => endpoint.isOpen(connection),
      stats: () => endpoint.stats(connection),
      hostTime: () => endpoint.hostTime(this.#world.nowMs),
    });
    this.#byConnection.set(connection, link);
    this.links.push(link);
    this.onLink?.(link);
  }
}

export class WorldPlayer implements VirtualNode {
  /** @internal */
  readonly endpoint: ClientEndpoint<PeerAddress>;
  /** Set when the host has answered. */
  link: Link | undefined;
  /** Set when it ended, with or without a link. */
  end: LinkEnd | undefined;

  readonly #network: VirtualNetwork;
  readonly #link: DriverLink;
  #address: string;
  #wakeAtMs = Number.POSITIVE_INFINITY;

  constructor(inWorld: World, address: string, host: WorldHost, options: WorldDialOptions) {
    const { crypto, network } = inWorld;
    const channels = planChannels(options.channels ?? host.channels);
    const endpoint = new ClientEndpoint<PeerAddress>(
      crypto,
      {
        host: { key: host.address },
        hostPublicKey: host.publicKey,
        keyPair: options.keyPair ?? crypto.x25519KeyPair(),
        protocolId: protocolIdOf(crypto, protocolName),
        gate: options.gate ?? derivedGate(crypto, host.publicKey),
        ticket: options.ticket,
        channels,
        deflate: nodeDeflate,
        parameters: options.parameters,
        congestion: congestionFactory(options.congestion),
        observe: inWorld.observe,
        probesMtu: inWorld.probesMtu,
      },
      network.nowMs,
    );
    this.#network = network;
    this.#address = address;
    this.endpoint = endpoint;
    const peer = { publicKey: host.publicKey, address: host.address };
    this.#link = new DriverLink(peer, new LinkChannels(channels), {
      send: (channel, message, sendOptions) => {
        network.touch(this.#address);
        return endpoint.send(network.nowMs, channel, message, sendOptions);
      },
      flush: () => {
        network.touch(this.#address);
        endpoint.flush(network.nowMs);
      },
      close: (code, reason) => {
        network.touch(this.#address);
        endpoint.close(network.nowMs, code, reason);
      },
      isOpen: () => endpoint.isConnected,
      stats: () => endpoint.stats,
      hostTime: () => endpoint.hostTime(network.nowMs),
    });
    network.add(address, this);
  }

  /** `player-1`, or what `move` made of it. */
  get address(): string {
    return this.#address;
  }

  /**
   * The player is behind another address from now on, and does not know it: `player-1:2` is
   * another port of `player-1`.
   */
  move(newAddress: string): void {
    this.#network.move(this.#address, newAddress);
    this.#address = newAddress;
  }

  /** The player has a new socket there, and says so at once. */
  rebind(newAddress: string): void {
    const isOtherHost = addressOf(newAddress).host !== addressOf(this.#address).host;
    this.move(newAddress);
    this.endpoint.rebind(this.#network.nowMs, isOtherHost);
    this.#network.touch(newAddress);
  }

  handleDatagram(nowMs: number, from: string, bytes: Uint8Array): void {
    this.endpoint.handleDatagram(nowMs, { key: from }, bytes);
  }

  handleTimeout(nowMs: number): void {
    this.endpoint.handleTimeout(nowMs);
  }

  drain(nowMs: number, transmit: Transmit): number {
    this.#wakeAtMs = drain(
      this.#wakeAtMs,
      () => this.endpoint.poll(nowMs),
      transmit,
      ({ event }) => {
        if (event.type === 'established') {
          this.link = this.#link;
          return;
        }
        if (event.type === 'ended') this.end = event.end;
        this.#link.handleEvent(event);
      },
    );
    return this.#wakeAtMs;
  }
}

const addressOf = (key: string) => ({ key, host: key.replace(/:\d+$/, '') });

type EventOutput = Extract<Output, { readonly kind: 'event' }>;

/** A `timeout` holds until the next one: a node that is drained again may have none to tell. */
function drain(
  wokenAtMs: number,
  poll: () => Output | undefined,
  transmit: Transmit,
  onEvent: (output: EventOutput) => void,
): number {
  let wakeAtMs = wokenAtMs;
  for (let output = poll(); output !== undefined; output = poll()) {
    if (output.kind === 'transmit') transmit(output.to.key, output.bytes, output.length);
    else if (output.kind === 'timeout') wakeAtMs = output.atMs;
    else onEvent(output);
  }
  return wakeAtMs;
}
