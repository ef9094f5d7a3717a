// Whether an ACK frame names a packet. It knows neither packets nor what became of them.

import type { FrameReader } from '../../codec/paperclip/frames.ts';

/** Its ranges are the newest first, so that a new number is found, or missed, with the first. */
export function acknowledges(frame: FrameReader, number: number): boolean {
  for (let i = 0; i < frame.rangeCount; i++) {
    if (number > frame.rangeHigh[i]!) return false;
    if (number >= frame.rangeLow[i]!) return true;
  }
  return false;
}
