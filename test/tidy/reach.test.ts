// Shows that a file which nothing reaches is found, and each way of being reached.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { namedFiles, reachFindings } from './reach.ts';
import { parseSources, print } from './source.ts';

const own = { name: 'paperclip', exports: new Map([['.', 'src/client/index.ts']]) };

const complaints = (files: Readonly<Record<string, string>>, entries: readonly string[] = []) => {
  const texts = Object.entries(files).map(([path, text]) => ({ path, text }));
  return reachFindings(parseSources(texts), { own, entries }).map(print);
};

test('exports, entries, games, examples, workers and what they import are reached', () => {
  const files = {
    'src/client/index.ts': `export * from './connect.ts';`,
    'src/client/connect.ts': `type A = import('../base/a.ts').A;`,
    'src/base/a.ts': `export interface A {}`,
    'src/app/cli/main.ts': `new Worker(new URL('./worker.ts', import.meta.url));`,
    'src/app/cli/worker.ts': `await import('./lazy.ts');`,
    'src/app/cli/lazy.ts': '',
    'games/rps/rules.ts': `import './choice.ts';`,
    'games/rps/choice.ts': '',
    'examples/chat.ts': `import { connect } from 'paperclip';`,
    'src/universal.d.ts': '',
  };
  assert.deepEqual(complaints(files, ['src/app/cli/main.ts']), []);
});

test('a file that nothing imports is found', () => {
  const files = { 'src/base/lost.ts': `import './also-lost.ts';`, 'src/base/also-lost.ts': '' };
  assert.deepEqual(complaints(files), [
    'src/base/lost.ts:1 nothing reaches this file: import it or delete it',
    'src/base/also-lost.ts:1 nothing reaches this file: import it or delete it',
  ]);
});

test('a file that only tests import is found, unless its name or folder says so', () => {
  const files = {
    'src/base/a.test.ts': `import './a.ts'; import './a.suite.ts'; import '../testing/b.ts';`,
    'src/base/a.ts': '',
    'src/base/a.suite.ts': '',
    'src/testing/b.ts': '',
  };
  assert.match(
    complaints(files).join(),
    /^src\/base\/a\.ts:1 only tests reach this file[^:]*:?[^:]*$/,
  );
});

test('files that commands name are found in their texts', () => {
  assert.deepEqual(namedFiles(['node src/app/cli/main.ts serve', 'a && node bench/x.ts']), [
    'src/app/cli/main.ts',
    'bench/x.ts',
  ]);
});
