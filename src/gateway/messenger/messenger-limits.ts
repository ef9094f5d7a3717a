// What the messenger protocol grants beyond the limits of every line wire. docs/limits.md lists
// these; a test compares.

export const messengerLimits = {
  /** A list of names is cut at this, so that its line stays within the protocol's 64 KiB. */
  nameListBytesMax: 48 * 1024,
  /** Private connections of one player, and requests for some, that the server knows. */
  privatesPerPlayerMax: 32,
  /** For the other client to confirm the end of a private connection. */
  stopConfirmMs: 5_000,
} as const;
