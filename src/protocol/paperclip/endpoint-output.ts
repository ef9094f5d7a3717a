// What the two endpoints have in common: addresses they never look into, and one output union with
// the drain rule of `output.ts`. Outputs of many connections come out of one `poll`.

import { utf8 } from '../../base/bytes.ts';
import { authLimits, isConnectionId } from '../../codec/paperclip/auth.ts';
import { encodeParameters } from '../../codec/paperclip/parameters.ts';
import type { Crypto } from '../crypto.ts';
import type { TicketClaims } from '../link.ts';
import { largestReliableMessage } from './channel-modes.ts';
import { channelPlanHash } from './channel-plan.ts';
import { messageCharge } from './flow-control.ts';
import { protocolLimits } from './limits.ts';
import type { ConnectionEvent } from './output.ts';
import type { PlannedChannel, TransportParameters } from './parameters.ts';

/** Two addresses are the same peer when their keys are equal. The rest is the driver's. */
export interface PeerAddress {
  readonly key: string;
  /**
   * Equal for addresses that differ in their port only: what is known of the path holds for both.
   * Undefined: unlike every other.
   */
  readonly host?: string | undefined;
  /**
   * Whose share of handshakes it takes while the host is under load; several addresses may have
   * one. Undefined: it takes from no share. Asked for seldom, and may be computed then.
   */
  readonly shareKey?: string | undefined;
}

export type EndpointEvent<Address extends PeerAddress> =
  | {
      readonly type: 'established';
      readonly address: Address;
      readonly publicKey: Uint8Array;
      /** Host side, where the host has a platform. */
      readonly ticket: TicketClaims | undefined;
    }
  | ConnectionEvent;

export type EndpointOutput<Address extends PeerAddress> =
  /** One UDP payload: `bytes[0, length)`. The buffer may be reused by the next `poll`. */
  | {
      readonly kind: 'transmit';
      readonly to: Address;
      readonly bytes: Uint8Array;
      readonly length: number;
    }
  /** `connection` is the local connection id. */
  | {
      readonly kind: 'event';
      readonly connection: number;
      readonly event: EndpointEvent<Address>;
    }
  /** Infinity: nothing to be woken for. */
  | { readonly kind: 'timeout'; readonly atMs: number };

/**
 * What may be set of the transport parameters; the channel plan decides the rest. Defaults:
 * `idleTimeoutMs` 30,000, `ackDelayMaxMs` 110, `datagramBytesMax` 9,000,
 * `channelWindowBytes` 2 MiB, or the charge of one largest message, so that the next can follow at
 * once, and `connectionWindowBytes` 2 MiB, or that charge and 1 MiB for all who do not wait for it.
 */
export type ParameterOptions = Partial<Omit<TransportParameters, 'channelPlanHash'>>;

/** Throws a RangeError that names the parameter that does not fit. */
export function localParameters(
  crypto: Crypto,
  channels: readonly PlannedChannel[],
  options: ParameterOptions,
): TransportParameters {
  const charge = messageCharge(largestReliableMessage(channels));
  const { connectionWindowBytes, channelWindowBytes } = protocolLimits;
  const besideBytes = connectionWindowBytes / 2;
  const parameters = {
    idleTimeoutMs: options.idleTimeoutMs ?? protocolLimits.idleTimeoutMs,
    ackDelayMaxMs: options.ackDelayMaxMs ?? protocolLimits.ackDelayMaxMs,
    datagramBytesMax: options.datagramBytesMax ?? protocolLimits.datagramBytesMax,
    connectionWindowBytes:
      options.connectionWindowBytes ?? Math.max(connectionWindowBytes, charge + besideBytes),
    channelWindowBytes: options.channelWindowBytes ?? Math.max(channelWindowBytes, charge),
    channelPlanHash: channelPlanHash(crypto, channels),
  };
  encodeParameters(parameters);
  return parameters;
}

/** Which application this is, for the clear part of AUTH 1: SHA-256 of its name, first 8 bytes. */
export function protocolIdOf(crypto: Crypto, name: string): Uint8Array {
  return crypto.sha256(utf8(name)).slice(0, authLimits.protocolIdBytes);
}

/** 31 random bits that are not in use and not zero. */
export function drawConnectionId(crypto: Crypto, isTaken: (id: number) => boolean): number {
  for (;;) {
    const [a, b, c, d] = crypto.randomBytes(4);
    const id = ((a! & 0x7f) << 24) | (b! << 16) | (c! << 8) | d!;
    if (isConnectionId(id) && !isTaken(id)) return id;
  }
}
