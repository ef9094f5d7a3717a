// All migrations in their order. They only go forward; a file from a newer version is refused.

import type { Migration } from 'kysely/migration';
import { first } from './0001-first.ts';
import { bounds } from './0002-bounds.ts';
import { timedLobbies } from './0003-timed-lobbies.ts';
import { people } from './0004-people.ts';
import { playerNumbers } from './0005-player-numbers.ts';
import { digestLogins } from './0006-digest-logins.ts';
import { classicKeys } from './0007-classic-keys.ts';
import { externalGames } from './0008-external-games.ts';

export const migrations: Readonly<Record<string, Migration>> = {
  '0001-first': first,
  '0002-bounds': bounds,
  '0003-timed-lobbies': timedLobbies,
  '0004-people': people,
  '0005-player-numbers': playerNumbers,
  '0006-digest-logins': digestLogins,
  '0007-classic-keys': classicKeys,
  '0008-external-games': externalGames,
};
