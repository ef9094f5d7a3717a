// Exports that nobody uses: not imported by any file, tests included, and not used in their own.
// The compiler reports unused locals and stops at `export`; this goes on from there.
//
// It does NOT complain about a name that only its own file or only a test uses.

import { importsOf, type OwnPackage, resolveImport } from './imports.ts';
import { type Finding, finding, is, type Node, type Source, walk } from './source.ts';

export function deadExportFindings(
  sources: readonly Source[],
  own: OwnPackage,
): readonly Finding[] {
  const used = usedNames(sources, own);
  const published = new Set(own.exports.values());
  return sources.flatMap((source) => {
    const names = used.get(source.path);
    const isWhole = names?.has('*') || published.has(source.path) || isFoundAtRunTime(source.path);
    if (isWhole || source.path.endsWith('.d.ts')) return [];
    return exportedNames(source)
      .filter(({ name }) => !names?.has(name) && mentions(source, name) < 2)
      .map(({ name, node }) => finding(source, node, `nothing uses ${name}: delete it`));
  });
}

/** Game modules are loaded by folder, examples are started by hand. */
const isFoundAtRunTime = (path: string): boolean => /^(games|examples)\//.test(path);

interface Exported {
  readonly name: string;
  readonly node: Node;
}

/** Declarations with `export` before them. Re-exports belong to the file they come from. */
function exportedNames(source: Source): readonly Exported[] {
  return source.tree.statements.flatMap((statement): readonly Exported[] => {
    if (!/^export (?!default|\{|\*)/.test(statement.getText(source.tree))) return [];
    if (is.isVariableStatement(statement)) {
      return statement.declarationList.declarations.flatMap(({ name }) =>
        is.isIdentifier(name) ? [{ name: name.text, node: name }] : [],
      );
    }
    const isNamed =
      is.isFunctionDeclaration(statement) ||
      is.isClassDeclaration(statement) ||
      is.isInterfaceDeclaration(statement) ||
      is.isTypeAliasDeclaration(statement);
    return isNamed && statement.name !== undefined
      ? [{ name: statement.name.text, node: statement.name }]
      : [];
  });
}

function mentions(source: Source, name: string): number {
  let count = 0;
  for (const node of walk(source.tree)) if (is.isIdentifier(node) && node.text === name) count++;
  return count;
}

/** By file: the names that others take from it; `*` when one takes it as a whole. */
function usedNames(
  sources: readonly Source[],
  own: OwnPackage,
): ReadonlyMap<string, ReadonlySet<string>> {
  const used = new Map<string, Set<string>>();
  const use = (source: Source, specifier: string, names: readonly string[]) => {
    const target = resolveImport(source.path, specifier, own);
    if (target.kind !== 'file') return;
    const known = used.get(target.path) ?? new Set();
    used.set(target.path, known);
    for (const name of names) known.add(name);
  };
  for (const source of sources) {
    const named = new Set<string>();
    for (const statement of source.tree.statements) {
      const taken = takenNames(statement);
      if (taken === undefined) continue;
      named.add(taken.specifier);
      use(source, taken.specifier, taken.names);
    }
    // What is left is `import()`, an import type or a worker's URL.
    for (const { specifier } of importsOf(source)) {
      if (!named.has(specifier)) use(source, specifier, ['*']);
    }
  }
  return used;
}

function takenNames(
  statement: Node,
): { readonly specifier: string; readonly names: readonly string[] } | undefined {
  if (is.isImportDeclaration(statement)) {
    const bindings = statement.importClause?.namedBindings;
    const names =
      bindings !== undefined && is.isNamedImports(bindings)
        ? bindings.elements.map((element) => (element.propertyName ?? element.name).text)
        : ['*'];
    return { specifier: textOf(statement.moduleSpecifier), names };
  }
  if (!is.isExportDeclaration(statement) || statement.moduleSpecifier === undefined) {
    return undefined;
  }
  const clause = statement.exportClause;
  const names =
    clause !== undefined && is.isNamedExports(clause)
      ? clause.elements.map((element) => (element.propertyName ?? element.name).text)
      : ['*'];
  return { specifier: textOf(statement.moduleSpecifier), names };
}

const textOf = (node: Node): string => (is.isStringLiteral(node) ? node.text : '');
