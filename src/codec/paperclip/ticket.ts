// The bytes of a ticket: what the platform signs so that a host may seat a player without asking
// anyone. This file knows the layout and its limits. It does NOT check the signature, the time or
// the use (`protocol/paperclip/tickets.ts` does).
//
//   version 1 (= 1) | key id 4 | ticket id 16 | client public key 32 | host public key 32 |
//   not before 6 | expires at 6 | seat 1 | player id 1 + n | match id 1 + n | user data 2 + n |
//   signature 64
//
// Whole numbers are big-endian, times are Unix milliseconds, texts UTF-8 behind their length. The
// signature is Ed25519 over `ticketSignatureLabel` and all bytes before it.

import { utf8, utf8Text } from '../../base/bytes.ts';
import { err, ok, type Result } from '../../base/result.ts';

/** What the platform says about a player's place (`docs/protocol/paperclip-1.md`, tickets). */
export interface TicketClaims {
  /** 16 bytes; a host accepts each once. */
  readonly ticketId: Uint8Array;
  /** 1 to 64 bytes of UTF-8. */
  readonly playerId: string;
  /** X25519, 32 bytes each. */
  readonly clientPublicKey: Uint8Array;
  readonly hostPublicKey: Uint8Array;
  /** Up to 64 bytes of UTF-8. */
  readonly matchId: string;
  /** 0 to 255. */
  readonly seat: number;
  /** Unix milliseconds. */
  readonly notBeforeMs: number;
  /** Unix milliseconds, at most 120 s after `notBeforeMs`. */
  readonly expiresAtMs: number;
  /** At most 256 bytes, opaque to the protocol. */
  readonly userData: Uint8Array;
}

export interface DecodedTicket {
  readonly keyId: Uint8Array;
  readonly claims: TicketClaims;
  /** Everything before the signature: what it is taken over. */
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
}

export const ticketLimits = {
  keyIdBytes: 4,
  ticketIdBytes: 16,
  publicKeyBytes: 32,
  signatureBytes: 64,
  playerIdBytesMax: 64,
  matchIdBytesMax: 64,
  userDataBytesMax: 256,
  lifetimeMsMax: 120_000,
  /** The fixed part, the three variable ones with their lengths, the signature. */
  ticketBytesMax: 98 + 65 + 65 + 258 + 64,
} as const;

/** Keeps a signature over a ticket from being one over anything else. */
export const ticketSignatureLabel: Uint8Array = utf8('paperclip ticket 1\0');

export type TicketMalformed =
  | 'truncated'
  | 'trailing-bytes'
  | 'version'
  | 'lifetime'
  | 'player-id'
  | 'match-id'
  | 'user-data';

const version = 1;
const fixedBytes = 98;

/** The bytes to sign. Throws a RangeError that names the claim that does not fit. */
export function encodeTicketClaims(keyId: Uint8Array, claims: TicketClaims): Uint8Array {
  requireLength('keyId', keyId, ticketLimits.keyIdBytes);
  requireLength('ticketId', claims.ticketId, ticketLimits.ticketIdBytes);
  requireLength('clientPublicKey', claims.clientPublicKey, ticketLimits.publicKeyBytes);
  requireLength('hostPublicKey', claims.hostPublicKey, ticketLimits.publicKeyBytes);
  requireWhole('seat', claims.seat, 0, 255);
  requireWhole('notBeforeMs', claims.notBeforeMs, 0, 2 ** 48 - 1);
  const latestMs = Math.min(claims.notBeforeMs + ticketLimits.lifetimeMsMax, 2 ** 48 - 1);
  requireWhole('expiresAtMs', claims.expiresAtMs, claims.notBeforeMs + 1, latestMs);
  const playerId = requireText('playerId', claims.playerId, 1, ticketLimits.playerIdBytesMax);
  const matchId = requireText('matchId', claims.matchId, 0, ticketLimits.matchIdBytesMax);
  if (claims.userData.length > ticketLimits.userDataBytesMax) {
    throw new RangeError(
      `userData is ${claims.userData.length} bytes, more than ${ticketLimits.userDataBytesMax}`,
    );
  }

  const { userData } = claims;
  const bytes = new Uint8Array(
    fixedBytes + 1 + playerId.length + 1 + matchId.length + 2 + userData.length,
  );
  const view = new DataView(bytes.buffer);
  bytes[0] = version;
  bytes.set(keyId, 1);
  bytes.set(claims.ticketId, 5);
  bytes.set(claims.clientPublicKey, 21);
  bytes.set(claims.hostPublicKey, 53);
  writeUint48(view, 85, claims.notBeforeMs);
  writeUint48(view, 91, claims.expiresAtMs);
  bytes[97] = claims.seat;
  let at = fixedBytes;
  bytes[at++] = playerId.length;
  bytes.set(playerId, at);
  at += playerId.length;
  bytes[at++] = matchId.length;
  bytes.set(matchId, at);
  at += matchId.length;
  view.setUint16(at, userData.length);
  bytes.set(userData, at + 2);
  return bytes;
}

