// The life of a connection after CLOSE (RFC 9000 section 10.2): the peer is told a few times,
// strays are answered ever more seldom, and after three PTOs nothing is left. Who closed and why is
// only carried here.

import { utf8 } from '../../base/bytes.ts';
import { closeReasonBytesMax } from '../../codec/paperclip/frames.ts';
import type { LinkEnd } from '../link.ts';
import { protocolLimits } from './limits.ts';

export class Ending {
  readonly code: number;
  readonly reason: Uint8Array;
  /** What the application hears. */
  readonly end: LinkEnd;
  /** CLOSE should leave as soon as it can. */
  isOwed = true;
  /** What was sent before `close` may still leave, ahead of the first CLOSE. */
  hasLastWords: boolean;

  #repeatsLeft: number = protocolLimits.closeRepeats;
  #strays = 0;

  constructor(code: number, reason: string, end: LinkEnd, hasLastWords: boolean) {
    this.code = code;
    this.end = end;
    this.reason = cutUtf8(reason, closeReasonBytesMax);
    this.hasLastWords = hasLastWords;
  }

  /** True when CLOSE should be said once more, after a PTO. */
  onSaid(): boolean {
    this.isOwed = false;
    this.#repeatsLeft -= 1;
    return this.#repeatsLeft > 0;
  }

  /** The peer goes on sending: answer the 1st, 2nd, 4th, 8th... of its packets. */
  onStray(): void {
    this.#strays += 1;
    if (Number.isInteger(Math.log2(this.#strays))) this.isOwed = true;
  }
}

/** At most `bytesMax` bytes of UTF-8, without half a character at the end. */
function cutUtf8(text: string, bytesMax: number): Uint8Array {
  const bytes = utf8(text.toWellFormed());
  if (bytes.length <= bytesMax) return bytes;
  let end = bytesMax;
  while ((bytes[end]! & 0xc0) === 0x80) end -= 1;
  return bytes.subarray(0, end);
}
