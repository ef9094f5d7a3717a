// Two established connections facing each other over simulated links, without a handshake: for
// tests of what happens after one. The keys are fixed; the cryptography is the real one.

import { seededRandom } from '../base/prng.ts';
import { createCrypto } from '../driver/default-crypto.ts';
import { nodeDeflate } from '../driver/node-deflate.ts';
import type { AeadKey } from '../protocol/crypto.ts';
import type { ChannelPlan } from '../protocol/link.ts';
import { planChannels } from '../protocol/paperclip/channel-plan.ts';
import type { CongestionFactory } from '../protocol/paperclip/congestion.ts';
import { Connection, type MessageOptions } from '../protocol/paperclip/connection.ts';
import type { EndpointMemory } from '../protocol/paperclip/endpoint-memory.ts';
import { localParameters, type ParameterOptions } from '../protocol/paperclip/endpoint-output.ts';
import type { HostClock } from '../protocol/paperclip/host-clock.ts';
import type { ConnectionEvent } from '../protocol/paperclip/output.ts';
import type { ConnectionSetup, KeyLimits } from '../protocol/paperclip/parameters.ts';
import { type ConnectionObserver, withTrace } from '../protocol/paperclip/trace.ts';
import type { LinkConditions } from './simulated-link.ts';
import { type Transmit, VirtualNetwork, type VirtualNode } from './virtual-network.ts';

export interface ConnectionPairOptions extends LinkConditions {
  readonly seed?: number | string;
  readonly channels: ChannelPlan;
  /** Of both ends. */
  readonly parameters?: ParameterOptions;
  readonly keyLimits?: KeyLimits;
  readonly firstPacketNumber?: number;
  readonly probesMtu?: boolean;
  /** Default: the host tells no time. */
  readonly hostClock?: HostClock;
  readonly observeClient?: ConnectionObserver;
  readonly observeHost?: ConnectionObserver;
  /** Of both ends. */
  readonly congestion?: CongestionFactory;
  /** What the host shares with those of other pairs. Default: nothing. */
  readonly hostMemory?: EndpointMemory;
  /** Where other pairs are already; then `name` tells this one's addresses from theirs. */
  readonly network?: VirtualNetwork;
  readonly name?: string;
}

export const clientConnectionId = 0x0c11e270;
export const hostConnectionId = 0x05705705;

export class PairSide implements VirtualNode {
  readonly connection: Connection;
  /** What has not been taken by `takeEvents`, unless `onEvent` is set. */
  readonly events: ConnectionEvent[] = [];
  onEvent: ((event: ConnectionEvent) => void) | undefined;

  readonly #network: VirtualNetwork;
  readonly #address: string;
  readonly #peerAddress: string;
  /** Holds until the next `timeout`: drained again, the connection may have none to tell. */
  #wakeAtMs = Number.POSITIVE_INFINITY;

  constructor(network: VirtualNetwork, address: string, peer: string, connection: Connection) {
    this.#network = network;
    this.#address = address;
    this.#peerAddress = peer;
    this.connection = connection;
    network.add(address, this);
  }

  /** As `Connection.send`, at the network's time. */
  send(channel: number, message: Uint8Array, options?: MessageOptions): boolean {
    this.#network.touch(this.#address);
    return this.connection.send(this.#network.nowMs, channel, message, options);
  }

  flush(): void {
    this.#network.touch(this.#address);
    this.connection.flush(this.#network.nowMs);
  }

  close(code: number, reason: string): void {
    this.#network.touch(this.#address);
    this.connection.close(this.#network.nowMs, code, reason);
  }

  takeEvents(): ConnectionEvent[] {
    return this.events.splice(0);
  }

  handleDatagram(nowMs: number, _from: string, bytes: Uint8Array): void {
    this.connection.handleDatagram(nowMs, bytes, 0, bytes.length);
  }

  handleTimeout(nowMs: number): void {
    this.connection.handleTimeout(nowMs);
  }

  drain(nowMs: number, transmit: Transmit): number {
    for (let o = this.connection.poll(nowMs); o !== undefined; o = this.connection.poll(nowMs)) {
      if (o.kind === 'transmit') transmit(this.#peerAddress, o.bytes, o.length);
      else if (o.kind === 'timeout') this.#wakeAtMs = o.atMs;
      else if (this.onEvent === undefined) this.events.push(o.event);
      else this.onEvent(o.event);
    }
    return this.#wakeAtMs;
  }
}

export interface ConnectionPair {
  readonly network: VirtualNetwork;
  readonly client: PairSide;
  readonly host: PairSide;
  /** What the client seals with: a test can speak in its name. */
  readonly clientSealKey: AeadKey;
}

export function connectionPair(options: ConnectionPairOptions): ConnectionPair {
  const random = seededRandom('pair crypto', options.seed ?? 0);
  const crypto = createCrypto({
    randomBytes: (length) => Uint8Array.from({ length }, () => random.below(256)),
  });
  const channels = planChannels(options.channels);
  const parameters = localParameters(crypto, channels, options.parameters ?? {});
  const clientKey = new Uint8Array(32).fill(1);
  const hostKey = new Uint8Array(32).fill(2);
  const both = {
    channels,
    local: parameters,
    remote: parameters,
    crypto,
    deflate: nodeDeflate,
    ...(options.keyLimits && { keyLimits: options.keyLimits }),
    ...(options.probesMtu && { probesMtu: true }),
    ...(options.firstPacketNumber && { firstPacketNumber: options.firstPacketNumber }),
    ...(options.congestion && { congestion: options.congestion }),
  };
  const network = options.network ?? new VirtualNetwork(options.seed ?? 0, options);
  const { name = '' } = options;
  const { nowMs } = network;
  const clientSetup: ConnectionSetup = {
    ...both,
    role: 'client',
    localConnectionId: clientConnectionId,
    remoteConnectionId: hostConnectionId,
    sealKey: clientKey,
    openKey: hostKey,
  };
  const hostSetup: ConnectionSetup = {
    ...both,
    role: 'host',
    localConnectionId: hostConnectionId,
    remoteConnectionId: clientConnectionId,
    sealKey: hostKey,
    openKey: clientKey,
    ...(options.hostClock && { hostClock: options.hostClock }),
    ...(options.hostMemory && { memory: options.hostMemory }),
  };
  const client = new Connection(withTrace(clientSetup, options.observeClient, nowMs), nowMs);
  const host = new Connection(withTrace(hostSetup, options.observeHost, nowMs), nowMs);
  return {
    network,
    client: new PairSide(network, `client${name}`, `host${name}`, client),
    host: new PairSide(network, `host${name}`, `client${name}`, host),
    clientSealKey: crypto.aeadKey(clientKey),
  };
}
