// What a keyring does with one message, as pure functions over its data: read the bundles that the
// server gave, seal a copy for each device, open the copy for this one. Nothing is stored here.

import { toBase64Url, utf8Text } from '../base/bytes.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { Crypto } from '../protocol/crypto.ts';
import { type EnvelopeMalformed, encodeEnvelope } from '../protocol/sealed/envelope.ts';
import {
  deviceIdOf,
  type KeyBundle,
  type KeyBundleMalformed,
  readKeyBundle,
  readKeyBundleText,
} from '../protocol/sealed/key-bundle.ts';
import { sealedLimits } from '../protocol/sealed/limits.ts';
import { ownPublicKeys } from '../protocol/sealed/own-device.ts';
import type { SealedMessage } from '../protocol/sealed/sealed-message.ts';
import {
  type OpenRefusal,
  openFromDevice,
  restartSessions,
  sealForDevice,
} from '../protocol/sealed/sessions.ts';
import {
  type ContactNews,
  type ContactRefusal,
  changeContact,
  type DeviceInfo,
  findDevice,
  infoOf,
  isPlayerId,
  type Met,
  meetDevices,
  withPeer,
} from './contact-book.ts';
import type { KeyringKeys } from './keyring-file.ts';

export interface RejectedBundle {
  /** In the list that was given. */
  readonly index: number;
  readonly reason: KeyBundleMalformed | 'bad-key';
}

export interface Known {
  readonly news: ContactNews;
  /** Those that the bundles name, but this one. */
  readonly devices: readonly DeviceInfo[];
  readonly rejected: readonly RejectedBundle[];
}

export interface Sealed extends Known {
  /** One text with a copy for each device. */
  readonly envelope: string;
}

export type SealRefusal =
  | ContactRefusal
  /** No bundle is left that a message could be sealed for. */
  | 'no-devices'
  /** More than `plaintextBytesMax` bytes of UTF-8. */
  | 'too-long'
  /** A verified contact has a device that nobody has looked at: `accept` or `verify` it first. */
  | 'changed';

export interface SealOptions {
  /** Begin new sessions: the contact says that it cannot read what we send. */
  readonly restart?: boolean;
}

export interface Opened {
  readonly text: string;
  /** Of the sender's device. */
  readonly device: DeviceInfo;
  readonly news: ContactNews;
}

export type OpenFailure =
  | EnvelopeMalformed
  | OpenRefusal
  | ContactRefusal
  /** No copy is for this device: it was not published when the message was sealed. */
  | 'no-copy'
  /** It goes on in a session with a device that this keyring does not know. */
  | 'unknown-device'
  /** The server named a sender with no id, or one of more than `playerIdBytesMax`. */
  | 'player-id'
  | 'not-text';

/** What a call leaves behind, and what it gives. */
export interface Outcome<T> {
  readonly keys: KeyringKeys;
  readonly value: T;
}

interface IndexedBundle {
  /** In the list that was given. */
  readonly index: number;
  readonly bundle: KeyBundle;
}

export interface MetBundles extends Met {
  readonly bundles: readonly IndexedBundle[];
  readonly rejected: readonly RejectedBundle[];
}

export function meetBundles(
  crypto: Crypto,
  keys: KeyringKeys,
  playerId: string,
  texts: readonly string[],
  nowMs: number,
): Result<MetBundles, SealRefusal> {
  if (texts.length > sealedLimits.devicesPerPlayerMax) return err('too-many-devices');
  const { bundles, rejected } = readBundles(crypto, keys, texts);
  if (bundles.length === 0) return err('no-devices');
  const met = meetDevices(
    crypto,
    keys,
    playerId,
    bundles.map(({ bundle }) => bundle),
    nowMs,
  );
  return met.ok ? ok({ ...met.value, bundles, rejected }) : met;
}

