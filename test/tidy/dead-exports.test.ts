// Shows that an export which nobody uses is found, and each way of being used.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deadExportFindings } from './dead-exports.ts';
import { parseSources, print } from './source.ts';

const own = { name: 'paperclip', exports: new Map([['.', 'src/client/index.ts']]) };

const complaints = (files: Readonly<Record<string, string>>) => {
  const texts = Object.entries(files).map(([path, text]) => ({ path, text }));
  return deadExportFindings(parseSources(texts), own).map(print);
};

test('an export that nobody takes is found, whatever it declares', () => {
  const text = [
    'export const a = 1;',
    'export function b() {}',
    'export class C {}',
    'export interface D {}',
    'export type E = 1;',
    'export async function f() {}',
  ].join('\n');
  assert.deepEqual(
    complaints({ 'src/base/a.ts': text }),
    ['a', 'b', 'C', 'D', 'E', 'f'].map(
      (name, index) => `src/base/a.ts:${index + 1} nothing uses ${name}: delete it`,
    ),
  );
});

test('an export is used by an import, a re-export, a test, or its own file', () => {
  const files = {
    'src/base/a.ts': `export const a = 1; export type B = 1; export const c = 1; export const d = 1;
      export const e = d;`,
    'src/base/b.ts': `import { a as x, type B } from './a.ts';`,
    'src/base/b.test.ts': `import { e } from './a.ts';`,
    'src/client/index.ts': `export { c } from '../base/a.ts'; export const published = 1;`,
  };
  assert.deepEqual(complaints(files), []);
});

test('a file that is taken as a whole has no dead exports', () => {
  for (const text of [
    `import * as all from './a.ts';`,
    `export * from './a.ts';`,
    `await import('./a.ts');`,
    `type A = typeof import('./a.ts');`,
    `new Worker(new URL('./a.ts', import.meta.url));`,
  ]) {
    assert.deepEqual(
      complaints({ 'src/base/a.ts': 'export const a = 1;', 'src/base/b.ts': text }),
      [],
    );
  }
});
