// Makes a folder and those above it. Not `mkdirSync(path, { recursive: true })`: that asks for
// ever, in one call that no signal ends, where a folder exists and refuses children with ENOENT, as
// /proc does.

import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/** Nothing happens to a folder that is there. Throws what the file system says. */
export function makeFolder(path: string, options: { readonly mode?: number } = {}): void {
  if (existsSync(path)) return;
  const above = dirname(path);
  if (above !== path) makeFolder(above, options);
  try {
    mkdirSync(path, options);
  } catch (cause) {
    // Another server that starts at the same time was faster.
    if (!existsSync(path)) throw cause;
  }
}
