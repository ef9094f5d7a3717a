// What the stores need of a database: Kysely for queries, and batches of writes that happen whole
// or not at all. SQLite gives both through its worker; another database gives them in its own way.

import type { Compilable, Kysely } from 'kysely';
import type { Schema } from './schema.ts';

export interface Step {
  readonly query: Compilable;
  /** Undo the whole batch when the query changes another number of rows. */
  readonly changes?: number;
}

export interface Database {
  readonly db: Kysely<Schema>;
  /**
   * All steps, in order, or none: false when a step's `changes` were not met. Durable when it
   * resolves. Batches that come close together share one write to the disk.
   */
  batch(steps: readonly Step[]): Promise<boolean>;
}
