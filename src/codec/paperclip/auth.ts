// The bytes of everything that is not a data packet: the first byte that all datagrams share, AUTH
// 1 and AUTH 2 with their Noise payloads, and the stateless ERROR and RETRY. What is inside a Noise
// message is opaque here but for its payload; a MAC is a place here, which `gate.ts` and
// `cookies.ts` of protocol/paperclip fill.
//
//   AUTH 1, exactly 1200 bytes, client to host:
//     0x12 | stage 1 (= 1) | suite 1 | gate id 1 | protocol id 8 | client connection id 4 |
//     length 2 | Noise message 1 | zeros up to 1168 | gate MAC 16 | cookie MAC 16
//   AUTH 2, host to client:
//     0x12 | stage 1 (= 2) | suite 1 | 0 | client connection id 4 | length 2 | Noise message 2
//   ERROR, either way, stateless and not authenticated:
//     0x14 | connection id of its receiver 4, or 0 | code 2
//   RETRY, 53 bytes, host to client, stateless:
//     0x15 | client connection id 4 | nonce 16 | sealed cookie 16 | tag 16
//   Payload of Noise message 1: length 1 | parameters | length 2 | ticket
//   Payload of Noise message 2: 0 | length 1 | parameters | host connection id 4 | host time 6
//                           or: 1 | error code 2
//
// Whole numbers are big-endian. A datagram comes whole, so a decoder never asks for more: what is
// cut is malformed.

import { err, ok, type Result } from '../../base/result.ts';
import { ticketLimits } from './ticket.ts';

export const protocolVersion = 1;

export const authLimits = {
  auth1Bytes: 1_200,
  protocolIdBytes: 8,
  macBytes: 16,
  /** Where the gate MAC stands; it covers everything before it. */
  gateMacOffset: 1_168,
  /** Where the cookie MAC stands; it covers everything before it. All zero: no cookie. */
  cookieMacOffset: 1_184,
  noiseMessage1BytesMax: 1_168 - 18,
  auth2HeaderBytes: 10,
  /** Never larger than what it answers. */
  auth2BytesMax: 1_200,
  errorBytes: 7,
  retryBytes: 53,
  /** RETRY's first byte and connection id, which its tag covers. */
  retryHeaderBytes: 5,
  retryNonceBytes: 16,
  cookieBytes: 16,
  /** 0 stands for "no connection". */
  connectionIdMax: 0x7fff_ffff,
} as const;

/** The one suite there is: Noise_IK_25519_ChaChaPoly_SHA256. */
export const suiteNoiseIk = 1;

export const datagramTypes = { auth: 0x12, error: 0x14, retry: 0x15 } as const;

export type DatagramKind = 'data' | 'auth' | 'error' | 'retry' | 'unknown-version' | 'unknown-type';

/** High nibble: version. Low nibble: `1kpp` is a data packet, the others by the table. */
export function datagramKind(firstByte: number): DatagramKind {
  if (firstByte >> 4 !== protocolVersion) return 'unknown-version';
  if ((firstByte & 0x08) !== 0) return 'data';
  if (firstByte === datagramTypes.auth) return 'auth';
  if (firstByte === datagramTypes.error) return 'error';
  if (firstByte === datagramTypes.retry) return 'retry';
  return 'unknown-type';
}

export interface Auth1 {
  readonly suite: number;
  readonly gateId: number;
  readonly protocolId: Uint8Array;
  readonly clientConnectionId: number;
  readonly noiseMessage: Uint8Array;
}

export interface Auth2 {
  readonly clientConnectionId: number;
  readonly noiseMessage: Uint8Array;
}

export type AuthMalformed = 'wrong-length' | 'auth-malformed' | 'unknown-suite';

/** With both MACs zero. Throws a RangeError when the message is too long for its place. */
export function encodeAuth1(auth: Auth1): Uint8Array {
  const { noiseMessage } = auth;
  if (noiseMessage.length > authLimits.noiseMessage1BytesMax) {
    throw new RangeError(`Noise message 1 is ${noiseMessage.length} bytes, too long for AUTH 1`);
  }
  const bytes = new Uint8Array(authLimits.auth1Bytes);
  const view = new DataView(bytes.buffer);
  bytes[0] = datagramTypes.auth;
  bytes[1] = 1;
  bytes[2] = auth.suite;
  bytes[3] = auth.gateId;
  bytes.set(auth.protocolId.subarray(0, authLimits.protocolIdBytes), 4);
  view.setUint32(12, auth.clientConnectionId);
  view.setUint16(16, noiseMessage.length);
  bytes.set(noiseMessage, 18);
  return bytes;
}

