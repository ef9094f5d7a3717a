// Frames for fuzzing: valid ones made by a seed, and a reader that writes back what it accepts.

import { deflateRawSync } from 'node:zlib';
import { utf8 } from '../../src/base/bytes.ts';
import type { Random } from '../../src/base/prng.ts';
import { frameTypes } from '../../src/codec/paperclip/frame-table.ts';
import {
  FrameReader,
  fragmentPieceBytes,
  framesEnd,
  writeAck,
  writeAckWithTime,
  writeChannelWindow,
  writeClose,
  writeConnectionWindow,
  writeFragmentHeader,
  writeMessageHeader,
  writePathChallenge,
  writePathResponse,
  writePing,
  writeTime,
} from '../../src/codec/paperclip/frames.ts';

const framesBytesMax = 4096;

/** Most often small, now and then near the largest that there is. */
export const someNumber = (random: Random): number =>
  random.chance(0.7) ? random.below(70) : Math.floor(2 ** (random.float() * 53)) - 1;

export interface Likely {
  /** Packets that may have been sent: an ACK names a lower number. Default: any number. */
  readonly ackBelow?: number;
  /** Message ids are lower. Default: any number. */
  readonly idBelow?: number;
}

const someBelow = (random: Random, below: number | undefined): number =>
  below === undefined || random.chance(0.0005) ? someNumber(random) : random.below(below);

/** Every third id is that of a message in pieces, most often. */
function someId(random: Random, below: number | undefined, inPieces: boolean): number {
  const id = someBelow(random, below);
  if (random.chance(0.0005)) return id;
  return inPieces ? id - (id % 3) : id - (id % 3) + 1;
}

type Writer = (random: Random, bytes: Uint8Array, at: number, likely: Likely) => number;

/** Where ids are likely, so are channels 0 to 4; the last has values, which begin with a key. */
const someChannel = (random: Random, idBelow: number | undefined): number =>
  someBelow(random, idBelow && 5);

const someFill = (random: Random, channel: number): number =>
  random.below(channel === 4 && random.chance(0.9995) ? 64 : 256);

const writeMessage: Writer = (random, bytes, at, { idBelow }) => {
  const channel = someChannel(random, idBelow);
  const length = channel === 4 ? 1 + random.below(60) : random.below(60);
  const id = someId(random, idBelow, false);
  const next = writeMessageHeader(bytes, at, channel, id, length);
  bytes.fill(someFill(random, channel), next, next + length);
  return next + length;
};

const streams = [100, 400, 3000].map((length) => deflateRawSync(new Uint8Array(length)));
const badStreams = [
  deflateRawSync(new Uint8Array(1024 * 1024)),
  deflateRawSync(new Uint8Array(1)),
  streams[0]!.subarray(1),
  Uint8Array.of(3, 0),
  new Uint8Array(0),
];

/** Channels 0 and 2 compress. */
const writeCompressed: Writer = (random, bytes, at, { idBelow }) => {
  const stream = random.pick(random.chance(0.9995) ? streams : badStreams);
  const channel = idBelow === undefined ? someNumber(random) : 2 * random.below(2);
  const id = someId(random, idBelow, false);
  const next = writeMessageHeader(bytes, at, channel, id, stream.length, true);
  bytes.set(stream, next);
  return next + stream.length;
};

const writeFragment: Writer = (random, bytes, at, { idBelow }) => {
  const messageId = someId(random, idBelow, true);
  const count = random.chance(0.9995) ? 2 + (messageId % 7) : 2 + random.below(8);
  // Most often the pieces of one message agree.
  const size = random.chance(0.9995) ? messageId % 60 : random.below(60);
  const total = count * (1 + size);
  const index = random.below(count);
  const length = fragmentPieceBytes(total, count);
  const channel = someChannel(random, idBelow);
  const isCompressed = random.chance(idBelow === undefined ? 0.5 : 0.0005);
  const next = writeFragmentHeader(
    bytes,
    at,
    channel,
    messageId,
    total,
    count,
    index,
    isCompressed,
  );
  bytes.fill(someFill(random, channel), next, next + length);
  return next + length;
};

const writeSomeAck: Writer = (random, bytes, at, { ackBelow }) => {
  const low = new Float64Array(32);
  const high = new Float64Array(32);
  if (ackBelow === 0) return writePing(bytes, at);
  let top = someBelow(random, ackBelow);
  let count = 0;
  const most = 1 + random.below(32);
  while (top >= 0 && count < most) {
    high[count] = top;
    low[count] = Math.max(0, top - random.below(4));
    top = low[count]! - 2 - random.below(4);
    count++;
  }
  const delayMs = 0.008 * random.below(10_000);
  const ranges = { low, high, count };
  if (random.chance(0.5)) return writeAck(bytes, at, bytes.length, delayMs, ranges);
  return writeAckWithTime(bytes, at, bytes.length, someNumber(random), delayMs, ranges);
};

