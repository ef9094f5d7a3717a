// All migrations in their order. They only go forward; a file from a newer version is refused.

import type { Migration } from 'kysely/migration';
import { first } from './0001-first.ts';
import { bounds } from './0002-bounds.ts';

export const migrations: Readonly<Record<string, Migration>> = {
  '0001-first': first,
  '0002-bounds': bounds,
};
