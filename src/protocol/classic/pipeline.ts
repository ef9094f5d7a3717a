// What flags do to a message on its way out and back (paper, section 2): RELIABLE, CHECKSUM,
// COMPRESSED, ENCRYPTED, FRAG in this order, in reverse when received. RELIABLE does nothing here.
//
// One message becomes one datagram, or with FRAG pieces that share everything but their number.
// A message that would not fit into a datagram is cut even without FRAG: the old peer reads 1024
// bytes of each and would lose the rest.

import { err, ok, type Result } from '../../base/result.ts';
import { errorCodes, flags } from '../../codec/classic/numbers.ts';
import {
  datagramBytesMax,
  encodePacket,
  initVectorBytes,
  type Packet,
  type PacketBody,
} from '../../codec/classic/packet.ts';
import type { ClassicCrypto } from './classic-crypto.ts';
import { classicLimits } from './limits.ts';

const { fragmentBytes, fragmentsMax, messageBytesMax } = classicLimits;

export interface OutgoingMessage {
  readonly body: PacketBody;
  readonly flags: number;
  readonly data: Uint8Array;
}

/** The datagrams of one message; undefined when flags make it longer than 255 pieces can be. */
export function packMessage(
  crypto: ClassicCrypto,
  key: Uint8Array | undefined,
  sequenceId: number,
  message: OutgoingMessage,
): readonly Uint8Array[] | undefined {
  let { data, flags: bits } = message;
  const checksum = bits & flags.checksum ? { checksum: crypto.crc32(data) } : {};
  if (bits & flags.compressed) data = crypto.deflate(data);
  let encrypted = {};
  if (bits & flags.encrypted) {
    if (key === undefined) throw new Error('ENCRYPTED needs the session key');
    const initVector = crypto.randomBytes(initVectorBytes);
    data = crypto.encrypt(key, initVector, data);
    encrypted = { initVector };
  }
  const head = { sequenceId, ...checksum, ...encrypted, ...message.body };
  if ((bits & flags.fragmented) === 0) {
    const whole = encodePacket({ ...head, flags: bits, data });
    if (whole.length <= datagramBytesMax) return [whole];
    bits |= flags.fragmented;
  }
  const count = Math.max(1, Math.ceil(data.length / fragmentBytes));
  if (count > fragmentsMax) return undefined;
  return Array.from({ length: count }, (_, id) =>
    encodePacket({
      ...head,
      flags: bits,
      fragment: { id, count },
      data: data.subarray(id * fragmentBytes, (id + 1) * fragmentBytes),
    }),
  );
}

/**
 * The message of a packet whose pieces, if any, are joined. The error is the code to answer with.
 * The data may be a view of the packet's.
 */
export function unpackData(
  crypto: ClassicCrypto,
  key: Uint8Array | undefined,
  packet: Packet,
): Result<Uint8Array, number> {
  let { data } = packet;
  if (packet.initVector !== undefined) {
    const plain = key && crypto.decrypt(key, packet.initVector, data);
    if (plain === undefined) return err(errorCodes.initVector);
    data = plain;
  }
  if (packet.flags & flags.compressed) {
    const inflated = crypto.inflate(data, messageBytesMax);
    if (typeof inflated === 'string') return err(errorCodes.compression);
    data = inflated;
  }
  if (data.length > messageBytesMax) return err(errorCodes.packet);
  if (packet.checksum !== undefined && crypto.crc32(data) !== packet.checksum) {
    return err(errorCodes.checksum);
  }
  return ok(data);
}
