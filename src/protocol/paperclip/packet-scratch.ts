// Memory that packets are opened into and filled in. An endpoint has one for all its connections:
// none of them keeps anything there between two calls, and ten thousand quiet ones need not each
// have their own.

import { FrameReader } from '../../codec/paperclip/frames.ts';
import { protocolLimits } from './limits.ts';

export class PacketScratch {
  /** The frames of the packet that was opened last. */
  readonly opened = new Uint8Array(protocolLimits.datagramBytesMax);
  /** The packet that is being filled, or left last. */
  readonly filled = new Uint8Array(protocolLimits.datagramBytesMax);
  readonly frames = new FrameReader();
}
