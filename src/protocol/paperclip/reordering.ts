// How far out of order packets may arrive before they count as lost. It starts as RFC 9002 section
// 6.1 has it, rises to what late packets show (section 6.1.1 allows it), and falls back when many
// losses in a row were real, as RACK does (RFC 8985 section 6.2).

import { protocolLimits } from './limits.ts';

export class Reordering {
  /** In packet numbers. */
  packetThreshold: number = protocolLimits.lossPacketThreshold;
  /** In round trips. */
  timeThreshold: number = protocolLimits.lossTimeThreshold;
  #episodesLeft = 0;

  /** A lost packet came: so many numbers behind the newest, so many round trips after sending. */
  onLateArrival(packets: number, roundTrips: number): void {
    const { lossPacketThresholdMax, lossTimeThresholdMax } = protocolLimits;
    const packetsMax = Math.min(packets + 1, lossPacketThresholdMax);
    this.packetThreshold = Math.max(this.packetThreshold, packetsMax);
    const roundTripsMax = Math.min(roundTrips, lossTimeThresholdMax);
    this.timeThreshold = Math.max(this.timeThreshold, roundTripsMax);
    this.#episodesLeft = protocolLimits.reorderingEpisodes;
  }

  /** Losses that the congestion controller answers anew. */
  onEpisode(): void {
    if (this.#episodesLeft === 0) return;
    this.#episodesLeft -= 1;
    if (this.#episodesLeft === 0) this.reset();
  }

  reset(): void {
    this.packetThreshold = protocolLimits.lossPacketThreshold;
    this.timeThreshold = protocolLimits.lossTimeThreshold;
    this.#episodesLeft = 0;
  }
}
