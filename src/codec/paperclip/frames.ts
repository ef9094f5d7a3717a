// The frames inside a data packet (paper: frames): a reader that never throws and keeps nothing,
// and a writer per frame. What the reader accepts, the writers give back byte for byte. Whether a
// frame makes sense in this connection (a channel that exists, a packet that was sent) is NOT known
// here.
//
// The reader puts a frame's fields into itself instead of making an object, because one packet may
// hold a hundred frames.

import { utf8Text } from '../../base/bytes.ts';
import {
  VarintReader,
  varintLength,
  varintMalformed,
  varintTruncated,
  writeVarint,
} from '../../base/varint.ts';
import { frameTypes } from './frame-table.ts';

export const ackRangesMax = 32;
export const closeReasonBytesMax = 200;
export const pathDataBytes = 8;
export const closeCodeMax = 0xffff;
export const fragmentCountMax = 16_384;
/** ACK delay counts in these units on the wire. */
export const ackDelayUnitMs = 0.008;
/** About two minutes; more is malformed. */
const ackDelayUnitsMax = 0xff_ffff;

/** What `FrameReader.next` gives instead of a frame type. */
export const framesEnd = -1;
export const frameTruncated = -2;
export const frameMalformed = -3;

/** Every fragment but the last is this long (paper: fragments): the pieces are made even. */
export const fragmentPieceBytes = (totalBytes: number, count: number): number =>
  Math.ceil(totalBytes / count);

export class FrameReader {
  /** Why the last `next` said malformed. */
  reason = '';
  /** It said malformed for a type that is not in the table. */
  isUnknownType = false;

  channel = 0;
  messageId = 0;
  /** MESSAGE and PATH: where their bytes stand in the packet. */
  dataStart = 0;
  dataEnd = 0;
  /** MESSAGE fragment: the whole message, and which piece of it this is. */
  totalBytes = 0;
  fragmentCount = 0;
  fragmentIndex = 0;

  /** ACK: `rangeCount` ranges, the newest first, each from `rangeLow` to `rangeHigh` inclusive. */
  ackDelayMs = 0;
  /** ACK with receive time: microseconds since the peer's epoch (TIME), or -1. */
  receiveTimeUs = -1;
  rangeCount = 0;
  readonly rangeLow = new Float64Array(ackRangesMax);
  readonly rangeHigh = new Float64Array(ackRangesMax);

  /** TIME: Unix microseconds by the peer's clock when its receive times count from. */
  epochUnixUs = 0;

  creditBytes = 0;
  closeCode = 0;
  closeReason = '';

  readonly #reader = new VarintReader();
  #failure = 0;

  reset(bytes: Uint8Array, start: number, end: number): void {
    this.#reader.reset(bytes, start, end);
  }

  /** A frame type whose fields are now in this object, or one of the three numbers below zero. */
  next(): number {
    const reader = this.#reader;
    if (reader.at >= reader.end) return framesEnd;
    const type = reader.bytes[reader.at++]!;
    this.#failure = 0;
    switch (type) {
      case frameTypes.message:
      case frameTypes.messageCompressed:
        return this.#message() ? type : this.#failure;
      case frameTypes.messageFragment:
      case frameTypes.messageFragmentCompressed:
        return this.#fragment() ? type : this.#failure;
      case frameTypes.ack:
        this.receiveTimeUs = -1;
        return this.#ack() ? type : this.#failure;
      case frameTypes.ackWithTime:
        this.receiveTimeUs = this.#number('receive time');
        return this.#ack() ? type : this.#failure;
      case frameTypes.padding:
      case frameTypes.ping:
        return type;
      case frameTypes.connectionWindow:
        this.creditBytes = this.#number('credit');
        return this.#failure === 0 ? type : this.#failure;
      case frameTypes.channelWindow:
        this.channel = this.#number('channel');
        this.creditBytes = this.#number('credit');
        return this.#failure === 0 ? type : this.#failure;
      case frameTypes.close:
        return this.#close() ? type : this.#failure;
      case frameTypes.pathChallenge:
      case frameTypes.pathResponse:
        return this.#data(pathDataBytes) ? type : this.#failure;
      case frameTypes.time:
        this.epochUnixUs = this.#number('epoch');
        return this.#failure === 0 ? type : this.#failure;
      default:
        this.#fail(`frame type ${type}`);
        this.isUnknownType = true;
        return this.#failure;
    }
  }

