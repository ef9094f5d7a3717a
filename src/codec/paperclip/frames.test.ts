import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromHex, toHex } from '../../base/bytes.ts';
import { frameTable, frameTypes } from './frame-table.ts';
import {
  FrameReader,
  frameMalformed,
  framesEnd,
  frameTruncated,
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
} from './frames.ts';

function readerOf(hex: string): FrameReader {
  const bytes = fromHex(hex.replaceAll(' ', ''))!;
  const reader = new FrameReader();
  reader.reset(bytes, 0, bytes.length);
  return reader;
}

test('a MESSAGE names its channel, its id and its bytes', () => {
  const reader = readerOf('10 03 4101 02 aabb');
  assert.equal(reader.next(), frameTypes.message);
  assert.deepEqual([reader.channel, reader.messageId], [3, 0x101]);
  assert.deepEqual([reader.dataStart, reader.dataEnd], [5, 7]);
  assert.equal(reader.next(), framesEnd);
});

test('an empty message is a message', () => {
  const reader = readerOf('10 00 00 00');
  assert.equal(reader.next(), frameTypes.message);
  assert.equal(reader.dataEnd, reader.dataStart);
});

test('fragments of 10 bytes in 4 are 3, 3, 3 and 1 long', () => {
  const reader = readerOf('11 00 07 0a 04 00 aaaaaa 11 00 07 0a 04 03 bb');
  assert.equal(reader.next(), frameTypes.messageFragment);
  assert.equal(reader.dataEnd - reader.dataStart, 3);
  assert.equal(reader.next(), frameTypes.messageFragment);
  assert.deepEqual([reader.totalBytes, reader.fragmentCount, reader.fragmentIndex], [10, 4, 3]);
  assert.equal(reader.dataEnd - reader.dataStart, 1);
});

test('fragments whose numbers cannot be are malformed', () => {
  const cases = {
    'a count of one': '11 00 07 0a 01 00 aaaaaaaaaaaaaaaaaaaa',
    'a count of zero': '11 00 07 0a 00 00',
    'an index past the count': '11 00 07 0a 04 04 bb',
    'more pieces than bytes': '11 00 07 03 04 00 aa',
    'a last piece of nothing': '11 00 07 09 04 00 aaaaaa',
    'a count above the cap': '11 00 07 bfffffff 80004001 00 aa',
  };
  for (const [name, hex] of Object.entries(cases)) {
    assert.equal(readerOf(hex).next(), frameMalformed, name);
  }
});

test('ACK ranges go down from the largest', () => {
  // Largest 20, delay 125 units (1 ms), 2 more ranges: 18..20, 12..15 (16 and 17 missing), 0.
  const reader = readerOf('02 14 407d 02 02 01 03 0a 00');
  assert.equal(reader.next(), frameTypes.ack);
  assert.equal(reader.ackDelayMs, 1);
  assert.equal(reader.rangeCount, 3);
  assert.deepEqual([...reader.rangeHigh.slice(0, 3)], [20, 15, 0]);
  assert.deepEqual([...reader.rangeLow.slice(0, 3)], [18, 12, 0]);
});

test('ACKs below packet 0 or with 33 ranges are malformed', () => {
  assert.equal(readerOf('02 05 00 00 06').next(), frameMalformed);
  assert.equal(readerOf('02 05 00 01 04 00 00').next(), frameMalformed);
  assert.equal(readerOf(`02 407f 00 20 00 ${'0000'.repeat(32)}`).next(), frameMalformed);
  assert.equal(readerOf(`02 407f 00 1f 00 ${'0000'.repeat(31)}`).next(), frameTypes.ack);
});

test('WINDOW, PING, PADDING and CLOSE carry what they say', () => {
  const reader = readerOf('00 01 04 4400 05 02 4401 09 4301 02 6f6b');
  assert.equal(reader.next(), frameTypes.padding);
  assert.equal(reader.next(), frameTypes.ping);
  assert.equal(reader.next(), frameTypes.connectionWindow);
  assert.equal(reader.creditBytes, 0x400);
  assert.equal(reader.next(), frameTypes.channelWindow);
  assert.deepEqual([reader.channel, reader.creditBytes], [2, 0x401]);
  assert.equal(reader.next(), frameTypes.close);
  assert.deepEqual([reader.closeCode, reader.closeReason], [0x301, 'ok']);
  assert.equal(reader.next(), framesEnd);
});

test('an ACK with time says when the largest came; one without says nothing of it', () => {
  const reader = readerOf('03 4400 14 407d 02 02 01 03 0a 00 02 14 00 00 00');
  assert.equal(reader.next(), frameTypes.ackWithTime);
  assert.equal(reader.receiveTimeUs, 0x400);
  assert.deepEqual([...reader.rangeHigh.slice(0, 3)], [20, 15, 0]);
  assert.equal(reader.next(), frameTypes.ack);
  assert.equal(reader.receiveTimeUs, -1);
});

test('TIME and the PATH frames carry what they say', () => {
  const reader = readerOf('08 c000018c00000000 06 0102030405060708 07 1112131415161718');
  assert.equal(reader.next(), frameTypes.time);
  assert.equal(reader.epochUnixUs, 0x18c_0000_0000);
  assert.equal(reader.next(), frameTypes.pathChallenge);
  assert.deepEqual([reader.dataStart, reader.dataEnd], [10, 18]);
  assert.equal(reader.next(), frameTypes.pathResponse);
  assert.deepEqual([reader.dataStart, reader.dataEnd], [19, 27]);
});

