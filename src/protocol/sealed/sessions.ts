// The sessions between this device and one device of a peer: which one a message is sealed with,
// which ones it may open with, and how a new one begins. Immutable data like the ratchet's states:
// what does not open changes nothing, and whoever seals keeps the new state before the bytes leave.
//
// The first of the list is sent with; all are tried for what comes. Until the peer has shown that
// it has a session that we began, each message in it is an initial one. A session that the peer
// begins becomes the first, since the peer may have lost the others; but where both began at once
// (ours is not answered yet), the one with the larger base key is first on both sides.

import { concatBytes, utf8 } from '../../base/bytes.ts';
import { err, ok, type Result } from '../../base/result.ts';
import type { Crypto } from '../crypto.ts';
import {
  type RatchetRefusal,
  type RatchetState,
  ratchetDecrypt,
  ratchetEncrypt,
  ratchetInitiator,
  ratchetResponder,
} from './double-ratchet.ts';
import { deviceIdOf, encodeKeyBundle, type KeyBundle, readKeyBundle } from './key-bundle.ts';
import { exchangePair, type KeyText, keyOf, keyText } from './key-text.ts';
import { sealedLimits } from './limits.ts';
import { type OwnDevice, ownBundle, ownPublicKeys } from './own-device.ts';
import { pad, unpad } from './padding.ts';
import { encodeSealedPrefix, type SealedMessage, type SessionStart } from './sealed-message.ts';
import { x3dhInitiate, x3dhRespond } from './x3dh.ts';

export interface Session {
  /** The initiator's ephemeral key names it. */
  readonly baseKey: KeyText;
  readonly isOurs: boolean;
  /** The responder's prekey that it was begun with. */
  readonly prekeyId: number;
  /** The peer has shown that it has it. */
  readonly isConfirmed: boolean;
  readonly ratchet: RatchetState;
}

export interface PeerDevice {
  readonly identity: KeyText;
  readonly exchangeKey: KeyText;
  readonly sessions: readonly Session[];
  /** Sessions that the peer began with prekeys that we still hold: none of them begins twice. */
  readonly starts: readonly { readonly prekeyId: number; readonly baseKey: KeyText }[];
}

/** Who talks to whom; each message is bound to all of it. */
export interface Pairing {
  readonly own: OwnDevice;
  readonly ownPlayer: string;
  readonly peer: PeerDevice;
  readonly peerPlayer: string;
}

export type OpenRefusal =
  | RatchetRefusal
  /** Sealed for another device than this one, or by another than the pairing's. */
  | 'other-device'
  /** The key bundle in an initial message is not signed, or is of another device. */
  | 'bad-bundle'
  /** No session is left that could open it: one side has lost its state. */
  | 'no-session'
  /** It was begun with a prekey that we no longer hold. */
  | 'unknown-prekey'
  /** The device began more sessions than `startsPerDeviceMax` with the prekeys we hold. */
  | 'too-many-starts'
  /** A key in it is a point of low order. */
  | 'bad-key'
  | 'bad-padding';

export const peerDeviceOf = (bundle: KeyBundle): PeerDevice => ({
  identity: keyText(bundle.identity),
  exchangeKey: keyText(bundle.exchangeKey),
  sessions: [],
  starts: [],
});

export const peerDeviceId = (crypto: Crypto, peer: PeerDevice): Uint8Array =>
  deviceIdOf(crypto, { identity: keyOf(peer.identity), exchangeKey: keyOf(peer.exchangeKey) });

export interface SealedForDevice {
  readonly peer: PeerDevice;
  readonly bytes: Uint8Array;
}

/**
 * `bundle` is the device's present one. Undefined: its keys are points of low order. Throws a
 * RangeError on more than `plaintextBytesMax`.
 */
