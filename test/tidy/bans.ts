// What the code must not say, each with what to say instead. Biome refuses much already; this holds
// what it cannot know: which folder is pure, where a clock or a console belongs, which cast has its
// reason. Each ban looks at one syntax node or one comment of one file.

import { layerOf } from './layers.ts';
import {
  type Comment,
  type Finding,
  finding,
  is,
  isTestCode,
  type Node,
  type Source,
  SyntaxKind,
  walk,
} from './source.ts';

interface Ban {
  /** The folders it holds in. */
  readonly where: (path: string) => boolean;
  /** True when the node is what is banned. */
  readonly hits: (node: Node, source: Source) => boolean;
  readonly instead: string;
}

const everywhere = () => true;
const inSource = (path: string) => /^(src|games)\//.test(path) && !isTestCode(path);
const inPure = (path: string) => layerOf(path)?.pure === true && !isTestCode(path);
const inRules = (path: string) =>
  /^(src\/(protocol|game)\/|games\/[^/]+\/rules\.ts$)/.test(path) && !isTestCode(path);
const inTests = (path: string) => isTestCode(path) || path.startsWith('test/');
const under =
  (...folders: readonly string[]) =>
  (path: string) =>
    folders.some((folder) => path.startsWith(folder));
const not = (where: Ban['where']) => (path: string) => !where(path);

/** `Date.now` as a text, for a property access or a qualified name; undefined for other nodes. */
function dotted(node: Node): string | undefined {
  if (!is.isPropertyAccessExpression(node)) return undefined;
  return is.isIdentifier(node.expression) ? `${node.expression.text}.${node.name.text}` : undefined;
}

const says =
  (...texts: readonly string[]) =>
  (node: Node) =>
    texts.includes(dotted(node) ?? '');

/** A call of a bare or globalThis function, such as `setTimeout(...)`. */
const calls =
  (...names: readonly string[]) =>
  (node: Node) => {
    if (!is.isCallExpression(node)) return false;
    const callee = node.expression;
    if (is.isIdentifier(callee)) return names.includes(callee.text);
    return names.some((name) => dotted(callee) === `globalThis.${name}`);
  };

const usesObject = (name: string) => (node: Node) =>
  is.isPropertyAccessExpression(node) &&
  is.isIdentifier(node.expression) &&
  node.expression.text === name;

const timers = ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'];

const bans: readonly Ban[] = [
  {
    where: inPure,
    hits: (node) =>
      says('Date.now', 'performance.now')(node) ||
      (is.isNewExpression(node) && isNamed(node.expression, 'Date') && !node.arguments?.length) ||
      calls('Date')(node),
    instead: 'reads a clock: take `now` as an argument',
  },
  {
    where: (path) => inSource(path) || inTests(path),
    hits: says('Math.random'),
    instead: 'Math.random cannot be repeated: take a `Random` (base/prng.ts) as an argument',
  },
  {
    where: inPure,
    hits: (node) => says('crypto.getRandomValues', 'crypto.randomUUID')(node),
    instead: 'draws from the host: take random bytes as an argument',
  },
  {
    where: inPure,
    hits: calls(...timers),
    instead: 'starts a timer: say when to be woken and let the driver arm it',
  },
  {
    where: inPure,
    hits: (node) => isNamed(node, 'globalThis') || usesObject('process')(node),
    instead: 'reaches for the host: take what is needed as an argument',
  },
  {
    where: inRules,
    hits: (node) =>
      node.kind === SyntaxKind.AsyncKeyword ||
      node.kind === SyntaxKind.AwaitKeyword ||
      is.isAwaitExpression(node),
    instead: 'async in a state machine: return an output and let the driver call back',
  },
  {
    where: everywhere,
    hits: (node) => node.kind === SyntaxKind.AnyKeyword,
    instead: '`any` turns checking off: use `unknown` and narrow it, or a type parameter',
  },
  {
    where: everywhere,
    hits: (node, source) =>
      is.isAsExpression(node) &&
      is.isAsExpression(node.expression) &&
      !hasReason(source, node, /^Boundary: \S.{14}/m),
    instead:
      'a double cast hides a mistake: narrow with a check, or say `// Boundary: why it holds` above',
  },
  {
    where: everywhere,
    hits: (node) => is.isEnumDeclaration(node),
    instead: '`enum` is not erasable: use an `as const` object or a string union',
  },
  {
    where: everywhere,
    hits: (node) =>
      is.isModuleDeclaration(node) && is.isIdentifier(node.name) && node.name.text !== 'global',
    instead: '`namespace` is not erasable: use a module',
  },
  {
    where: not(under('src/app/cli/', 'scripts/', 'bench/', 'examples/', 'test/package/')),
    hits: usesObject('console'),
    instead: 'prints from a place that nobody asked: take a logger or a writer as an argument',
  },
  {
    where: (path) => inSource(path) && !path.startsWith('src/app/'),
    hits: says('process.env'),
    instead: 'reads the environment: take it as an option; only app/ reads configuration',
  },
  {
    where: inSource,
    hits: (node) => isModuleState(node),
    instead: 'module-level state is shared by two servers in one process: put it in an object',
  },
  {
    where: inTests,
    hits: (node) => calls(...timers.slice(0, 2))(node) || importsTimers(node),
    instead: 'waits in real time: await the event itself, or use a virtual clock',
  },
  {
    where: inTests,
    hits: (node) =>
      is.isCallExpression(node) &&
      /^(test|it|describe|suite)\.(only|todo)$/.test(dotted(node.expression) ?? ''),
    instead: 'hides other tests: remove it before it lands',
  },
];

