// The build over small made-up packages: what it emits, and each thing whose absence it refuses.
// The package test builds the real one.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { build } from '../scripts/build.ts';
import { repository } from './tidy/tree.ts';

const whole = {
  'package.json': JSON.stringify({
    name: 'sample',
    type: 'module',
    bin: { sample: './dist/src/main.js' },
    exports: {
      '.': {
        'paperclip-source': './src/index.ts',
        types: './dist/src/index.d.ts',
        default: './dist/src/index.js',
      },
      './package.json': './package.json',
    },
  }),
  'src/index.ts': `export { twice } from './twice.ts';\n`,
  'src/twice.ts': `export const twice = (n: number): number => n * 2;\n`,
  'src/twice.test.ts': `throw new Error('tests are not published');\n`,
  'src/twice.suite.ts': `throw new Error('suites are not published');\n`,
  'src/main.ts': [
    '#!/usr/bin/env node',
    `import { readFileSync } from 'node:fs';`,
    `import { Worker } from 'node:worker_threads';`,
    `const { twice } = await import('./twice.ts');`,
    `const page = readFileSync(new URL('./page.html', import.meta.url), 'utf8');`,
    `const worker = new Worker(new URL('./worker.ts', import.meta.url));`,
    `worker.on('message', (text: unknown) => process.stdout.write([text, twice(4), page].join()));`,
    '',
  ].join('\n'),
  'src/worker.ts': `import { parentPort } from 'node:worker_threads';\nparentPort?.postMessage('hi');\n`,
  'src/page.html': '<p>',
} as const;

type Files = Readonly<Record<string, string | undefined>>;

/** A package in a folder of its own, built; the folder is gone afterwards. */
function built<T>(changes: Files, look: (outDir: string, result: { modules: number }) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'paperclip-build-'));
  try {
    for (const name of ['tsconfig.json', 'tsconfig.build.json']) {
      cpSync(join(repository, name), join(folder, name));
    }
    const types = join(folder, 'node_modules', '@types', 'node');
    cpSync(join(repository, 'node_modules', '@types', 'node'), types, { recursive: true });
    for (const [path, text] of Object.entries({ ...whole, ...changes })) {
      if (text === undefined) continue;
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const outDir = join(folder, 'dist');
    return look(outDir, build({ outDir, repository: folder }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const refusal = (changes: Files): string => {
  try {
    built(changes, () => undefined);
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause);
  }
  return 'it was built';
};

describe('build', () => {
  test('the bin runs from the built folder, with its worker and its page', () => {
    const output = built({}, (outDir) =>
      execFileSync(join(outDir, 'src/main.js'), {
        encoding: 'utf8',
        env: { ...process.env, PATH: `${dirname(process.execPath)}:${process.env['PATH']}` },
      }),
    );
    assert.equal(output, 'hi,8,<p>');
  });

  test('declarations stand beside modules, and test code does not', () => {
    built({}, (outDir, { modules }) => {
      assert.equal(modules, 4);
      const declaration = readFileSync(join(outDir, 'src/twice.d.ts'), 'utf8');
      assert.match(declaration, /twice: \(n: number\) => number/);
    });
  });

  test('what package.json promises and the build lacks is named', () => {
    const message = refusal({ 'src/index.ts': undefined });
    assert.match(message, /export \. \(types\) is \.\/dist\/src\/index\.d\.ts, which is not there/);
    assert.match(message, /export \. \(default\)/);
    assert.match(refusal({ 'src/main.ts': undefined }), /bin sample is .* which is not there/);
    assert.match(refusal({ 'src/main.ts': 'export {};\n' }), /does not start with #!/);
  });

  test('a worker or page that is not there is named', () => {
    assert.match(refusal({ 'src/worker.ts': undefined }), /src\/main\.js names \.\/worker\.js/);
    assert.match(refusal({ 'src/page.html': undefined }), /src\/main\.js names \.\/page\.html/);
  });

  test('a type error stops the build with the compiler’s own words', () => {
    const message = refusal({ 'src/index.ts': `export const n: number = 'x';\n` });
    assert.match(message, /src\/index\.ts\(1,14\): error TS2322/);
  });
});
