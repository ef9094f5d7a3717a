import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromHex, toHex } from '../../base/bytes.ts';
import { decodeParameters, encodeParameters, parametersBytes } from './parameters.ts';

const parameters = {
  idleTimeoutMs: 30_000,
  ackDelayMaxMs: 20,
  datagramBytesMax: 1_200,
  connectionWindowBytes: 1_048_576,
  channelWindowBytes: 262_144,
  channelPlanHash: fromHex('0011223344556677')!,
};
const bytes = fromHex('00007530 0014 04b0 00100000 00040000 0011223344556677'.replaceAll(' ', ''))!;

test('parameters have the bytes of the paper, both ways', () => {
  assert.equal(toHex(encodeParameters(parameters)), toHex(bytes));
  assert.deepEqual(decodeParameters(bytes), { ok: true, value: parameters });
});

test('any other length is malformed', () => {
  for (let length = 0; length < parametersBytes + 8; length++) {
    if (length === parametersBytes) continue;
    assert.deepEqual(decodeParameters(new Uint8Array(length)), { ok: false, error: 'length' });
  }
});

test('bytes that are accepted encode to the same bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 24, maxLength: 24 }), (some) => {
      some[0] = 0;
      some[1] = some[1]! & 7;
      some[4] = some[4]! & 1;
      const decoded = decodeParameters(some);
      if (decoded.ok) assert.equal(toHex(encodeParameters(decoded.value)), toHex(some));
    }),
  );
});

test('a value out of its limits is malformed by its name when read, and throws when written', () => {
  const refuse = (name: string, value: number, at: number, hexBytes: string) => {
    const bent = bytes.slice();
    bent.set(fromHex(hexBytes)!, at);
    assert.deepEqual(decodeParameters(bent), { ok: false, error: name });
    assert.throws(() => encodeParameters({ ...parameters, [name]: value }), new RegExp(name));
  };
  refuse('idleTimeoutMs', 999, 0, '000003e7');
  refuse('idleTimeoutMs', 600_001, 0, '000927c1');
  refuse('ackDelayMaxMs', 1_001, 4, '03e9');
  refuse('datagramBytesMax', 1_199, 6, '04af');
  refuse('connectionWindowBytes', 1_199, 8, '000004af');
  refuse('channelWindowBytes', 0, 12, '00000000');
  const short = { ...parameters, channelPlanHash: new Uint8Array(7) };
  assert.throws(() => encodeParameters(short), /channelPlanHash/);
});
