// What a user gets: the package is built, packed and installed into an empty folder, and a strict
// program that uses every export is type-checked and run there. Nothing of this repository is in
// reach of it except Node's own types, which a user would have installed.
//
// It does NOT need dist/ and does not touch it. The registry is asked only for what npm's cache,
// filled by `npm ci`, does not have.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from '../scripts/build.ts';
import { packageJson, repository } from './tidy/tree.ts';

const consumerSource = fileURLToPath(new URL('./package/consumer.ts', import.meta.url));

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(cwd: string, file: string, ...args: readonly string[]): Promise<Run> {
  return new Promise((resolve) => {
    // As from a plain terminal: without what the surrounding `npm test` and its runner set.
    const surroundings = /^(npm_.*|NODE_(OPTIONS|PATH|TEST_CONTEXT)|FORCE_COLOR)$/;
    const kept = Object.entries(process.env).filter(([name]) => !surroundings.test(name));
    const env = { ...Object.fromEntries(kept), NO_COLOR: '1' };
    execFile(file, args, { cwd, env, timeout: 120_000 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      resolve({ code, stdout, stderr: error === null || stderr !== '' ? stderr : error.message });
    });
  });
}

const strict = {
  compilerOptions: {
    target: 'es2024',
    lib: ['es2024', 'esnext.disposable'],
    module: 'nodenext',
    types: ['node'],
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    noPropertyAccessFromIndexSignature: true,
    verbatimModuleSyntax: true,
    erasableSyntaxOnly: true,
    skipLibCheck: false,
    noEmit: true,
  },
  files: ['consumer.ts'],
};

describe('the package', () => {
  const folder = mkdtempSync(join(tmpdir(), 'paperclip-package-'));
  const stage = join(folder, 'stage');
  const consumer = join(folder, 'consumer');
  after(() => rmSync(folder, { recursive: true, force: true }));

  let packed: readonly string[] = [];

  before(async () => {
    build({ outDir: join(stage, 'dist') });
    for (const name of ['package.json', 'README.md', 'CHANGELOG.md', 'LICENSE', 'docs']) {
      cpSync(join(repository, name), join(stage, name), { recursive: true });
    }
    const pack = await run(stage, 'npm', 'pack', '--json', '--ignore-scripts', '--loglevel=error');
    assert.equal(pack.code, 0, pack.stderr);
    const tarball = join(stage, `${packageJson.name}-${packageJson.version}.tgz`);
    const list = await run(stage, 'tar', '-tzf', tarball);
    packed = list.stdout.trim().split('\n');

    mkdirSync(consumer);
    writeFileSync(join(consumer, 'package.json'), '{ "private": true, "type": "module" }\n');
    const options = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund'];
    const install = await run(consumer, 'npm', 'install', ...options, '--loglevel=error', tarball);
    assert.equal(install.code, 0, install.stderr);

    const types = join(consumer, 'node_modules', '@types');
    mkdirSync(types, { recursive: true });
    rmSync(join(types, 'node'), { recursive: true, force: true });
    symlinkSync(join(repository, 'node_modules', '@types', 'node'), join(types, 'node'));
    cpSync(consumerSource, join(consumer, 'consumer.ts'));
    writeFileSync(join(consumer, 'tsconfig.json'), JSON.stringify(strict));
  });

  test('it holds what users need, and no tests or sources', () => {
    const names = packed.map((name) => name.replace(/^package\//, ''));
    for (const name of ['README.md', 'LICENSE', 'CHANGELOG.md', 'dist/src/app/cli/main.js']) {
      assert.ok(names.includes(name), `${name} is missing`);
    }
    const surplus = names.filter(
      (name) => /\.(test|suite|fixture)\./.test(name) || /^(?!.*\.d\.ts$).*\.ts$/.test(name),
    );
    assert.deepEqual(surplus, []);
  });

  test('a strict program that uses every export type-checks', async () => {
    const tsc = join(repository, 'node_modules', 'typescript', 'bin', 'tsc');
    const check = await run(
      consumer,
      process.execPath,
      tsc,
      '-p',
      'tsconfig.json',
      '--pretty',
      'false',
    );
    // Declarations of other packages are theirs to mend; ours and the program's must be clean.
    const ours = check.stdout
      .split('\n')
      .filter((line) => /^(consumer\.ts|node_modules\/paperclip\/|error)/.test(line));
    assert.deepEqual(ours, []);
    assert.match(readFileSync(consumerSource, 'utf8'), everyExport());
  });

  test('the program runs', async () => {
    const result = await run(consumer, process.execPath, 'consumer.ts');
    assert.equal(result.stderr, '');
    assert.equal(result.code, 0);
    assert.equal(result.stdout, 'A stranger built, served, joined and played a game.\n');
  });

  test('the command says its version', async () => {
    const bin = join(consumer, 'node_modules', '.bin', 'paperclip');
    const result = await run(consumer, process.execPath, bin, '--version');
    assert.equal(result.stderr, '');
    assert.equal(result.stdout.trim().split('\n')[0]?.includes(packageJson.version), true);
  });
});

/** Matches a program that imports each subpath of package.json's exports. */
function everyExport(): RegExp {
  const subpaths = Object.keys(packageJson.exports).filter((path) => !path.endsWith('.json'));
  const imports = subpaths.map((path) => `(?=[\\s\\S]*'paperclip${path.slice(1)}')`);
  return new RegExp(`^${imports.join('')}`);
}
