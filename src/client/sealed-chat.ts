// Direct messages that the server cannot read, over a player's client: publishes this device's
// keys, fetches the other's, seals, sends, opens. The keys and what is known of contacts are the
// keyring's; that needs storage which only this player can read.

import type { Result } from '../base/result.ts';
import type { CommandResult } from '../contract/commands.ts';
import type { DirectMessage, Person } from '../contract/people-schema.ts';
import type { Crypto } from '../protocol/crypto.ts';
import type { DeviceInfo } from './contact-book.ts';
import { type Keyring, type KeyringStorage, openKeyring } from './keyring.ts';
import type { Known, Opened, OpenFailure, SealRefusal } from './keyring-messages.ts';
import type { PlayerClient } from './player-client.ts';

export interface SealedChatOptions {
  /** `defaultCrypto` of `paperclip/protocol`. */
  readonly crypto: Crypto;
  readonly storage: KeyringStorage;
}

export interface SentSealed extends Known {
  readonly sent: CommandResult<'chat.send'>;
}

export interface SealedContact {
  readonly player: Person;
  readonly news: Known['news'];
  readonly devices: readonly (DeviceInfo & {
    /** 60 digits in groups, the same on both screens. */
    readonly safetyNumber: string;
  })[];
}

/** Opens the keyring, or makes a new device, and publishes its keys. */
export async function openSealedChat(
  me: PlayerClient,
  { crypto, storage }: SealedChatOptions,
): Promise<SealedChat> {
  const keyring = await openKeyring({ crypto, storage, playerId: me.player.id });
  await keyring.rotateIfDue();
  const { deviceId, bundle } = keyring;
  await me.call('keys.publish', { deviceId, bundle });
  return new SealedChat(me, keyring);
}

/** Players whose sessions are begun anew with the next message; the oldest is forgotten. */
const unreadableMax = 1_000;

export class SealedChat {
  readonly #me: PlayerClient;
  readonly #keyring: Keyring;
  /** By id: who sent something that did not open, so that the session is out of step. */
  readonly #unreadable = new Set<string>();

  constructor(me: PlayerClient, keyring: Keyring) {
    this.#me = me;
    this.#keyring = keyring;
  }

  /** 30 digits of this device. */
  get fingerprint(): string {
    return this.#keyring.fingerprint;
  }

  /**
   * Seal a text for every device that the player has published, and send it. `news` is `changed`
   * when there is a device that nobody has looked at: warn of it.
   */
  async send(to: string, text: string): Promise<Result<SentSealed, SealRefusal>> {
    const { player, bundles } = await this.#published(to);
    const restart = this.#unreadable.has(player.id);
    const sealed = await this.#keyring.seal(player.id, bundles, text, { restart });
    if (!sealed.ok) return sealed;
    const { envelope, ...known } = sealed.value;
    const sent = await this.#me.call('chat.send', { to: player.id, sealed: envelope });
    this.#unreadable.delete(player.id);
    return { ok: true, value: { ...known, sent } };
  }

  /** Works once for each message: its key is gone then. */
  async open({ from, sealed = '' }: DirectMessage): Promise<Result<Opened, OpenFailure>> {
    const opened = await this.#keyring.open(from.id, sealed);
    if (opened.ok) return opened;
    this.#unreadable.add(from.id);
    for (const oldest of this.#unreadable) {
      if (this.#unreadable.size <= unreadableMax) break;
      this.#unreadable.delete(oldest);
    }
    return opened;
  }

  /** A player's published devices, and what this device knows of them. */
  async contact(name: string): Promise<Result<SealedContact, SealRefusal>> {
    const { player, bundles } = await this.#published(name);
    const known = await this.#keyring.meet(player.id, bundles);
    if (!known.ok) return known;
    const { news } = known.value;
    const devices = known.value.devices.map((device) => ({
      ...device,
      safetyNumber: this.#keyring.safetyNumber(player.id, device.deviceId) ?? '',
    }));
    return { ok: true, value: { player, news, devices } };
  }

  /** The two people compared the safety number, and it is the same. False: no such device. */
  verify(playerId: string, deviceId: string): Promise<boolean> {
    return this.#keyring.verify(playerId, deviceId);
  }

  /** Go on with devices that are new, without comparing. False: there are none. */
  accept(playerId: string): Promise<boolean> {
    return this.#keyring.accept(playerId);
  }

  async #published(name: string): Promise<{ player: Person; bundles: readonly string[] }> {
    const { player, devices } = await this.#me.call('keys.get', { player: name });
    return { player, bundles: devices.map(({ bundle }) => bundle) };
  }
}
