// Whose devices we know, as pure functions over the keyring's data: what is news about a contact,
// and who is forgotten when there are too many. A device is new or known; a key of a known device
// cannot change, because its id is a hash of its keys. So "changed" is a device that was not there
// when we came to know the player: a new phone, or somebody in between.

import { toBase64Url, utf8 } from '../base/bytes.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { Crypto } from '../protocol/crypto.ts';
import { deviceIdOf, type KeyBundle } from '../protocol/sealed/key-bundle.ts';
import { sealedLimits } from '../protocol/sealed/limits.ts';
import { type PeerDevice, peerDeviceOf, type Session } from '../protocol/sealed/sessions.ts';
import type { Contact, ContactDevice, DeviceTrust, KeyringKeys } from './keyring-file.ts';
import { keyringLimits } from './keyring-limits.ts';

/**
 * What is to be said of a contact's devices: `new-contact` the first time, `changed` while a device
 * is there that came later and was neither accepted nor verified, else `same`.
 */
export type ContactNews = 'new-contact' | 'same' | 'changed';

export interface DeviceInfo {
  readonly deviceId: string;
  readonly trust: DeviceTrust;
  readonly firstSeenMs: number;
}

export type ContactRefusal = 'too-many-contacts' | 'too-many-devices';

export interface Met {
  readonly keys: KeyringKeys;
  readonly news: ContactNews;
  /** Those of the bundles, in their order. */
  readonly devices: readonly ContactDevice[];
}

export const findContact = (keys: KeyringKeys, playerId: string): Contact | undefined =>
  keys.contacts.find((contact) => contact.playerId === playerId);

export const findDevice = (
  keys: KeyringKeys,
  playerId: string,
  deviceId: string,
): ContactDevice | undefined =>
  findContact(keys, playerId)?.devices.find((device) => device.deviceId === deviceId);

export const infoOf = ({ deviceId, trust, firstSeenMs }: ContactDevice): DeviceInfo => ({
  deviceId,
  trust,
  firstSeenMs,
});

/** Remember the devices of these bundles, whose signatures have been checked. */
export function meetDevices(
  crypto: Crypto,
  keys: KeyringKeys,
  playerId: string,
  bundles: readonly KeyBundle[],
  nowMs: number,
): Result<Met, ContactRefusal> {
  requirePlayerId(playerId);
  const known = findContact(keys, playerId);
  const trust = known === undefined ? 'unverified' : 'changed';
  const wanted = bundles.map((bundle): ContactDevice => {
    const deviceId = toBase64Url(deviceIdOf(crypto, bundle));
    const before = known?.devices.find((device) => device.deviceId === deviceId);
    return before ?? { deviceId, firstSeenMs: nowMs, trust, peer: peerDeviceOf(bundle) };
  });
  const devices = withRoom(known?.devices ?? [], wanted);
  if (devices === undefined) return err('too-many-devices');
  const contact = { playerId, isChosen: known?.isChosen ?? false, lastUsedMs: nowMs, devices };
  const contacts = withContact(keys.contacts, contact);
  if (contacts === undefined) return err('too-many-contacts');
  const isChanged = wanted.some((device) => device.trust === 'changed');
  const news = known === undefined ? 'new-contact' : isChanged ? 'changed' : 'same';
  return ok({ keys: { ...keys, contacts }, news, devices: wanted });
}

/**
 * With another state of one device's sessions. The contact and the device are known. Keys of
 * missing messages are bounded over all contacts, so that none of them makes the file large.
 */
export function withPeer(
  keys: KeyringKeys,
  playerId: string,
  deviceId: string,
  peer: PeerDevice,
): KeyringKeys {
  const changed = changeContact(keys, playerId, (contact) => ({
    ...contact,
    devices: contact.devices.map((device) =>
      device.deviceId === deviceId ? { ...device, peer } : device,
    ),
  }));
  return boundSkippedKeys(changed, keyringLimits.skippedKeysMax);
}

/** The session that has most gives its oldest. */
export function boundSkippedKeys(keys: KeyringKeys, most: number): KeyringKeys {
  const sessions = keys.contacts.flatMap(({ devices }) =>
    devices.flatMap(({ peer }) => peer.sessions),
  );
  const skippedIn = (session: Session) => session.ratchet.skipped.length;
  const excess = sessions.reduce((sum, session) => sum + skippedIn(session), -most);
  if (excess <= 0) return keys;
  const largest = sessions.reduce((a, b) => (skippedIn(b) > skippedIn(a) ? b : a));
  const cut = (session: Session): Session => {
    const { ratchet } = session;
    return { ...session, ratchet: { ...ratchet, skipped: ratchet.skipped.slice(excess) } };
  };
  const contacts = keys.contacts.map((contact) => ({
    ...contact,
    devices: contact.devices.map((device) => {
      const kept = device.peer.sessions.map((one) => (one === largest ? cut(one) : one));
      return { ...device, peer: { ...device.peer, sessions: kept } };
    }),
  }));
  return boundSkippedKeys({ ...keys, contacts }, most);
}

export const changeContact = (
  keys: KeyringKeys,
  playerId: string,
  change: (contact: Contact) => Contact,
): KeyringKeys => ({
  ...keys,
  contacts: keys.contacts.map((one) => (one.playerId === playerId ? change(one) : one)),
});

export function isPlayerId(playerId: string): boolean {
  const bytes = utf8(playerId).length;
  return bytes >= 1 && bytes <= sealedLimits.playerIdBytesMax;
}

export function requirePlayerId(playerId: string): void {
  if (!isPlayerId(playerId)) {
    throw new RangeError(`playerId must be 1 to ${sealedLimits.playerIdBytesMax} bytes of UTF-8`);
  }
}

/** The new ones at the end; when these are too many, the oldest that nobody verified goes. */
function withRoom(
  known: readonly ContactDevice[],
  wanted: readonly ContactDevice[],
): readonly ContactDevice[] | undefined {
  const isWanted = (device: ContactDevice) =>
    wanted.some(({ deviceId }) => deviceId === device.deviceId);
  const added = wanted.filter((device) => !known.includes(device));
  const devices = [...known, ...added];
  while (devices.length > keyringLimits.devicesPerContactMax) {
    const oldest = devices.findIndex((one) => one.trust !== 'verified' && !isWanted(one));
    if (oldest < 0) return undefined;
    devices.splice(oldest, 1);
  }
  return devices;
}

/** When these are too many, the stranger who was silent longest goes. */
function withContact(
  contacts: readonly Contact[],
  contact: Contact,
): readonly Contact[] | undefined {
  const at = contacts.findIndex(({ playerId }) => playerId === contact.playerId);
  if (at >= 0) return contacts.with(at, contact);
  if (contacts.length < keyringLimits.contactsMax) return [...contacts, contact];
  const strangers = contacts.filter(
    (one) => !one.isChosen && !one.devices.some(({ trust }) => trust === 'verified'),
  );
  const oldest = strangers.reduce<Contact | undefined>(
    (least, one) => (least === undefined || one.lastUsedMs < least.lastUsedMs ? one : least),
    undefined,
  );
  return oldest && [...contacts.filter((one) => one !== oldest), contact];
}
