// Whether sodium-native is here: the package carries a binary per platform, and may have none for
// this one. It is loaded when it is asked for, so that the rest does not fail with it.

import { createRequire } from 'node:module';

export type Sodium = typeof import('sodium-native').default;

export type SodiumLoad =
  | { readonly sodium: Sodium; readonly problem?: undefined }
  | { readonly sodium?: undefined; readonly problem: string };

/** The same each time: Node keeps what it has loaded. */
export function loadSodium(): SodiumLoad {
  try {
    const sodium: Sodium = createRequire(import.meta.url)('sodium-native');
    return { sodium };
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    return { problem: message.split('\n', 1)[0]! };
  }
}
