// The datagrams of the floors of the capacity benchmark, UDP alone and UDP with the cipher: as long
// as those of Paperclip's host, so that all pay the kernel and the cipher for as many bytes.
//
//   connection (uint32), counter (uint32), message, zeros; and where it is sealed, a tag
//
// Connection and counter are in the open, as the associated data of what is sealed. An answer's
// counter is one more than the question's, which is even: so one key serves both ways.

import { createHash } from 'node:crypto';
import { type AeadKey, defaultCrypto } from '../../src/driver/index.ts';

/**
 * What a datagram of Paperclip has besides its message: header, acknowledgement, the frame's own
 * header and the tag. Measured: bytes per datagram out of the host, less the 64 of a message; the
 * table says it of each run.
 */
const overheadBytes = 35;
const counterAt = 4;
export const headerBytes = 8;
const tagBytes = 16;

export const datagramBytesOf = (messageBytes: number): number => messageBytes + overheadBytes;

export const connectionOf = (bytes: Uint8Array, start: number): number => uint32(bytes, start);
export const counterOf = (bytes: Uint8Array, start: number): number =>
  uint32(bytes, start + counterAt);

export function writeHeader(into: Uint8Array, connection: number, counter: number): void {
  writeUint32(into, 0, connection);
  writeUint32(into, counterAt, counter);
}

/** A key for each connection; both ends make them from one secret. */
export const keysOf = (secret: string, count: number): readonly AeadKey[] =>
  Array.from({ length: count }, (_, i) =>
    defaultCrypto.aeadKey(createHash('sha256').update(`${secret} ${i}`).digest()),
  );

/** Seals what is behind the header, in its place. The last 16 bytes become the tag. */
export function seal(key: AeadKey, datagram: Uint8Array, length: number): void {
  const at = headerBytes;
  const plainEnd = length - tagBytes;
  key.seal(datagram, at, datagram, at, plainEnd, counterOf(datagram, 0), datagram, 0, at);
}

/** Opens `bytes[start, end)` to the same place in `into`, from 0 on, without the header. */
export function open(
  key: AeadKey,
  into: Uint8Array,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  const at = start + headerBytes;
  const counter = counterOf(bytes, start);
  return key.open(into, headerBytes, bytes, at, end, counter, bytes, start, at) >= 0;
}

const uint32 = (bytes: Uint8Array, at: number): number =>
  (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;

function writeUint32(into: Uint8Array, at: number, value: number): void {
  into[at] = value;
  into[at + 1] = value >>> 8;
  into[at + 2] = value >>> 16;
  into[at + 3] = value >>> 24;
}
