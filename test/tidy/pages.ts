// Rules about pages (Markdown) and about words in any text file: links lead somewhere, `npm run x`
// exists, the layer table in ARCHITECTURE.md says what layers.ts says, and no file names a machine.

import { posix } from 'node:path';
import { layers, permissionText } from './layers.ts';
import type { Finding, SourceText } from './source.ts';

const lineOf = (text: string, index: number): number => text.slice(0, index).split('\n').length;

/** Links to files and headings of this repository; `exists` gets paths relative to its root. */
export function linkFindings(
  page: SourceText,
  exists: (path: string) => boolean,
  textOf: (path: string) => string | undefined,
): readonly Finding[] {
  const prose = withoutCode(page.text);
  return [...prose.matchAll(/\]\(([^)\s]+)(?: "[^"]*")?\)|<img [^>]*src="([^"]+)"/g)].flatMap(
    (match) => {
      const href = match[1] ?? match[2] ?? '';
      if (/^[a-z]+:/.test(href)) return [];
      const [file, anchor] = href.split('#');
      const path = file === '' ? page.path : posix.join(posix.dirname(page.path), file ?? '');
      const place = { path: page.path, line: lineOf(prose, match.index) };
      if (!exists(path)) return [{ ...place, message: `link to ${href}: no such file` }];
      const target = path === page.path ? page.text : textOf(path);
      if (anchor === undefined || target === undefined || !path.endsWith('.md')) return [];
      if (headingAnchors(target).has(anchor)) return [];
      return [{ ...place, message: `link to ${href}: no such heading` }];
    },
  );
}

/** Fenced blocks and code spans blanked, so that places keep their lines. */
function withoutCode(text: string): string {
  const blank = (match: string) => match.replace(/[^\n]/g, ' ');
  return text.replace(/^```[\s\S]*?^```/gm, blank).replace(/`[^`\n]*`/g, blank);
}

/** Anchors as GitHub makes them: lower case, punctuation dropped, spaces to hyphens. */
export function headingAnchors(text: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of text.matchAll(/^#+ (.+)$/gm)) {
    const words = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const anchor = words.replace(/[^\p{L}\p{N} _-]/gu, '').replace(/ /g, '-');
    let free = anchor;
    for (let n = 1; anchors.has(free); n++) free = `${anchor}-${n}`;
    anchors.add(free);
  }
  for (const [, id = ''] of text.matchAll(/<a (?:id|name)="([^"]+)"/g)) anchors.add(id);
  return anchors;
}

/** `npm run x`, `npm test` and `npm start` in a page name scripts that package.json has. */
export function scriptFindings(
  page: SourceText,
  scripts: Readonly<Record<string, string>>,
): readonly Finding[] {
  const named = page.text.matchAll(/\bnpm (?:run (?:--?[\w-]+ )*([\w:.-]*\w)|(test|start)\b)/g);
  return [...named].flatMap((match) => {
    const name = match[1] ?? match[2] ?? '';
    if (scripts[name] !== undefined) return [];
    const message = `names \`npm run ${name}\`, which package.json does not have`;
    return [{ path: page.path, line: lineOf(page.text, match.index), message }];
  });
}

/** The table with the header `| folder | may import, besides itself |` equals the data. */
export function layerTableFindings(page: SourceText): readonly Finding[] {
  const found: Finding[] = [];
  const lines = page.text.split('\n');
  const head = lines.findIndex((line) =>
    /^\| *folder *\| *may import, besides itself *\|/.test(line),
  );
  const complain = (line: number, message: string) =>
    found.push({ path: page.path, line: line + 1, message });
  if (head < 0) {
    complain(0, 'has no table `| folder | may import, besides itself |`');
    return found;
  }
  const seen = new Set<string>();
  for (let at = head + 2; lines[at]?.startsWith('|'); at++) {
    const [, folder = '', may = ''] = (lines[at] ?? '').split('|').map(plain);
    seen.add(folder);
    const layer = layers.find((one) => one.folder === folder);
    if (layer === undefined) complain(at, `${folder} is not in test/tidy/layers.ts`);
    else if (words(may) !== words(permissionText(layer))) {
      complain(at, `${folder}: layers.ts says "${permissionText(layer)}"`);
    }
  }
  for (const { folder } of layers) {
    if (!seen.has(folder)) complain(head, `the table lacks ${folder}, which layers.ts has`);
  }
  return found;
}

const plain = (cell: string): string => cell.replaceAll('`', '').replace(/\/$/, '').trim();
const words = (list: string): string =>
  list
    .split(',')
    .map((word) => word.trim())
    .sort()
    .join(', ');

// Written in pieces, so that this file does not name them either.
const machineNames = [
  ['/wo', 'rk/'],
  ['/tmp/bash', '_jobs'],
  ['registry\\.npm', 'js'],
  ['registry\\.npm', 'mirror'],
  ['deb\\.deb', 'ian'],
].map((pieces) => new RegExp(pieces.join('')));

/** No path of one machine and no package registry's host in any file of the repository. */
export function machineFindings(file: SourceText): readonly Finding[] {
  return machineNames.flatMap((name) => {
    const match = name.exec(file.text);
    if (match === null) return [];
    const message = `names ${match[0]}: that is one machine's business; use a relative path`;
    return [{ path: file.path, line: lineOf(file.text, match.index), message }];
  });
}
