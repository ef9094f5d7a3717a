// What the two ends tell each other about themselves inside the handshake, and what a finished
// handshake hands to a connection. The bytes are in `codec/paperclip/parameters.ts`.

import type { AeadKey } from '../crypto.ts';
import type { ChannelMode } from '../link.ts';

/** Sent by each end; binding for the other. Counts and sizes in bytes unless the name says more. */
export interface TransportParameters {
  readonly idleTimeoutMs: number;
  readonly ackDelayMaxMs: number;
  /** Largest UDP payload this end takes: at least 1200. */
  readonly datagramBytesMax: number;
  /** Credit for message bytes on the connection and on each channel, before any WINDOW. */
  readonly connectionWindowBytes: number;
  readonly channelWindowBytes: number;
  /** SHA-256 over the channel plan, first 8 bytes: both ends must have the same plan. */
  readonly channelPlanHash: Uint8Array;
}

/** A channel plan with its wire ids: the index in the list. At most 64 channels. */
export interface PlannedChannel {
  readonly name: string;
  readonly mode: ChannelMode;
  readonly messageBytesMax: number;
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
  readonly sealKey: AeadKey;
  readonly openKey: AeadKey;
  /** A first RTT sample in milliseconds, where the handshake gave one (client). */
  readonly handshakeRttMs?: number;
}