  #message(): boolean {
    this.channel = this.#number('channel');
    this.messageId = this.#number('message id');
    const length = this.#number('length');
    return this.#failure === 0 && this.#data(length);
  }

  #fragment(): boolean {
    this.channel = this.#number('channel');
    this.messageId = this.#number('message id');
    const total = this.#number('total');
    const count = this.#number('fragment count');
    const index = this.#number('fragment index');
    if (this.#failure !== 0) return false;
    if (count < 2 || count > fragmentCountMax) return this.#fail('a fragment count out of range');
    if (index >= count) return this.#fail('a fragment index past its count');
    const piece = fragmentPieceBytes(total, count);
    // Even pieces leave at least one byte for the last, or the count is more than is needed.
    if (piece * (count - 1) >= total) return this.#fail('more fragments than the message needs');
    this.totalBytes = total;
    this.fragmentCount = count;
    this.fragmentIndex = index;
    return this.#data(index === count - 1 ? total - piece * (count - 1) : piece);
  }

  #data(length: number): boolean {
    const reader = this.#reader;
    if (length > reader.end - reader.at) {
      this.#failure = frameTruncated;
      return false;
    }
    this.dataStart = reader.at;
    reader.at += length;
    this.dataEnd = reader.at;
    return true;
  }

  #ack(): boolean {
    const largest = this.#number('largest');
    const delay = this.#number('delay');
    const more = this.#number('range count');
    const first = this.#number('first range');
    if (this.#failure !== 0) return false;
    if (more >= ackRangesMax) return this.#fail('more than 32 ranges');
    if (delay > ackDelayUnitsMax) return this.#fail('a delay above two minutes');
    if (first > largest) return this.#fail('a range below packet 0');
    this.ackDelayMs = delay * ackDelayUnitMs;
    this.rangeCount = more + 1;
    this.rangeHigh[0] = largest;
    let low = largest - first;
    this.rangeLow[0] = low;
    for (let i = 1; i <= more; i++) {
      const gap = this.#number('gap');
      const range = this.#number('range');
      if (this.#failure !== 0) return false;
      // A gap of 0 means one packet is missing: two ranges never touch.
      const high = low - gap - 2;
      low = high - range;
      if (low < 0) return this.#fail('a range below packet 0');
      this.rangeHigh[i] = high;
      this.rangeLow[i] = low;
    }
    return true;
  }

  #close(): boolean {
    const code = this.#number('code');
    const length = this.#number('length');
    if (this.#failure !== 0) return false;
    if (code > closeCodeMax) return this.#fail('a close code above 65535');
    if (length > closeReasonBytesMax) return this.#fail('a close reason above 200 bytes');
    if (!this.#data(length)) return false;
    const reason = utf8Text(this.#reader.bytes.subarray(this.dataStart, this.dataEnd));
    if (reason === undefined) return this.#fail('a close reason that is not UTF-8');
    this.closeCode = code;
    this.closeReason = reason;
    return true;
  }

  #number(field: string): number {
    const value = this.#reader.next();
    if (value >= 0) return value;
    if (this.#failure === 0) {
      if (value === varintTruncated) this.#failure = frameTruncated;
      else if (value === varintMalformed) this.#fail(`${field} is not in shortest form`);
    }
    return 0;
  }

  #fail(reason: string): false {
    this.reason = reason;
    this.isUnknownType = false;
    this.#failure = frameMalformed;
    return false;
  }
}

/** Bytes of a whole MESSAGE frame. */
export const messageFrameBytes = (channel: number, id: number, length: number): number =>
  1 + varintLength(channel) + varintLength(id) + varintLength(length) + length;

/** Writes all but the data; returns where the data goes. */
export function writeMessageHeader(
  bytes: Uint8Array,
  at: number,
  channel: number,
  id: number,
  length: number,
  isCompressed = false,
): number {
  bytes[at] = isCompressed ? frameTypes.messageCompressed : frameTypes.message;
  let next = writeVarint(bytes, at + 1, channel);
  next = writeVarint(bytes, next, id);
  return writeVarint(bytes, next, length);
}

/** Bytes of a fragment frame with its longest piece. */
export const fragmentFrameBytes = (
  channel: number,
  id: number,
  totalBytes: number,
  count: number,
): number =>
  1 +
  varintLength(channel) +
  varintLength(id) +
  varintLength(totalBytes) +
  2 * varintLength(count) +
  fragmentPieceBytes(totalBytes, count);

export function writeFragmentHeader(
  bytes: Uint8Array,
  at: number,
  channel: number,
  id: number,
  totalBytes: number,
  count: number,
  index: number,
  isCompressed = false,
): number {
  bytes[at] = isCompressed ? frameTypes.messageFragmentCompressed : frameTypes.messageFragment;
  let next = writeVarint(bytes, at + 1, channel);
  next = writeVarint(bytes, next, id);
  next = writeVarint(bytes, next, totalBytes);
  next = writeVarint(bytes, next, count);
  return writeVarint(bytes, next, index);
}

