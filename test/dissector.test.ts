// The Wireshark dissector has the code's tables. That it dissects is shown with tshark, where there
// is one: test/services/wireshark.test.ts.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fillDissector } from '../scripts/dissector-tables.ts';
import { dissectorPath } from '../scripts/docs.ts';

test('the tables of the dissector are those of the code', () => {
  const lua = readFileSync(dissectorPath, 'utf8');
  assert.match(lua, /name = "MESSAGE fragment"/);
  assert.equal(fillDissector(lua), lua, 'run `npm run docs`');
});
