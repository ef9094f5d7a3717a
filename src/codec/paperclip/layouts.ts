// The layouts of Paperclip 1 as data, field by field: the tables of the paper are made of them, and
// `layouts.test.ts` holds them to the encoders. The frames have a table of their own.
//
// Nothing encodes or decodes by these: code that reads bytes stands in the file of its datagram.

export interface LayoutField {
  readonly field: string;
  /** `n`: as the length before it says, or all that is left. */
  readonly bytes: number | 'n' | '1..4';
  readonly meaning: string;
}

export type Layout = readonly LayoutField[];

/** Where a field starts, for those that only fields of fixed size stand before. */
export function fieldOffset(layout: Layout, field: string): number | undefined {
  let offset = 0;
  for (const { field: name, bytes } of layout) {
    if (name === field) return offset;
    if (typeof bytes !== 'number') return undefined;
    offset += bytes;
  }
  return undefined;
}

const connectionId = { bytes: 4, meaning: 'Below 2^31, not 0; chosen by its receiver.' } as const;

export const layouts = {
  'data-packet': [
    { field: 'first byte', bytes: 1, meaning: '`0001 1kpp`: k key phase, pp number length - 1.' },
    { field: 'destination connection id', ...connectionId },
    { field: 'packet number', bytes: '1..4', meaning: 'Its low bytes.' },
    { field: 'frames', bytes: 'n', meaning: 'Sealed; at least one byte.' },
    { field: 'tag', bytes: 16, meaning: 'Poly1305.' },
  ],
  'auth-1': [
    { field: 'first byte', bytes: 1, meaning: '`0x12`.' },
    { field: 'stage', bytes: 1, meaning: '1.' },
    { field: 'suite', bytes: 1, meaning: '1: Noise_IK_25519_ChaChaPoly_SHA256.' },
    { field: 'gate id', bytes: 1, meaning: 'Which gate key the gate MAC is made with.' },
    { field: 'protocol id', bytes: 8, meaning: 'The application: SHA-256 of its name, cut.' },
    { field: 'client connection id', ...connectionId },
    { field: 'length', bytes: 2, meaning: 'Of the Noise message.' },
    { field: 'Noise message 1', bytes: 'n', meaning: 'With payload 1.' },
    { field: 'padding', bytes: 'n', meaning: 'Zeros up to byte 1168.' },
    { field: 'gate MAC', bytes: 16, meaning: 'Over all bytes before it.' },
    { field: 'cookie MAC', bytes: 16, meaning: 'Over all bytes before it; zeros: no cookie.' },
  ],
  'auth-1-payload': [
    { field: 'parameters length', bytes: 1, meaning: '' },
    { field: 'parameters', bytes: 'n', meaning: 'The transport parameters of the client.' },
    { field: 'ticket length', bytes: 2, meaning: '0: no ticket.' },
    { field: 'ticket', bytes: 'n', meaning: '' },
  ],
  'auth-2': [
    { field: 'first byte', bytes: 1, meaning: '`0x12`.' },
    { field: 'stage', bytes: 1, meaning: '2.' },
    { field: 'suite', bytes: 1, meaning: 'That of AUTH 1.' },
    { field: 'reserved', bytes: 1, meaning: '0.' },
    { field: 'client connection id', ...connectionId },
    { field: 'length', bytes: 2, meaning: 'Of the Noise message: all the rest.' },
    { field: 'Noise message 2', bytes: 'n', meaning: 'With payload 2.' },
  ],
  'auth-2-accepted': [
    { field: 'kind', bytes: 1, meaning: '0.' },
    { field: 'parameters length', bytes: 1, meaning: '' },
    { field: 'parameters', bytes: 'n', meaning: 'The transport parameters of the host.' },
    { field: 'host connection id', ...connectionId },
    { field: 'host time', bytes: 6, meaning: 'Unix milliseconds when the host answered.' },
  ],
  'auth-2-refused': [
    { field: 'kind', bytes: 1, meaning: '1.' },
    { field: 'code', bytes: 2, meaning: 'Why, by the table of codes.' },
  ],
  error: [
    { field: 'first byte', bytes: 1, meaning: '`0x14`.' },
    { field: 'connection id', bytes: 4, meaning: "Its receiver's, or 0 where that is not known." },
    { field: 'code', bytes: 2, meaning: 'Why, by the table of codes.' },
  ],
  retry: [
    { field: 'first byte', bytes: 1, meaning: '`0x15`.' },
    { field: 'client connection id', ...connectionId },
    { field: 'nonce', bytes: 16, meaning: 'Random.' },
    { field: 'sealed cookie', bytes: 16, meaning: 'Encrypted.' },
    { field: 'tag', bytes: 16, meaning: 'Poly1305.' },
  ],
  parameters: [
    { field: 'idle time-out', bytes: 4, meaning: 'Milliseconds.' },
    { field: 'ACK delay', bytes: 2, meaning: 'Milliseconds: the longest wait before an ACK.' },
    { field: 'datagram', bytes: 2, meaning: 'Largest UDP payload that this end takes.' },
    { field: 'connection window', bytes: 4, meaning: 'Credit in bytes before any WINDOW.' },
    { field: 'channel window', bytes: 4, meaning: 'The same for each channel.' },
    { field: 'channel plan hash', bytes: 8, meaning: 'First bytes of a SHA-256; see Channels.' },
  ],
  ticket: [
    { field: 'version', bytes: 1, meaning: '1.' },
    { field: 'key id', bytes: 4, meaning: "SHA-256 of the platform's public key, cut." },
    { field: 'ticket id', bytes: 16, meaning: 'Random; a host accepts each once.' },
    { field: 'client public key', bytes: 32, meaning: 'X25519, static.' },
    { field: 'host public key', bytes: 32, meaning: 'X25519, static.' },
    { field: 'not before', bytes: 6, meaning: 'Unix milliseconds.' },
    { field: 'expires at', bytes: 6, meaning: 'Unix milliseconds; at most 120 s later.' },
    { field: 'seat', bytes: 1, meaning: '' },
    { field: 'player id length', bytes: 1, meaning: '1 to 64.' },
    { field: 'player id', bytes: 'n', meaning: 'UTF-8.' },
    { field: 'match id length', bytes: 1, meaning: '0 to 64.' },
    { field: 'match id', bytes: 'n', meaning: 'UTF-8.' },
    { field: 'user data length', bytes: 2, meaning: '0 to 256.' },
    { field: 'user data', bytes: 'n', meaning: 'Opaque.' },
    { field: 'signature', bytes: 64, meaning: 'Ed25519 over the label and all bytes before it.' },
  ],
} as const satisfies Record<string, Layout>;

export type LayoutName = keyof typeof layouts;
