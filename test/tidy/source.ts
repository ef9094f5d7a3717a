// Source files as the tidy rules see them: path, text, syntax tree, comments. The trees come from
// TypeScript's own parser over an in-memory file system, so that strings, comments, templates and
// regular expressions fool no rule, and so that a rule's own test can plant a violation as text.
//
// It does NOT resolve or type-check anything: every rule looks at one file's syntax, or at the
// import graph that `imports.ts` makes of it. TypeScript calls this API unstable; this file is the
// only one that touches its entry points.

import { ChildProcess } from 'node:child_process';
import { type Node, type SourceFile, SyntaxKind } from 'typescript/unstable/ast';
import { createVirtualFileSystem } from 'typescript/unstable/fs';
import { API } from 'typescript/unstable/sync';

export type { Node } from 'typescript/unstable/ast';
export * as is from 'typescript/unstable/ast/is';
export { SyntaxKind };

/** A file from the tree or from a rule's own test. The path is relative to the repository. */
export interface SourceText {
  readonly path: string;
  readonly text: string;
}

export interface Source extends SourceText {
  readonly tree: SourceFile;
  readonly comments: readonly Comment[];
}

/** Line comments on adjoining lines are one comment. */
export interface Comment {
  /** Without its delimiters, white space trimmed at both ends. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** One broken rule at one place. The message says what to do instead. */
export interface Finding {
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

export const print = (finding: Finding): string =>
  `${finding.path}:${finding.line} ${finding.message}`;

const root = '/repository/';

export function parseSources(texts: readonly SourceText[]): readonly Source[] {
  const files: Record<string, string> = {
    [`${root}tsconfig.json`]: JSON.stringify({
      compilerOptions: {
        noLib: true,
        noResolve: true,
        types: [],
        noEmit: true,
        module: 'nodenext',
      },
      files: texts.map((file) => file.path),
    }),
  };
  for (const file of texts) files[root + file.path] = file.text;
  const api = new API({ cwd: root, fs: createVirtualFileSystem(files) });
  try {
    using snapshot = api.updateSnapshot({ openProjects: [`${root}tsconfig.json`] });
    const program = snapshot.getProjects()[0]?.program;
    return texts.map(({ path, text }) => {
      const tree = program?.getSourceFile(root + path);
      if (tree === undefined) throw new Error(`the parser gave no tree for ${path}`);
      return { path, text, tree, comments: findComments(tree) };
    });
  } finally {
    stop(api);
  }
}

/**
 * `close` sends SIGTERM, to which TypeScript's process answers with a line on stderr that looks
 * like a failure. It has nothing to save, so it is killed before, where it can be found.
 */
function stop(api: API): void {
  const member = (of: unknown, name: string): unknown =>
    of instanceof Object ? Reflect.get(of, name) : undefined;
  const child = member(member(member(api, 'client'), 'channel'), 'child');
  if (child instanceof ChildProcess) child.kill('SIGKILL');
  api.close();
}

/** One file, for the tests of rules. */
export function parseSource(path: string, text: string): Source {
  return parseSources([{ path, text }])[0]!;
}

/** Every node of the tree, parents first. */
export function* walk(node: Node): Generator<Node> {
  yield node;
  const children: Node[] = [];
  node.forEachChild((child) => {
    children.push(child);
    return undefined;
  });
  for (const child of children) yield* walk(child);
}

export const lineAt = (source: Source, position: number): number =>
  source.tree.getLineAndCharacterOfPosition(position).line + 1;

export const startOf = (source: Source, node: Node): number => node.getStart(source.tree);

export function finding(source: Source, at: Node | Comment | number, message: string): Finding {
  const position = typeof at === 'number' ? at : 'start' in at ? at.start : startOf(source, at);
  return { path: source.path, line: lineAt(source, position), message };
}

/** The comments before the first code of a file, joined; empty when there are none. */
export function headerOf(source: Source): string {
  const firstCode = source.tree.statements[0];
  const end = firstCode === undefined ? source.text.length : startOf(source, firstCode);
  return source.comments
    .filter((comment) => comment.start < end)
    .map((comment) => comment.text)
    .join('\n');
}

/**
 * Tests stand beside their file as `name.test.ts`. What several tests share is named for it too: a
 * contract suite `name.suite.ts`, made-up data or doubles `name.fixture.ts`. None is published.
 */
export const isTestCode = (path: string): boolean => /\.(test|suite|fixture)\.ts$/.test(path);

/** Nodes whose text may look like a comment without being one. */
const opaque: ReadonlySet<SyntaxKind> = new Set([
  SyntaxKind.StringLiteral,
  SyntaxKind.NoSubstitutionTemplateLiteral,
  SyntaxKind.TemplateHead,
  SyntaxKind.TemplateMiddle,
  SyntaxKind.TemplateTail,
  SyntaxKind.RegularExpressionLiteral,
]);

function findComments(tree: SourceFile): readonly Comment[] {
  const skips: { readonly start: number; readonly end: number }[] = [];
  for (const node of walk(tree)) {
    if (opaque.has(node.kind)) skips.push({ start: node.getStart(tree), end: node.end });
  }
  const comments: Comment[] = [];
  const { text } = tree;
  let at = text.startsWith('#!') ? text.indexOf('\n') : 0;
  let skip = 0;
  while (at >= 0 && at < text.length) {
    if (at === skips[skip]?.start) {
      at = skips[skip++]!.end;
    } else if (text.startsWith('//', at) || text.startsWith('/*', at)) {
      const isLine = text[at + 1] === '/';
      const close = text.indexOf(isLine ? '\n' : '*/', at + 2);
      const end = close < 0 ? text.length : close + (isLine ? 0 : 2);
      const body = text.slice(at + 2, isLine ? end : end - 2);
      const words = body.replace(/^[ \t]*\*+ ?/gm, '').trim();
      const last = comments.at(-1);
      if (last !== undefined && isLine && /^\n[ \t]*$/.test(text.slice(last.end, at))) {
        comments[comments.length - 1] = { ...last, text: `${last.text}\n${words}`, end };
      } else {
        comments.push({ text: words, start: at, end });
      }
      at = end;
    } else {
      at++;
    }
  }
  return comments;
}
