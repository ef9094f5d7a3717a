// Imports: what a file imports by any means the language has, where that leads, and whether the
// layer table lets it. A worker or asset named by `new URL('./x.ts', import.meta.url)` counts too.
//
// It does NOT ask the file system: a specifier resolves by its spelling, as Node does it for
// relative paths with extensions and for this package's own exports.

import { posix } from 'node:path';
import {
  domainOrder,
  packageHomes as knownHomes,
  type Layer,
  layerOf,
  permissionText,
} from './layers.ts';
import {
  type Finding,
  finding,
  is,
  isTestCode,
  type Node,
  type Source,
  SyntaxKind,
  startOf,
  walk,
} from './source.ts';

export interface Import {
  readonly specifier: string;
  readonly start: number;
}

export type Target =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'node'; readonly name: string }
  | { readonly kind: 'package'; readonly name: string };

/** Package name and its subpath exports as source paths: `'.'`, `'./game'`. */
export interface OwnPackage {
  readonly name: string;
  readonly exports: ReadonlyMap<string, string>;
}

/** Imports, re-exports, import types, `import()`, `require()` and URLs beside the module. */
export function importsOf(source: Source): readonly Import[] {
  const found: Import[] = [];
  for (const node of walk(source.tree)) {
    const literal = specifierOf(node);
    if (literal !== undefined && isText(literal)) {
      found.push({ specifier: literal.text, start: startOf(source, literal) });
    }
  }
  return found;
}

const isText = (node: Node) => is.isStringLiteral(node) || is.isNoSubstitutionTemplateLiteral(node);

function specifierOf(node: Node): Node | undefined {
  if (is.isImportDeclaration(node) || is.isExportDeclaration(node)) return node.moduleSpecifier;
  if (is.isExternalModuleReference(node)) return node.expression;
  if (is.isImportTypeNode(node) && is.isLiteralTypeNode(node.argument)) {
    return node.argument.literal;
  }
  if (is.isCallExpression(node)) {
    const callee = node.expression;
    const isImport = callee.kind === SyntaxKind.ImportKeyword;
    const isRequire = is.isIdentifier(callee) && callee.text === 'require';
    return isImport || isRequire ? node.arguments[0] : undefined;
  }
  if (is.isNewExpression(node) && is.isIdentifier(node.expression)) {
    const [first, second] = node.arguments ?? [];
    const isBeside = second?.getText() === 'import.meta.url';
    return node.expression.text === 'URL' && isBeside ? first : undefined;
  }
  return undefined;
}

export function resolveImport(from: string, specifier: string, own: OwnPackage): Target {
  if (specifier.startsWith('.')) {
    return { kind: 'file', path: posix.join(posix.dirname(from), specifier) };
  }
  if (specifier.startsWith('node:')) return { kind: 'node', name: specifier };
  const parts = specifier.split('/');
  const name = parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
  if (name !== own.name) return { kind: 'package', name };
  const subpath = ['.', ...parts.slice(1)].join('/');
  return { kind: 'file', path: own.exports.get(subpath) ?? `(no export ${subpath})` };
}

export interface ImportOptions {
  readonly own: OwnPackage;
  readonly packageHomes?: typeof knownHomes;
}

/** Breaches of the layer table in one file. */
export function importFindings(source: Source, options: ImportOptions): readonly Finding[] {
  const layer = layerOf(source.path);
  if (layer === undefined) {
    // Ambient types beside the folders belong to a tsconfig, not to a layer.
    if (source.path.endsWith('.d.ts')) return [];
    return [finding(source, 0, 'stands in no folder of test/tidy/layers.ts: give it a row')];
  }
  const homes = options.packageHomes ?? knownHomes;
  return importsOf(source).flatMap((one) => {
    const target = resolveImport(source.path, one.specifier, options.own);
    const complaint = isTestCode(source.path)
      ? unknownPackage(target, homes)
      : judge(source.path, one.specifier, target, layer, homes);
    return complaint === undefined ? [] : [finding(source, one.start, complaint)];
  });
}

