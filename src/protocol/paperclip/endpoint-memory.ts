// What all connections of one endpoint have together, so that ten thousand quiet ones need not each
// have their own, and busy ones use again what is still in the processor's caches: memory for the
// packet in hand, where none of them keeps anything between two calls, and pools of what packets
// and messages on their way are made of.

import { FrameReader } from '../../codec/paperclip/frames.ts';
import { PacketHeader } from '../../codec/paperclip/packet.ts';
import { protocolLimits } from './limits.ts';
import { MessagePool } from './outgoing-message.ts';
import { PacketBuilder } from './packet-builder.ts';
import { SentPacketPool } from './sent-packets.ts';

export class EndpointMemory {
  /** The packet that came last, and its frames where it could be opened. */
  readonly header = new PacketHeader();
  readonly opened = new Uint8Array(protocolLimits.datagramBytesMax);
  readonly frames = new FrameReader();
  /** The packet that is being filled, or left last. */
  readonly packet = new PacketBuilder(protocolLimits.datagramBytesMax);
  readonly messages = new MessagePool();
  readonly packets = new SentPacketPool();
}
