// The order in which frames get room in a packet: a list of writers, each of which may have nothing
// to add. A new kind of frame (a path challenge, a clock sample, redundant copies of urgent
// messages) is one more entry at its place. CLOSE stands alone, in packets of its own.

import { writeAck, writeClose, writePing } from '../../codec/paperclip/frames.ts';
import type { ReceivedPackets } from './ack-ranges.ts';
import type { Ending } from './connection-ending.ts';
import type { Inbox } from './inbox.ts';
import { protocolLimits } from './limits.ts';
import type { LossDetection } from './loss-detection.ts';
import type { Outbox } from './outbox.ts';
import type { PacketBuilder } from './packet-builder.ts';

export interface FrameWriter {
  /** What it writes counts against congestion; without room there, it is not asked. */
  readonly needsWindow: boolean;
  write(nowMs: number, packet: PacketBuilder): void;
}

export interface FrameSources {
  readonly owesPing: () => boolean;
  readonly received: ReceivedPackets;
  readonly inbox: Inbox;
  readonly outbox: Outbox;
  readonly loss: LossDetection;
}

export function frameWriters(sources: FrameSources): FrameWriter[] {
  const { received, inbox, outbox, loss, owesPing } = sources;
  return [
    // First, so that it always fits; it needs no window, because nobody acknowledges it alone.
    { needsWindow: false, write: (nowMs, packet) => writeAckFrame(nowMs, received, packet) },
    { needsWindow: true, write: (_nowMs, packet) => inbox.writeWindows(packet) },
    {
      needsWindow: true,
      write: (nowMs, packet) => {
        if (loss.probesOwed > 0) outbox.writeProbe(nowMs, packet);
      },
    },
    { needsWindow: true, write: (nowMs, packet) => outbox.write(nowMs, packet) },
    {
      needsWindow: true,
      write: (_nowMs, packet) => {
        // A probe must be acknowledged, whatever there was to say.
        if (packet.isAckEliciting || !(owesPing() || loss.probesOwed > 0)) return;
        writePingFrame(packet);
      },
    },
  ];
}

function writeAckFrame(nowMs: number, received: ReceivedPackets, packet: PacketBuilder): void {
  if (!received.isOwed) return;
  const at = writeAck(packet.bytes, packet.at, packet.limit, received.delayMs(nowMs), received);
  if (at === packet.at) return;
  packet.at = at;
  packet.record.ackLargest = received.high[0]!;
}

/** Only acks go the other way: now and then one asks whether they arrive, so that they shrink. */
export function writeAckOfAckRequest(
  ackOnlyInARow: number,
  ranges: number,
  p: PacketBuilder,
): void {
  if (ackOnlyInARow < protocolLimits.ackOnlyPacketsMax || ranges < 2) return;
  writePingFrame(p);
}

export function writeCloseFrame(ending: Ending, packet: PacketBuilder): void {
  packet.at = writeClose(packet.bytes, packet.at, ending.code, ending.reason);
}

function writePingFrame(packet: PacketBuilder): void {
  if (packet.room < 1) return;
  packet.at = writePing(packet.bytes, packet.at);
  packet.isAckEliciting = true;
}
