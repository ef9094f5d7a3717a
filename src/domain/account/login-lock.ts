// Counts failed log-ins per name and locks a name for a while after too many. Unknown names count
// like known ones, so that a lock tells nobody whether an account exists.
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

/** Names remembered; the one that failed longest ago is forgotten first. */
const namesMax = 10_000;

export class LoginLock {
  readonly #clock: Clock;
  readonly #names = new Map<string, Failures>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whole seconds until the name may try again; 0 when it may now. */
  lockedForS(nameKey: string): number {
    const failures = this.#names.get(nameKey);
    if (failures === undefined) return 0;
    return Math.max(0, Math.ceil((failures.lockedUntilMs - this.#clock.now()) / 1000));
  }

  failed(nameKey: string): void {
    const now = this.#clock.now();
    const before = this.#names.get(nameKey);
    const isForgotten =
      before === undefined ||
      now - before.lastAtMs > limits.loginFailuresForgottenS * 1000 ||
      (before.lockedUntilMs > 0 && before.lockedUntilMs <= now);
    const count = isForgotten ? 1 : before.count + 1;
    const isLocked = count >= limits.loginFailuresBeforeLock;
    // Deleted first, so that the map stays in order of the last failure.
    this.#names.delete(nameKey);
    this.#names.set(nameKey, {
      count,
      lastAtMs: now,
      lockedUntilMs: isLocked ? now + limits.loginLockS * 1000 : 0,
    });
    for (const oldest of this.#names.keys()) {
      if (this.#names.size <= namesMax) break;
      this.#names.delete(oldest);
    }
  }

  succeeded(nameKey: string): void {
    this.#names.delete(nameKey);
  }
}
