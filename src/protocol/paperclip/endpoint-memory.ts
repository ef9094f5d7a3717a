// What all connections of one endpoint have together, so that ten thousand quiet ones need not each
// have their own, and busy ones use again what is still in the processor's caches: memory for the
// packet in hand, and pools of what messages on their way are made of.

import { MessagePool } from './outgoing-message.ts';
import { PacketScratch } from './packet-scratch.ts';
import { SentPacketPool } from './sent-packets.ts';

export class EndpointMemory {
  readonly scratch = new PacketScratch();
  readonly messages = new MessagePool();
  readonly packets = new SentPacketPool();
}
