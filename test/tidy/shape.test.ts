// Shows that the rules about a file's shape fail on planted violations.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shapeFindings } from './shape.ts';
import { parseSource } from './source.ts';

const messages = (path: string, text: string): readonly string[] =>
  shapeFindings(parseSource(path, text)).map((one) => one.message);

const header = '// A file of a test, and nothing else.\n';
const lines = (count: number) => 'x();\n'.repeat(count);
const longFunction = (count: number) => `function f() {\n${lines(count - 2)}}\n`;

test('a file of 400 lines passes and one of 401 does not', () => {
  assert.deepEqual(messages('src/base/a.ts', header + lines(399)), []);
  assert.match(messages('src/base/a.ts', header + lines(400))[0] ?? '', /^401 lines/);
});

test('a function of 70 lines passes and one of 71 does not', () => {
  assert.deepEqual(messages('src/base/a.ts', header + longFunction(70)), []);
  assert.match(messages('src/base/a.ts', header + longFunction(71))[0] ?? '', /of 71 lines/);
  const method = `class A {\n  ${longFunction(71).replace('function ', '')}}\n`;
  assert.match(messages('src/base/a.ts', header + method)[0] ?? '', /of 71 lines/);
});

test('a header that says why lets a file be long; one that only claims it does not', () => {
  const why = '// Long because\n// the state table is one idea.\n';
  assert.deepEqual(messages('src/base/a.ts', why + lines(500) + longFunction(90)), []);
  assert.equal(messages('src/base/a.ts', `// Long because.\n${lines(500)}`).length, 1);
  assert.equal(messages('src/base/a.ts', `${header}${lines(500)}${why}`).length, 1);
});

test('a group of tests may be long; a test in it may not', () => {
  const group = (body: string) => `${header}describe('a', () => {\n${body}});\n`;
  assert.deepEqual(messages('src/base/a.test.ts', group(lines(80))), []);
  assert.deepEqual(messages('src/base/a.suite.ts', header + longFunction(80)), []);
  const long = `test('b', () => {\n${lines(80)}});\n`;
  assert.match(messages('src/base/a.test.ts', group(long))[0] ?? '', /of 82 lines/);
});

test('a file says what it is before its first line of code', () => {
  assert.match(messages('src/base/a.ts', 'x();\n// Late.\n')[0] ?? '', /what it is and is not/);
  assert.deepEqual(messages('src/app/cli/main.ts', `#!/usr/bin/env node\n${header}x();\n`), []);
  assert.deepEqual(messages('src/game/index.ts', "export * from './a.ts';\n"), []);
});

test('a file name is kebab-case', () => {
  assert.match(messages('src/base/ackRanges.ts', header)[0] ?? '', /not kebab-case/);
  assert.match(messages('src/base/ack_ranges.ts', header)[0] ?? '', /not kebab-case/);
  assert.deepEqual(messages('src/base/ack-ranges.test.ts', header), []);
});

test('a comment is at most 100 columns wide, unless it holds a URL', () => {
  assert.match(messages('src/base/a.ts', `// ${'x'.repeat(98)}\n`)[0] ?? '', /of 101 columns/);
  assert.deepEqual(messages('src/base/a.ts', `// https://${'x'.repeat(98)}\n`), []);
  assert.deepEqual(messages('src/base/a.ts', `${header}const a = '${'x'.repeat(98)}';\n`), []);
});

test('an index file holds exports only', () => {
  const text = `${header}export { a } from './a.ts';\nexport const b = 1;\n`;
  assert.match(messages('src/game/index.ts', text)[0] ?? '', /exports only/);
});
