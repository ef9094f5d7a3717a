// Fills the tables in docs/ from the tables in the code, and the examples from their files and
// their output (`docs-examples.ts`): `npm run docs`. Tests name this command when a page is out of
// step.
//
// It writes only what stands between markers such as `<!-- table:NAME -->` and
// `<!-- /table:NAME -->`; the prose around them is written by hand.

import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fillDissector } from './dissector-tables.ts';
import { examplePages, fillExamples } from './docs-examples.ts';
import { type DocTable, docTables } from './docs-tables.ts';
import { type DocDiagram, docDiagrams } from './paper-tables.ts';

const repository = resolve(import.meta.dirname, '..');
export const dissectorPath = join(repository, 'docs/protocol/paperclip.lua');
const marked = /<!-- table:([\w-]+) -->\n[\s\S]*?<!-- \/table:\1 -->/g;
const markedDiagram = /<!-- diagram:([\w-]+) -->\n[\s\S]*?<!-- \/diagram:\1 -->/g;

export interface Page {
  readonly path: string;
  readonly text: string;
}

export function markdownTable(table: DocTable): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`.replace(/ {2,}/g, ' ');
  const rule = `|${'---|'.repeat(table.columns.length)}`;
  return [line(table.columns), rule, ...table.rows.map(line)].join('\n');
}

/** The page with every marked table filled; a marker that names no table stays as it is. */
export function fillTables(text: string, tables: readonly DocTable[]): string {
  return text.replace(marked, (whole, name: string) => {
    const table = tables.find((one) => one.name === name);
    if (table === undefined) return whole;
    return `<!-- table:${name} -->\n\n${markdownTable(table)}\n\n<!-- /table:${name} -->`;
  });
}

/** The same for diagrams. */
function fillDiagrams(text: string, diagrams: readonly DocDiagram[]): string {
  return text.replace(markedDiagram, (whole, name: string) => {
    const diagram = diagrams.find((one) => one.name === name);
    if (diagram === undefined) return whole;
    const drawn = ['```mermaid', ...diagram.lines, '```'].join('\n');
    return `<!-- diagram:${name} -->\n\n${drawn}\n\n<!-- /diagram:${name} -->`;
  });
}

/** What is out of step: stale pages, markers without a table, tables that no page shows. */
export function staleTables(
  pages: readonly Page[],
  tables: readonly DocTable[],
): readonly string[] {
  const problems: string[] = [];
  const shown = new Set<string>();
  for (const { path, text } of pages) {
    for (const [, name = ''] of text.matchAll(/<!-- table:([\w-]+) -->/g)) {
      shown.add(name);
      const isKnown = tables.some((table) => table.name === name);
      if (!isKnown) problems.push(`${path} shows table:${name}, which docs-tables.ts lacks`);
      if (!text.includes(`<!-- /table:${name} -->`)) {
        problems.push(`${path} opens table:${name} and does not close it`);
      }
    }
    if (fillDiagrams(fillTables(text, tables), docDiagrams()) !== text) {
      problems.push(`${path} is out of step with the code: run \`npm run docs\``);
    }
  }
  for (const { name } of tables) {
    if (!shown.has(name)) problems.push(`no page under docs/ shows <!-- table:${name} -->`);
  }
  return problems;
}

export function docPages(): readonly Page[] {
  return globSync('docs/**/*.md', { cwd: repository }).map((path) => ({
    path,
    text: readFileSync(join(repository, path), 'utf8'),
  }));
}

if (import.meta.main) {
  const tables = docTables();
  for (const { path, text } of docPages()) {
    const filled = fillDiagrams(fillTables(text, tables), docDiagrams());
    if (filled === text) continue;
    writeFileSync(join(repository, path), filled);
    console.log(`wrote ${path}`);
  }
  const lua = readFileSync(dissectorPath, 'utf8');
  if (fillDissector(lua) !== lua) {
    writeFileSync(dissectorPath, fillDissector(lua));
    console.log('wrote the dissector');
  }
  for (const page of examplePages()) {
    const text = readFileSync(page, 'utf8');
    const filled = await fillExamples(text);
    if (filled === text) continue;
    writeFileSync(page, filled);
    console.log(`wrote the examples of ${page}`);
  }
  const problems = staleTables(docPages(), tables);
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
