// The shape of a file: its length and that of its functions, its header, its name, the width of its
// comments, and that an index file holds exports only. A long file or function is allowed where
// cutting would hide the idea, and then the header says so in a line with "Long because".

import {
  type Finding,
  finding,
  headerOf,
  is,
  lineAt,
  type Node,
  type Source,
  startOf,
  walk,
} from './source.ts';

export const fileLinesMax = 400;
export const functionLinesMax = 70;
export const columnsMax = 100;

const longBecause = /Long because\s+\S[\s\S]{14}/;

export function shapeFindings(source: Source): readonly Finding[] {
  return [
    ...lengthFindings(source),
    ...headerFindings(source),
    ...nameFindings(source),
    ...widthFindings(source),
    ...indexFindings(source),
  ];
}

function lengthFindings(source: Source): readonly Finding[] {
  if (longBecause.test(headerOf(source))) return [];
  const found: Finding[] = [];
  const fileLines = source.text.split('\n').length - 1;
  if (fileLines > fileLinesMax) {
    found.push(
      finding(
        source,
        0,
        `${fileLines} lines are more than ${fileLinesMax}: cut the file where a reader would pause, or say "Long because ..." in its header`,
      ),
    );
  }
  for (const node of walk(source.tree)) {
    if (!isFunction(node) || isTestGroup(source, node)) continue;
    const lines = lineAt(source, node.end) - lineAt(source, startOf(source, node)) + 1;
    if (lines > functionLinesMax) {
      found.push(
        finding(
          source,
          node,
          `a function of ${lines} lines is more than ${functionLinesMax}: name its parts, or say "Long because ..." in the file's header`,
        ),
      );
    }
  }
  return found;
}

const isFunction = (node: Node): boolean =>
  is.isFunctionDeclaration(node) ||
  is.isFunctionExpression(node) ||
  is.isArrowFunction(node) ||
  is.isMethodDeclaration(node) ||
  is.isConstructorDeclaration(node) ||
  is.isGetAccessorDeclaration(node) ||
  is.isSetAccessorDeclaration(node);

/**
 * The function given to `describe` is a list of tests, not a thing to hold in one's head; so is the
 * function that a contract suite exports.
 */
function isTestGroup(source: Source, node: Node): boolean {
  const isExported = is.isFunctionDeclaration(node) && is.isSourceFile(node.parent);
  if (isExported && source.path.endsWith('.suite.ts')) return true;
  const call = node.parent;
  if (call === undefined || !is.isCallExpression(call)) return false;
  return is.isIdentifier(call.expression) && /^(describe|suite)$/.test(call.expression.text);
}

function headerFindings(source: Source): readonly Finding[] {
  // A test's name and the file it stands beside say what it is.
  if (source.path.endsWith('.test.ts')) return [];
  const first = source.comments[0];
  const start = source.text.startsWith('#!') ? source.text.indexOf('\n') + 1 : 0;
  if (first !== undefined && first.start === start) return [];
  if (source.path.endsWith('/index.ts') && isShort(source)) return [];
  return [finding(source, 0, 'starts without saying what it is and is not: add 1 to 10 lines')];
}

const isShort = (source: Source): boolean => source.text.split('\n').length <= 20;

function nameFindings(source: Source): readonly Finding[] {
  const name = source.path.split('/').at(-1) ?? '';
  if (/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+)*\.ts$/.test(name)) return [];
  return [finding(source, 0, `${name} is not kebab-case: name the file after its main export`)];
}

/** The formatter breaks code; only comments can stay too wide. A URL cannot be broken. */
function widthFindings(source: Source): readonly Finding[] {
  return source.comments.flatMap((comment) => {
    const first = lineAt(source, comment.start);
    const last = lineAt(source, comment.end);
    const found: Finding[] = [];
    for (let line = first; line <= last; line++) {
      const text = source.text.split('\n')[line - 1] ?? '';
      if (text.length <= columnsMax || text.includes('://')) continue;
      found.push({
        path: source.path,
        line,
        message: `a comment of ${text.length} columns: break it at ${columnsMax}`,
      });
    }
    return found;
  });
}

function indexFindings(source: Source): readonly Finding[] {
  if (!source.path.endsWith('/index.ts')) return [];
  return source.tree.statements
    .filter((statement) => !is.isExportDeclaration(statement) && !is.isImportDeclaration(statement))
    .map((statement) => finding(source, statement, 'an index file holds exports only: move it'));
}
