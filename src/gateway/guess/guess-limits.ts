// What the guessing wire grants, and what its players are told at the start. docs/limits.md lists
// these; a test compares.

export const guessLimits = {
  /** A JSON value, or a word. */
  valueBytesMax: 1_024,
  /** From a wish for a round alone to its beginning, and from a guess to what the game says. */
  answerWithinMs: 10_000,
  /** For a match that was given up to end, so that its lobby can be left. */
  leaveWithinMs: 3_000,
} as const;

/** Of every round alone; those of a round with others are the game's. */
export const rulesAlone = { min: 1, max: 10, attempts: 5 } as const;
