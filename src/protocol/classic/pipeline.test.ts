import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { toHex } from '../../base/bytes.ts';
import { errorCodes, flags } from '../../codec/classic/numbers.ts';
import { decodePacket, encodePacket, type Packet } from '../../codec/classic/packet.ts';
import {
  allFlags,
  classicVectors,
  flagNames,
  flagsOf,
  hex,
  type PipelineVector,
  skipWithoutVectors as skip,
} from '../../codec/classic/vectors.fixture.ts';
import { classicCrypto } from '../../driver/classic-crypto.ts';
import { classicLimits } from './limits.ts';
import { packMessage, unpackData } from './pipeline.ts';

const key = new Uint8Array(32).fill(7);

/** Pieces joined as a careful receiver would. */
function join(datagrams: readonly Uint8Array[]): Packet {
  const packets = datagrams.map((bytes) => {
    const packet = decodePacket(bytes);
    assert.ok(packet.ok);
    return packet.value;
  });
  return { ...packets[0]!, data: Buffer.concat(packets.map(({ data }) => data)) };
}

function payloadOf(vector: PipelineVector): Uint8Array {
  if (vector.payload_hex !== undefined) return hex(vector.payload_hex);
  if (vector.payload === 'finished') return hex(classicVectors().handshake['finished']!);
  return hex(classicVectors().payloads[vector.payload === 'big' ? 'big' : 'small']);
}

describe('flag pipelines', () => {
  test('the published pipelines run backwards to their payload', { skip }, () => {
    const sessionKey = hex(classicVectors().handshake['session_key']!);
    for (const vector of classicVectors().pipeline) {
      const packet = join(vector.datagrams.map(hex));
      const data = unpackData(classicCrypto, sessionKey, packet);
      const name = `${vector.type} ${vector.flags}`;
      assert.ok(data.ok, name);
      assert.equal(toHex(data.value), toHex(payloadOf(vector)), name);
    }
  });

  test('and forwards to their bytes, where deflate has no say', { skip }, () => {
    const sessionKey = hex(classicVectors().handshake['session_key']!);
    for (const vector of classicVectors().pipeline) {
      const packet = join(vector.datagrams.map(hex));
      if (!vector.exact || hex(vector.datagrams[0]!).length > 1024) continue;
      assert.equal(packet.type, vector.type.toLowerCase());
      const { initVector } = packet;
      const crypto = { ...classicCrypto, randomBytes: () => initVector! };
      const datagrams = packMessage(crypto, sessionKey, packet.sequenceId, {
        body: packet,
        flags: flagsOf(vector.flags),
        data: payloadOf(vector),
      });
      assert.deepEqual(datagrams?.map(toHex), vector.datagrams);
    }
  });

  test('the published 5000 bytes leave in their pieces', { skip }, () => {
    const { fragment_5000: vector, payloads } = classicVectors();
    const datagrams = packMessage(classicCrypto, undefined, 0xbeef, {
      body: { type: 'default' },
      flags: flags.fragmented,
      data: hex(payloads.big),
    });
    assert.deepEqual(datagrams?.map(toHex), vector.datagrams);
    assert.deepEqual(
      datagrams?.map((bytes) => bytes.length - 8),
      vector.sizes,
    );
  });

  for (const bits of allFlags) {
    test(`${flagNames(bits)}: every size comes back, in datagrams that the old peer reads`, () => {
      for (const size of [0, 1, 988, 989, 5_000, 200_000]) {
        const data = Uint8Array.from({ length: size }, (_, i) => (i * 7 + (i >> 8) * 13) & 255);
        const message = { body: { type: 'default' }, flags: bits, data } as const;
        const datagrams = packMessage(classicCrypto, key, 5, message)!;
        assert.ok(datagrams.every(({ length }) => length <= 1024));
        const back = unpackData(classicCrypto, key, join(datagrams));
        assert.ok(back.ok);
        assert.equal(Buffer.compare(back.value, data), 0);
      }
    });
  }

  test('what 255 pieces cannot hold is not sent', () => {
    const pack = (size: number) =>
      packMessage(classicCrypto, key, 0, {
        body: { type: 'default' },
        flags: 0,
        data: new Uint8Array(size),
      });
    assert.equal(pack(255 * 988)?.length, 255);
    assert.equal(pack(255 * 988 + 1), undefined);
  });

  const data = new Uint8Array(40).fill(65);
  const packed = (bits: number, change: (packet: Packet) => Packet): Packet => {
    const message = { body: { type: 'default' }, flags: bits, data } as const;
    const [bytes] = packMessage(classicCrypto, key, 0, message)!;
    const decoded = decodePacket(bytes!);
    assert.ok(decoded.ok);
    const again = decodePacket(encodePacket(change(decoded.value)));
    assert.ok(again.ok);
    return again.value;
  };
  const refused = (packet: Packet, code: number) =>
    assert.deepEqual(unpackData(classicCrypto, key, packet), { ok: false, error: code });

  test('a wrong checksum is 3.9', () => {
    refused(
      packed(flags.checksum, (p) => ({ ...p, checksum: 1 })),
      errorCodes.checksum,
    );
  });

  test('data that does not inflate is 3.8, and so is data that inflates too far', () => {
    refused(
      packed(flags.compressed, (p) => ({ ...p, data: Uint8Array.of(7, 7, 7) })),
      errorCodes.compression,
    );
    const bomb = classicCrypto.deflate(new Uint8Array(classicLimits.messageBytesMax + 1));
    assert.ok(bomb.length < 2_000);
    refused(
      packed(flags.compressed, (p) => ({ ...p, data: bomb })),
      errorCodes.compression,
    );
  });

  test('data that does not decrypt is 3.7, with a wrong key and without one', () => {
    const packet = packed(flags.encrypted, (p) => ({ ...p, data: p.data.subarray(1) }));
    refused(packet, errorCodes.initVector);
    const whole = packed(flags.encrypted, (p) => p);
    assert.deepEqual(unpackData(classicCrypto, undefined, whole), {
      ok: false,
      error: errorCodes.initVector,
    });
  });
});
