// What README.md shows as TypeScript is TypeScript: each block that is whole (it imports nothing
// but Paperclip and Node) is checked strictly against the package's public exports, in their
// sources, and the game in it is played. What the pages under docs/ show is `scripts/docs.ts`'s.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { importGame } from '../src/app/import-game.ts';
import { type Game, isGame, playLocal } from '../src/game/index.ts';

const root = resolve(import.meta.dirname, '..');
const blocks = [...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/^```ts\n(.*?)^```$/gms)]
  .map(([, text = '']) => text)
  .filter(isWhole);

let folder: string;
const fileOf = (at: number): string => join(folder, `block-${at + 1}.ts`);
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'paperclip-readme-'));
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
  for (const [at, text] of blocks.entries()) writeFileSync(fileOf(at), text);
});
after(() => rmSync(folder, { recursive: true }));

function isWhole(text: string): boolean {
  const sources = [...text.matchAll(/\bfrom '([^']+)'/g)].map(([, source = '']) => source);
  return sources.length > 0 && sources.every((one) => /^(paperclip(\/|$)|node:)/.test(one));
}

test('there is a game to show', () => {
  assert(blocks.some((text) => text.includes('defineGame')));
});

test('every whole block type-checks as strictly as the project itself', () => {
  // As in a project that installed the package, but with the sources in place of a build.
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    exports: Record<string, { readonly 'paperclip-source'?: string }>;
  };
  const paths = Object.entries(exports).flatMap(([name, { 'paperclip-source': source }]) =>
    source === undefined ? [] : [[name.replace('.', 'paperclip'), [join(root, source)]]],
  );
  const config = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: {
      paths: Object.fromEntries(paths),
      typeRoots: [join(root, 'node_modules/@types')],
    },
    files: blocks.map((_, at) => fileOf(at)),
    include: [],
  };
  const project = join(folder, 'tsconfig.json');
  writeFileSync(project, JSON.stringify(config));
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const { status, stdout } = spawnSync(process.execPath, [compiler, '-p', project], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stdout);
});

test('every game in it is played to its outcome, and its replay agrees', async () => {
  for (const [at, text] of blocks.entries()) {
    if (!text.includes('defineGame')) continue;
    const games = Object.values(await importGame(fileOf(at))).filter((one): one is Game =>
      isGame(one),
    );
    assert(games.length > 0, text);
    for (const game of games) assert.equal(playLocal(game).reason, 'outcome', game.name);
  }
});
