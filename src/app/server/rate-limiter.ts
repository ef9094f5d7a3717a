// The domain's rate limits over rate-limiter-flexible in this process's memory: fixed windows, one
// record per caller and command, gone when its window is over.

import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { RateLimiter } from '../../domain/ports.ts';

export function createRateLimiter(): RateLimiter {
  /** One for each pair of numbers that the command table has. */
  const limiters = new Map<string, RateLimiterMemory>();
  const limiterOf = (calls: number, perS: number): RateLimiterMemory => {
    const name = `${calls}/${perS}`;
    const found = limiters.get(name);
    if (found !== undefined) return found;
    const made = new RateLimiterMemory({ points: calls, duration: perS, keyPrefix: '' });
    limiters.set(name, made);
    return made;
  };
  return {
    take: async (key, calls, perS) => {
      try {
        await limiterOf(calls, perS).consume(key);
        return 0;
      } catch (refusal) {
        // It rejects with the answer when the limit is reached, with an Error when it failed.
        if (!(refusal instanceof RateLimiterRes)) throw refusal;
        return Math.max(1, Math.ceil(refusal.msBeforeNext / 1000));
      }
    },
  };
}
