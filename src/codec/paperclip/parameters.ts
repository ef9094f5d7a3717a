// The bytes of the transport parameters, as they stand inside the two Noise messages of the
// handshake behind one length byte: a later format may be longer, this one has one length only.
//
//   idle time-out ms 4 | ack delay ms 2 | datagram 2 | connection window 4 | channel window 4 |
//   channel plan hash 8
//
// Whole numbers are big-endian.

import { err, ok, type Result } from '../../base/result.ts';

/** Sent by each end; binding for the other. Counts and sizes in bytes unless the name says more. */
export interface TransportParameters {
  /** The connection ends when nothing authentic came for so long: 1,000 to 600,000. */
  readonly idleTimeoutMs: number;
  /** This end acknowledges what asks for it within this time: 0 to 1,000. */
  readonly ackDelayMaxMs: number;
  /** Largest UDP payload this end takes: at least 1200. */
  readonly datagramBytesMax: number;
  /** Credit for message bytes on the connection and on each channel, before any WINDOW. */
  readonly connectionWindowBytes: number;
  readonly channelWindowBytes: number;
  /** SHA-256 over the channel plan, first 8 bytes: both ends must have the same plan. */
  readonly channelPlanHash: Uint8Array;
}

export const parametersBytes = 24;

/** What either end may say. Outside of it, the parameters are malformed. */
export const parameterLimits = {
  idleTimeoutMs: { min: 1_000, max: 600_000 },
  ackDelayMaxMs: { min: 0, max: 1_000 },
  datagramBytesMax: { min: 1_200, max: 65_507 },
  connectionWindowBytes: { min: 1_200, max: 0xffff_ffff },
  channelWindowBytes: { min: 1_200, max: 0xffff_ffff },
  channelPlanHashBytes: 8,
} as const;

const numbers = [
  'idleTimeoutMs',
  'ackDelayMaxMs',
  'datagramBytesMax',
  'connectionWindowBytes',
  'channelWindowBytes',
] as const;

export type ParametersMalformed = 'length' | (typeof numbers)[number];

/** Throws a RangeError that names the parameter that does not fit. */
export function encodeParameters(parameters: TransportParameters): Uint8Array {
  for (const name of numbers) {
    const { min, max } = parameterLimits[name];
    const value = parameters[name];
    if (!Number.isInteger(value) || value < min || value > max) {
      throw new RangeError(`${name} must be a whole number from ${min} to ${max}, not ${value}`);
    }
  }
  if (parameters.channelPlanHash.length !== parameterLimits.channelPlanHashBytes) {
    throw new RangeError(`channelPlanHash must be ${parameterLimits.channelPlanHashBytes} bytes`);
  }
  const bytes = new Uint8Array(parametersBytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, parameters.idleTimeoutMs);
  view.setUint16(4, parameters.ackDelayMaxMs);
  view.setUint16(6, parameters.datagramBytesMax);
  view.setUint32(8, parameters.connectionWindowBytes);
  view.setUint32(12, parameters.channelWindowBytes);
  bytes.set(parameters.channelPlanHash, 16);
  return bytes;
}

export function decodeParameters(
  bytes: Uint8Array,
): Result<TransportParameters, ParametersMalformed> {
  if (bytes.length !== parametersBytes) return err('length');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const parameters: TransportParameters = {
    idleTimeoutMs: view.getUint32(0),
    ackDelayMaxMs: view.getUint16(4),
    datagramBytesMax: view.getUint16(6),
    connectionWindowBytes: view.getUint32(8),
    channelWindowBytes: view.getUint32(12),
    channelPlanHash: new Uint8Array(bytes.subarray(16, 24)),
  };
  for (const name of numbers) {
    const { min, max } = parameterLimits[name];
    if (parameters[name] < min || parameters[name] > max) return err(name);
  }
  return ok(parameters);
}
