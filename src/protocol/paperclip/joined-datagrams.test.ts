import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { concatBytes } from '../../base/bytes.ts';
import { packetBytesMin, writePacketHeader } from '../../codec/paperclip/packet.ts';
import { firstDatagramBytes } from './joined-datagrams.ts';

/** Filled with bytes of its number's, and with those of its connection id here and there. */
function packet(length: number, number: number, id: number): Uint8Array {
  const bytes = new Uint8Array(length).map((_, i) => (i * 7 + number) & 255);
  for (let i = 12; i < length; i += 13) bytes[i] = id >>> 24;
  writePacketHeader(bytes, 0, number & 1, id, number, 1 + (number & 1));
  return bytes;
}

test('the first of several packets of one length and a shorter one is found', () => {
  const length = fc.integer({ min: packetBytesMin, max: 1500 });
  const id = fc.integer({ min: 1, max: 2 ** 31 - 1 });
  fc.assert(
    fc.property(length, fc.nat({ max: 5 }), length, id, fc.nat({ max: 9 }), (...given) => {
      const [bytes, more, lastBytes, connectionId, before] = given;
      const all = concatBytes(
        new Uint8Array(before).fill(0x18),
        ...Array.from({ length: more + 1 }, (_, i) => packet(bytes, i, connectionId)),
        packet(Math.min(lastBytes, bytes), 9, connectionId),
      );
      assert.equal(firstDatagramBytes(all, before, all.length), bytes);
      assert.equal(firstDatagramBytes(all, before, before + bytes), bytes);
    }),
  );
});

test('what is no data packet, is too short for two, or is for two connections is one', () => {
  const other = concatBytes(packet(100, 1, 5), packet(100, 2, 6));
  const cut = concatBytes(packet(100, 1, 5), packet(100, 2, 5)).subarray(
    0,
    100 + packetBytesMin - 1,
  );
  for (const bytes of [new Uint8Array(0), new Uint8Array(200).fill(0x12), other, cut]) {
    assert.equal(firstDatagramBytes(bytes, 0, bytes.length), bytes.length);
  }
});

test('AUTH 1 is as long as every AUTH 1, whatever comes behind it', () => {
  const auth1 = new Uint8Array(1_200).fill(3);
  auth1.set([0x12, 1]);
  const firstOf = (...parts: readonly Uint8Array[]) => {
    const all = concatBytes(...parts);
    return firstDatagramBytes(all, 0, all.length);
  };
  assert.equal(firstOf(auth1), 1_200);
  assert.equal(firstOf(auth1, auth1, auth1), 1_200);
  assert.equal(firstOf(auth1, packet(23, 0, 7)), 1_200);
  assert.equal(firstOf(auth1.subarray(0, 1_199)), 1_199);
});
