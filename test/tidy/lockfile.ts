// The lock file is whole: every dependency of every locked package is locked too, those for other
// platforms included. npm writes a lock file with holes when a registry lacks a platform's package
// at that moment, works on with the installed tree, and then refuses `npm ci` in a fresh clone.

import type { Finding, SourceText } from './source.ts';

interface Locked {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly version?: string;
}

export function lockFindings(file: SourceText): readonly Finding[] {
  // Boundary: npm's own file; a field that is missing counts as empty.
  const lock = JSON.parse(file.text) as { readonly packages?: Readonly<Record<string, Locked>> };
  const packages = lock.packages ?? {};
  return Object.entries(packages).flatMap(([path, locked]) => {
    const wanted = Object.keys({
      ...locked.dependencies,
      ...locked.devDependencies,
      ...locked.optionalDependencies,
    });
    const missing = wanted.filter((name) => !isLocked(packages, path, name));
    return missing.map((name) => ({
      path: file.path,
      line: 1,
      message: `${path === '' ? 'package.json' : path} needs ${name}, which is not locked: \`npm ci\` will refuse; lock a version that has it`,
    }));
  });
}

/** As Node looks a package up: beside the one that wants it, then in each folder above. */
function isLocked(packages: Readonly<Record<string, Locked>>, from: string, name: string): boolean {
  for (
    let folder = from;
    ;
    folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))
  ) {
    const place = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
    if (packages[place]?.version !== undefined) return true;
    if (folder === '') return false;
  }
}
