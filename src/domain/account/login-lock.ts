// Counts failed log-ins per key (a name, or a name and an address) and locks the key for a while
// after too many. Unknown names count like known ones, so that a lock tells nobody whether an
// account exists.
//
// In memory, and lost at a restart on purpose: a lock lasts a minute, nobody outside can restart
// the server, and a disk write per failed log-in would hand attackers a lever.

import { contractLimits as limits } from '../../contract/limits.ts';
import type { Clock } from '../ports.ts';

interface Failures {
  count: number;
  lastAtMs: number;
  lockedUntilMs: number;
}

/** Keys remembered; the one that failed longest ago is forgotten first. */
const keysMax = 10_000;

export class LoginLock {
  readonly #clock: Clock;
  readonly #failuresMax: number;
  readonly #lockMs: number;
  readonly #keys = new Map<string, Failures>();

  constructor(clock: Clock, failuresMax: number, lockS: number = limits.loginLockS) {
    this.#clock = clock;
    this.#failuresMax = failuresMax;
    this.#lockMs = lockS * 1000;
  }

  /** Whole seconds until the key may try again; 0 when it may now. */
  lockedForS(key: string): number {
    const failures = this.#keys.get(key);
    if (failures === undefined) return 0;
    return Math.max(0, Math.ceil((failures.lockedUntilMs - this.#clock.now()) / 1000));
  }

  /** True when this failure locks the key. */
  failed(key: string): boolean {
    const now = this.#clock.now();
    const before = this.#keys.get(key);
    const isForgotten =
      before === undefined ||
      now - before.lastAtMs > limits.loginFailuresForgottenS * 1000 ||
      (before.lockedUntilMs > 0 && before.lockedUntilMs <= now);
    const count = isForgotten ? 1 : before.count + 1;
    const isLocked = count >= this.#failuresMax;
    // Deleted first, so that the map stays in order of the last failure.
    this.#keys.delete(key);
    this.#keys.set(key, {
      count,
      lastAtMs: now,
      lockedUntilMs: isLocked ? now + this.#lockMs : 0,
    });
    for (const oldest of this.#keys.keys()) {
      if (this.#keys.size <= keysMax) break;
      this.#keys.delete(oldest);
    }
    return isLocked;
  }

  succeeded(key: string): void {
    this.#keys.delete(key);
  }
}