/** `bytes` must be one whole ticket. What comes back is a copy and shares no memory with it. */
export function decodeTicket(bytes: Uint8Array): Result<DecodedTicket, TicketMalformed> {
  if (bytes.length < fixedBytes) return err('truncated');
  if (bytes.length > ticketLimits.ticketBytesMax) return err('trailing-bytes');
  const copy = new Uint8Array(bytes);
  const view = new DataView(copy.buffer, copy.byteOffset, copy.length);
  if (copy[0] !== version) return err('version');
  const notBeforeMs = readUint48(view, 85);
  const expiresAtMs = readUint48(view, 91);
  const lifetimeMs = expiresAtMs - notBeforeMs;
  if (lifetimeMs <= 0 || lifetimeMs > ticketLimits.lifetimeMsMax) return err('lifetime');

  const playerId = readText(copy, fixedBytes, 1, ticketLimits.playerIdBytesMax);
  if (playerId === 'truncated') return err('truncated');
  if (playerId === undefined) return err('player-id');
  const matchId = readText(copy, playerId.end, 0, ticketLimits.matchIdBytesMax);
  if (matchId === 'truncated') return err('truncated');
  if (matchId === undefined) return err('match-id');
  if (matchId.end + 2 > copy.length) return err('truncated');
  const userDataLength = view.getUint16(matchId.end);
  if (userDataLength > ticketLimits.userDataBytesMax) return err('user-data');
  const signedEnd = matchId.end + 2 + userDataLength;
  const end = signedEnd + ticketLimits.signatureBytes;
  if (copy.length < end) return err('truncated');
  if (copy.length > end) return err('trailing-bytes');

  return ok({
    keyId: copy.subarray(1, 5),
    claims: {
      ticketId: copy.subarray(5, 21),
      playerId: playerId.text,
      clientPublicKey: copy.subarray(21, 53),
      hostPublicKey: copy.subarray(53, 85),
      matchId: matchId.text,
      seat: copy[97]!,
      notBeforeMs,
      expiresAtMs,
      userData: copy.subarray(matchId.end + 2, signedEnd),
    },
    signed: copy.subarray(0, signedEnd),
    signature: copy.subarray(signedEnd, end),
  });
}

/** Undefined: out of its limits or not UTF-8. */
function readText(
  bytes: Uint8Array,
  at: number,
  bytesMin: number,
  bytesMax: number,
): { text: string; end: number } | 'truncated' | undefined {
  const length = bytes[at];
  if (length === undefined) return 'truncated';
  if (length < bytesMin || length > bytesMax) return undefined;
  const end = at + 1 + length;
  if (end > bytes.length) return 'truncated';
  const text = utf8Text(bytes.subarray(at + 1, end));
  return text === undefined ? undefined : { text, end };
}

function writeUint48(view: DataView, at: number, value: number): void {
  view.setUint16(at, Math.floor(value / 0x1_0000_0000));
  view.setUint32(at + 2, value >>> 0);
}

function readUint48(view: DataView, at: number): number {
  return view.getUint16(at) * 0x1_0000_0000 + view.getUint32(at + 2);
}

function requireLength(name: string, bytes: Uint8Array, length: number): void {
  if (bytes.length !== length) {
    throw new RangeError(`${name} must be ${length} bytes, not ${bytes.length}`);
  }
}

function requireWhole(name: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new RangeError(`${name} must be a whole number from ${min} to ${max}, not ${value}`);
  }
}

function requireText(name: string, text: string, bytesMin: number, bytesMax: number): Uint8Array {
  if (!text.isWellFormed()) throw new RangeError(`${name} has an unpaired surrogate`);
  const bytes = utf8(text);
  if (bytes.length < bytesMin || bytes.length > bytesMax) {
    throw new RangeError(
      `${name} must be ${bytesMin} to ${bytesMax} bytes of UTF-8, not ${bytes.length}`,
    );
  }
  return bytes;
}
