// The packet that is being filled: frames are written straight into the one send buffer, and what
// must be remembered of them into the record that will track the packet. Frame writers may write
// nothing, and then leave no trace.

import { copyBytes } from '../../base/copy.ts';
import {
  fragmentFrameBytes,
  fragmentPieceBytes,
  messageFrameBytes,
  writeFragmentHeader,
  writeMessageHeader,
} from '../../codec/paperclip/frames.ts';
import { tagBytes } from '../../codec/paperclip/packet.ts';
import type { MessageBundle } from './message-bundle.ts';
import type { OutgoingMessage } from './outgoing-message.ts';
import { SentPacket } from './sent-packets.ts';

export class PacketBuilder {
  readonly bytes: Uint8Array;
  record = new SentPacket();
  /** Where the next frame goes, and where the frames must end to leave room for the tag. */
  at = 0;
  limit = 0;
  framesStart = 0;
  isAckEliciting = false;
  /** A piece did not fit any more. */
  lacksRoom = false;

  constructor(datagramBytesMax: number) {
    this.bytes = new Uint8Array(datagramBytesMax);
  }

  begin(framesStart: number, datagramBytes = this.bytes.length): void {
    this.framesStart = framesStart;
    this.at = framesStart;
    this.limit = datagramBytes - tagBytes;
    this.isAckEliciting = false;
    this.lacksRoom = false;
    this.record.clear();
  }

  get isEmpty(): boolean {
    return this.at === this.framesStart;
  }
  get room(): number {
    return this.limit - this.at;
  }

  /** False when the piece does not fit any more; then nothing was written. */
  writePiece(nowMs: number, message: OutgoingMessage, piece: number): boolean {
    const { channel, id, length, count, isCompressed } = message;
    if (count > 1) return this.#writeFragment(nowMs, message, piece);
    if (messageFrameBytes(channel, id, length) > this.limit - this.at) return this.#refuse();
    const at = writeMessageHeader(this.bytes, this.at, channel, id, length, isCompressed);
    copyBytes(message.bytes, message.start, message.start + length, this.bytes, at);
    this.at = at + length;
    this.#carry(nowMs, message, piece);
    return true;
  }

  /** How far the messages `from` to `to` of a bundle fit. */
  fits(bundle: MessageBundle, from: number, to: number): number {
    const end = bundle.frameStart(from) + this.limit - this.at;
    if (bundle.frameStart(to) <= end) return to;
    this.lacksRoom = true;
    let fitting = from;
    while (bundle.frameStart(fitting + 1) <= end) fitting += 1;
    return fitting;
  }

  /** They fit. */
  writeRange(nowMs: number, bundle: MessageBundle, from: number, to: number): void {
    const start = bundle.frameStart(from);
    const end = bundle.frameStart(to);
    copyBytes(bundle.bytes, start, end, this.bytes, this.at);
    this.at += end - start;
    this.record.addRange(bundle, from, to);
    bundle.lastSentAtMs = nowMs;
    this.isAckEliciting = true;
  }

  #writeFragment(nowMs: number, message: OutgoingMessage, piece: number): boolean {
    const { channel, id, length, count, start, isCompressed } = message;
    if (fragmentFrameBytes(channel, id, length, count) > this.limit - this.at) {
      return this.#refuse();
    }
    const pieceBytes = fragmentPieceBytes(length, count);
    const from = piece * pieceBytes;
    const to = Math.min(length, from + pieceBytes);
    const at = writeFragmentHeader(
      this.bytes,
      this.at,
      channel,
      id,
      length,
      count,
      piece,
      isCompressed,
    );
    copyBytes(message.bytes, start + from, start + to, this.bytes, at);
    this.at = at + (to - from);
    this.#carry(nowMs, message, piece);
    return true;
  }

  #refuse(): false {
    this.lacksRoom = true;
    return false;
  }

  #carry(nowMs: number, message: OutgoingMessage, piece: number): void {
    this.record.addPiece(message, piece);
    message.lastSentAtMs = nowMs;
    this.isAckEliciting = true;
  }
}
