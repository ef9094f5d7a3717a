import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromHex, toHex } from '../../base/bytes.ts';
import {
  dataPacketDestination,
  PacketHeader,
  packetBytesMin,
  readPacketHeader,
  writePacketHeader,
} from './packet.ts';

const sealed = '00'.repeat(17);
const read = (hex: string) => {
  const header = new PacketHeader();
  const bytes = fromHex(hex)!;
  return { header, result: readPacketHeader(header, bytes, 0, bytes.length) };
};

test('a header of each packet number length is read', () => {
  const cases: [hex: string, number: number, end: number][] = [
    ['18 01020304 7f', 0x7f, 6],
    ['19 01020304 7fee', 0x7fee, 7],
    ['1a 01020304 7feedd', 0x7feedd, 8],
    ['1b 01020304 ffeeddcc', 0xffeeddcc, 9],
  ];
  for (const [hex, number, end] of cases) {
    const { header, result } = read(hex.replaceAll(' ', '') + sealed);
    assert.equal(result, 'value');
    assert.equal(header.destinationId, 0x01020304);
    assert.equal(header.keyPhase, 0);
    assert.equal(header.truncatedNumber, number);
    assert.equal(header.end, end);
  }
});

test('the key phase is the bit between', () => {
  assert.equal(read(`1c0102030400${sealed}`).header.keyPhase, 1);
});

test('another version, another type and a 32-bit connection id are malformed', () => {
  for (const first of ['08', '28', '10', '12', '14', '15']) {
    assert.equal(read(`${first}0102030400${sealed}`).result, 'malformed', first);
  }
  assert.equal(read(`188102030400${sealed}`).result, 'malformed');
});

test('a datagram without room for one byte of frames and the tag is too short', () => {
  assert.equal(read('18').result, 'need-more');
  assert.equal(read(`180102030400${'00'.repeat(16)}`).result, 'need-more');
  assert.equal(read(`1b0102030400000000${'00'.repeat(16)}`).result, 'need-more');
});

test('what is accepted re-encodes to the same bytes, and routing agrees with reading', () => {
  const headerBytes = fc.uint8Array({ minLength: 0, maxLength: 12 });
  fc.assert(
    fc.property(fc.nat(255), headerBytes, fc.boolean(), (first, rest, asData) => {
      const bytes = new Uint8Array(1 + rest.length + 17);
      bytes[0] = asData ? 0x18 | (first & 7) : first;
      bytes.set(rest, 1);
      const header = new PacketHeader();
      const result = readPacketHeader(header, bytes, 0, bytes.length);
      const destination = dataPacketDestination(bytes, 0, bytes.length);
      if (result === 'malformed') assert.equal(destination, -1);
      if (result !== 'value') return;
      assert.ok(bytes.length >= packetBytesMin);
      assert.equal(destination, header.destinationId);
      const again = new Uint8Array(9);
      const { keyPhase, destinationId, truncatedNumber, numberLength } = header;
      const end = writePacketHeader(
        again,
        0,
        keyPhase,
        destinationId,
        truncatedNumber,
        numberLength,
      );
      assert.equal(toHex(again.subarray(0, end)), toHex(bytes.subarray(0, header.end)));
    }),
  );
});
