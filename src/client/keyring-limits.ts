// What a keyring may grow to; docs/limits.md lists the same table. Of messages and sessions:
// `protocol/sealed/limits.ts`.

export const keyringLimits = {
  /** Players whose devices are remembered; a stranger goes first, then the keyring is full. */
  contactsMax: 1000,
  /** Devices remembered of one contact, published or not; the oldest unverified goes first. */
  devicesPerContactMax: 32,
  /** Keys kept for missing messages over all contacts; the session with most gives its oldest. */
  skippedKeysMax: 10_000,
  /** Calls that wait for the one under way; one more gets KEYRING_BUSY. */
  callsQueuedMax: 256,
  /** Age at which `rotateIfDue` makes a new signed prekey. */
  prekeyAgeMs: 7 * 24 * 3_600_000,
} as const;
