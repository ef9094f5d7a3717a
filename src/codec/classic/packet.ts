// One datagram of Paperclip 0: common header, header of its type, data (section 1). What flags do
// to the data is the protocol's (`protocol/classic/pipeline.ts`).
//
//   version 4 bits, type 4 bits | flags | sequence id 4 | fragment id, count | init vector 16 |
//   CRC-32 4 | header of the type | data
//
// A decoded packet encodes to the same bytes, but for what is ignored: reserved flags, the upper
// half of the ack bits, and heartbeats above 1. Decoded bytes are views into the datagram.

import { err, ok, type Result } from '../../base/result.ts';
import { errorCodes, flags, flagsMask, type PacketType, packetTypes } from './numbers.ts';

export const initVectorBytes = 16;
export const sequenceIds = 0x1_0000;
/** The longest datagram that the old peer reads. */
export const datagramBytesMax = 1024;
export const certificateBytesMax = 0xffff;

/** The one byte that says how long a public key is. */
const publicKeyBytesMax = 0xff;

export interface Fragment {
  readonly id: number;
  readonly count: number;
}

export interface PacketHead {
  /** Without reserved bits. FRAG, ENCRYPTED, CHECKSUM say which fields below are there. */
  readonly flags: number;
  /** Below `sequenceIds` in all that is sent; the four bytes can hold more, and so can this. */
  readonly sequenceId: number;
  readonly fragment?: Fragment;
  readonly initVector?: Uint8Array;
  /** CRC-32 of the data as its sender had it. */
  readonly checksum?: number;
}

/** What is said by the type and its own header. */
export type PacketBody =
  | { readonly type: 'default' }
  /** Bits: 15 is the id before `ackId`, 0 the sixteenth before. */
  | { readonly type: 'ack'; readonly ackId: number; readonly ackBits: number }
  | {
      readonly type: 'auth';
      /** DER, SubjectPublicKeyInfo. */
      readonly publicKey: Uint8Array;
      /** X.509 DER. */
      readonly certificate?: Uint8Array;
    }
  | { readonly type: 'heartbeat'; readonly isPing: boolean }
  | { readonly type: 'error'; readonly code: number };

export type Packet = PacketHead & PacketBody & { readonly data: Uint8Array };

/** The error is the code that the sender is told. */
export function decodePacket(bytes: Uint8Array): Result<Packet, number> {
  if (bytes.length < 1) return err(errorCodes.packet);
  if (bytes[0]! >> 4 !== 0) return err(errorCodes.version);
  const type = packetTypes[bytes[0]! & 15];
  if (type === undefined) return err(errorCodes.packetType);
  if (bytes.length < 2) return err(errorCodes.flags);
  const flagBits = bytes[1]! & flagsMask;
  if (bytes.length < 6) return err(errorCodes.sequenceId);
  const sequenceId = uint32(bytes, 2);
  let at = 6;
  const head: { -readonly [K in keyof PacketHead]: PacketHead[K] } = {
    flags: flagBits,
    sequenceId,
  };
  if (flagBits & flags.fragmented) {
    if (bytes.length < at + 1) return err(errorCodes.fragmentId);
    if (bytes.length < at + 2 || bytes[at + 1] === 0) return err(errorCodes.fragmentNumber);
    const fragment = { id: bytes[at]!, count: bytes[at + 1]! };
    if (fragment.id >= fragment.count) return err(errorCodes.fragmentId);
    head.fragment = fragment;
    at += 2;
  }
  if (flagBits & flags.encrypted) {
    if (bytes.length < at + initVectorBytes) return err(errorCodes.initVector);
    head.initVector = bytes.subarray(at, at + initVectorBytes);
    at += initVectorBytes;
  }
  if (flagBits & flags.checksum) {
    if (bytes.length < at + 4) return err(errorCodes.checksum);
    head.checksum = uint32(bytes, at);
    at += 4;
  }
  const body = decodeBody(type, bytes, at);
  if (body === undefined) return err(errorCodes.packet);
  return ok({ ...head, ...body.body, data: bytes.subarray(body.end) });
}