/** The MACs are not looked at. The fields are views into `bytes`. */
export function decodeAuth1(bytes: Uint8Array): Result<Auth1, AuthMalformed> {
  if (bytes.length !== authLimits.auth1Bytes) return err('wrong-length');
  if (bytes[0] !== datagramTypes.auth || bytes[1] !== 1) return err('auth-malformed');
  if (bytes[2] !== suiteNoiseIk) return err('unknown-suite');
  // Byte by byte: a DataView for each would be a fifth of what a flood's datagram costs.
  const high = bytes[12]! * 0x100_0000;
  const clientConnectionId = high + ((bytes[13]! << 16) | (bytes[14]! << 8) | bytes[15]!);
  if (!isConnectionId(clientConnectionId)) return err('auth-malformed');
  const length = (bytes[16]! << 8) | bytes[17]!;
  if (length > authLimits.noiseMessage1BytesMax) return err('auth-malformed');
  for (let at = 18 + length; at < authLimits.gateMacOffset; at++) {
    if (bytes[at] !== 0) return err('auth-malformed');
  }
  return ok({
    suite: suiteNoiseIk,
    gateId: bytes[3]!,
    protocolId: bytes.subarray(4, 12),
    clientConnectionId,
    noiseMessage: bytes.subarray(18, 18 + length),
  });
}

export function encodeAuth2(auth: Auth2): Uint8Array {
  const header = authLimits.auth2HeaderBytes;
  const bytes = new Uint8Array(header + auth.noiseMessage.length);
  const view = new DataView(bytes.buffer);
  bytes[0] = datagramTypes.auth;
  bytes[1] = 2;
  bytes[2] = suiteNoiseIk;
  view.setUint32(4, auth.clientConnectionId);
  view.setUint16(8, auth.noiseMessage.length);
  bytes.set(auth.noiseMessage, header);
  return bytes;
}

export function decodeAuth2(bytes: Uint8Array): Result<Auth2, AuthMalformed> {
  const header = authLimits.auth2HeaderBytes;
  if (bytes.length < header || bytes.length > authLimits.auth2BytesMax) return err('wrong-length');
  if (bytes[0] !== datagramTypes.auth || bytes[1] !== 2 || bytes[3] !== 0) {
    return err('auth-malformed');
  }
  if (bytes[2] !== suiteNoiseIk) return err('unknown-suite');
  const view = viewOf(bytes);
  const clientConnectionId = view.getUint32(4);
  if (!isConnectionId(clientConnectionId)) return err('auth-malformed');
  if (view.getUint16(8) !== bytes.length - header) return err('wrong-length');
  return ok({ clientConnectionId, noiseMessage: bytes.subarray(header) });
}

export interface StatelessError {
  /** The receiver's connection id, 0 where the sender could not know it. */
  readonly connectionId: number;
  readonly code: number;
}

export function encodeError(error: StatelessError): Uint8Array {
  const bytes = new Uint8Array(authLimits.errorBytes);
  const view = new DataView(bytes.buffer);
  bytes[0] = datagramTypes.error;
  view.setUint32(1, error.connectionId);
  view.setUint16(5, error.code);
  return bytes;
}

export function decodeError(bytes: Uint8Array): Result<StatelessError, AuthMalformed> {
  if (bytes.length !== authLimits.errorBytes) return err('wrong-length');
  const view = viewOf(bytes);
  const connectionId = view.getUint32(1);
  if (bytes[0] !== datagramTypes.error || connectionId > authLimits.connectionIdMax) {
    return err('auth-malformed');
  }
  return ok({ connectionId, code: view.getUint16(5) });
}

const retryCookieOffset = authLimits.retryHeaderBytes + authLimits.retryNonceBytes;

export interface Retry {
  readonly clientConnectionId: number;
  readonly nonce: Uint8Array;
  /** The cookie and its tag. */
  readonly sealedCookie: Uint8Array;
}

