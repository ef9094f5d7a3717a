import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { expandPacketNumber, packetNumberLength } from './sequence.ts';

test('RFC 9000 appendix A.2: 0xac5c02 needs two bytes and 0xace8fe three, after 0xabe8b3', () => {
  assert.equal(packetNumberLength(0xac5c02, 0xabe8b3), 2);
  assert.equal(packetNumberLength(0xace8fe, 0xabe8b3), 3);
});

test('RFC 9000 appendix A.3: 0x9b32 after 0xa82f30ea is 0xa82f9b32', () => {
  assert.equal(expandPacketNumber(0xa82f30ea, 0x9b32, 2), 0xa82f9b32);
});

test('the first packets of a connection take one byte', () => {
  assert.equal(packetNumberLength(0, -1), 1);
  assert.equal(packetNumberLength(127, -1), 1);
  assert.equal(packetNumberLength(128, -1), 2);
  assert.equal(expandPacketNumber(-1, 0, 1), 0);
});

test('a number expands to itself wherever the receiver is between acked and sent', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2 ** 52 }),
      fc.integer({ min: 1, max: 2 ** 31 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (largestAcked, ahead, share) => {
        const full = largestAcked + ahead;
        const bytes = packetNumberLength(full, largestAcked);
        const seen = largestAcked + Math.floor(share * (ahead - 1));
        assert.equal(expandPacketNumber(seen, full % 2 ** (8 * bytes), bytes), full);
      },
    ),
  );
});

test('a packet that reordering made late expands below the newest', () => {
  assert.equal(expandPacketNumber(300, 0xff, 1), 255);
  assert.equal(expandPacketNumber(255, 0x05, 1), 261);
});
