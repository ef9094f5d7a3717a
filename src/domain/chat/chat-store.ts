// What direct messages and sealed messages need kept. Every method resolves when the change is
// durable.

import type { Person } from '../../contract/people-schema.ts';

export interface StoredMessage {
  /** Greater than that of every message stored before. */
  readonly id: number;
  /** As they were then. */
  readonly from: Person;
  readonly to: Person;
  readonly sealed: boolean;
  readonly text: string;
  readonly sentAtMs: number;
}

export interface StoredConversation {
  readonly last: StoredMessage;
  /** Messages of the other that this player has not read; counted up to a bound. */
  readonly unread: number;
  /** Up to here the other has read; 0: nothing. */
  readonly readByOther: number;
}

export interface MessageStore {
  /** The greatest id there is, also of what has been removed since; 0 when there is none. */
  lastId(): Promise<number>;
  add(message: StoredMessage): Promise<void>;
  /** Undelivered messages to the player after that id, oldest first. */
  inbox(playerId: string, afterId: number, limit: number): Promise<readonly StoredMessage[]>;
  /** How many wait for the player, counted up to `limit`. */
  waiting(playerId: string, limit: number): Promise<number>;
  /** Messages to the player up to that id are delivered; never goes back. */
  setDelivered(playerId: string, upToId: number): Promise<void>;
  /** Between the two, before that id, newest first. */
  between(
    playerId: string,
    otherId: string,
    beforeId: number,
    limit: number,
  ): Promise<readonly StoredMessage[]>;
  /** The latest first. */
  conversations(
    playerId: string,
    limit: number,
    unreadMax: number,
  ): Promise<readonly StoredConversation[]>;
  /**
   * What the other sent up to that id has been read; never goes back. False when that was known, or
   * the two have not written to each other.
   */
  setRead(playerId: string, otherId: string, upToId: number): Promise<boolean>;
  /**
   * At most `limit` messages sent before then, and conversations of which nothing newer is left.
   * How many messages there were.
   */
  removeOld(sentBeforeMs: number, limit: number): Promise<number>;
}

export interface StoredDeviceKeys {
  readonly playerId: string;
  readonly deviceId: string;
  readonly bundle: string;
  readonly publishedAtMs: number;
}

export interface DeviceKeyStore {
  /** In place of the device's earlier keys. False when the player has `devicesMax` others. */
  put(keys: StoredDeviceKeys, devicesMax: number): Promise<boolean>;
  /** In order of their ids. */
  ofPlayer(playerId: string): Promise<readonly StoredDeviceKeys[]>;
  remove(playerId: string, deviceId: string): Promise<void>;
}
