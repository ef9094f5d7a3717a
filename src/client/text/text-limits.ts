// What the client of the text protocol keeps. docs/limits.md lists these; a test compares.

export const textClientLimits = {
  /** A line from the server, in bytes of UTF-8. */
  lineBytesMax: 256 * 1024,
  /** Players whose keys are remembered; past it, the one that was met first is not. */
  contactsMax: 1_000,
  /** Encrypted messages that wait for their receiver's key. */
  secretsWaitingMax: 16,
  /** Offers of files that are remembered, in each direction; past it, the oldest is not. */
  filesOfferedMax: 64,
  /** Of a file, received and not yet on the disk; past it, the sender is held back. */
  unwrittenBytesMax: 1024 * 1024,
} as const;
