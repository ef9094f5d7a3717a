// What the manual shows is what there is: a file in a page is the file, the output in a page is
// what the program prints (`npm run docs` writes both into the pages), and every example runs.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { examplePages, fillExamples } from '../scripts/docs-examples.ts';

const root = resolve(import.meta.dirname, '..');

for (const page of examplePages()) {
  test(`${relative(root, page)} shows its files and their output as they are`, async () => {
    const text = readFileSync(page, 'utf8');
    assert.equal(await fillExamples(text), text, 'run `npm run docs` and look at the difference');
  });
}

for (const example of globSync('examples/*/main.ts', { cwd: root }).toSorted()) {
  test(`${example} runs and ends well`, async () => {
    const args = ['--conditions=paperclip-source', example];
    await promisify(execFile)(process.execPath, args, { cwd: root, timeout: 60_000 });
  });
}
