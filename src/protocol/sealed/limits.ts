// Every size, list and count of end-to-end sealed messages that could grow, with its limit. The
// unit ends the name; docs/limits.md lists the same table.

/** Layouts that the limits below are sums of. */
export const keyBytes = 32;
export const deviceIdBytes = 16;
export const tagBytes = 16;
/** version, identity, exchange key, prekey id, prekey, signature. */
export const keyBundleBytes = 1 + keyBytes + keyBytes + 4 + keyBytes + 64;
/** Ratchet key, length of the previous chain, number. */
export const ratchetHeaderBytes = keyBytes + 4 + 4;
/** version, kind, two device ids. */
export const sealedStartBytes = 2 + 2 * deviceIdBytes;
/** The sender's bundle, the receiver's prekey id, the base key. */
export const sealedInitialBytes = keyBundleBytes + 4 + keyBytes;

const padded = 4096;
const devices = 8;
const sealed = sealedStartBytes + sealedInitialBytes + ratchetHeaderBytes + padded + tagBytes;

export const sealedLimits = {
  /** A direct message, before it is padded. */
  plaintextBytesMax: padded - 1,
  /** Plaintext is padded to a multiple of this: the server sees the step, not the length. */
  paddingStepBytes: 32,
  /** One copy of a message, for one device. */
  sealedBytesMax: sealed,
  /** Devices that a player may publish; a message is sealed to each of them. */
  devicesPerPlayerMax: devices,
  /** All copies of a message with their lengths. */
  envelopeBytesMax: 2 + devices * (2 + sealed),
  /** Player ids that a message is bound to, as UTF-8. */
  playerIdBytesMax: 255,
  /** Messages of one chain that may be missing before the one that came. */
  skippedPerChainMax: 1000,
  /** Keys kept for missing messages of one session; the oldest goes first. */
  skippedKeysMax: 2000,
  /** Sessions kept with one device; the one used longest ago goes first. */
  sessionsPerDeviceMax: 4,
  /** Sessions that one device may have started with the prekeys we still hold. */
  startsPerDeviceMax: 64,
  /** Our newest signed prekey and those before it, for messages that are still under way. */
  signedPrekeysMax: 4,
} as const;
