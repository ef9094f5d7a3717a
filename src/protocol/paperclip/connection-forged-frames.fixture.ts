// Speaks in the name of a pair's client: frames as hex, sealed with its key, handed to the host.

import { fromHex } from '../../base/bytes.ts';
import { writePacketHeader } from '../../codec/paperclip/packet.ts';
import { type ConnectionPair, hostConnectionId } from '../../testing/connection-pair.ts';

/** A datagram with these frames; `packetNumber` must be one that the client has not used. */
export function forgeDatagram(pair: ConnectionPair, packetNumber: number, hex: string): Uint8Array {
  const frames = fromHex(hex.replaceAll(' ', ''))!;
  const bytes = new Uint8Array(9 + frames.length + 16);
  const at = writePacketHeader(bytes, 0, 0, hostConnectionId, packetNumber, 4);
  bytes.set(frames, at);
  pair.clientSealKey.seal(bytes, at, bytes, at, at + frames.length, packetNumber, bytes, 0, at);
  return bytes;
}
