// How fast the path delivers, measured at each ACK as draft-cheng-iccrg-delivery-rate-estimation
// has it: bytes delivered between two moments, over the longer of the times in which they were sent
// and acknowledged, so that neither a burst out nor a burst of ACKs back looks like bandwidth.

import { AckSample } from './congestion.ts';
import type { SentPacket } from './sent-packets.ts';

export class DeliveryRate {
  deliveredBytes = 0;
  lostBytes = 0;
  /** The newest rate that an ACK told, in bytes per millisecond. */
  latestRate = 0;
  readonly sample = new AckSample();

  #deliveredAtMs = 0;
  /** When the newest packet that was acknowledged had been sent. */
  #firstSentAtMs = 0;
  /** While less than this is delivered, what is measured is the application; 0: it is the path. */
  #appLimitedUntilBytes = 0;
  #ackElapsedMs = 0;
  #sendElapsedMs = 0;

  /** `bytesInFlight` has the packet in it. */
  onSent(nowMs: number, packet: SentPacket, bytesInFlight: number): void {
    if (bytesInFlight <= packet.bytes) {
      this.#firstSentAtMs = nowMs;
      this.#deliveredAtMs = nowMs;
    }
    packet.firstSentAtMs = this.#firstSentAtMs;
    packet.deliveredAtMs = this.#deliveredAtMs;
    packet.deliveredBytes = this.deliveredBytes;
    packet.lostBytes = this.lostBytes;
    packet.inFlightBytes = bytesInFlight;
    packet.isAppLimited = this.#appLimitedUntilBytes > 0;
  }

  /** There is nothing to send, though the path would take it. */
  onAppLimited(bytesInFlight: number): void {
    this.#appLimitedUntilBytes = Math.max(1, this.deliveredBytes + bytesInFlight);
  }

  /** A packet that was given up had arrived all the same. */
  onLateArrival(bytes: number): void {
    this.deliveredBytes += bytes;
  }

  /** The packets of one ACK, the newest first, then `finish`. */
  onAcked(nowMs: number, packet: SentPacket): void {
    const { sample } = this;
    this.deliveredBytes += packet.bytes;
    this.#deliveredAtMs = nowMs;
    if (sample.ackedBytes === 0) {
      sample.priorDeliveredBytes = packet.deliveredBytes;
      sample.inFlightAtSendBytes = packet.inFlightBytes;
      sample.lostSinceSendBytes = packet.lostBytes;
      sample.isAppLimited = packet.isAppLimited;
      this.#sendElapsedMs = packet.sentAtMs - packet.firstSentAtMs;
      this.#ackElapsedMs = nowMs - packet.deliveredAtMs;
      this.#firstSentAtMs = packet.sentAtMs;
    }
    sample.ackedBytes += packet.bytes;
  }

  /** The sample is whole but for its RTT, and holds until `begin`. */
  finish(bytesInFlight: number, minRttMs: number): void {
    const { sample } = this;
    if (this.deliveredBytes > this.#appLimitedUntilBytes) this.#appLimitedUntilBytes = 0;
    sample.deliveredBytes = this.deliveredBytes;
    sample.bytesInFlight = bytesInFlight;
    sample.lostSinceSendBytes = this.lostBytes - sample.lostSinceSendBytes;
    const intervalMs = Math.max(this.#sendElapsedMs, this.#ackElapsedMs);
    // Shorter than a round trip: packets were acknowledged in a clump, which says nothing.
    sample.rate = 0;
    if (intervalMs <= 0 || intervalMs < minRttMs) return;
    sample.rate = (this.deliveredBytes - sample.priorDeliveredBytes) / intervalMs;
    this.latestRate = sample.rate;
  }

  begin(): void {
    this.sample.ackedBytes = 0;
    this.sample.lostBytes = 0;
    this.sample.rttMs = -1;
  }

  onLost(bytes: number): void {
    this.lostBytes += bytes;
    this.sample.lostBytes += bytes;
  }
}
