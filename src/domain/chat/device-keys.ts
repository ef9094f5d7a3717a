// The public keys of players' devices, for messages that only those devices can read. The platform
// keeps and hands out what a device published; it cannot check whose device it is, which is what
// fingerprints between people are for.

import { PaperclipError } from '../../contract/errors.ts';
import { contractLimits as limits } from '../../contract/limits.ts';
import { KeyMutex } from '../key-mutex.ts';
import type { Clock } from '../ports.ts';
import type { DeviceKeyStore, StoredDeviceKeys } from './chat-store.ts';

/** Changes of one player's devices that wait for each other; one more gets BUSY. */
const changesQueuedMax = 16;

export class DeviceKeys {
  readonly #store: DeviceKeyStore;
  readonly #clock: Clock;
  readonly #changes = new KeyMutex(changesQueuedMax);

  constructor(store: DeviceKeyStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  publish(playerId: string, deviceId: string, bundle: string): Promise<void> {
    return this.#changes.run(playerId, async () => {
      const max = limits.devicesPerPlayerMax;
      const keys = { playerId, deviceId, bundle, publishedAtMs: this.#clock.now() };
      if (!(await this.#store.put(keys, max))) throw new PaperclipError('DEVICES_FULL', { max });
    });
  }

  ofPlayer(playerId: string): Promise<readonly StoredDeviceKeys[]> {
    return this.#store.ofPlayer(playerId);
  }

  remove(playerId: string, deviceId: string): Promise<void> {
    return this.#store.remove(playerId, deviceId);
  }
}