/** Undefined when it is cut short, or more follows where nothing may. */
function decodeBody(
  type: PacketType,
  bytes: Uint8Array,
  at: number,
): { readonly body: PacketBody; readonly end: number } | undefined {
  const left = bytes.length - at;
  switch (type) {
    case 'default':
      return { body: { type }, end: at };
    case 'ack': {
      if (left < 8) return undefined;
      const ackId = uint32(bytes, at);
      const ackBits = (bytes[at + 6]! << 8) | bytes[at + 7]!;
      return { body: { type, ackId, ackBits }, end: at + 8 };
    }
    case 'auth':
      return decodeAuth(bytes, at);
    case 'heartbeat':
      if (left < 1) return undefined;
      return { body: { type, isPing: bytes[at] === 0 }, end: at + 1 };
    case 'error':
      if (left < 1) return undefined;
      return { body: { type, code: bytes[at]! }, end: at + 1 };
    default:
      return type satisfies never;
  }
}

function decodeAuth(
  bytes: Uint8Array,
  at: number,
): { readonly body: PacketBody; readonly end: number } | undefined {
  const keyEnd = at + 1 + (bytes[at] ?? 0);
  if (bytes.length <= at || bytes.length < keyEnd) return undefined;
  const publicKey = bytes.subarray(at + 1, keyEnd);
  if (bytes.length === keyEnd) return { body: { type: 'auth', publicKey }, end: keyEnd };
  if (bytes.length < keyEnd + 2) return undefined;
  const end = keyEnd + 2 + ((bytes[keyEnd]! << 8) | bytes[keyEnd + 1]!);
  if (bytes.length !== end) return undefined;
  return { body: { type: 'auth', publicKey, certificate: bytes.subarray(keyEnd + 2) }, end };
}

/** Throws a RangeError on fields that the flags do not allow or the bytes cannot hold. */
export function encodePacket(packet: Packet): Uint8Array {
  const { fragment, initVector, checksum, data } = packet;
  const has = (flag: number): boolean => (packet.flags & flag) !== 0;
  if (
    has(flags.fragmented) !== (fragment !== undefined) ||
    has(flags.encrypted) !== (initVector !== undefined) ||
    has(flags.checksum) !== (checksum !== undefined)
  ) {
    throw new RangeError('flags and fields of a packet must agree');
  }
  const body = encodeBody(packet);
  const headBytes =
    6 + (fragment ? 2 : 0) + (initVector ? initVectorBytes : 0) + (checksum === undefined ? 0 : 4);
  const bytes = new Uint8Array(headBytes + body.length + data.length);
  bytes[0] = packetTypes.indexOf(packet.type);
  bytes[1] = packet.flags & flagsMask;
  writeUint32(bytes, 2, packet.sequenceId);
  let at = 6;
  if (fragment) {
    bytes[at++] = fragment.id;
    bytes[at++] = fragment.count;
  }
  if (initVector) {
    bytes.set(initVector, at);
    at += initVectorBytes;
  }
  if (checksum !== undefined) writeUint32(bytes, at, checksum);
  bytes.set(body, headBytes);
  bytes.set(data, headBytes + body.length);
  return bytes;
}

function encodeBody(body: PacketBody): Uint8Array {
  switch (body.type) {
    case 'default':
      return new Uint8Array(0);
    case 'ack': {
      const bytes = new Uint8Array(8);
      writeUint32(bytes, 0, body.ackId);
      writeUint32(bytes, 4, body.ackBits);
      return bytes;
    }
    case 'auth':
      return encodeAuth(body.publicKey, body.certificate);
    case 'heartbeat':
      return Uint8Array.of(body.isPing ? 0 : 1);
    case 'error':
      return Uint8Array.of(body.code);
    default:
      return body satisfies never;
  }
}

function encodeAuth(publicKey: Uint8Array, certificate: Uint8Array | undefined): Uint8Array {
  if (publicKey.length > publicKeyBytesMax) throw new RangeError('publicKey is too long');
  if (certificate === undefined) return Uint8Array.of(publicKey.length, ...publicKey);
  const { length } = certificate;
  if (length > certificateBytesMax) throw new RangeError('certificate is too long');
  return Uint8Array.of(publicKey.length, ...publicKey, length >> 8, length & 255, ...certificate);
}

function uint32(bytes: Uint8Array, at: number): number {
  const low = (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
  return bytes[at]! * 0x100_0000 + low;
}

function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}