export function encodeRetry(retry: Retry): Uint8Array {
  const bytes = new Uint8Array(authLimits.retryBytes);
  bytes[0] = datagramTypes.retry;
  viewOf(bytes).setUint32(1, retry.clientConnectionId);
  bytes.set(retry.nonce, authLimits.retryHeaderBytes);
  bytes.set(retry.sealedCookie, retryCookieOffset);
  return bytes;
}

/** The fields are views into `bytes`. */
export function decodeRetry(bytes: Uint8Array): Result<Retry, AuthMalformed> {
  if (bytes.length !== authLimits.retryBytes) return err('wrong-length');
  const clientConnectionId = viewOf(bytes).getUint32(1);
  if (bytes[0] !== datagramTypes.retry || !isConnectionId(clientConnectionId)) {
    return err('auth-malformed');
  }
  return ok({
    clientConnectionId,
    nonce: bytes.subarray(authLimits.retryHeaderBytes, retryCookieOffset),
    sealedCookie: bytes.subarray(retryCookieOffset),
  });
}

export interface Auth1Payload {
  /** For `decodeParameters`. */
  readonly parameters: Uint8Array;
  /** For `decodeTicket`; empty: no ticket. */
  readonly ticket: Uint8Array;
}

export function encodeAuth1Payload({ parameters, ticket }: Auth1Payload): Uint8Array {
  if (ticket.length > ticketLimits.ticketBytesMax) {
    throw new RangeError(`ticket is ${ticket.length} bytes, more than any ticket is`);
  }
  const bytes = new Uint8Array(1 + parameters.length + 2 + ticket.length);
  bytes[0] = parameters.length;
  bytes.set(parameters, 1);
  viewOf(bytes).setUint16(1 + parameters.length, ticket.length);
  bytes.set(ticket, 3 + parameters.length);
  return bytes;
}

export function decodeAuth1Payload(bytes: Uint8Array): Result<Auth1Payload, 'payload-malformed'> {
  const parametersEnd = 1 + (bytes[0] ?? 0);
  if (bytes.length < parametersEnd + 2) return err('payload-malformed');
  const ticketLength = viewOf(bytes).getUint16(parametersEnd);
  if (bytes.length !== parametersEnd + 2 + ticketLength) return err('payload-malformed');
  return ok({
    parameters: bytes.subarray(1, parametersEnd),
    ticket: bytes.subarray(parametersEnd + 2),
  });
}

export type Auth2Payload =
  | {
      readonly kind: 'accepted';
      readonly parameters: Uint8Array;
      readonly hostConnectionId: number;
      /** Unix milliseconds when the host answered. */
      readonly hostTimeMs: number;
    }
  | { readonly kind: 'refused'; readonly code: number };

export function encodeAuth2Payload(payload: Auth2Payload): Uint8Array {
  if (payload.kind === 'refused') {
    const bytes = Uint8Array.of(1, 0, 0);
    viewOf(bytes).setUint16(1, payload.code);
    return bytes;
  }
  const { parameters } = payload;
  const bytes = new Uint8Array(2 + parameters.length + 4 + 6);
  const view = viewOf(bytes);
  const at = 2 + parameters.length;
  bytes[1] = parameters.length;
  bytes.set(parameters, 2);
  view.setUint32(at, payload.hostConnectionId);
  view.setUint16(at + 4, Math.floor(payload.hostTimeMs / 0x1_0000_0000));
  view.setUint32(at + 6, payload.hostTimeMs >>> 0);
  return bytes;
}

export function decodeAuth2Payload(bytes: Uint8Array): Result<Auth2Payload, 'payload-malformed'> {
  const view = viewOf(bytes);
  if (bytes.length === 3 && bytes[0] === 1) return ok({ kind: 'refused', code: view.getUint16(1) });
  const at = 2 + (bytes[1] ?? 0);
  if (bytes[0] !== 0 || bytes.length !== at + 10) return err('payload-malformed');
  const hostConnectionId = view.getUint32(at);
  if (!isConnectionId(hostConnectionId)) return err('payload-malformed');
  return ok({
    kind: 'accepted',
    parameters: bytes.subarray(2, at),
    hostConnectionId,
    hostTimeMs: view.getUint16(at + 4) * 0x1_0000_0000 + view.getUint32(at + 6),
  });
}

export function isConnectionId(id: number): boolean {
  return id >= 1 && id <= authLimits.connectionIdMax;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
