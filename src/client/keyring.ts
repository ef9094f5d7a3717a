// This device's keys and what it knows of its contacts' devices: seals direct messages for the
// devices that a player has published, opens what comes, and says when a contact's keys are not
// the ones it knew. It does NOT know a wire or a disk: the server's answers and the storage are the
// caller's. The scheme is in docs/protocol/sealed-messages.md.
//
// Calls run one after the other, and each is stored before it gives its result: a sealed message
// never leaves before the state in which its key is spent. When the storage fails, the call rejects
// and the keyring is as before.

import { toBase64Url, utf8 } from '../base/bytes.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { Crypto } from '../protocol/crypto.ts';
import { copyFor, decodeEnvelope } from '../protocol/sealed/envelope.ts';
import { fingerprint, safetyNumber } from '../protocol/sealed/fingerprint.ts';
import { keyBundleText } from '../protocol/sealed/key-bundle.ts';
import { keyOf } from '../protocol/sealed/key-text.ts';
import { sealedLimits } from '../protocol/sealed/limits.ts';
import {
  createOwnDevice,
  ownBundle,
  ownPublicKeys,
  rotatePrekey,
} from '../protocol/sealed/own-device.ts';
import { ClientError } from './client-error.ts';
import {
  changeContact,
  type DeviceInfo,
  findContact,
  findDevice,
  infoOf,
  requirePlayerId,
} from './contact-book.ts';
import {
  type ContactDevice,
  type KeyringKeys,
  keyringText,
  readKeyringText,
} from './keyring-file.ts';
import { keyringLimits } from './keyring-limits.ts';
import {
  type Known,
  knownOf,
  meetBundles,
  type Opened,
  type OpenFailure,
  type Outcome,
  openCopy,
  type Sealed,
  type SealOptions,
  type SealRefusal,
  sealForAll,
} from './keyring-messages.ts';

/** Where the keys live. The text is secret: a file that only its owner may read. */
export interface KeyringStorage {
  /** Undefined: there is none yet, and a new device is made. */
  load(): Promise<string | undefined>;
  /** Whole or not at all; resolves when it will be there after a crash. */
  save(text: string): Promise<void>;
  /**
   * Run while no other process does. Absent: nobody else has these keys. Two processes with the
   * same keys and without it would seal with the same key twice.
   */
  exclusively?<T>(run: () => Promise<T>): Promise<T>;
}

export interface KeyringOptions {
  readonly crypto: Crypto;
  readonly storage: KeyringStorage;
  /** Whose device this is: the player id, or the name on wires that have only names. */
  readonly playerId: string;
  /** Unix milliseconds. Default: the system's clock. */
  readonly nowMs?: () => number;
}

/** Makes a new device where the storage is empty. Rejects with a `ClientError` KEYRING_*. */
export async function openKeyring(options: KeyringOptions): Promise<Keyring> {
  const { crypto, storage, playerId, nowMs = Date.now } = options;
  requirePlayerId(playerId);
  const keys = await exclusively(storage, async () => {
    const stored = await storage.load();
    if (stored !== undefined) return readKeyringText(crypto, stored);
    const device = createOwnDevice(crypto);
    const fresh: KeyringKeys = {
      playerId,
      device,
      prekeyMadeMs: Math.floor(nowMs()),
      contacts: [],
    };
    await storage.save(keyringText(crypto, fresh));
    return fresh;
  });
  if (keys.playerId !== playerId) {
    throw new ClientError('KEYRING_OF_ANOTHER', { actual: keys.playerId, expected: playerId });
  }
  return new Keyring({ crypto, storage, playerId, nowMs }, keys);
}

export class Keyring {
  readonly #crypto: Crypto;
  readonly #storage: KeyringStorage;
  readonly #nowMs: () => number;
  #keys: KeyringKeys;
  #last: Promise<unknown> = Promise.resolve();
  #queued = 0;

  constructor(options: Required<KeyringOptions>, keys: KeyringKeys) {
    this.#crypto = options.crypto;
    this.#storage = options.storage;
    this.#nowMs = () => Math.floor(options.nowMs());
    this.#keys = keys;
  }

