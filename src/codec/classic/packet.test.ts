import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { toHex } from '../../base/bytes.ts';
import { ackBitsOf, ackedIds } from './ack-bits.ts';
import { errorCodes } from './numbers.ts';
import { decodePacket, encodePacket, type Packet } from './packet.ts';
import {
  classicVectors,
  flagsOf,
  hex,
  type PackVector,
  skipWithoutVectors as skip,
} from './vectors.fixture.ts';

const bitsOf = (newestFirst: readonly number[]): number => Number.parseInt(newestFirst.join(''), 2);

function packetOf({ fields }: PackVector): Packet {
  const head = {
    flags: flagsOf(fields.flags),
    sequenceId: fields.sequence_id,
    ...(fields.fragment_number !== null && {
      fragment: { id: fields.fragment_id!, count: fields.fragment_number },
    }),
    ...(fields.init_vector !== null && { initVector: hex(fields.init_vector) }),
    ...(fields.checksum !== null && { checksum: fields.checksum }),
    data: hex(fields.data ?? ''),
  };
  switch (fields.type) {
    case 'DEFAULT':
      return { ...head, type: 'default' };
    case 'ACK':
      return { ...head, type: 'ack', ackId: fields.ack_id!, ackBits: bitsOf(fields.ack_bits!) };
    case 'AUTH': {
      const certificate = fields.certificate ? { certificate: hex(fields.certificate) } : {};
      return { ...head, type: 'auth', publicKey: hex(fields.public_key!), ...certificate };
    }
    case 'HEARTBEAT':
      // The vectors call it by the bit on the wire: 0 asks, 1 answers.
      return { ...head, type: 'heartbeat', isPing: !fields.heartbeat };
    case 'ERROR':
      return { ...head, type: 'error', code: (fields.major! << 4) | fields.minor! };
    default:
      throw new Error(`no such type: ${fields.type}`);
  }
}

describe('packets', () => {
  test('the published packets decode to their fields and encode to their bytes', { skip }, () => {
    const { pack } = classicVectors();
    assert.ok(pack.length > 90);
    for (const vector of pack) {
      const packet = packetOf(vector);
      assert.equal(toHex(encodePacket(packet)), vector.hex, vector.name);
      const decoded = decodePacket(hex(vector.hex));
      assert.ok(decoded.ok, vector.name);
      assert.deepEqual(decoded.value, packet, vector.name);
    }
  });

  test('the published acknowledgements hold', { skip }, () => {
    for (const vector of classicVectors().ack_bits) {
      const bits = bitsOf(vector.bits_newest_first);
      const received = new Set(vector.received);
      assert.equal(
        ackBitsOf(vector.ack_id, (id) => received.has(id)),
        bits,
        vector.name,
      );
      assert.equal(Number.parseInt(vector.encoded, 16), bits, vector.name);
      const acked = ackedIds(vector.ack_id, bits);
      assert.ok(acked.every((id) => received.has(id)) && acked[0] === vector.ack_id, vector.name);
    }
  });

  const ledger: readonly (readonly [string, string, number])[] = [
    ['nothing', '', errorCodes.packet],
    ['another version', '100000000000', errorCodes.version],
    ['an unknown type', '050000000000', errorCodes.packetType],
    ['no flags', '00', errorCodes.flags],
    ['a sequence id cut short', '0000000000', errorCodes.sequenceId],
    ['no fragment id', '000800000001', errorCodes.fragmentId],
    ['no fragment number', '00080000000100', errorCodes.fragmentNumber],
    ['fragment number 0', '0008000000010000', errorCodes.fragmentNumber],
    ['a fragment id that is its number', '0008000000010303', errorCodes.fragmentId],
    ['an init vector cut short', `001000000001${'00'.repeat(15)}`, errorCodes.initVector],
    ['a checksum cut short', '004000000001aabbcc', errorCodes.checksum],
    ['an ACK cut short', '01000000000100000001000000', errorCodes.packet],
    ['an AUTH without a key size', '020000000001', errorCodes.packet],
    ['an AUTH with half a key', '0200000000010401', errorCodes.packet],
    ['an AUTH with half a certificate size', '0200000000010201ff00', errorCodes.packet],
    ['an AUTH with half a certificate', '0200000000010101000201', errorCodes.packet],
    ['an AUTH with something behind', '020000000001010100010102', errorCodes.packet],
    ['a HEARTBEAT without its byte', '030000000001', errorCodes.packet],
    ['an ERROR without its byte', '040000000001', errorCodes.packet],
  ];
  for (const [name, bytes, code] of ledger) {
    test(`${name} is refused with its code`, () => {
      assert.deepEqual(decodePacket(hex(bytes)), { ok: false, error: code });
    });
  }

  test('what is reserved is ignored, and sent as 0', () => {
    const decoded = decodePacket(hex('018700000009000000040123b083'));
    assert.ok(decoded.ok && decoded.value.type === 'ack');
    assert.equal(decoded.value.ackBits, 0xb083);
    assert.equal(toHex(encodePacket(decoded.value)), '018000000009000000040000b083');
  });

  test('flags and fields that do not agree are our own mistake', () => {
    const data = new Uint8Array(0);
    assert.throws(() => encodePacket({ type: 'default', flags: 0x40, sequenceId: 0, data }), {
      message: /must agree/,
    });
  });
});
