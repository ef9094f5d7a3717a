// The packets that were declared lost, remembered for a while: an ACK for one of them says that
// the loss was spurious. Packets are lost in the order of their numbers, so that the memory is
// sorted, and one walk beside the ranges of an ACK finds all of them. Before the first loss nothing
// is held.

import type { FrameReader } from '../../codec/paperclip/frames.ts';
import { protocolLimits } from './limits.ts';

/** In one place of the ring: number (-1: known to have arrived), sent at, bytes, lost at. */
const fields = 4;
const capacityMin = 16;

const noLosses = new Float64Array(0);

export interface LateArrivals {
  onLateArrival(number: number, sentAtMs: number, bytes: number): void;
}

export class LostPackets {
  #ring = noLosses;
  #capacity = 0;
  /** Places, counted from the start of the connection: of the oldest, and behind the newest. */
  #oldest = 0;
  #end = 0;
  /** Where the newest episode begins, and how many of it are not known to have arrived. */
  #episodeStart = 0;
  #episodeOpen = 0;

  /** False: nothing is remembered, and nothing is to be looked for. */
  get isEmpty(): boolean {
    return this.#oldest === this.#end;
  }
  /** Every loss of the newest episode was spurious. */
  get isEpisodeUndone(): boolean {
    return this.#episodeOpen === 0;
  }

  add(nowMs: number, number: number, sentAtMs: number, bytes: number): void {
    const held = this.#end - this.#oldest;
    // The oldest is forgotten. An episode that forgets one of its own can not be undone any more.
    if (held === protocolLimits.lostPacketsMax) this.#oldest += 1;
    else if (held === this.#capacity) this.#grow();
    const at = this.#at(this.#end);
    this.#ring[at] = number;
    this.#ring[at + 1] = sentAtMs;
    this.#ring[at + 2] = bytes;
    this.#ring[at + 3] = nowMs;
    this.#end += 1;
    this.#episodeOpen += 1;
  }

  /** The last `count` that were added are answered anew by the congestion controller. */
  beginEpisode(count: number): void {
    this.#episodeStart = this.#end - count;
    this.#episodeOpen = count;
  }

  /** Those lost before this time are too old to tell anything. */
  forgetBefore(timeMs: number): void {
    while (this.#oldest < this.#end && this.#ring[this.#at(this.#oldest) + 3]! < timeMs) {
      this.#oldest += 1;
    }
  }

  /** Another path: what was lost on the last one says nothing of it. */
  clear(): void {
    this.#oldest = this.#end;
    this.beginEpisode(0);
  }

  /** Tells which of the remembered packets an ACK acknowledges, the newest first, each once. */
  findArrived(frame: FrameReader, late: LateArrivals): void {
    let range = 0;
    for (let place = this.#end - 1; place >= this.#oldest; place--) {
      const at = this.#at(place);
      const number = this.#ring[at]!;
      if (number < 0) continue;
      while (range < frame.rangeCount && frame.rangeLow[range]! > number) range += 1;
      if (range === frame.rangeCount) return;
      if (frame.rangeHigh[range]! < number) continue;
      this.#ring[at] = -1;
      if (place >= this.#episodeStart) this.#episodeOpen -= 1;
      late.onLateArrival(number, this.#ring[at + 1]!, this.#ring[at + 2]!);
    }
  }

  #at(place: number): number {
    return fields * (place & (this.#capacity - 1));
  }

  #grow(): void {
    const { lostPacketsMax } = protocolLimits;
    const old = this.#ring;
    const oldMask = this.#capacity - 1;
    this.#capacity = Math.min(lostPacketsMax, Math.max(capacityMin, 2 * this.#capacity));
    this.#ring = new Float64Array(fields * this.#capacity);
    for (let place = this.#oldest; place < this.#end; place++) {
      const from = fields * (place & oldMask);
      this.#ring.set(old.subarray(from, from + fields), this.#at(place));
    }
  }
}