  get deviceId(): string {
    return toBase64Url(ownPublicKeys(this.#crypto, this.#keys.device).deviceId);
  }

  /** What to publish: now, and whenever `rotateIfDue` gave true. */
  get bundle(): string {
    return keyBundleText(ownBundle(this.#crypto, this.#keys.device));
  }

  /** 30 digits of this device. */
  get fingerprint(): string {
    return fingerprint(this.#crypto, this.#self());
  }

  contact(playerId: string): readonly DeviceInfo[] | undefined {
    return findContact(this.#keys, playerId)?.devices.map(infoOf);
  }

  get contacts(): readonly string[] {
    return this.#keys.contacts.map(({ playerId }) => playerId);
  }

  /** 60 digits, the same at the contact's; undefined for a device that is not known. */
  safetyNumber(playerId: string, deviceId: string): string | undefined {
    const device = findDevice(this.#keys, playerId, deviceId);
    if (device === undefined) return undefined;
    const theirs = { playerId, identity: keyOf(device.peer.identity) };
    return safetyNumber(this.#crypto, this.#self(), theirs);
  }

  /** A new signed prekey when the present one is old. True: publish `bundle` again. */
  rotateIfDue(): Promise<boolean> {
    return this.#change((keys) => {
      const nowMs = this.#nowMs();
      if (nowMs - keys.prekeyMadeMs < keyringLimits.prekeyAgeMs) return { keys, value: false };
      const device = rotatePrekey(this.#crypto, keys.device);
      return { keys: { ...keys, device, prekeyMadeMs: nowMs }, value: true };
    });
  }

  /** Take note of a contact's devices without a message, to be warned before one is written. */
  meet(playerId: string, bundles: readonly string[]): Promise<Result<Known, SealRefusal>> {
    return this.#change((keys): Outcome<Result<Known, SealRefusal>> => {
      const met = meetBundles(this.#crypto, keys, playerId, bundles, this.#nowMs());
      if (!met.ok) return { keys, value: met };
      return { keys: met.value.keys, value: ok(knownOf(met.value)) };
    });
  }

  /** `bundles` are all that the player has published, as the server gives them. */
  seal(
    playerId: string,
    bundles: readonly string[],
    text: string,
    options: SealOptions = {},
  ): Promise<Result<Sealed, SealRefusal>> {
    const plain = utf8(text);
    return this.#change((keys) => {
      if (plain.length > sealedLimits.plaintextBytesMax) return { keys, value: err('too-long') };
      const met = meetBundles(this.#crypto, keys, playerId, bundles, this.#nowMs());
      if (!met.ok) return { keys, value: met };
      const contact = findContact(met.value.keys, playerId);
      const isVerified = contact?.devices.some(({ trust }) => trust === 'verified');
      if (isVerified && met.value.news === 'changed') {
        return { keys: met.value.keys, value: err('changed') };
      }
      return sealForAll(this.#crypto, playerId, met.value, plain, options);
    });
  }

  /** What a player sent. `playerId` is the sender, as the server says; the seal confirms it. */
  open(playerId: string, envelope: string): Promise<Result<Opened, OpenFailure>> {
    const copies = decodeEnvelope(envelope);
    if (!copies.ok) return Promise.resolve(copies);
    return this.#change((keys): Outcome<Result<Opened, OpenFailure>> => {
      const copy = copyFor(copies.value, ownPublicKeys(this.#crypto, keys.device).deviceId);
      if (copy === undefined) return { keys, value: err('no-copy') };
      const opened = openCopy(this.#crypto, keys, playerId, copy, this.#nowMs());
      return opened.ok
        ? { keys: opened.value.keys, value: ok(opened.value.value) }
        : { keys, value: opened };
    });
  }

  /** The safety number was compared with the contact's. False: no such device is known. */
  verify(playerId: string, deviceId: string): Promise<boolean> {
    return this.#trust(playerId, (device) => device.deviceId === deviceId, 'verified');
  }

  /** The person has seen that there are new devices, and goes on. False: there are none. */
  accept(playerId: string): Promise<boolean> {
    return this.#trust(playerId, (device) => device.trust === 'changed', 'unverified');
  }

  /** Their next device is a new contact's, and nothing that is under way can be read. */
  forget(playerId: string): Promise<void> {
    return this.#change((keys) => {
      const contacts = keys.contacts.filter((contact) => contact.playerId !== playerId);
      return { keys: { ...keys, contacts }, value: undefined };
    });
  }

  #self(): { readonly playerId: string; readonly identity: Uint8Array } {
    const { identity } = ownPublicKeys(this.#crypto, this.#keys.device);
    return { playerId: this.#keys.playerId, identity };
  }

  #trust(
    playerId: string,
    hits: (device: ContactDevice) => boolean,
    trust: ContactDevice['trust'],
  ): Promise<boolean> {
    return this.#change((keys) => {
      if (!findContact(keys, playerId)?.devices.some(hits)) return { keys, value: false };
      const changed = changeContact(keys, playerId, (contact) => ({
        ...contact,
        devices: contact.devices.map((one) => (hits(one) ? { ...one, trust } : one)),
      }));
      return { keys: changed, value: true };
    });
  }

  /** One call after the other; what it changed is stored before it resolves. */
  #change<T>(compute: (keys: KeyringKeys) => Outcome<T>): Promise<T> {
    if (this.#queued >= keyringLimits.callsQueuedMax) {
      return Promise.reject(new ClientError('KEYRING_BUSY'));
    }
    this.#queued++;
    const run = () => exclusively(this.#storage, () => this.#changeNow(compute));
    const result = this.#last.then(run).finally(() => {
      this.#queued--;
    });
    // The next call runs whether or not this one failed.
    this.#last = result.catch(() => undefined);
    return result;
  }

  async #changeNow<T>(compute: (keys: KeyringKeys) => Outcome<T>): Promise<T> {
    const before = await this.#present();
    const { keys, value } = compute(before);
    if (keys !== before) await this.#storage.save(keyringText(this.#crypto, keys));
    this.#keys = keys;
    return value;
  }

  /** Where others may have changed it, from the storage. */
  async #present(): Promise<KeyringKeys> {
    if (this.#storage.exclusively === undefined) return this.#keys;
    const stored = await this.#storage.load();
    if (stored === undefined) throw new ClientError('KEYRING_DAMAGED', { problem: 'it is gone' });
    const keys = readKeyringText(this.#crypto, stored);
    if (keys.device.identitySeed !== this.#keys.device.identitySeed) {
      throw new ClientError('KEYRING_DAMAGED', { problem: 'another device has taken its place' });
    }
    return keys;
  }
}

const exclusively = <T>(storage: KeyringStorage, run: () => Promise<T>): Promise<T> =>
  storage.exclusively === undefined ? run() : storage.exclusively(run);
