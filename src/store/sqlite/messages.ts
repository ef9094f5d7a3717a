// What the store's thread and its worker tell each other. Every request has an id and gets one
// reply; replies may come in groups.

import type { StoreErrorCode } from '../store-error.ts';

export type SqlValue = string | number | bigint | null | Uint8Array;

export interface Statement {
  readonly sql: string;
  readonly parameters: readonly SqlValue[];
  /** The batch is undone when this statement changes another number of rows. */
  readonly changes?: number;
}

export type Job =
  /** One statement on its own, or inside the transaction that it names. */
  | { readonly kind: 'query'; readonly statement: Statement; readonly transaction?: number }
  /** All of them or none. */
  | { readonly kind: 'batch'; readonly statements: readonly Statement[] }
  | { readonly kind: 'begin'; readonly transaction: number }
  | { readonly kind: 'commit' | 'rollback'; readonly transaction: number }
  | { readonly kind: 'close' };

export interface Request {
  readonly id: number;
  readonly job: Job;
}

export interface Rows {
  readonly rows: readonly unknown[];
  readonly changes: number;
}

export type Answer =
  | { readonly ok: true; readonly rows: Rows }
  /** Of a batch: false when a statement's `changes` were not met, and nothing happened. */
  | { readonly ok: true; readonly done: boolean }
  | { readonly ok: false; readonly code: StoreErrorCode; readonly message: string };

export interface Reply {
  readonly id: number;
  readonly answer: Answer;
}

export interface WorkerData {
  readonly file: string;
  /** How long to wait for another process to let go of the file. */
  readonly lockTimeoutMs: number;
  /** For tests: the file may have this many pages, and then the disk is full. */
  readonly pagesMax?: number;
}

/** The worker's first message. */
export type Opened =
  | { readonly opened: true }
  | { readonly opened: false; readonly code: StoreErrorCode; readonly message: string };
