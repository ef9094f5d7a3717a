import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { concatBytes, fromHex, toHex, utf8 } from '../../base/bytes.ts';
import {
  authLimits,
  datagramKind,
  decodeAuth1,
  decodeAuth1Payload,
  decodeAuth2,
  decodeAuth2Payload,
  decodeError,
  decodeRetry,
  encodeAuth1,
  encodeAuth1Payload,
  encodeAuth2,
  encodeAuth2Payload,
  encodeError,
  encodeRetry,
} from './auth.ts';

const hex = (text: string) => fromHex(text.replaceAll(' ', ''))!;

test('the first byte tells the kind of a datagram', () => {
  const kinds = Array.from({ length: 256 }, (_, byte) => datagramKind(byte));
  assert.equal(kinds.filter((kind) => kind === 'unknown-version').length, 240);
  assert.deepEqual(kinds.slice(0x10, 0x18), [
    ...['unknown-type', 'unknown-type', 'auth', 'unknown-type'],
    ...['error', 'retry', 'unknown-type', 'unknown-type'],
  ]);
  assert.deepEqual(kinds.slice(0x18, 0x20), Array(8).fill('data'));
});

const auth1 = concatBytes(
  hex('12 01 01 2a 0102030405060708 7ffffffe 0005'),
  utf8('noise'),
  new Uint8Array(1_200 - 23),
);
const auth1Fields = {
  suite: 1,
  gateId: 42,
  protocolId: hex('0102030405060708'),
  clientConnectionId: 0x7ffffffe,
  noiseMessage: utf8('noise'),
};

test('AUTH 1 has the bytes of the paper, both ways', () => {
  assert.equal(toHex(encodeAuth1(auth1Fields)), toHex(auth1));
  assert.deepEqual(decodeAuth1(auth1), { ok: true, value: auth1Fields });
});

test('AUTH 1 of any other length is refused', () => {
  for (const length of [0, 1, 18, 1_168, 1_199, 1_201, 65_507]) {
    const bytes = new Uint8Array(length);
    bytes.set(auth1.subarray(0, length));
    assert.deepEqual(decodeAuth1(bytes), { ok: false, error: 'wrong-length' });
  }
});

test('AUTH 1 with a field out of its limits is malformed', () => {
  const refuse = (at: number, bytes: string, error = 'auth-malformed') => {
    const bent = auth1.slice();
    bent.set(hex(bytes), at);
    assert.deepEqual(decodeAuth1(bent), { ok: false, error });
  };
  refuse(0, '13');
  refuse(1, '02');
  refuse(2, '02', 'unknown-suite');
  refuse(12, '00000000');
  refuse(12, '80000001');
  refuse(16, '047f');
  refuse(1_167, '01'); // padding is zero
});

test('AUTH 1 takes the longest message and refuses to write a longer one', () => {
  const noiseMessage = new Uint8Array(authLimits.noiseMessage1BytesMax).fill(9);
  const decoded = decodeAuth1(encodeAuth1({ ...auth1Fields, noiseMessage }));
  assert.ok(decoded.ok);
  assert.deepEqual(decoded.value.noiseMessage, noiseMessage);
  const longer = new Uint8Array(authLimits.noiseMessage1BytesMax + 1);
  assert.throws(() => encodeAuth1({ ...auth1Fields, noiseMessage: longer }), /Noise message 1/);
});

const auth2 = concatBytes(hex('12 02 01 00 00000007 0006'), utf8('answer'));

test('AUTH 2 has the bytes of the paper, both ways', () => {
  const fields = { clientConnectionId: 7, noiseMessage: utf8('answer') };
  assert.equal(toHex(encodeAuth2(fields)), toHex(auth2));
  assert.deepEqual(decodeAuth2(auth2), { ok: true, value: fields });
});

test('AUTH 2 that is cut, longer than it says, or out of its limits is refused', () => {
  for (let length = 0; length < auth2.length; length++) {
    assert.deepEqual(decodeAuth2(auth2.subarray(0, length)), { ok: false, error: 'wrong-length' });
  }
  assert.deepEqual(decodeAuth2(concatBytes(auth2, hex('00'))), {
    ok: false,
    error: 'wrong-length',
  });
  for (const at of [0, 1, 2, 3, 4]) {
    const bent = auth2.slice();
    bent[at]! ^= 0x80;
    assert.equal(decodeAuth2(bent).ok, false);
  }
});

test('ERROR is 7 bytes, both ways', () => {
  const bytes = hex('14 00000007 0301');
  assert.equal(toHex(encodeError({ connectionId: 7, code: 0x301 })), toHex(bytes));
  assert.deepEqual(decodeError(bytes), { ok: true, value: { connectionId: 7, code: 0x301 } });
  assert.equal(decodeError(bytes.subarray(1)).ok, false);
  assert.equal(decodeError(hex('14 80000007 0301')).ok, false);
});

test('RETRY is 53 bytes, both ways', () => {
  const nonce = 'a0a1a2a3a4a5a6a7a8a9aaabacadaeaf';
  const sealed = 'c0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedf';
  const bytes = hex(`15 7ffffffe ${nonce} ${sealed}`);
  const fields = { clientConnectionId: 0x7ffffffe, nonce: hex(nonce), sealedCookie: hex(sealed) };
  assert.equal(toHex(encodeRetry(fields)), toHex(bytes));
  assert.deepEqual(decodeRetry(bytes), { ok: true, value: fields });
  for (let length = 0; length < 53; length++) {
    const refused = { ok: false, error: 'wrong-length' };
    assert.deepEqual(decodeRetry(bytes.subarray(0, length)), refused);
  }
  assert.equal(decodeRetry(concatBytes(bytes, hex('00'))).ok, false);
  for (const [at, first] of [
    [0, 0x14],
    [1, 0x80],
  ] as const) {
    const bent = bytes.slice();
    bent[at] = first;
    assert.deepEqual(decodeRetry(bent), { ok: false, error: 'auth-malformed' });
  }
});

test('payloads have the bytes of the paper, both ways', () => {
  const first = { parameters: hex('aabb'), ticket: hex('cc') };
  assert.equal(toHex(encodeAuth1Payload(first)), '02aabb0001cc');
  assert.deepEqual(decodeAuth1Payload(hex('02aabb0001cc')), { ok: true, value: first });
  const accepted = {
    kind: 'accepted',
    parameters: hex('aabb'),
    hostConnectionId: 9,
    hostTimeMs: 0x0198_0000_ea60,
  } as const;
  assert.equal(toHex(encodeAuth2Payload(accepted)), '0002aabb0000000901980000ea60');
  assert.deepEqual(decodeAuth2Payload(hex('0002aabb0000000901980000ea60')), {
    ok: true,
    value: accepted,
  });
  const refused = { kind: 'refused', code: 0x102 } as const;
  assert.equal(toHex(encodeAuth2Payload(refused)), '010102');
  assert.deepEqual(decodeAuth2Payload(hex('010102')), { ok: true, value: refused });
});

test('whatever the bytes, payload decoders do not throw, and what they accept is canonical', () => {
  const small = fc.uint8Array({ maxLength: 40 });
  fc.assert(
    fc.property(small, fc.nat({ max: 3 }), (bytes, first) => {
      if (bytes.length > 1) bytes[first % 2] = first;
      const one = decodeAuth1Payload(bytes);
      if (one.ok) assert.equal(toHex(encodeAuth1Payload(one.value)), toHex(bytes));
      const two = decodeAuth2Payload(bytes);
      if (two.ok) assert.equal(toHex(encodeAuth2Payload(two.value)), toHex(bytes));
    }),
    { numRuns: 2_000 },
  );
});
