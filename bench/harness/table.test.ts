import assert from 'node:assert/strict';
import { test } from 'node:test';
import { figure, markdownTable, percent } from './table.ts';

test('a table has a head, a rule and a line per row, and bars in cells do not break it', () => {
  const table = markdownTable<{ readonly name: string; readonly value: number }>(
    [
      { head: '', cell: ({ name }) => name },
      { head: 'value', cell: ({ value }) => figure(value) },
    ],
    [
      { name: 'one', value: 1 },
      { name: 'a|b', value: 1234.5 },
    ],
  );
  assert.equal(
    table,
    ['|  | value |', '|---|---:|', '| one | 1.00 |', '| a\\|b | 1,235 |'].join('\n'),
  );
});

test('figures have the digits that say something, and say when there is none', () => {
  assert.deepEqual([0.123, 12.34, 123.4, -5].map(figure), ['0.12', '12.3', '123', '-5.00']);
  assert.equal(figure(undefined), '-');
  assert.equal(percent(0.126), '13%');
  assert.equal(percent(Number.NaN), '-');
});
