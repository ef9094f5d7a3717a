// What is stored of a record, and what comes back.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { packedRecord, unpackedRecord } from './packed-record.ts';

const record = JSON.stringify({
  format: 1,
  log: Array.from({ length: 500 }, (_, tick) => [tick, 0, { number: tick % 10, name: 'ü' }]),
});

test('a record is stored compressed and comes back as it was', async () => {
  const packed = await packedRecord(record);
  assert.ok(packed.length * 4 < record.length, `${packed.length} of ${record.length}`);
  assert.equal(await unpackedRecord(packed), record);
});

test('a short one, and one of an earlier version, are JSON as it is', async () => {
  assert.equal(await packedRecord('{"format":1}'), '{"format":1}');
  assert.equal(await unpackedRecord(record), record);
});

test('what is damaged is an error, and not another record', async () => {
  const packed = await packedRecord(record);
  await assert.rejects(unpackedRecord(packed.slice(0, packed.length / 2)));
});
