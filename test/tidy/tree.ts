// Reads the repository for the tidy test: sources, pages, every text file, and what package.json
// says about exports, entries and scripts. The rules themselves never touch the disk.

import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OwnPackage } from './imports.ts';
import { namedFiles } from './reach.ts';
import type { SourceText } from './source.ts';

export const repository = join(import.meta.dirname, '..', '..');

export interface PackageJson {
  readonly name: string;
  readonly version: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly scripts: Readonly<Record<string, string>>;
}

export function readText(path: string): string {
  return readFileSync(join(repository, path), 'utf8');
}

export const exists = (path: string): boolean => existsSync(join(repository, path));

// Boundary: package.json is this repository's own file, and the tests below use its fields.
export const packageJson = JSON.parse(readText('package.json')) as PackageJson;

export const own: OwnPackage = {
  name: packageJson.name,
  exports: new Map(
    Object.entries(packageJson.exports).flatMap(([subpath, target]) => {
      const source = typeof target === 'string' ? target : target['paperclip-source'];
      return source === undefined ? [] : [[subpath, source.replace(/^\.\//, '')] as const];
    }),
  ),
};

/** What a person starts: the bin in its source form, and files that scripts name. */
export function entries(): readonly string[] {
  const bins = Object.values(packageJson.bin).map((path) =>
    path.replace(/^(\.\/)?dist\//, '').replace(/\.js$/, '.ts'),
  );
  const texts = Object.values(packageJson.scripts);
  if (exists('.ci/run')) texts.push(readText('.ci/run'));
  return [...bins, ...namedFiles(texts)];
}

const skipped = /(^|\/)(node_modules|dist|coverage|\.git)(\/|$)/;

function textsOf(...patterns: readonly string[]): readonly SourceText[] {
  const paths = globSync(patterns, { cwd: repository, exclude: (path) => skipped.test(path) });
  return paths.sort().map((path) => ({ path, text: readText(path) }));
}

export const sourceTexts = (): readonly SourceText[] =>
  textsOf('{src,games,test,bench,examples,scripts}/**/*.ts');

export const pages = (): readonly SourceText[] =>
  textsOf('*.md', '{docs,src,games,bench,examples}/**/*.md');

export const allTexts = (): readonly SourceText[] =>
  textsOf('*.{md,json,ts}', '.ci/*', '{src,games,test,bench,examples,scripts,docs}/**/*.*');
