// The programs that developers run: help is there, and a wrong command line gets a sentence.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { headerOf } from '../scripts/program-options.ts';

const run = (...args: string[]) =>
  spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 30_000 });

test('the header of a program is its help', () => {
  assert.equal(
    headerOf('// Measures.\n//\n//   npm run it\n\n// Not this.\n'),
    'Measures.\n\n  npm run it',
  );
});

for (const [program, says] of [
  ['bench/transport.ts', /npm run bench .*--turn N +0 to 4,096; 0 if not given/s],
  ['bench/flood.ts', /--per-second N/],
  ['bench/congestion.ts', /--controllers/],
  ['scripts/fuzz.ts', /Targets: .*attacker/s],
  ['scripts/scenarios.ts', /npm run scenarios/],
  ['scripts/crash-test.ts', /--messages/],
] as const) {
  test(`${program} --help`, () => {
    const { status, stdout, stderr } = run(program, '--help');
    assert.equal(stderr, '');
    assert.match(stdout, says);
    assert.equal(status, 0);
  });
}

for (const [args, says] of [
  [['bench/transport.ts', '--rounds', '0'], '--rounds takes a number from 1 to 100, not 0'],
  [['bench/transport.ts', '--only', 'carrier pigeon'], '--only knows: TCP (node:net); ws'],
  [['bench/congestion.ts', '--controllers', 'vegas'], 'no controller vegas. There are: '],
  [['scripts/fuzz.ts', '--target', 'nothing'], 'no target nothing. There are: '],
  [['scripts/crash-test.ts', '--rounds', 'many'], '--rounds takes a number from 1 to '],
  [['scripts/scenarios.ts', '--sed', '1'], "Unknown option '--sed'"],
] as const) {
  test(args.join(' '), () => {
    const { status, stdout, stderr } = run(...args);
    assert.ok(stderr.startsWith(says), stderr);
    assert.match(stderr, /--help says what there is\.\n$/);
    assert.deepEqual([status, stdout], [2, '']);
  });
}
