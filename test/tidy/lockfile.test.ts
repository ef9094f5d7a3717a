// Shows that a hole in the lock file is found, and that nested and hoisted packages are not holes.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lockFindings } from './lockfile.ts';

const complaints = (packages: object): readonly string[] =>
  lockFindings({ path: 'package-lock.json', text: JSON.stringify({ packages }) }).map(
    ({ message }) => message,
  );

test('a package that is locked nested or hoisted is no hole', () => {
  const whole = {
    '': { dependencies: { a: '1' }, devDependencies: { '@s/b': '1' } },
    'node_modules/a': { version: '1', dependencies: { c: '1', '@s/b': '1' } },
    'node_modules/a/node_modules/c': { version: '1', dependencies: { a: '1', '@s/b': '1' } },
    'node_modules/@s/b': { version: '1' },
  };
  assert.deepEqual(complaints(whole), []);
});

test('a missing package of another platform is found', () => {
  const holed = {
    '': { devDependencies: { tool: '1' } },
    'node_modules/tool': {
      version: '1',
      optionalDependencies: { 'tool-linux': '1', 'tool-mac': '1' },
    },
    'node_modules/tool-linux': { version: '1', optional: true },
    'node_modules/tool-mac': { optional: true },
  };
  assert.deepEqual(complaints(holed), [
    'node_modules/tool needs tool-mac, which is not locked: `npm ci` will refuse; lock a version that has it',
  ]);
});