/** One for each device, the newest; this device's own is passed over. */
function readBundles(
  crypto: Crypto,
  keys: KeyringKeys,
  texts: readonly string[],
): Pick<MetBundles, 'bundles' | 'rejected'> {
  const own = toBase64Url(ownPublicKeys(crypto, keys.device).deviceId);
  const byDevice = new Map<string, IndexedBundle>();
  const rejected: RejectedBundle[] = [];
  for (const [index, text] of texts.entries()) {
    const bundle = readKeyBundleText(crypto, text);
    if (!bundle.ok) {
      rejected.push({ index, reason: bundle.error });
      continue;
    }
    const deviceId = toBase64Url(deviceIdOf(crypto, bundle.value));
    const other = byDevice.get(deviceId);
    const isNewer = other === undefined || other.bundle.prekeyId < bundle.value.prekeyId;
    if (deviceId !== own && isNewer) byDevice.set(deviceId, { index, bundle: bundle.value });
  }
  return { bundles: [...byDevice.values()], rejected };
}

export function sealForAll(
  crypto: Crypto,
  playerId: string,
  met: MetBundles,
  plain: Uint8Array,
  { restart = false }: SealOptions,
): Outcome<Result<Sealed, SealRefusal>> {
  const copies: Uint8Array[] = [];
  const rejected = [...met.rejected];
  let { keys } = met;
  for (const [at, { index, bundle }] of met.bundles.entries()) {
    const { deviceId, peer: before } = met.devices[at]!;
    const pairing = { own: keys.device, ownPlayer: keys.playerId, peerPlayer: playerId };
    const peer = restart
      ? restartSessions(crypto, { own: keys.device, peer: before }, bundle)
      : before;
    const sealed = peer && sealForDevice(crypto, { ...pairing, peer }, bundle, plain);
    if (sealed === undefined) {
      rejected.push({ index, reason: 'bad-key' });
      continue;
    }
    keys = withPeer(keys, playerId, deviceId, sealed.peer);
    copies.push(sealed.bytes);
  }
  if (copies.length === 0) return { keys: met.keys, value: err('no-devices') };
  keys = changeContact(keys, playerId, (contact) => ({ ...contact, isChosen: true }));
  const envelope = encodeEnvelope(copies);
  return { keys, value: ok({ ...knownOf(met), rejected, envelope }) };
}

export function openCopy(
  crypto: Crypto,
  keys: KeyringKeys,
  playerId: string,
  copy: SealedMessage,
  nowMs: number,
): Result<Outcome<Opened>, OpenFailure> {
  if (!isPlayerId(playerId)) return err('player-id');
  const met = meetSender(crypto, keys, playerId, copy, nowMs);
  if (!met.ok) return met;
  const device = met.value.devices[0]!;
  const pairing = { own: keys.device, ownPlayer: keys.playerId, peerPlayer: playerId };
  const opened = openFromDevice(crypto, { ...pairing, peer: device.peer }, copy);
  if (!opened.ok) return opened;
  const text = utf8Text(opened.value.plain);
  if (text === undefined) return err('not-text');
  const after = withPeer(met.value.keys, playerId, device.deviceId, opened.value.peer);
  return ok({ keys: after, value: { text, device: infoOf(device), news: met.value.news } });
}

/** An initial message brings its device with it; any other is of a device that is known. */
function meetSender(
  crypto: Crypto,
  keys: KeyringKeys,
  playerId: string,
  copy: SealedMessage,
  nowMs: number,
): Result<Met, OpenFailure> {
  if (copy.start === undefined) {
    const device = findDevice(keys, playerId, toBase64Url(copy.senderDevice));
    if (device === undefined) return err('unknown-device');
    return ok({ keys, news: device.trust === 'changed' ? 'changed' : 'same', devices: [device] });
  }
  const bundle = readKeyBundle(crypto, copy.start.bundle);
  if (!bundle.ok) return err('bad-bundle');
  return meetDevices(crypto, keys, playerId, [bundle.value], nowMs);
}

export const knownOf = ({ news, devices, rejected }: MetBundles): Known => ({
  news,
  devices: devices.map(infoOf),
  rejected,
});