const writers: readonly Writer[] = [
  writeMessage,
  writeMessage,
  writeCompressed,
  writeFragment,
  writeFragment,
  writeSomeAck,
  (_random, bytes, at) => writePing(bytes, at),
  (_random, _bytes, at) => at + 1,
  (random, bytes, at) => writeTime(bytes, at, someNumber(random)),
  (random, bytes, at) => writeConnectionWindow(bytes, at, someNumber(random)),
  (random, bytes, at, { idBelow }) =>
    writeChannelWindow(bytes, at, someChannel(random, idBelow), someNumber(random)),
];

/** One to `most` frames, each of them well formed; now and then the last one is a CLOSE. */
export function someFrames(random: Random, most: number, likely: Likely = {}): Uint8Array {
  const bytes = new Uint8Array(framesBytesMax);
  let at = 0;
  let hasAck = false;
  for (let left = 1 + random.below(most); left > 0; left--) {
    const writer = random.pick(writers);
    const isSecondAck = writer === writeSomeAck && hasAck;
    if (isSecondAck && random.chance(0.9995)) continue;
    hasAck ||= writer === writeSomeAck;
    at = writer(random, bytes, at, likely);
  }
  if (random.chance(0.0005)) at = writeClose(bytes, at, random.below(65_536), utf8('schluß'));
  return bytes.slice(0, at);
}

/** What was read of the bytes, written anew; undefined when not all of it was accepted. */
export function readFrames(from: Uint8Array): { readonly written: Uint8Array | undefined } {
  const bytes = new Uint8Array(from.length + 64);
  const frames = new FrameReader();
  frames.reset(from, 0, from.length);
  let at = 0;
  for (let type = frames.next(); type !== framesEnd; type = frames.next()) {
    if (type < 0) return { written: undefined };
    at = writeAgain(type, frames, from, bytes, at);
  }
  return { written: bytes.slice(0, at) };
}

function writeAgain(
  type: number,
  f: FrameReader,
  from: Uint8Array,
  bytes: Uint8Array,
  at: number,
): number {
  const data = from.subarray(f.dataStart, f.dataEnd);
  switch (type) {
    case frameTypes.message:
    case frameTypes.messageCompressed: {
      const isCompressed = type === frameTypes.messageCompressed;
      const { channel, messageId } = f;
      const next = writeMessageHeader(bytes, at, channel, messageId, data.length, isCompressed);
      bytes.set(data, next);
      return next + data.length;
    }
    case frameTypes.messageFragment:
    case frameTypes.messageFragmentCompressed: {
      const { channel, messageId, totalBytes, fragmentCount, fragmentIndex } = f;
      const next = writeFragmentHeader(
        bytes,
        at,
        channel,
        messageId,
        totalBytes,
        fragmentCount,
        fragmentIndex,
        type === frameTypes.messageFragmentCompressed,
      );
      bytes.set(data, next);
      return next + data.length;
    }
    case frameTypes.ack: {
      const ranges = { low: f.rangeLow, high: f.rangeHigh, count: f.rangeCount };
      return writeAck(bytes, at, bytes.length, f.ackDelayMs, ranges);
    }
    case frameTypes.ackWithTime: {
      const ranges = { low: f.rangeLow, high: f.rangeHigh, count: f.rangeCount };
      return writeAckWithTime(bytes, at, bytes.length, f.receiveTimeUs, f.ackDelayMs, ranges);
    }
    case frameTypes.time:
      return writeTime(bytes, at, f.epochUnixUs);
    case frameTypes.pathChallenge:
      return writePathChallenge(bytes, at, data);
    case frameTypes.pathResponse:
      return writePathResponse(bytes, at, data);
    case frameTypes.ping:
      return writePing(bytes, at);
    case frameTypes.connectionWindow:
      return writeConnectionWindow(bytes, at, f.creditBytes);
    case frameTypes.channelWindow:
      return writeChannelWindow(bytes, at, f.channel, f.creditBytes);
    case frameTypes.close:
      return writeClose(bytes, at, f.closeCode, utf8(f.closeReason));
    default:
      bytes[at] = frameTypes.padding;
      return at + 1;
  }
}
