// Makes `dist/`: what npm publishes. TypeScript emits JavaScript and declarations, this file does
// the rest: worker URLs, assets, and the checks that everything package.json promises is there.
//
// Development needs none of it, since Node runs the sources directly. `npm run build` starts it;
// the package test calls `build` with a folder of its own.

import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  globSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const ownRepository = resolve(import.meta.dirname, '..');

export interface BuildOptions {
  /** Replaced as a whole. */
  readonly outDir: string;
  /** The folder with package.json and tsconfig.build.json; default: the one this file is in. */
  readonly repository?: string;
}

export interface BuildResult {
  /** Emitted JavaScript files. */
  readonly modules: number;
  /** Copied files that are not TypeScript. */
  readonly assets: number;
}

/** Throws, naming every problem, when the sources do not compile or something is missing. */
export function build({ outDir, repository = ownRepository }: BuildOptions): BuildResult {
  rmSync(outDir, { recursive: true, force: true });
  compile(repository, outDir);
  const modules = globSync('**/*.js', { cwd: outDir });
  for (const path of modules) rewriteUrls(join(outDir, path));
  const assets = copyAssets(repository, outDir);
  const problems = [
    ...modules.flatMap((path) => missingTargets(outDir, path)),
    ...missingPromises(repository, outDir),
  ];
  if (problems.length > 0) throw new Error(`the build is not whole:\n  ${problems.join('\n  ')}`);
  return { modules: modules.length, assets };
}

function compile(repository: string, outDir: string): void {
  const tsc = join(ownRepository, 'node_modules', 'typescript', 'bin', 'tsc');
  const settings = ['-p', join(repository, 'tsconfig.build.json'), '--outDir', outDir];
  try {
    execFileSync(process.execPath, [tsc, ...settings], { cwd: repository, encoding: 'utf8' });
  } catch (cause) {
    const output = cause instanceof Error && 'stdout' in cause ? String(cause.stdout) : '';
    throw new Error(`TypeScript refused the sources:\n${output}`, { cause });
  }
}

// TypeScript rewrites import specifiers, but a worker's URL is a string like any other to it.
const urlBeside = /(new URL\(\s*['"])(\.[^'"]*)(['"],\s*import\.meta\.url)/g;

function rewriteUrls(path: string): void {
  const text = readFileSync(path, 'utf8');
  const rewritten = text.replace(urlBeside, (_, before, target, after) => {
    return before + String(target).replace(/\.ts$/, '.js') + after;
  });
  if (rewritten !== text) writeFileSync(path, rewritten);
}

function copyAssets(repository: string, outDir: string): number {
  const paths = globSync('{src,games}/**/*.*', {
    cwd: repository,
    exclude: (path) => /(^|\/)node_modules(\/|$)|\.(ts|md)$/.test(path),
  });
  for (const path of paths) cpSync(join(repository, path), join(outDir, path));
  return paths.length;
}

/** Relative imports and URLs of one emitted file that lead nowhere. */
function missingTargets(outDir: string, path: string): readonly string[] {
  const text = readFileSync(join(outDir, path), 'utf8');
  const imports = text.matchAll(/^(?:import|export)\b[^'"\n]*['"](\.[^'"]+)['"]/gm);
  const targets = [
    ...[...imports].map((match) => match[1] ?? ''),
    ...[...text.matchAll(urlBeside)].map((match) => match[2] ?? ''),
  ];
  return targets
    .filter((target) => !existsSync(join(outDir, dirname(path), target)))
    .map((target) => `${path} names ${target}, which is not there`);
}

interface Manifest {
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
}

/** Exports and bins of package.json that the build lacks; makes the bins executable. */
function missingPromises(repository: string, outDir: string): readonly string[] {
  // Boundary: this repository's own package.json; the package test installs what it promises.
  const manifest = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as Manifest;
  const built = (path: string) => join(outDir, path.replace(/^\.\/dist\//, ''));
  const problems: string[] = [];
  for (const [subpath, target] of Object.entries(manifest.exports)) {
    if (typeof target === 'string') continue;
    for (const [condition, path] of Object.entries(target)) {
      if (condition === 'paperclip-source' || existsSync(built(path))) continue;
      problems.push(`export ${subpath} (${condition}) is ${path}, which is not there`);
    }
  }
  for (const [name, path] of Object.entries(manifest.bin)) {
    if (!existsSync(built(path))) problems.push(`bin ${name} is ${path}, which is not there`);
    else if (!readFileSync(built(path), 'utf8').startsWith('#!/usr/bin/env node\n')) {
      problems.push(`bin ${name} does not start with #!/usr/bin/env node`);
    } else chmodSync(built(path), 0o755);
  }
  return problems;
}

if (import.meta.main) {
  try {
    const { modules, assets } = build({ outDir: join(ownRepository, 'dist') });
    console.log(`dist: ${modules} modules, ${assets} assets`);
  } catch (cause) {
    console.error(cause instanceof Error ? cause.message : cause);
    process.exitCode = 1;
  }
}