interface AckRanges {
  readonly low: ArrayLike<number>;
  readonly high: ArrayLike<number>;
  readonly count: number;
}

/**
 * As `writeAck`, with when the largest packet came: microseconds since this end's epoch. Returns
 * `at` when there is no room.
 */
export function writeAckWithTime(
  bytes: Uint8Array,
  at: number,
  limit: number,
  receiveTimeUs: number,
  delayMs: number,
  ranges: AckRanges,
): number {
  // The fields behind the type and the time are those of ACK: its type byte is written over.
  const ackAt = at + varintLength(receiveTimeUs);
  const end = writeAck(bytes, ackAt, limit, delayMs, ranges);
  if (end === ackAt) return at;
  bytes[at] = frameTypes.ackWithTime;
  writeVarint(bytes, at + 1, receiveTimeUs);
  return end;
}

/**
 * Writes as many of the ranges as fit before `limit`, newest first: `low[i]` to `high[i]`, with
 * `low[i] > high[i + 1] + 1`. Returns the offset after the frame, or `at` when not even one fits.
 */
export function writeAck(
  bytes: Uint8Array,
  at: number,
  limit: number,
  delayMs: number,
  ranges: AckRanges,
): number {
  const { low, high } = ranges;
  const delay = Math.min(Math.max(0, Math.round(delayMs / ackDelayUnitMs)), ackDelayUnitsMax);
  const first = high[0]! - low[0]!;
  let room = limit - at - 2 - varintLength(high[0]!) - varintLength(delay) - varintLength(first);
  if (room < 0) return at;
  let more = 0;
  while (more + 1 < ranges.count && more + 1 < ackRangesMax) {
    const gap = low[more]! - high[more + 1]! - 2;
    room -= varintLength(gap) + varintLength(high[more + 1]! - low[more + 1]!);
    if (room < 0) break;
    more += 1;
  }
  bytes[at] = frameTypes.ack;
  let next = writeVarint(bytes, at + 1, high[0]!);
  next = writeVarint(bytes, next, delay);
  next = writeVarint(bytes, next, more);
  next = writeVarint(bytes, next, first);
  for (let i = 1; i <= more; i++) {
    next = writeVarint(bytes, next, low[i - 1]! - high[i]! - 2);
    next = writeVarint(bytes, next, high[i]! - low[i]!);
  }
  return next;
}

export const connectionWindowFrameBytes = (credit: number): number => 1 + varintLength(credit);

export function writeConnectionWindow(bytes: Uint8Array, at: number, credit: number): number {
  bytes[at] = frameTypes.connectionWindow;
  return writeVarint(bytes, at + 1, credit);
}

export const channelWindowFrameBytes = (channel: number, credit: number): number =>
  1 + varintLength(channel) + varintLength(credit);

export function writeChannelWindow(
  bytes: Uint8Array,
  at: number,
  channel: number,
  credit: number,
): number {
  bytes[at] = frameTypes.channelWindow;
  return writeVarint(bytes, writeVarint(bytes, at + 1, channel), credit);
}

export function writePing(bytes: Uint8Array, at: number): number {
  bytes[at] = frameTypes.ping;
  return at + 1;
}

export const closeFrameBytes = (code: number, reasonBytes: number): number =>
  1 + varintLength(code) + varintLength(reasonBytes) + reasonBytes;

/** `reason` is at most 200 bytes of UTF-8. */
export function writeClose(
  bytes: Uint8Array,
  at: number,
  code: number,
  reason: Uint8Array,
): number {
  bytes[at] = frameTypes.close;
  let next = writeVarint(bytes, at + 1, code);
  next = writeVarint(bytes, next, reason.length);
  bytes.set(reason, next);
  return next + reason.length;
}

/** `data` is 8 bytes. */
export function writePathChallenge(bytes: Uint8Array, at: number, data: Uint8Array): number {
  return writePathFrame(frameTypes.pathChallenge, bytes, at, data);
}

/** `data` is the challenge's. */
export function writePathResponse(bytes: Uint8Array, at: number, data: Uint8Array): number {
  return writePathFrame(frameTypes.pathResponse, bytes, at, data);
}

function writePathFrame(type: number, bytes: Uint8Array, at: number, data: Uint8Array): number {
  bytes[at] = type;
  bytes.set(data, at + 1);
  return at + 1 + pathDataBytes;
}

export const timeFrameBytes = (epochUnixUs: number): number => 1 + varintLength(epochUnixUs);

export function writeTime(bytes: Uint8Array, at: number, epochUnixUs: number): number {
  bytes[at] = frameTypes.time;
  return writeVarint(bytes, at + 1, epochUnixUs);
}
