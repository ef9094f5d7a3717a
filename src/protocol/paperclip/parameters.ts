// What a finished handshake hands to a connection. What the two ends tell each other about
// themselves stands with its bytes in `codec/paperclip/parameters.ts`.

import type { TransportParameters } from '../../codec/paperclip/parameters.ts';
import type { Crypto } from '../crypto.ts';
import type { Deflate } from '../deflate.ts';
import type { ChannelMode, Lane } from '../link.ts';
import type { CongestionFactory } from './congestion.ts';
import type { EndpointMemory } from './endpoint-memory.ts';
import type { HostClock } from './host-clock.ts';
import type { ConnectionTrace } from './trace.ts';

export type { TransportParameters };

/** A channel plan with its wire ids: the index in the list. At most 64 channels. */
export interface PlannedChannel {
  readonly name: string;
  readonly mode: ChannelMode;
  readonly messageBytesMax: number;
  /** This side's own choice; the peer may have another. */
  readonly lane: Lane;
  readonly weight: number;
  readonly redundancy: boolean;
  /** Messages may be compressed on the wire. */
  readonly compress: boolean;
}

/** All that a connection is made of once the handshake has keys. */
export interface ConnectionSetup {
  readonly role: 'client' | 'host';
  readonly channels: readonly PlannedChannel[];
  readonly local: TransportParameters;
  readonly remote: TransportParameters;
  /** 31-bit, chosen by the receiver: ours stands in packets we get, theirs in packets we send. */
  readonly localConnectionId: number;
  readonly remoteConnectionId: number;
  readonly crypto: Crypto;
  /** The first key of each direction, 32 bytes. */
  readonly sealKey: Uint8Array;
  readonly openKey: Uint8Array;
  readonly deflate: Deflate;
  /** What a host tells its clients of the time. */
  readonly hostClock?: HostClock;
  /** Shared with other connections of one endpoint. Default: its own. */
  readonly memory?: EndpointMemory;
  /** Default: see `congestion-choice.ts`. */
  readonly congestion?: CongestionFactory;
  /** A first RTT sample in milliseconds, where the handshake gave one. */
  readonly handshakeRttMs?: number;
  /** Datagrams leave unfragmented or not at all, so that the path's MTU can be probed. */
  readonly probesMtu?: boolean;
  /** Who watches. */
  readonly trace?: ConnectionTrace;
  /** Default: those of `protocolLimits`. */
  readonly keyLimits?: KeyLimits;
  /** Of both ends. Default 0; tests begin near the ends of what numbers can count. */
  readonly firstPacketNumber?: number;
}

/** With memory, be it the endpoint's or the connection's own. */
export interface EquippedSetup extends ConnectionSetup {
  readonly memory: EndpointMemory;
}

/** When this end changes its key, and how many forgeries it bears. */
export interface KeyLimits {
  readonly packetsMax?: number;
  readonly ageMsMax?: number;
  readonly aeadFailuresMax?: number;
}
