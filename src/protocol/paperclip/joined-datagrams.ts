// Several datagrams of one sender in one buffer: where a system joins them as they arrive (UDP_GRO
// of Linux), all but the last are of one length. It usually says which; where it does not, the
// header of a data packet tells, because it repeats.

import { authLimits, datagramTypes } from '../../codec/paperclip/auth.ts';
import { dataPacketDestination, packetBytesMin } from '../../codec/paperclip/packet.ts';

/**
 * The length of the first datagram in `bytes[start, end)`. A chance of 2^-36 for each byte makes it
 * too short: then packets do not open, and what was in them is sent again.
 */
export function firstDatagramBytes(bytes: Uint8Array, start: number, end: number): number {
  // AUTH 1 has one length only: a flood's come joined, and a client's with its first packet.
  const isAuth1 = bytes[start] === datagramTypes.auth && bytes[start + 1] === 1;
  if (isAuth1) return Math.min(end - start, authLimits.auth1Bytes);
  const id = dataPacketDestination(bytes, start, end);
  if (id < 0) return end - start;
  const idByte = bytes[start + 1]!;
  let at = bytes.indexOf(idByte, start + packetBytesMin + 1);
  while (at >= 0 && at < end) {
    if (dataPacketDestination(bytes, at - 1, end) === id) return at - 1 - start;
    at = bytes.indexOf(idByte, at + 1);
  }
  return end - start;
}
