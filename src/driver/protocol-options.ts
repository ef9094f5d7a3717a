// What `listen` and `dial` have in common: options with their defaults.

import type { Crypto } from '../protocol/crypto.ts';
import type { ChannelPlan } from '../protocol/link.ts';
import type { CongestionChoice } from '../protocol/paperclip/congestion-choice.ts';
import type { ParameterOptions } from '../protocol/paperclip/endpoint-output.ts';
import type { DatagramPort } from './datagram-network.ts';
import type { DatagramTap, WireOptions } from './drain-loop.ts';
import { type ImpairDatagram, type Impairment, impairDatagrams } from './impairment.ts';

export interface ProtocolOptions {
  /** Equal on both ends. */
  readonly channels: ChannelPlan;
  /** Name of the application; hosts refuse clients of another. Default `paperclip`. */
  readonly protocol?: string;
  /** What this end asks of the other: each has a default. */
  readonly parameters?: ParameterOptions;
  /**
   * Who decides how fast this end sends. Default `adaptive`; `{ bytesPerSecond }` sends at that
   * rate whatever is lost, for networks of your own only.
   */
  readonly congestion?: CongestionChoice;
  /** False: no datagram is above 1,200 bytes. Default: as the path takes, where that is known. */
  readonly mtuProbing?: boolean;
  /** Sees every datagram, sealed as it is on the wire. */
  readonly datagramTap?: DatagramTap;
  /** Simulated trouble for what this end sends, to try things out. Default: none. */
  readonly impair?: Impairment | ImpairDatagram;
  /**
   * Write each connection's events as qlog: to this folder, which is made, or to this file when it
   * ends in `.sqlog` (a second connection is not traced then).
   */
  readonly trace?: string;
  /**
   * Append each connection's keys to this file. Who has it reads everything that was said: for
   * debugging alone.
   */
  readonly keyLogFile?: string;
  /** Default: that of `createCrypto`, with the fastest AEAD of this machine. */
  readonly crypto?: Crypto;
}

/** Only where datagrams stay whole: a probe that is cut and put together again tells nothing. */
export const probesMtuOn = ({ mtuProbing = true }: ProtocolOptions, port: DatagramPort): boolean =>
  mtuProbing && (port.canProbeMtu ?? false);

export const protocolNameDefault = 'paperclip';

export function wireOptionsOf({ datagramTap, impair }: ProtocolOptions): WireOptions {
  return {
    datagramTap,
    impair: typeof impair === 'object' ? impairDatagrams(impair) : impair,
  };
}