test('compressed messages and fragments have the layout of the others', () => {
  const reader = readerOf('12 03 4101 02 aabb 13 00 07 0a 04 03 bb');
  assert.equal(reader.next(), frameTypes.messageCompressed);
  assert.deepEqual([reader.channel, reader.messageId], [3, 0x101]);
  assert.equal(reader.next(), frameTypes.messageFragmentCompressed);
  assert.deepEqual([reader.totalBytes, reader.fragmentCount, reader.fragmentIndex], [10, 4, 3]);
});

test('a close is refused for a long code, a long reason, or a reason that is not text', () => {
  assert.equal(readerOf('09 80010000 00').next(), frameMalformed);
  assert.equal(readerOf(`09 00 40c9 ${'61'.repeat(201)}`).next(), frameMalformed);
  assert.equal(readerOf('09 00 01 ff').next(), frameMalformed);
});

test('unknown types are malformed', () => {
  for (const type of [0x0a, 0x0f, 0x14, 0x3f, 0x40, 0xff]) {
    const bytes = new Uint8Array(40);
    bytes[0] = type;
    const reader = new FrameReader();
    reader.reset(bytes, 0, bytes.length);
    assert.equal(reader.next(), frameMalformed, String(type));
  }
});

test('the table has one row per type number', () => {
  assert.deepEqual(
    frameTable.map((frame) => frame.type).sort((a, b) => a - b),
    Object.values(frameTypes).sort((a, b) => a - b),
  );
});

test('every cut of every frame is truncated, never malformed', () => {
  const whole = ['10 03 4101 02 aabb', '11 00 07 0a 04 03 bb', '02 14 407d 02 02 01 03 0a 00'];
  const others = ['05 02 4401', '04 4400', '09 4301 02 6f6b', '08 4400', '06 0102030405060708'];
  const timed = '03 4400 14 407d 02 02 01 03 0a 00';
  for (const hex of [...whole, ...others, timed]) {
    const compact = hex.replaceAll(' ', '');
    for (let cut = 2; cut < compact.length; cut += 2) {
      assert.equal(readerOf(compact.slice(0, cut)).next(), frameTruncated, compact.slice(0, cut));
    }
  }
});

/** Writes the frame that the reader just read. */
function rewrite(reader: FrameReader, type: number, source: Uint8Array, out: Uint8Array): number {
  const data = source.subarray(reader.dataStart, reader.dataEnd);
  switch (type) {
    case frameTypes.padding:
      out[0] = 0;
      return 1;
    case frameTypes.ping:
      return writePing(out, 0);
    case frameTypes.connectionWindow:
      return writeConnectionWindow(out, 0, reader.creditBytes);
    case frameTypes.channelWindow:
      return writeChannelWindow(out, 0, reader.channel, reader.creditBytes);
    case frameTypes.close:
      return writeClose(out, 0, reader.closeCode, data);
    case frameTypes.ack: {
      const { rangeLow: low, rangeHigh: high, rangeCount: count } = reader;
      return writeAck(out, 0, out.length, reader.ackDelayMs, { low, high, count });
    }
    case frameTypes.ackWithTime: {
      const {
        rangeLow: low,
        rangeHigh: high,
        rangeCount: count,
        ackDelayMs,
        receiveTimeUs,
      } = reader;
      return writeAckWithTime(out, 0, out.length, receiveTimeUs, ackDelayMs, { low, high, count });
    }
    case frameTypes.pathChallenge:
      return writePathChallenge(out, 0, data);
    case frameTypes.pathResponse:
      return writePathResponse(out, 0, data);
    case frameTypes.time:
      return writeTime(out, 0, reader.epochUnixUs);
    case frameTypes.message:
    case frameTypes.messageCompressed: {
      const isCompressed = type === frameTypes.messageCompressed;
      const { channel, messageId } = reader;
      const at = writeMessageHeader(out, 0, channel, messageId, data.length, isCompressed);
      out.set(data, at);
      return at + data.length;
    }
    default: {
      const { channel, messageId, totalBytes, fragmentCount, fragmentIndex } = reader;
      const at = writeFragmentHeader(
        out,
        0,
        channel,
        messageId,
        totalBytes,
        fragmentCount,
        fragmentIndex,
        type === frameTypes.messageFragmentCompressed,
      );
      out.set(data, at);
      return at + data.length;
    }
  }
}

test('no bytes make the reader throw, and each frame it accepts is rewritten byte for byte', () => {
  const anyType = fc.constantFrom(...Object.values(frameTypes), 0x30);
  const small = fc.uint8Array({ max: 12, maxLength: 40 });
  const any = fc.uint8Array({ maxLength: 60 });
  fc.assert(
    fc.property(anyType, fc.oneof(small, any), (type, rest) => {
      const bytes = new Uint8Array([type, ...rest]);
      const reader = new FrameReader();
      reader.reset(bytes, 0, bytes.length);
      const out = new Uint8Array(300);
      let at = 0;
      for (let next = reader.next(); next >= 0; next = reader.next()) {
        const end = rewrite(reader, next, bytes, out);
        assert.equal(toHex(out.subarray(0, end)), toHex(bytes.subarray(at, at + end)));
        at += end;
      }
    }),
    { numRuns: 2000 },
  );
});

test('an ACK without room for all its ranges carries the newest', () => {
  const low = Float64Array.of(90, 70, 50);
  const high = Float64Array.of(95, 75, 55);
  const out = new Uint8Array(32);
  const end = writeAck(out, 0, 9, 0, { low, high, count: 3 });
  const reader = new FrameReader();
  reader.reset(out, 0, end);
  assert.equal(reader.next(), frameTypes.ack);
  assert.equal(reader.rangeCount, 2);
  assert.equal(writeAck(out, 4, 8, 0, { low, high, count: 3 }), 4);
});
