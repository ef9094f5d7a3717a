// The one answer that strangers get: a short stateless ERROR that this version is not served. Not
// authenticated, never larger than the question, and never many.

import { authLimits, encodeError } from '../../codec/paperclip/auth.ts';
import { errorCodes } from './error-codes.ts';
import { handshakeLimits } from './handshake-limits.ts';

const { versionErrorsPerSecond } = handshakeLimits;

export class VersionErrors {
  #secondMs = Number.NEGATIVE_INFINITY;
  #count = 0;

  /** Undefined: nothing should be said. */
  answerTo(nowMs: number, askedBytes: number): Uint8Array | undefined {
    if (askedBytes <= authLimits.errorBytes) return undefined;
    if (nowMs >= this.#secondMs + 1_000) {
      this.#secondMs = nowMs;
      this.#count = 0;
    }
    if (this.#count >= versionErrorsPerSecond) return undefined;
    this.#count++;
    return encodeError({ connectionId: 0, code: errorCodes.VERSION.code });
  }
}
