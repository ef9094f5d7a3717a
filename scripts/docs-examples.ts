// Puts example files and what they print into the pages that show them, between
// `<!-- file:PATH -->` or `<!-- output:PATH -->` and its closing comment. Only an example whose
// output is the same at every run may be shown by `output`.

import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const repository = resolve(import.meta.dirname, '..');
const run = promisify(execFile);
const marked = /<!-- (file|output):(\S+) -->\n```\w*\n[\s\S]*?```\n<!-- \/\1 -->/g;

/** Absolute paths of the pages that show examples. */
export function examplePages(): readonly string[] {
  return globSync('{README.md,docs/**/*.md}', { cwd: repository })
    .map((path) => join(repository, path))
    .filter((path) => /<!-- (file|output):/.test(readFileSync(path, 'utf8')))
    .toSorted();
}

/** The page with every shown file and output as it is now. Rejects when an example fails. */
export async function fillExamples(text: string): Promise<string> {
  let filled = '';
  let at = 0;
  for (const match of text.matchAll(marked)) {
    const [whole, kind, path = ''] = match;
    const shown = kind === 'file' ? fileBlock(path) : await outputBlock(path);
    filled += `${text.slice(at, match.index)}<!-- ${kind}:${path} -->\n${shown}<!-- /${kind} -->`;
    at = match.index + whole.length;
  }
  return filled + text.slice(at);
}

function fileBlock(path: string): string {
  return `\`\`\`ts\n${readFileSync(join(repository, path), 'utf8')}\`\`\`\n`;
}

async function outputBlock(path: string): Promise<string> {
  const args = ['--conditions=paperclip-source', join(repository, path)];
  const { stdout } = await run(process.execPath, args, { timeout: 60_000 });
  return `\`\`\`text\n${stdout}\`\`\`\n`;
}
