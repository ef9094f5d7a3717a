// The shape of a row of the command table, and what many rows share. The rows themselves are in
// `commands.ts` and `people-commands.ts`.

import type { ErrorCode } from './errors.ts';
import { contractLimits as limits } from './limits.ts';
import { type TSchema, t } from './schema.ts';

/** Who may call. Each includes those to its right: anyone > guest > account > admin. */
export type CallerKind = 'anyone' | 'guest' | 'account' | 'admin';

export interface RateLimit {
  /**
   * Calls allowed in a window, counted by player, or by address while there is no session. What
   * anyone may call and is not a GET counts by address always: a session costs nothing to make.
   */
  readonly calls: number;
  readonly perS: number;
  /** Calls of all players of one address in the window: for what a crowd of guests could guess. */
  readonly ofAddress?: number;
}

export interface CommandRow {
  readonly summary: string;
  readonly caller: CallerKind;
  readonly http: { readonly method: 'GET' | 'POST' | 'DELETE'; readonly path: string };
  /** An object. Members named in the path come from there; on GET the rest from the query. */
  readonly args: TSchema;
  readonly result: TSchema;
  readonly errors: readonly ErrorCode[];
  readonly rate: RateLimit;
}

export const args = <P extends Record<string, TSchema>>(properties: P) =>
  t.Object(properties, { additionalProperties: false });
export const nothing = args({});
export const done = t.Object({}, { additionalProperties: false });

export const page = {
  limit: t.Optional(
    t.Integer({ minimum: 1, maximum: limits.pageRowsMax, default: limits.pageRowsDefault }),
  ),
  cursor: t.Optional(t.String({ maxLength: 200, description: 'From the page before.' })),
};
