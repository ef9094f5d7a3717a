// Imports a module of a game, in which `paperclip/game` is this very program's. A folder of games
// need not lie in a project that has Paperclip installed; and the sources, which run without a
// build, must not look for one.

import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';

const isBuilt = import.meta.url.endsWith('.js');

/** Rejects with what the module throws. */
export async function importGame(file: string): Promise<object> {
  const hooks = registerHooks({
    resolve(specifier, context, nextResolve) {
      if (!/^paperclip(\/|$)/.test(specifier)) return nextResolve(specifier, context);
      const own = {
        ...context,
        parentURL: import.meta.url,
        conditions: [...context.conditions, ...(isBuilt ? [] : ['paperclip-source'])],
      };
      return nextResolve(specifier, own);
    },
  });
  try {
    return (await import(pathToFileURL(file).href)) as object;
  } finally {
    hooks.deregister();
  }
}
