// Shows that a page which is out of step with a table of the code is found, and that filling mends
// it. The tree itself is checked by `tidy.test.ts`.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fillTables, markdownTable, staleTables } from '../../scripts/docs.ts';
import { amount, type DocTable, docTables } from '../../scripts/docs-tables.ts';

const table: DocTable = {
  name: 'errors',
  columns: ['code', 'says'],
  rows: [
    ['`FULL`', 'a | b'],
    ['`GONE`', ''],
  ],
};
const filled = [
  'Before.',
  '<!-- table:errors -->',
  '',
  '| code | says |',
  '|---|---|',
  '| `FULL` | a \\| b |',
  '| `GONE` | |',
  '',
  '<!-- /table:errors -->',
  'After.',
].join('\n');
const stale = (text: string) => staleTables([{ path: 'docs/errors.md', text }], [table]);

test('filling an empty table makes the page that is in step', () => {
  const empty = 'Before.\n<!-- table:errors -->\n<!-- /table:errors -->\nAfter.';
  assert.equal(fillTables(empty, [table]), filled);
  assert.equal(fillTables(filled, [table]), filled);
  assert.deepEqual(stale(filled), []);
});

test('a changed, missing or extra row in a page is found', () => {
  for (const changed of [
    filled.replace('a \\| b', 'a or b'),
    filled.replace('| `GONE` | |\n', ''),
    filled.replace('|---|---|', '|---|---|\n| `NEW` | c |'),
  ]) {
    assert.deepEqual(stale(changed), [
      'docs/errors.md is out of step with the code: run `npm run docs`',
    ]);
  }
});

test('a marker without a table, an open one, and a table without a page are found', () => {
  assert.match(stale(`${filled}\n<!-- table:other -->\n<!-- /table:other -->`).join(), /lacks/);
  assert.match(stale('<!-- table:errors -->\n').join(), /does not close it/);
  assert.match(stale('Nothing.').join(), /no page under docs\/ shows/);
});

test('a limit is shown with the unit in its name', () => {
  assert.equal(amount('httpBodyBytesMax', 16 * 1024), '16 KiB');
  assert.equal(amount('payloadBytesMax', 1200), '1,200 bytes');
  assert.equal(amount('datagramBytesBase', 1200), '1,200 bytes');
  assert.equal(amount('lossTimeThreshold', 9 / 8), '1.125');
  assert.equal(amount('joinTimeoutMs', 30_000), '30,000 ms');
  assert.equal(amount('turnTimeMsMin', 50), '50 ms');
  assert.equal(amount('loginLockS', 60), '60 s');
  assert.equal(amount('messageSpanMax', 65_536), '65,536');
  assert.equal(amount('lobbiesMax', 10_000), '10,000');
});

test('tables of the code have rows, and a limit has the meaning that stands above it', () => {
  for (const { name, columns, rows } of docTables()) {
    assert.ok(rows.length > 0, name);
    for (const row of rows) assert.equal(row.length, columns.length, name);
    assert.ok(markdownTable({ name, columns, rows }).split('\n').length === rows.length + 2);
  }
  const limits = docTables().find(({ name }) => name === 'limits');
  const lobbies = limits?.rows.find(([name]) => name === '`lobbiesMax`');
  assert.match(lobbies?.[2] ?? '', /this bounds the whole server/);
});
