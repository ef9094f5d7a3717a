// What each frame of an opened packet does: it goes to the one mechanism that it is for. The rules
// that hold for a packet as a whole (one ACK at most, nothing but CLOSE for an ending connection)
// stand here; what a frame means, and whether it may be, is its mechanism's.

import { frameTypes } from '../../codec/paperclip/frame-table.ts';
import { FrameReader, framesEnd, frameTruncated } from '../../codec/paperclip/frames.ts';
import type { ReceivedPackets } from './ack-ranges.ts';
import type { ConnectionClock } from './connection-clock.ts';
import type { ConnectionLife } from './connection-life.ts';
import type { ErrorCodeName } from './error-codes.ts';
import type { Inbox } from './inbox.ts';
import type { Outbox } from './outbox.ts';
import type { PacketReceiver } from './packet-receiver.ts';
import type { PacketSender } from './packet-sender.ts';

export interface DispatchParts {
  readonly receiver: PacketReceiver;
  readonly received: ReceivedPackets;
  readonly inbox: Inbox;
  readonly outbox: Outbox;
  readonly sender: PacketSender;
  readonly life: ConnectionLife;
  readonly clock: ConnectionClock;
  readonly paths: PathAnswers;
}

/** What PATH frames are for; both in `packet` from `start` on. */
interface PathAnswers {
  onChallenge(packet: Uint8Array, start: number): void;
  onResponse(nowMs: number, packet: Uint8Array, start: number): void;
}

export class FrameDispatch {
  readonly #parts: DispatchParts;
  readonly #frames: FrameReader;

  constructor(parts: DispatchParts, frames = new FrameReader()) {
    this.#parts = parts;
    this.#frames = frames;
  }

  /** All frames of the packet that `receiver` has just opened. */
  handlePacket(nowMs: number): void {
    const { receiver, received, life } = this.#parts;
    const frames = this.#frames;
    frames.reset(receiver.bytes, 0, receiver.end);
    let isAckEliciting = false;
    let hasAck = false;
    for (let type = frames.next(); type !== framesEnd; type = frames.next()) {
      if (life.isClosing) {
        // Nothing but the peer's own CLOSE matters any more.
        if (type < 0) break;
        if (type !== frameTypes.close) continue;
      }
      if (type < 0) {
        this.#onMalformed(nowMs, type);
        return;
      }
      if (type === frameTypes.ack || type === frameTypes.ackWithTime) {
        if (hasAck) {
          life.onBroken(nowMs, 'FRAME', 'a second ACK');
          return;
        }
        hasAck = true;
      } else if (type !== frameTypes.padding) isAckEliciting = true;
      const broken = this.#handleFrame(nowMs, type);
      if (broken !== undefined) {
        life.onBroken(nowMs, broken);
        return;
      }
      if (life.isSilent) return;
    }
    if (life.isClosing) life.onStray();
    else received.onPacket(nowMs, receiver.packetNumber, receiver.end, isAckEliciting);
  }

  #handleFrame(nowMs: number, type: number): ErrorCodeName | undefined {
    const frames = this.#frames;
    const { inbox, outbox, sender, receiver, clock, paths } = this.#parts;
    switch (type) {
      case frameTypes.message:
        return inbox.onMessage(frames, receiver.bytes, false);
      case frameTypes.messageCompressed:
        return inbox.onMessage(frames, receiver.bytes, true);
      case frameTypes.messageFragment:
        return inbox.onFragment(nowMs, frames, receiver.bytes, false);
      case frameTypes.messageFragmentCompressed:
        return inbox.onFragment(nowMs, frames, receiver.bytes, true);
      case frameTypes.ack:
      case frameTypes.ackWithTime:
        clock.onAck(nowMs, frames, sender.sent);
        return sender.onAck(nowMs, frames) ? undefined : 'SEQUENCE';
      case frameTypes.connectionWindow:
        outbox.onConnectionWindow(frames);
        sender.flushWanted = true;
        return undefined;
      case frameTypes.channelWindow:
        sender.flushWanted = true;
        return outbox.onChannelWindow(frames) ? undefined : 'CHANNEL';
      case frameTypes.time:
        clock.onTime(receiver.packetNumber, frames);
        return undefined;
      case frameTypes.pathChallenge:
        paths.onChallenge(receiver.bytes, frames.dataStart);
        return undefined;
      case frameTypes.pathResponse:
        paths.onResponse(nowMs, receiver.bytes, frames.dataStart);
        return undefined;
      case frameTypes.close:
        this.#parts.life.onPeerClose(nowMs, frames.closeCode, frames.closeReason);
        return undefined;
      default:
        // PING and PADDING: to have arrived is all they do.
        return undefined;
    }
  }

  #onMalformed(nowMs: number, result: number): void {
    const { life } = this.#parts;
    const { isUnknownType, reason } = this.#frames;
    if (result === frameTruncated) life.onBroken(nowMs, 'FRAME', 'cut short');
    else life.onBroken(nowMs, isUnknownType ? 'TYPE' : 'FRAME', reason);
  }
}