const isNamed = (node: Node, name: string) => is.isIdentifier(node) && node.text === name;

const importsTimers = (node: Node) =>
  is.isImportDeclaration(node) && /^'node:timers/.test(node.moduleSpecifier.getText());

/** `let`, `var`, or an empty container that only makes sense when it is filled later. */
function isModuleState(node: Node): boolean {
  if (!is.isVariableStatement(node) || !is.isSourceFile(node.parent)) return false;
  if (!/\bconst\b/.test(node.getText().split(/[=:;]/)[0] ?? '')) return !isAmbient(node);
  return node.declarationList.declarations.some(({ initializer: value }) => {
    if (value === undefined) return false;
    if (is.isNewExpression(value)) {
      return ['Map', 'Set'].some((n) => isNamed(value.expression, n)) && !value.arguments?.length;
    }
    if (is.isArrayLiteralExpression(value)) return value.elements.length === 0;
    return is.isObjectLiteralExpression(value) && value.properties.length === 0;
  });
}

const isAmbient = (node: Node) => /^(export )?declare /.test(node.getText());

/** A comment on the same line or ending on the line before that gives the reason. */
function hasReason(source: Source, node: Node, reason: RegExp): boolean {
  const line = (position: number) => source.tree.getLineAndCharacterOfPosition(position).line;
  const at = line(node.getStart(source.tree));
  return source.comments.some(
    (comment) => reason.test(comment.text) && [at, at - 1].includes(line(comment.end)),
  );
}

interface CommentBan {
  readonly hits: (comment: Comment, path: string) => boolean;
  readonly instead: string;
}

const commentBans: readonly CommentBan[] = [
  {
    hits: ({ text }) => /^@ts-(ignore|nocheck)/m.test(text),
    instead: 'turns checking off: mend the type',
  },
  {
    hits: ({ text }, path) =>
      /^@ts-expect-error/m.test(text) &&
      !(inTests(path) && /^@ts-expect-error:? \S.{9}/m.test(text)),
    instead: 'only a test may expect a type error, and it says why: `@ts-expect-error: reason`',
  },
  {
    hits: ({ text }) => /^biome-ignore/m.test(text) && !/^biome-ignore\S* \S+: \S.{14}/m.test(text),
    instead: 'silences the linter without a reason: `biome-ignore <rule>: <why this one holds>`',
  },
  {
    hits: ({ text }) => /\b(TODO|FIXME|XXX|HACK)\b/.test(text) && !/\bbecause\b/.test(text),
    instead: 'left undone without a reason: do it, delete it, or say "because ..."',
  },
];

export function banFindings(source: Source): readonly Finding[] {
  const active = bans.filter((ban) => ban.where(source.path));
  const found: Finding[] = [];
  for (const node of walk(source.tree)) {
    for (const ban of active) {
      if (ban.hits(node, source)) found.push(finding(source, node, ban.instead));
    }
  }
  for (const comment of source.comments) {
    for (const ban of commentBans) {
      if (ban.hits(comment, source.path)) found.push(finding(source, comment, ban.instead));
    }
  }
  return found;
}
