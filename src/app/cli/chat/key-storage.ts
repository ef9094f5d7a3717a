// Where the keys for sealed messages lie: a private file for each account on each server, beside
// the sessions. A guest cannot come back, so a guest's keys live as long as the program.

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { KeyringStorage, Player } from '../../../client/index.ts';
import { sessionsPath } from '../credentials.ts';
import { PrivateFile } from '../private-file.ts';

type Env = Readonly<Record<string, string | undefined>>;

export function keyStorage(env: Env, server: string, player: Player): KeyringStorage {
  if (player.kind === 'guest') return memoryStorage();
  const file = new PrivateFile(keysPath(env, server, player.id));
  return {
    load: () => file.read(),
    save: (text) => file.write(text),
    exclusively: (run) => file.locked(run),
  };
}

/** The server chose the id: hashed, it cannot name a file elsewhere. */
export function keysPath(env: Env, server: string, playerId: string): string {
  const name = createHash('sha256').update(`${server}\n${playerId}`).digest('hex').slice(0, 32);
  return join(`${sessionsPath(env)}.keys`, `${name}.json`);
}

function memoryStorage(): KeyringStorage {
  let text: string | undefined;
  return {
    load: async () => text,
    save: async (next) => {
      text = next;
    },
  };
}
