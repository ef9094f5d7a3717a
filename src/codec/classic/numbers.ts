// The numbers of Paperclip 0: packet types, flags, heartbeats, error codes and the texts in use
// with them. Section numbers in this folder are those of docs/protocol/paperclip-0.md.

/** Low nibble of the first byte (section 1). The high nibble is the version, 0. */
export const packetTypes = ['default', 'ack', 'auth', 'heartbeat', 'error'] as const;
export type PacketType = (typeof packetTypes)[number];

/** The three low bits are reserved: sent 0, ignored when received. */
export const flags = {
  reliable: 0x80,
  checksum: 0x40,
  compressed: 0x20,
  encrypted: 0x10,
  fragmented: 0x08,
} as const;

export const flagsMask = 0xf8;

/** Major and minor nibble of an ERROR. */
export const errorCodes = {
  connection: 0x10,
  noSpace: 0x11,
  certificateInvalid: 0x12,
  finishInvalid: 0x13,
  disconnect: 0x20,
  serverDisconnect: 0x21,
  clientDisconnect: 0x22,
  packet: 0x30,
  version: 0x31,
  packetType: 0x32,
  flags: 0x33,
  sequenceId: 0x34,
  fragmentId: 0x35,
  fragmentNumber: 0x36,
  initVector: 0x37,
  compression: 0x38,
  checksum: 0x39,
} as const;

export const errorTexts = {
  noSpace: 'Server is Full.',
  certificateInvalid: 'Invalid Certificate.',
  finishInvalid: 'Invalid finish.',
  clientDisconnect: 'quit call',
} as const;

/** `1.2`, as people write it. */
export const errorName = (code: number): string => `${code >> 4}.${code & 15}`;

export const isConnectionError = (code: number): boolean => code >> 4 === 1;
export const isDisconnect = (code: number): boolean => code >> 4 === 2;
