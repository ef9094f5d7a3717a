// Which congestion controller a program asks for, and the one it gets when it asks for none.

import { Adaptive } from './adaptive.ts';
import type { CongestionFactory } from './congestion.ts';
import { FixedRate } from './fixed-rate.ts';
import { protocolLimits } from './limits.ts';
import { NewReno } from './new-reno.ts';

/**
 * `adaptive` (the default) measures rate and round trip of the path, and keeps its queue short;
 * `new-reno` is RFC 9002's; `bytesPerSecond` sends at that rate whatever is lost: for networks of
 * your own only.
 */
export type CongestionChoice = 'adaptive' | 'new-reno' | { readonly bytesPerSecond: number };

export const adaptive: CongestionFactory = (nowMs, datagramBytes) =>
  new Adaptive(nowMs, datagramBytes);

/** Throws on a choice that cannot be. */
export function congestionFactory(choice: CongestionChoice | undefined): CongestionFactory {
  if (choice === undefined || choice === 'adaptive') return adaptive;
  if (choice === 'new-reno') return (_nowMs, datagramBytes) => new NewReno(datagramBytes);
  // Programs in JavaScript have no types to keep them from other words.
  const bytesPerSecond: unknown = typeof choice === 'object' ? choice?.bytesPerSecond : undefined;
  if (typeof bytesPerSecond !== 'number') {
    throw new TypeError(
      `congestion must be 'adaptive', 'new-reno' or { bytesPerSecond }, not ${String(choice)}`,
    );
  }
  const { fixedRateBytesMin, fixedRateBytesMax } = protocolLimits;
  // Written so that NaN fails, too.
  if (!(bytesPerSecond >= fixedRateBytesMin && bytesPerSecond <= fixedRateBytesMax)) {
    throw new RangeError(
      `congestion.bytesPerSecond is ${bytesPerSecond}, not from ${fixedRateBytesMin} ` +
        `to ${fixedRateBytesMax}`,
    );
  }
  return (_nowMs, datagramBytes) => new FixedRate(bytesPerSecond, datagramBytes);
}
