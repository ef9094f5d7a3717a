// The header of a Paperclip 1 data packet (paper: data packet). It is sent in the clear and is the
// associated data of the AEAD. Frames are in `frames.ts`; keys and full numbers are not known here.
//
//   0001 1kpp | destination connection id 4 | packet number 1..4 | AEAD(frames) | tag 16
//
// k is the key phase, pp the length of the packet number less one. Numbers are big-endian.

export const tagBytes = 16;
export const connectionIdBytes = 4;
/** The shortest header, one byte of frames, the tag. */
export const packetBytesMin = 1 + connectionIdBytes + 1 + 1 + tagBytes;

const dataPacketFirstByte = 0x18;
const dataPacketMask = 0xf8;
const keyPhaseBit = 0x04;
const lengthMask = 0x03;

export const isDataPacket = (firstByte: number): boolean =>
  (firstByte & dataPacketMask) === dataPacketFirstByte;

/** The receiver's connection id, or -1 when this is not the start of a data packet. */
export function dataPacketDestination(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < packetBytesMin || !isDataPacket(bytes[start]!)) return -1;
  const high = bytes[start + 1]!;
  if (high >= 0x80) return -1;
  return (high << 24) | (bytes[start + 2]! << 16) | (bytes[start + 3]! << 8) | bytes[start + 4]!;
}

/** Filled by `readPacketHeader`; reused from packet to packet. */
export class PacketHeader {
  keyPhase = 0;
  destinationId = 0;
  numberLength = 0;
  truncatedNumber = 0;
  /** Where the sealed frames start. */
  end = 0;
}

export type PacketHeaderResult = 'value' | 'need-more' | 'malformed';

/** Says `need-more` below `packetBytesMin`: for a datagram, too short to be anything. */
export function readPacketHeader(
  header: PacketHeader,
  bytes: Uint8Array,
  start: number,
  end: number,
): PacketHeaderResult {
  if (end - start < packetBytesMin) return 'need-more';
  const first = bytes[start]!;
  header.destinationId = dataPacketDestination(bytes, start, end);
  if (header.destinationId < 0) return 'malformed';
  header.keyPhase = (first & keyPhaseBit) === 0 ? 0 : 1;
  header.numberLength = (first & lengthMask) + 1;
  header.end = start + 1 + connectionIdBytes + header.numberLength;
  if (end - header.end < 1 + tagBytes) return 'need-more';
  let number = 0;
  for (let i = header.end - header.numberLength; i < header.end; i++) {
    number = number * 256 + bytes[i]!;
  }
  header.truncatedNumber = number;
  return 'value';
}

/** Writes the low `numberLength` bytes of `packetNumber`. Returns the offset after the header. */
export function writePacketHeader(
  bytes: Uint8Array,
  start: number,
  keyPhase: number,
  destinationId: number,
  packetNumber: number,
  numberLength: number,
): number {
  bytes[start] = dataPacketFirstByte | (keyPhase === 0 ? 0 : keyPhaseBit) | (numberLength - 1);
  bytes[start + 1] = destinationId >> 24;
  bytes[start + 2] = destinationId >> 16;
  bytes[start + 3] = destinationId >> 8;
  bytes[start + 4] = destinationId;
  const low = packetNumber >>> 0;
  let at = start + 1 + connectionIdBytes;
  for (let shift = 8 * (numberLength - 1); shift >= 0; shift -= 8) bytes[at++] = low >>> shift;
  return at;
}