export function sealForDevice(
  crypto: Crypto,
  pairing: Pairing,
  bundle: KeyBundle,
  plain: Uint8Array,
): SealedForDevice | undefined {
  const { own, peer } = pairing;
  if (keyText(bundle.identity) !== peer.identity) throw new TypeError('bundle is not the peer’s');
  const padded = pad(plain);
  const present = peer.sessions[0];
  const isFit = present !== undefined && !isOutdated(present, bundle);
  const session = isFit ? present : beginSession(crypto, own, bundle);
  if (session === undefined) return undefined;
  const keys = ownPublicKeys(crypto, own);
  const start: SessionStart | undefined =
    session.isOurs && !session.isConfirmed
      ? {
          bundle: encodeKeyBundle(ownBundle(crypto, own)),
          prekeyId: session.prekeyId,
          baseKey: keyOf(session.baseKey),
        }
      : undefined;
  const prefix = encodeSealedPrefix(keys.deviceId, peerDeviceId(crypto, peer), start);
  const bound = associatedData(crypto, pairing, 'sent', prefix);
  const { state, header, ciphertext } = ratchetEncrypt(crypto, session.ratchet, padded, bound);
  const sessions = withFirst(peer.sessions, { ...session, ratchet: state });
  return { peer: { ...peer, sessions }, bytes: concatBytes(prefix, header, ciphertext) };
}

/**
 * For when the peer seems to have lost its state: the next message begins a new session; those
 * there are stay for what is under way. Undefined as in `sealForDevice`.
 */
export function restartSessions(
  crypto: Crypto,
  { own, peer }: Pick<Pairing, 'own' | 'peer'>,
  bundle: KeyBundle,
): PeerDevice | undefined {
  const session = beginSession(crypto, own, bundle);
  return session && { ...peer, sessions: withFirst(peer.sessions, session) };
}

export interface OpenedFromDevice {
  readonly peer: PeerDevice;
  readonly plain: Uint8Array;
}

export function openFromDevice(
  crypto: Crypto,
  pairing: Pairing,
  message: SealedMessage,
): Result<OpenedFromDevice, OpenRefusal> {
  const { own, peer } = pairing;
  const isOurs = crypto.equal(message.receiverDevice, ownPublicKeys(crypto, own).deviceId);
  const isTheirs = crypto.equal(message.senderDevice, peerDeviceId(crypto, peer));
  if (!isOurs || !isTheirs) return err('other-device');
  const bound = associatedData(crypto, pairing, 'received', message.prefix);
  const { start } = message;
  if (start === undefined) return openInAny(crypto, peer, message, bound);
  const baseKey = keyText(start.baseKey);
  const known = peer.sessions.find((session) => session.baseKey === baseKey);
  if (known !== undefined) return openIn(crypto, peer, known, message, bound);
  return openNew(crypto, pairing, message, start, bound);
}

/** An initial message that the peer cannot read any more is sent with its newer prekey. */
const isOutdated = (session: Session, bundle: KeyBundle): boolean =>
  session.isOurs && !session.isConfirmed && bundle.prekeyId > session.prekeyId;

function beginSession(crypto: Crypto, own: OwnDevice, bundle: KeyBundle): Session | undefined {
  const begun = x3dhInitiate(crypto, exchangePair(crypto, own.exchangeSecret), bundle);
  if (begun === undefined) return undefined;
  const ratchet = ratchetInitiator(crypto, begun.sharedSecret, bundle.prekey);
  if (ratchet === undefined) return undefined;
  return {
    baseKey: keyText(begun.baseKey),
    isOurs: true,
    prekeyId: bundle.prekeyId,
    isConfirmed: false,
    ratchet,
  };
}

function openInAny(
  crypto: Crypto,
  peer: PeerDevice,
  message: SealedMessage,
  bound: Uint8Array,
): Result<OpenedFromDevice, OpenRefusal> {
  let refusal: OpenRefusal = 'no-session';
  for (const session of peer.sessions) {
    const opened = openIn(crypto, peer, session, message, bound);
    if (opened.ok) return opened;
    // A session that knows the message's chain says most; the others can only say "not mine".
    if (refusal === 'no-session' || opened.error !== 'not-authentic') refusal = opened.error;
  }
  return err(refusal);
}

function openIn(
  crypto: Crypto,
  peer: PeerDevice,
  session: Session,
  message: SealedMessage,
  bound: Uint8Array,
): Result<OpenedFromDevice, OpenRefusal> {
  const opened = ratchetDecrypt(crypto, session.ratchet, message.header, message.ciphertext, bound);
  if (!opened.ok) return opened;
  const plain = unpad(opened.value.plain);
  if (plain === undefined) return err('bad-padding');
  const next = { ...session, isConfirmed: true, ratchet: opened.value.state };
  const first = peer.sessions[0];
  // The peer sends with it, so we do; unless we have just begun one that it has not seen yet.
  const isPromoted = !opened.value.isLate && first !== undefined && !isUnanswered(first);
  const sessions = isPromoted
    ? withFirst(peer.sessions, next)
    : peer.sessions.map((one) => (one === session ? next : one));
  return ok({ peer: { ...peer, sessions }, plain });
}

