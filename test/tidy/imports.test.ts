// Shows that the import rules fail on planted violations, and that text which only looks like an
// import does not.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { importFindings, importsOf, type OwnPackage, resolveImport } from './imports.ts';
import { layerOf, layers } from './layers.ts';
import { parseSource, print } from './source.ts';

const own: OwnPackage = {
  name: 'paperclip',
  exports: new Map([
    ['.', 'src/client/index.ts'],
    ['./game', 'src/game/index.ts'],
    ['./server', 'src/app/server/index.ts'],
  ]),
};

const complaints = (path: string, text: string): readonly string[] =>
  importFindings(parseSource(path, text), { own }).map(print);

const specifiers = (text: string) =>
  importsOf(parseSource('src/base/a.ts', text)).map((one) => one.specifier);

describe('finding imports', () => {
  test('every form of import is seen', () => {
    const text = `
      import './side-effect.ts';
      import fallback, {
        type A,
        b,
      } from
        './many-lines.ts';
      import type { C } from './type.ts';
      import * as all from './star.ts';
      export * from './export-star.ts';
      export { d } from './export-named.ts';
      type E = import('./import-type.ts').E;
      const f = await import('./dynamic.ts');
      const g = await import(\`./template.ts\`);
      const h = \`\${await import('./inside-template.ts')}\`;
      new Worker(new URL('./worker.ts', import.meta.url));
      const i = require('./required.cjs');
    `;
    assert.deepEqual(specifiers(text), [
      './side-effect.ts',
      './many-lines.ts',
      './type.ts',
      './star.ts',
      './export-star.ts',
      './export-named.ts',
      './import-type.ts',
      './dynamic.ts',
      './template.ts',
      './inside-template.ts',
      './worker.ts',
      './required.cjs',
    ]);
  });

  test('comments, strings, templates and regular expressions are not imports', () => {
    const text = `
      // import './comment.ts';
      /* export * from './block.ts'; */
      const a = "import './string.ts'";
      const b = \`import('./template.ts') \${1}\`;
      const c = /import('x')/;
      const d = { import: (x: string) => x }.import('./method.ts');
      new URL('https://example.org');
    `;
    assert.deepEqual(specifiers(text), []);
  });

  test('a specifier resolves to a file, a node module, a package or an own export', () => {
    const from = 'src/protocol/paperclip/connection.ts';
    const resolve = (specifier: string) => resolveImport(from, specifier, own);
    assert.deepEqual(resolve('../../base/ring.ts'), { kind: 'file', path: 'src/base/ring.ts' });
    assert.deepEqual(resolve('node:fs/promises'), { kind: 'node', name: 'node:fs/promises' });
    assert.deepEqual(resolve('@noble/hashes/sha2.js'), { kind: 'package', name: '@noble/hashes' });
    assert.deepEqual(resolve('typebox/value'), { kind: 'package', name: 'typebox' });
    assert.deepEqual(resolve('paperclip/game'), { kind: 'file', path: 'src/game/index.ts' });
  });
});

