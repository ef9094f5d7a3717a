// What a finished handshake hands to a connection. What the two ends tell each other about
// themselves stands with its bytes in `codec/paperclip/parameters.ts`.

import type { TransportParameters } from '../../codec/paperclip/parameters.ts';
import type { AeadKey } from '../crypto.ts';
import type { ChannelMode } from '../link.ts';

export type { TransportParameters };

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
  /** A first RTT sample in milliseconds, where the handshake gave one. */
  readonly handshakeRttMs?: number;
}
