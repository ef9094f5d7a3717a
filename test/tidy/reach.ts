// Files that nothing reaches. A product file is reached from what users start or import: the
// package's exports and bin, its scripts, game modules, examples. A file that only tests reach
// belongs in src/testing, or is named for it (`name.suite.ts`, `name.fixture.ts`).

import { importsOf, type OwnPackage, resolveImport } from './imports.ts';
import { type Finding, isTestCode, type Source } from './source.ts';

export interface ReachOptions {
  readonly own: OwnPackage;
  /** Paths that users start: bin, scripts, the files that a command names. */
  readonly entries: readonly string[];
}

export function reachFindings(
  sources: readonly Source[],
  options: ReachOptions,
): readonly Finding[] {
  const paths = new Set(sources.map((source) => source.path));
  const edges = new Map(
    sources.map((source) => [
      source.path,
      importsOf(source).flatMap(({ specifier }) => {
        const target = resolveImport(source.path, specifier, options.own);
        return target.kind === 'file' ? [target.path] : [];
      }),
    ]),
  );
  const isRoot = (path: string) =>
    options.entries.includes(path) ||
    [...options.own.exports.values()].includes(path) ||
    // Found by folder at run time (rules and screens), and started by hand.
    /^(games\/[^/]+\/(rules|terminal|web)|examples\/.+)\.ts$/.test(path) ||
    // Types that a compiler setting names, not an import.
    path.endsWith('.d.ts');
  const roots = [...paths].filter((path) => isRoot(path) && !isTestCode(path));
  const forUsers = reach(roots, edges);
  const forTests = reach(
    [...paths].filter((path) => path.endsWith('.test.ts')),
    edges,
  );

  return [...paths].flatMap((path) => {
    if (forUsers.has(path) || path.endsWith('.test.ts')) return [];
    if (!forTests.has(path)) {
      return [{ path, line: 1, message: 'nothing reaches this file: import it or delete it' }];
    }
    if (isTestCode(path) || /^(src\/testing|test)\//.test(path)) return [];
    const message =
      'only tests reach this file: use it, delete it, or name it .suite.ts or .fixture.ts';
    return [{ path, line: 1, message }];
  });
}

function reach(
  roots: readonly string[],
  edges: ReadonlyMap<string, readonly string[]>,
): ReadonlySet<string> {
  const seen = new Set<string>();
  const queue = [...roots];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    queue.push(...(edges.get(path) ?? []));
  }
  return seen;
}

/** The .ts files that texts such as package.json and .ci/run name. */
export function namedFiles(texts: readonly string[]): readonly string[] {
  return texts.flatMap((text) => text.match(/\b[\w./-]+\.ts\b/g) ?? []);
}
