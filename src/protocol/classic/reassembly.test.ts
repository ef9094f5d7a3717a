import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorCodes, flags } from '../../codec/classic/numbers.ts';
import type { Packet, PacketHead } from '../../codec/classic/packet.ts';
import { classicLimits } from './limits.ts';
import { Reassembly } from './reassembly.ts';

const piece = (
  id: number,
  count: number,
  data: string,
  rest: Partial<PacketHead> = {},
): Packet => ({
  ...{ type: 'default', flags: flags.fragmented, sequenceId: 1, fragment: { id, count } },
  ...{ data: Uint8Array.from(Buffer.from(data)), ...rest },
});

const textOf = (packet: Packet) => Buffer.from(packet.data).toString();
const waiting = { kind: 'waiting' } as const;

test('pieces come in any order and twice, and are joined in theirs', () => {
  const reassembly = new Reassembly();
  assert.deepEqual(reassembly.add(0, 1, piece(2, 3, 'c')), waiting);
  assert.deepEqual(reassembly.add(0, 1, piece(0, 3, 'a')), waiting);
  assert.deepEqual(reassembly.add(0, 1, piece(2, 3, 'c')), waiting);
  const joined = reassembly.add(0, 1, piece(1, 3, 'b'));
  assert.ok(joined.kind === 'whole');
  assert.equal(textOf(joined.packet), 'abc');
  assert.deepEqual([reassembly.length, reassembly.bytes], [0, 0]);
});

test('a message of one piece is whole', () => {
  const joined = new Reassembly().add(0, 1, piece(0, 1, ''));
  assert.ok(joined.kind === 'whole' && joined.packet.data.length === 0);
});

for (const [name, second, code] of [
  ['another number', piece(1, 3, 'b'), errorCodes.fragmentNumber],
  ['another text for the same piece', piece(0, 2, 'x'), errorCodes.fragmentId],
  ['other flags', piece(1, 2, 'b', { flags: flags.fragmented | 0x80 }), errorCodes.fragmentId],
  ['another checksum', piece(1, 2, 'b', { checksum: 5 }), errorCodes.fragmentId],
  ['an init vector', piece(1, 2, 'b', { initVector: new Uint8Array(16) }), errorCodes.fragmentId],
  [
    'another type',
    { ...piece(1, 2, 'b'), type: 'heartbeat', isPing: true } satisfies Packet,
    errorCodes.fragmentId,
  ],
] as const) {
  test(`${name} is a contradiction: all is forgotten, and the message can come anew`, () => {
    const reassembly = new Reassembly();
    reassembly.add(0, 1, piece(0, 2, 'a'));
    assert.deepEqual(reassembly.add(0, 1, second), { kind: 'refused', code });
    assert.deepEqual([reassembly.length, reassembly.bytes], [0, 0]);
    reassembly.add(0, 1, piece(0, 2, 'a'));
    assert.equal(reassembly.add(0, 1, piece(1, 2, 'b')).kind, 'whole');
  });
}

test('reassembly is bounded in count: who waited longest for a piece goes', () => {
  const reassembly = new Reassembly();
  for (let id = 0; id <= classicLimits.reassembliesMax; id++) {
    reassembly.add(id, id, piece(0, 2, 'a', { flags: 0x88 }));
  }
  assert.equal(reassembly.length, classicLimits.reassembliesMax);
  assert.deepEqual([...reassembly.comingIds()], [1, 2, 3, 4, 5, 6, 7, 8]);
});

test('in bytes', () => {
  const reassembly = new Reassembly();
  const full = 'x'.repeat(classicLimits.fragmentBytes);
  for (let id = 0; id < 6; id++) {
    for (let i = 0; i < 254; i++) reassembly.add(0, id, piece(i, 255, full));
  }
  assert.ok(reassembly.bytes <= classicLimits.reassemblyBytesMax);
  assert.ok(reassembly.bytes > 254 * classicLimits.fragmentBytes);
});

test('and in time: since the newest piece, and in all', () => {
  const reassembly = new Reassembly();
  reassembly.add(0, 1, piece(0, 3, 'a'));
  reassembly.add(1_000, 1, piece(1, 3, 'b'));
  assert.equal(reassembly.nextTimeoutMs, 1_000 + classicLimits.reassemblyIdleMs);
  reassembly.handleTimeout(999 + classicLimits.reassemblyIdleMs);
  assert.equal(reassembly.length, 1);
  reassembly.handleTimeout(1_000 + classicLimits.reassemblyIdleMs);
  assert.equal(reassembly.length, 0);
  for (let i = 0; i < 20; i++) reassembly.add(i * 10_000, 2, piece(i, 255, 'a'));
  assert.equal(reassembly.nextTimeoutMs, classicLimits.reassemblyMs);
});
