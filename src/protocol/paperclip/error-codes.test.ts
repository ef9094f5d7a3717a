import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorCodeMax, errorCodeName, errorCodes } from './error-codes.ts';

test('no two codes are equal and each fits its field', () => {
  const codes = Object.values(errorCodes).map((row) => row.code);
  assert.equal(new Set(codes).size, codes.length);
  for (const code of codes) assert.ok(Number.isInteger(code) && code >= 0 && code <= errorCodeMax);
});

test('majors 1 to 3 keep the numbers of version 0', () => {
  assert.equal(errorCodes.NO_SPACE.code, 0x101);
  assert.equal(errorCodes.TICKET_INVALID.code, 0x102);
  assert.equal(errorCodes.FINISH_INVALID.code, 0x103);
  assert.equal(errorCodes.SERVER.code, 0x201);
  assert.equal(errorCodes.CLIENT.code, 0x202);
  assert.equal(errorCodes.VERSION.code, 0x301);
  assert.equal(errorCodes.TYPE.code, 0x302);
  assert.equal(errorCodes.FLAGS.code, 0x303);
});

test('a code is named by its row, an unknown one by its numbers', () => {
  assert.equal(errorCodeName(0x101), 'NO_SPACE');
  assert.equal(errorCodeName(0x12c), '1.44');
});