describe('layers', () => {
  test('an allowed import is silent', () => {
    assert.deepEqual(complaints('src/codec/a.ts', `import { b } from '../base/b.ts';`), []);
    assert.deepEqual(complaints('src/driver/a.ts', `import dgram from 'node:dgram';`), []);
    assert.deepEqual(complaints('src/game/a.ts', `import { Type } from 'typebox';`), []);
  });

  test('an import that crosses layers is named with its place and what to do', () => {
    assert.deepEqual(complaints('src/protocol/a.ts', `\nimport { b } from '../driver/b.ts';`), [
      'src/protocol/a.ts:2 protocol must not import driver (may: base, codec): ' +
        'pass it in, or move what is shared down',
    ]);
  });

  for (const { folder, mayImport } of layers) {
    if (typeof mayImport === 'string' || folder.startsWith('games')) continue;
    test(`${folder} imports the folders of its row and no other`, () => {
      const names = layers.map((layer) => layer.folder).filter((name) => /^[a-z]+$/.test(name));
      const refused = names.filter((name) => {
        const where = layers.some((one) => one.folder === name && isBesideSource(name));
        const path = where ? `../../../${name}/x.ts` : `../../${name}/x.ts`;
        return complaints(`src/${folder}/part/a.ts`, `import '${path}';`).length > 0;
      });
      const expected = names.filter((name) => name !== folder && !mayImport.includes(name));
      assert.deepEqual(refused, expected);
    });
  }

  test('the client and all that it imports could be a package of its own', () => {
    const closed = ['base', 'contract', 'codec', 'protocol', 'driver', 'client', 'game'];
    const imported = layers
      .filter(({ folder }) => closed.includes(folder))
      .flatMap(({ mayImport }) => mayImport);
    assert.deepEqual(
      imported.filter((folder) => !closed.includes(folder)),
      [],
    );
  });

  test('a type import counts', () => {
    assert.equal(complaints('src/base/a.ts', `import type { B } from '../game/b.ts';`).length, 1);
    assert.equal(complaints('src/base/a.ts', `type B = import('../game/b.ts').B;`).length, 1);
  });

  test('a package stays in its home, and an unknown one is refused everywhere', () => {
    const home = complaints('src/domain/a.ts', `import { Kysely } from 'kysely';`);
    assert.deepEqual(home, [
      'src/domain/a.ts:1 kysely lives in src/store: take an interface, or move the code there',
    ]);
    assert.match(complaints('src/app/cli/a.ts', `import 'left-pad';`)[0] ?? '', /has no home/);
    assert.match(complaints('src/app/a.test.ts', `import 'left-pad';`)[0] ?? '', /has no home/);
    assert.equal(complaints('src/app/server/a.ts', `import '@clack/prompts';`).length, 1);
    assert.equal(complaints('src/base/a.ts', `import fc from 'fast-check';`).length, 1);
  });

  test('node modules stay out of portable folders', () => {
    for (const folder of ['base', 'protocol', 'domain', 'gateway', 'client']) {
      const found = complaints(`src/${folder}/a.ts`, `import { Buffer } from 'node:buffer';`);
      assert.equal(found.length, 1, folder);
    }
  });

  test('a gateway does not import another gateway', () => {
    const text = `import { a } from '../http/a.ts';`;
    assert.match(complaints('src/gateway/websocket/b.ts', text)[0] ?? '', /another gateway/);
    assert.deepEqual(complaints('src/gateway/http/b.ts', `import { a } from './a.ts';`), []);
  });

  test('the domain keeps its order', () => {
    const lobby = `import { a } from '../lobby/a.ts';`;
    const account = `import { a } from '../account/a.ts';`;
    assert.match(complaints('src/domain/account/b.ts', lobby)[0] ?? '', /the order is account/);
    assert.deepEqual(complaints('src/domain/lobby/b.ts', account), []);
    assert.match(complaints('src/domain/weather/b.ts', account)[0] ?? '', /no place/);
  });

  test('rules see the game layer only; screens see the client too, never the server', () => {
    const client = `import { connect } from '../../src/client/index.ts';`;
    const game = `import { defineGame } from '../../src/game/index.ts';`;
    assert.equal(complaints('games/rps/rules.ts', client).length, 1);
    assert.deepEqual(complaints('games/rps/rules.ts', game), []);
    assert.deepEqual(complaints('games/rps/terminal.ts', client), []);
    assert.deepEqual(complaints('games/rps/terminal.ts', `import { rps } from './rules.ts';`), []);
    assert.equal(complaints('games/rps/rules.ts', `import './terminal.ts';`).length, 1);
    assert.equal(complaints('games/rps/terminal.ts', `import '../arena/rules.ts';`).length, 1);
    assert.equal(complaints('games/rps/terminal.ts', `import 'paperclip/server';`).length, 1);
  });

  test('examples use public exports only', () => {
    assert.deepEqual(complaints('examples/a.ts', `import { t } from 'paperclip/game';`), []);
    assert.deepEqual(complaints('examples/a.ts', `import { b } from './b.ts';`), []);
    assert.equal(complaints('examples/a.ts', `import '../src/game/index.ts';`).length, 1);
    assert.equal(complaints('examples/a.ts', `import 'paperclip/inside';`).length, 1);
  });

  test('tests import anything; nothing but tests imports test code', () => {
    assert.deepEqual(complaints('src/base/a.test.ts', `import '../app/server/b.ts';`), []);
    assert.deepEqual(complaints('src/store/a.suite.ts', `import 'node:test';`), []);
    assert.match(complaints('src/app/a.ts', `import './b.suite.ts';`)[0] ?? '', /for tests/);
  });

  test('a file outside every known folder is asked for a row', () => {
    assert.equal(layerOf('src/misc/a.ts'), undefined);
    assert.match(complaints('src/misc/a.ts', '')[0] ?? '', /give it a row/);
  });
});

function isBesideSource(folder: string): boolean {
  return ['examples', 'test', 'bench', 'scripts'].includes(folder);
}
