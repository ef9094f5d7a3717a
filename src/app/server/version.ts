// The version of the package that this file belongs to, in the repository and once built.

import { readFileSync } from 'node:fs';

export function packageVersion(): string {
  for (let folder = new URL('.', import.meta.url); ; folder = new URL('..', folder)) {
    const version = versionIn(new URL('package.json', folder));
    if (version !== undefined || folder.pathname === '/') return version ?? 'unknown';
  }
}

function versionIn(file: URL): string | undefined {
  try {
    const { name, version } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    return name === 'paperclip' && typeof version === 'string' ? version : undefined;
  } catch {
    return undefined;
  }
}
