// What open rounds grant, and how long they wait. docs/limits.md lists these; a test compares.

export const roundLimits = {
  /** A round that has lasted so long ends by its time limit, whoever still plays. */
  roundMsMax: 60 * 60 * 1000,
  /** Joins, inputs and leaves of one round; one more ends it by its time limit. */
  entriesMax: 8_192,
  /** Entries of a shared log that nobody has compacted; one more is refused. */
  logEntriesMax: 16_384,
  /** Announcements of a server that may stay out before its players are taken out. */
  announcementsMissedMax: 3,
  /** From a join, an input or a leave to what the shared log makes of it; then BUSY. */
  answerMs: 3_000,
  /** Ended rounds of this server that are not stored yet; the oldest is given up for one more. */
  unstoredMax: 64,
  /** First and longest wait between two tries to store one. */
  storeRetryFirstMs: 1_000,
  storeRetryMaxMs: 30_000,
} as const;