function openNew(
  crypto: Crypto,
  { own, peer }: Pairing,
  message: SealedMessage,
  start: SessionStart,
  bound: Uint8Array,
): Result<OpenedFromDevice, OpenRefusal> {
  const baseKey = keyText(start.baseKey);
  const prekey = own.prekeys.find(({ id }) => id === start.prekeyId);
  if (prekey === undefined) return err('unknown-prekey');
  const held = peer.starts.filter(({ prekeyId }) => own.prekeys.some(({ id }) => id === prekeyId));
  if (held.some((one) => one.baseKey === baseKey)) return err('replayed');
  if (held.length >= sealedLimits.startsPerDeviceMax) return err('too-many-starts');
  const bundle = readKeyBundle(crypto, start.bundle);
  if (!bundle.ok || !crypto.equal(deviceIdOf(crypto, bundle.value), message.senderDevice)) {
    return err('bad-bundle');
  }
  const keys = {
    exchange: exchangePair(crypto, own.exchangeSecret),
    prekey: exchangePair(crypto, prekey.secret),
  };
  const secret = x3dhRespond(crypto, keys, keyOf(peer.exchangeKey), start.baseKey);
  if (secret === undefined) return err('bad-key');
  const fresh: Session = {
    baseKey,
    isOurs: false,
    prekeyId: start.prekeyId,
    isConfirmed: true,
    ratchet: ratchetResponder(secret, keys.prekey),
  };
  const began = { ...peer, starts: [...held, { prekeyId: start.prekeyId, baseKey }] };
  const opened = openIn(crypto, { ...began, sessions: [fresh] }, fresh, message, bound);
  if (!opened.ok) return opened;
  const session = opened.value.peer.sessions[0]!;
  const first = peer.sessions[0];
  const isSecond = first !== undefined && isUnanswered(first) && isLarger(first, session);
  const sessions = isSecond
    ? [first, ...withFirst(peer.sessions.slice(1), session)].slice(0, sessionsMax)
    : withFirst(peer.sessions, session);
  return ok({ peer: { ...began, sessions }, plain: opened.value.plain });
}

const sessionsMax = sealedLimits.sessionsPerDeviceMax;

const withFirst = (sessions: readonly Session[], first: Session): readonly Session[] =>
  [first, ...sessions.filter(({ baseKey }) => baseKey !== first.baseKey)].slice(0, sessionsMax);

const isUnanswered = (session: Session): boolean => session.isOurs && !session.isConfirmed;

/** By the bytes of the base keys, as big-endian numbers. */
function isLarger(a: Session, b: Session): boolean {
  const [left, right] = [keyOf(a.baseKey), keyOf(b.baseKey)];
  const at = left.findIndex((byte, i) => byte !== right[i]);
  return at >= 0 && left[at]! > right[at]!;
}

const label = utf8('paperclip sealed message 1\0');

/** Both devices' lasting keys and both players' ids, the sender's first; then the prefix. */
function associatedData(
  crypto: Crypto,
  pairing: Pairing,
  direction: 'sent' | 'received',
  prefix: Uint8Array,
): Uint8Array {
  const keys = ownPublicKeys(crypto, pairing.own);
  const own = {
    keys: concatBytes(keys.identity, keys.exchangeKey),
    player: playerBytes('ownPlayer', pairing.ownPlayer),
  };
  const peer = {
    keys: concatBytes(keyOf(pairing.peer.identity), keyOf(pairing.peer.exchangeKey)),
    player: playerBytes('peerPlayer', pairing.peerPlayer),
  };
  const [from, to] = direction === 'sent' ? [own, peer] : [peer, own];
  return concatBytes(label, from.keys, to.keys, from.player, to.player, prefix);
}

/** Behind its length, so that no two pairs of players give the same bytes. */
function playerBytes(field: string, player: string): Uint8Array {
  const bytes = utf8(player);
  if (bytes.length < 1 || bytes.length > sealedLimits.playerIdBytesMax) {
    throw new RangeError(`${field} must be 1 to ${sealedLimits.playerIdBytesMax} bytes of UTF-8`);
  }
  return concatBytes(Uint8Array.of(bytes.length), bytes);
}
