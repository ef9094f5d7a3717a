// docs/games.md promises that a second game can be defined by reading one page: its limits are the
// code's, and the game's own test passes as the page says. (That the page shows the files as they
// are is `docs-examples.test.ts`.)

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { gameLimits } from '../src/game/limits.ts';

const root = join(import.meta.dirname, '..');
const page = readFileSync(join(root, 'docs/games.md'), 'utf8');

test('the page gives the limits that a game meets first', () => {
  const { inputBytesMax, inputDepthMax, viewBytesMax, inputsPerSecond } = gameLimits;
  const words = page.replaceAll(/\s+/g, ' ');
  assert.ok(
    words.includes(`at most ${inputBytesMax / 1024} KiB of JSON and ${inputDepthMax} deep`),
  );
  assert.ok(words.includes(`A view is at most ${viewBytesMax / 1024} KiB`));
  assert.ok(words.includes(`A player sends ${inputsPerSecond} inputs a second`));
});

test('the example passes its test by the command of the page', () => {
  const [, command] = /^ {4}npx node (--conditions=.*)$/m.exec(page) ?? [];
  assert.ok(command, 'the page has the command');
  // The child is a test run of its own, and not a part of this one.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const run = spawnSync(process.execPath, command.split(' '), { cwd: root, env, encoding: 'utf8' });
  assert.equal(run.status, 0, `${run.stdout}\n${run.stderr}`);
  assert.match(run.stdout, /pass 5/);
});
