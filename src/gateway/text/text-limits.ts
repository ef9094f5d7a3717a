// What the text wire grants beyond what every line wire does (`line-limits.ts`). docs/limits.md
// lists these; a test compares.

export const textLimits = {
  nameCharactersMin: 3,
  nameCharactersMax: 14,
  /** From the log-in to the first PING, and from each to the next. */
  pingEveryMs: 10_000,
  /** From a PING to its PONG; then the connection is closed. */
  pongWithinMs: 3_000,
  /** From a guess that the game has taken to what the game says to it. */
  guessAnswerWithinMs: 3_000,
  /** From the end of a game to its results, at the latest: they wait until a new one may start. */
  resultsWithinMs: 2_000,
  /** Events that wait for the answer to a log-in. */
  heldEventsMax: 1_000,
} as const;