function judge(
  from: string,
  specifier: string,
  target: Target,
  layer: Layer,
  homes: typeof knownHomes,
): string | undefined {
  if (target.kind === 'node') {
    if (layer.node) return undefined;
    return `${specifier}: ${layer.folder} knows no node:* modules; take an interface and let a driver implement it`;
  }
  if (target.kind === 'package') return judgePackage(from, target.name, layer, homes);
  if (layer.mayImport === 'anything') return undefined;
  if (layer.mayImport === 'public exports') return judgeExample(from, specifier, target.path);
  return judgeFile(from, target.path, layer);
}

function unknownPackage(target: Target, homes: typeof knownHomes): string | undefined {
  if (target.kind !== 'package' || homes[target.name] !== undefined) return undefined;
  return `${target.name} has no home: add it to packageHomes in test/tidy/layers.ts`;
}

function judgePackage(
  from: string,
  name: string,
  layer: Layer,
  homes: typeof knownHomes,
): string | undefined {
  const home = homes[name];
  if (home === undefined) return unknownPackage({ kind: 'package', name }, homes);
  if (layer.mayImport === 'anything') return undefined;
  if (home.some((folder) => from.startsWith(`${folder}/`))) return undefined;
  const where = home.length === 0 ? 'tests and scripts only' : home.join(', ');
  return `${name} lives in ${where}: take an interface, or move the code there`;
}

function judgeExample(from: string, specifier: string, path: string): string | undefined {
  if (!specifier.startsWith('.')) {
    return path.startsWith('(') ? `${specifier}: package.json has no such export` : undefined;
  }
  if (path.startsWith('examples/')) return undefined;
  return `${specifier}: ${from} may use what users have: import from 'paperclip' or 'paperclip/...'`;
}

function judgeFile(from: string, path: string, layer: Layer): string | undefined {
  // The program reads its version, and the folder in which it finds the games it comes with.
  if (layer.folder === 'app' && /^(package\.json|games\/?)$/.test(path)) return undefined;
  const other = layerOf(path);
  if (other === undefined) return `${path} stands in no folder that may be imported`;
  if (isTestCode(path)) return `${path} is for tests: move what is shared into a file of its own`;
  const [myPart, otherPart] = [partOf(from), partOf(path)];
  if (other.folder !== layer.folder) {
    // A game's screens know its rules; never the reverse, and never another game.
    const isOwnRules = layer.folder === 'games/*' && other.folder === 'games/*/rules.ts';
    if (isOwnRules && myPart === otherPart) return undefined;
    if ((layer.mayImport as readonly string[]).includes(other.folder)) return undefined;
    return `${layer.folder} must not import ${other.folder} (may: ${permissionText(layer)}): pass it in, or move what is shared down`;
  }
  if (myPart === otherPart || otherPart === undefined) return undefined;
  if (layer.folder === 'gateway' || layer.folder.startsWith('games/')) {
    if (myPart === undefined) return undefined;
    return `${from} must not import another ${layer.folder === 'gateway' ? 'gateway' : 'game'} (${path}): move what is shared to a lower layer`;
  }
  if (layer.folder === 'domain' && myPart !== undefined) return judgeOrder(myPart, otherPart);
  return undefined;
}

function judgeOrder(mine: string, other: string): string | undefined {
  const order: readonly string[] = domainOrder;
  for (const part of [mine, other]) {
    if (!order.includes(part)) return `domain/${part} has no place in domainOrder: give it one`;
  }
  if (order.indexOf(other) < order.indexOf(mine)) return undefined;
  return `domain/${mine} must not import domain/${other}: the order is ${order.join(' < ')}`;
}

/** The folder inside the layer: `http` of src/gateway/http/x.ts; undefined for a file beside it. */
function partOf(path: string): string | undefined {
  const parts = path.split('/');
  const depth = parts[0] === 'src' ? 2 : 1;
  return parts.length > depth + 1 ? parts[depth] : undefined;
}
