// Capture files as tcpdump writes them (pcap 2.4, raw IPv4), of datagrams that a test saw: no
// network card, no privileges, the same bytes each time.

const rawIp = 101;
const ipBytes = 20;
const udpBytes = 8;

export interface CapturedDatagram {
  readonly atMs: number;
  readonly fromPort: number;
  readonly toPort: number;
  readonly bytes: Uint8Array;
}

/** Both ends are 127.0.0.1. */
export function pcapOf(datagrams: readonly CapturedDatagram[]): Uint8Array {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(65_535, 16);
  header.writeUInt32LE(rawIp, 20);
  return Buffer.concat([header, ...datagrams.map(recordOf)]);
}

function recordOf({ atMs, fromPort, toPort, bytes }: CapturedDatagram): Buffer {
  const record = Buffer.alloc(16 + ipBytes + udpBytes + bytes.length);
  const length = ipBytes + udpBytes + bytes.length;
  record.writeUInt32LE(Math.floor(atMs / 1000), 0);
  record.writeUInt32LE(Math.floor((atMs % 1000) * 1000), 4);
  record.writeUInt32LE(length, 8);
  record.writeUInt32LE(length, 12);
  const ip = record.subarray(16);
  ip[0] = 0x45;
  ip.writeUInt16BE(length, 2);
  ip[8] = 64;
  ip[9] = 17;
  for (const at of [12, 16]) ip.set([127, 0, 0, 1], at);
  ip.writeUInt16BE(checksum(ip.subarray(0, ipBytes)), 10);
  const udp = ip.subarray(ipBytes);
  udp.writeUInt16BE(fromPort, 0);
  udp.writeUInt16BE(toPort, 2);
  // A checksum of 0: none was made.
  udp.writeUInt16BE(udpBytes + bytes.length, 4);
  udp.set(bytes, udpBytes);
  return record;
}

/** RFC 1071. */
function checksum(header: Buffer): number {
  let sum = 0;
  for (let at = 0; at < header.length; at += 2) sum += header.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
