// Frames as bytes and as fields, for whoever writes a second implementation from the paper:
// docs/protocol/vectors/frames.json.
// After a deliberate change of the bytes: UPDATE_VECTORS=1 node --test <this file>

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { env } from 'node:process';
import { test } from 'node:test';
import { fromHex, toHex } from '../../base/bytes.ts';
import { frameTable, frameTypes } from './frame-table.ts';
import { FrameReader, frameMalformed, framesEnd, frameTruncated } from './frames.ts';

const file = new URL('../../../docs/protocol/vectors/frames.json', import.meta.url);

/** Each by what it shows. */
const wellFormed: Readonly<Record<string, string>> = {
  'nothing, three times': '000000',
  'a sign of life': '01',
  'packet 0 alone, at once': '0200000000',
  'largest 20, 1 ms late, received 18 to 20, 12 to 15 and 0': '0214407d020201030a00',
  'packet 5 came 1.024 ms after the epoch': '03440005000000',
  'an acknowledgement of packet 2^32': '02c000000100000000000000',
  'credit of 1024 bytes in all for the connection': '044400',
  'credit of 2^31 bytes in all for channel 63': '053fc000000080000000',
  'a challenge': '060102030405060708',
  'its response': '070102030405060708',
  'an epoch: 2026-01-01T00:00:00Z': '08c006474846204000',
  'the end, with nothing to say': '09000000',
  'the end, for code 1027 and a reason': '0944030568656c6c6f',
  'message 0 of channel 0: hello': '1000000568656c6c6f',
  'message 16383 of channel 3, empty': '10037fff00',
  'message 16384 of channel 3: aa': '10038000400001aa',
  'piece 0 of 4 of message 7, 10 bytes in all': '1100070a0400aaaaaa',
  'its last piece is one byte': '1100070a0403bb',
  'message 1 of channel 2: deflate of 64 bytes of a': '12020106' + '4b4ca40c0000',
  'piece 1 of 2 of a deflate stream of 3 bytes': '130201030201cc',
  'three frames in one packet': '020000000001100000026f6b',
};

const refused: Readonly<Record<string, string>> = {
  'type 0x0a': '0a',
  'type 0x14': '14000000',
  'type 0x40, which is one byte and not a varint': '4010',
  'a varint longer than needed': '10400000 00',
  'a varint above 2^53 - 1': '04c020000000000000',
  'a message that is cut short': '100000056865',
  'an ACK without its ranges': '02140002',
  'an ACK with a range below packet 0': '0205000006',
  'an ACK with 33 ranges': `02407f002000${'0000'.repeat(32)}`,
  'an ACK delay above 2^24 - 1': '020081000000 0000',
  'a fragment count of one': '1100070a0100aaaaaaaaaaaaaaaaaaaa',
  'a fragment index that is not below its count': '1100070a0404bb',
  'more pieces than bytes': '110007030400aa',
  'a count that leaves nothing for the last piece': '110007090400aaaaaa',
  'a count above 16384': '110007bfffffff8000400100aa',
  'a challenge of seven bytes': '0601020304050607',
  'a close code above 65535': '098001000000',
  'a close reason above 200 bytes': `090040c9${'61'.repeat(201)}`,
  'a close reason that is not UTF-8': '090001ff',
};

const nameOf = (type: number): string => frameTable.find((row) => row.type === type)!.name;

/** The fields by the names of the frame table. */
function fieldsOf(reader: FrameReader, type: number, bytes: Uint8Array): object {
  const data = toHex(bytes.subarray(reader.dataStart, reader.dataEnd));
  const { channel, messageId, creditBytes } = reader;
  switch (type) {
    case frameTypes.ack:
    case frameTypes.ackWithTime:
      return {
        ...(type === frameTypes.ackWithTime && { receiveTimeUs: reader.receiveTimeUs }),
        delayMs: reader.ackDelayMs,
        received: Array.from({ length: reader.rangeCount }, (_, i) => ({
          from: reader.rangeLow[i],
          to: reader.rangeHigh[i],
        })),
      };
    case frameTypes.connectionWindow:
      return { creditBytes };
    case frameTypes.channelWindow:
      return { channel, creditBytes };
    case frameTypes.pathChallenge:
    case frameTypes.pathResponse:
      return { data };
    case frameTypes.time:
      return { epoch: reader.epochUnixUs };
    case frameTypes.close:
      return { code: reader.closeCode, reason: reader.closeReason };
    case frameTypes.message:
    case frameTypes.messageCompressed:
      return { channel, messageId, data };
    case frameTypes.messageFragment:
    case frameTypes.messageFragmentCompressed: {
      const { totalBytes, fragmentCount: count, fragmentIndex: index } = reader;
      return { channel, messageId, totalBytes, count, index, data };
    }
    default:
      return {};
  }
}

function makeVectors(): object {
  const reader = new FrameReader();
  const bytesOf = (hex: string): Uint8Array => fromHex(hex.replaceAll(' ', ''))!;
  return {
    frames: Object.entries(wellFormed).map(([name, hex]) => {
      const bytes = bytesOf(hex);
      const frames: object[] = [];
      reader.reset(bytes, 0, bytes.length);
      for (let type = reader.next(); type !== framesEnd; type = reader.next()) {
        assert.ok(type >= 0, `${name}: ${reader.reason}`);
        frames.push({ frame: nameOf(type), ...fieldsOf(reader, type, bytes) });
      }
      return { name, bytes: toHex(bytes), frames };
    }),
    refused: Object.entries(refused).map(([name, hex]) => {
      const bytes = bytesOf(hex);
      reader.reset(bytes, 0, bytes.length);
      const result = reader.next();
      assert.ok(result === frameMalformed || result === frameTruncated, name);
      const isUnknown = result === frameMalformed && reader.isUnknownType;
      return { name, bytes: toHex(bytes), code: isUnknown ? 'TYPE' : 'FRAME' };
    }),
  };
}

test('the frames are those of docs/protocol/vectors/frames.json', () => {
  const made = `${JSON.stringify(makeVectors(), undefined, 1)}\n`;
  if (env['UPDATE_VECTORS'] === '1') writeFileSync(file, made);
  assert.equal(readFileSync(file, 'utf8'), made);
});

test('every type of frame is among them', () => {
  const shown = new Set(
    Object.values(wellFormed).map((hex) => Number.parseInt(hex.slice(0, 2), 16)),
  );
  assert.deepEqual(
    frameTable.map(({ type }) => type).filter((type) => !shown.has(type)),
    [],
  );
});
