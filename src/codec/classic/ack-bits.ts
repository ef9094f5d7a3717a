// What one ACK says: an id and the sixteen before it (section 1). Bit 15 is the id just before,
// bit 0 the sixteenth before, all of them mod 65536.

import { sequenceIds } from './packet.ts';

export const ackedBefore = 16;

export function ackBitsOf(ackId: number, isReceived: (sequenceId: number) => boolean): number {
  let bits = 0;
  for (let back = 1; back <= ackedBefore; back++) {
    if (isReceived(idBefore(ackId, back))) bits |= 1 << (ackedBefore - back);
  }
  return bits;
}

/** From the newest back. */
export function ackedIds(ackId: number, ackBits: number): readonly number[] {
  const ids = [ackId];
  for (let back = 1; back <= ackedBefore; back++) {
    if (ackBits & (1 << (ackedBefore - back))) ids.push(idBefore(ackId, back));
  }
  return ids;
}

const idBefore = (id: number, back: number): number => (id - back + sequenceIds) % sequenceIds;
