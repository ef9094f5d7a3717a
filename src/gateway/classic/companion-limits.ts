// What the HTTP companion of the classic wire grants. docs/limits.md lists these; a test compares.

export const companionLimits = {
  bodyBytesMax: 16 * 1024,
  /** A token is good for so long, as it was on the older server. */
  tokenLifetimeS: 600,
  /** A password that was right is not hashed again for so long, for the same name and address. */
  passwordShownS: 600,
  /** Accounts whose session is kept for the next request; the one unused longest is logged out. */
  sessionsMax: 5_000,
  /** Without a request for so long, the session is logged out; longer than a token lasts. */
  sessionIdleS: 900,
  /** Requests of one name and address that wait for a password; one more gets BUSY. */
  logInsQueuedMax: 16,
  /** Lobbies that one answer lists, the oldest. */
  lobbiesListedMax: 1_000,
  /** Players whose last wish for a lobby is known; the oldest is forgotten first. */
  lobbyIntentsMax: 10_000,
} as const;
