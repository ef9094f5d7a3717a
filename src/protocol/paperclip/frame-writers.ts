// The order in which frames get room in a packet: a list of writers, each of which may have nothing
// to add. A new kind of frame (a clock sample, redundant copies of urgent messages) is one more
// entry at its place. CLOSE, PATH frames and MTU probes stand alone, in packets of their own.

import { frameTypes } from '../../codec/paperclip/frame-table.ts';
import {
  closeFrameBytes,
  writeAck,
  writeAckWithTime,
  writeClose,
  writePathChallenge,
  writePathResponse,
  writePing,
} from '../../codec/paperclip/frames.ts';
import type { ReceivedPackets } from './ack-ranges.ts';
import type { ConnectionClock } from './connection-clock.ts';
import type { Ending } from './connection-ending.ts';
import type { Inbox } from './inbox.ts';
import { protocolLimits } from './limits.ts';
import type { LossDetection } from './loss-detection.ts';
import type { Outbox } from './outbox.ts';
import type { PacketBuilder } from './packet-builder.ts';
import type { PathFrame } from './paths.ts';

export interface FrameWriter {
  /** What it writes counts against congestion; without room there, it is not asked. */
  readonly needsWindow: boolean;
  write(nowMs: number, packet: PacketBuilder, from: FrameSources): void;
}

/** One connection's. */
export interface FrameSources {
  readonly owesPing: boolean;
  readonly received: ReceivedPackets;
  readonly inbox: Inbox;
  readonly outbox: Outbox;
  readonly loss: LossDetection;
  readonly clock: ConnectionClock;
  /** The path takes more than what must be sent. */
  readonly mayCopy: boolean;
  readonly bytesSent: number;
}

export const frameWriters: readonly FrameWriter[] = [
  // First, so that it always fits; it needs no window, because nobody acknowledges it alone.
  { needsWindow: false, write: writeAckFrame },
  { needsWindow: true, write: (_nowMs, packet, { clock }) => clock.writeTime(packet) },
  { needsWindow: true, write: (_nowMs, packet, { inbox }) => inbox.writeWindows(packet) },
  {
    needsWindow: true,
    write: (nowMs, packet, { loss, outbox }) => {
      if (loss.probesOwed > 0) outbox.writeProbe(nowMs, packet);
    },
  },
  {
    // Beside a download every packet is full and the window nearly so. Copies add nothing to
    // that: they take a little of the room in packets that leave anyway.
    needsWindow: true,
    write: (nowMs, packet, { outbox, bytesSent }) => {
      const beforeMs = nowMs - protocolLimits.redundantSpacingMs;
      const { redundancy } = outbox;
      if (!outbox.hasBulkWork || !redundancy.isWaiting(beforeMs)) return;
      redundancy.write(nowMs, packet, bytesSent, beforeMs);
    },
  },
  { needsWindow: true, write: (nowMs, packet, { outbox }) => outbox.write(nowMs, packet) },
  {
    needsWindow: true,
    write: (nowMs, packet, from) => {
      const { redundancy } = from.outbox;
      if (packet.lacksRoom || !redundancy.isWaiting(nowMs) || !from.mayCopy) return;
      redundancy.write(nowMs, packet, from.bytesSent, nowMs);
    },
  },
  {
    needsWindow: true,
    write: (_nowMs, packet, { owesPing, loss }) => {
      // A probe must be acknowledged, whatever there was to say.
      if (packet.isAckEliciting || !(owesPing || loss.probesOwed > 0)) return;
      writePingFrame(packet);
    },
  },
];

function writeAckFrame(
  nowMs: number,
  packet: PacketBuilder,
  { received, clock }: FrameSources,
): void {
  if (!received.isOwed) return;
  const { bytes, at, limit } = packet;
  const delayMs = received.delayMs(nowMs);
  const { isLargestNew, largestReceivedAtMs } = received;
  const timeUs = isLargestNew ? clock.receiveTimeUs(nowMs, largestReceivedAtMs) : -1;
  const end =
    timeUs < 0
      ? writeAck(bytes, at, limit, delayMs, received)
      : writeAckWithTime(bytes, at, limit, timeUs, delayMs, received);
  if (end === at) return;
  packet.at = end;
  packet.record.ackLargest = received.high[0]!;
}

/** Only acks go the other way: now and then one asks whether they arrive, so that they shrink. */
export const wantsAckOfAck = (ackOnlyInARow: number, ranges: number): boolean =>
  ackOnlyInARow >= protocolLimits.ackOnlyPacketsMax && ranges >= 2;

/** Without its reason where there is no room for that. */
export function writeCloseFrame(ending: Ending, packet: PacketBuilder): void {
  const { code, reason } = ending;
  const fits = closeFrameBytes(code, reason.length) <= packet.room;
  packet.at = writeClose(packet.bytes, packet.at, code, fits ? reason : noReason);
}

const noReason = new Uint8Array(0);

export function writePathFrame({ type, data }: PathFrame<unknown>, packet: PacketBuilder): void {
  const write = type === frameTypes.pathChallenge ? writePathChallenge : writePathResponse;
  packet.at = write(packet.bytes, packet.at, data);
}

/** PING, and PADDING to the packet's end. */
export function writeMtuProbe(packet: PacketBuilder): void {
  packet.at = writePing(packet.bytes, packet.at);
  packet.bytes.fill(frameTypes.padding, packet.at, packet.limit);
  packet.at = packet.limit;
}

export function writePingFrame(packet: PacketBuilder): void {
  if (packet.room < 1) return;
  packet.at = writePing(packet.bytes, packet.at);
  packet.isAckEliciting = true;
}
