// A bad network between this process and the next one, for demonstrations and tests by hand: what
// leaves is lost or held back by chance. The seeded link in virtual time is in `testing/`.

import { randomUUID } from 'node:crypto';
import { seededRandom } from '../base/prng.ts';

/** Plain data, so that it can be sent to a worker thread. */
export interface Impairment {
  /** Share of outgoing datagrams that are lost, 0 to 1. */
  readonly loss?: number;
  /** Every datagram is held back this long. */
  readonly delayMs?: number;
  /** And by chance up to this much longer, which also changes their order. */
  readonly jitterMs?: number;
  /** Equal seeds lose the same datagrams. Default: another one each time. */
  readonly seed?: number;
}

/** Decides over one outgoing datagram: `drop` it, or send it after so many milliseconds. */
export type ImpairDatagram = (datagram: Uint8Array) => 'drop' | number;

export function impairDatagrams(impairment: Impairment): ImpairDatagram {
  const { loss = 0, delayMs = 0, jitterMs = 0 } = impairment;
  for (const [name, value, most] of [
    ['loss', loss, 1],
    ['delayMs', delayMs, 60_000],
    ['jitterMs', jitterMs, 60_000],
  ] as const) {
    if (!(value >= 0 && value <= most)) {
      throw new RangeError(`impair.${name} must be 0 to ${most}, not ${value}`);
    }
  }
  const random = seededRandom('impairment', impairment.seed ?? randomUUID());
  return () => (random.chance(loss) ? 'drop' : delayMs + jitterMs * random.float());
}
