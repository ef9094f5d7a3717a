// Which sent packets arrived and which were lost: RFC 9002 section 6 and appendix A, for one packet
// number space. It moves packets to their fate and arms one timer; what a fate means for messages,
// credit and ACK ranges is the connection's, behind `PacketFates`.
//
// Calling order: within one wake-up, every received ACK before `onTimeout`.

import type { FrameReader } from '../../codec/paperclip/frames.ts';
import type { CongestionController } from './congestion.ts';
import { DeliveryRate } from './delivery-rate.ts';
import { protocolLimits } from './limits.ts';
import { type LateArrivals, LostPackets } from './lost-packets.ts';
import { Reordering } from './reordering.ts';
import type { RttEstimator } from './rtt.ts';
import type { SentPacket, SentPackets } from './sent-packets.ts';

export interface PacketFates {
  onPacketAcked(packet: SentPacket): void;
  onPacketLost(packet: SentPacket, nowMs: number): void;
}

export interface LossDetectionParts {
  readonly sent: SentPackets;
  readonly rtt: RttEstimator;
  readonly congestion: CongestionController;
  readonly fates: PacketFates;
  /** The peer's `ackDelayMaxMs`. */
  readonly peerAckDelayMaxMs: number;
}

const never = Number.POSITIVE_INFINITY;

export class LossDetection implements LateArrivals {
  packetsAcked = 0;
  packetsLost = 0;
  /** Declared lost, and acknowledged after all. */
  spuriousLosses = 0;
  /** Probe time-outs since the start. */
  ptoTotal = 0;

  readonly #parts: LossDetectionParts;
  readonly #rate = new DeliveryRate();
  readonly #reordering = new Reordering();
  readonly #lostPackets = new LostPackets();
  #congestion: CongestionController;
  #appLimited = true;
  /** The acknowledged packets of the ACK in hand: the first `#ackedCount`, shared with others. */
  readonly #acked: SentPacket[];
  #ackedCount = 0;
  #largestAcked: number;
  /** Packets with lower numbers were sent on another path, and say nothing of this one. */
  #pathStart = 0;
  #firstSampleAtMs = never;
  #lossAtMs = never;
  #lastSentAtMs = 0;
  #ptoCount = 0;
  #probesOwed = 0;
  /** The first packet of the probes that nothing has answered. */
  #probesFrom = 0;
  /** Packets sent up to then belong to an episode of loss that was answered already. */
  #episodeAtMs = -never;
  #previousEpisodeAtMs = -never;
  #nowMs = 0;

  constructor(parts: LossDetectionParts) {
    this.#parts = parts;
    this.#acked = parts.sent.pool.settled;
    this.#largestAcked = parts.sent.next - 1;
    this.#congestion = parts.congestion;
  }

  get largestAcked(): number {
    return this.#largestAcked;
  }
  /** Probe packets to send now, past the congestion window. */
  get probesOwed(): number {
    return this.#probesOwed;
  }
  /** Probe time-outs in a row without an acknowledgement. */
  get ptoCount(): number {
    return this.#ptoCount;
  }
  get ptoMs(): number {
    return this.#parts.rtt.ptoMs(this.#parts.peerAckDelayMaxMs);
  }
  /** Delivered bytes per millisecond, as the newest ACK that told had it. */
  get deliveryRate(): number {
    return this.#rate.latestRate;
  }

  onPacketSent(nowMs: number, packet: SentPacket): void {
    const { bytesInFlight } = this.#parts.sent;
    this.#lastSentAtMs = nowMs;
    if (this.#probesOwed > 0) this.#probesOwed -= 1;
    this.#rate.onSent(nowMs, packet, bytesInFlight);
    this.#congestion.onSent(nowMs, packet.bytes, bytesInFlight);
  }

  /** After each drain of the sender: is it the application that has no more (section 7.8)? */
  onDrained(appLimited: boolean): void {
    this.#appLimited = appLimited;
    if (appLimited) this.#rate.onAppLimited(this.#parts.sent.bytesInFlight);
  }

  /** When to call `onTimeout`: a loss by time, else a probe (RFC 9002 appendix A.8). */
  get timerAtMs(): number {
    if (this.#lossAtMs !== never) return this.#lossAtMs;
    if (this.#parts.sent.count === 0) return never;
    const pto = this.ptoMs;
    const backoffMax = Math.max(pto, protocolLimits.ptoBackoffMaxMs);
    return this.#lastSentAtMs + Math.min(pto * 2 ** this.#ptoCount, backoffMax);
  }

  onTimeout(nowMs: number): void {
    if (this.#lossAtMs !== never) {
      this.#detectLost(nowMs);
      this.#parts.sent.recycle();
      return;
    }
    if (this.#parts.sent.count === 0) return;
    if (this.#ptoCount === 0) this.#probesFrom = this.#parts.sent.next;
    this.#ptoCount += 1;
    this.ptoTotal += 1;
    this.#probesOwed = protocolLimits.ptoProbePackets;
  }

  /** The peer speaks again after a silence: the next probe need not wait for its time. */
  onPeerBack(): void {
    if (this.#parts.sent.count > 0) this.#probesOwed = protocolLimits.ptoProbePackets;
  }

  /** False when the peer acknowledges a packet that was never sent. */
  onAck(nowMs: number, frame: FrameReader): boolean {
    const { sent } = this.#parts;
    const largest = frame.rangeHigh[0]!;
    if (largest >= sent.next) return false;
    this.#handleAck(nowMs, frame, largest);
    sent.recycle();
    return true;
  }

  #handleAck(nowMs: number, frame: FrameReader, largest: number): void {
    const { sent, rtt } = this.#parts;
    const isNewest = largest > this.#largestAcked;
    if (isNewest) this.#largestAcked = largest;
    this.#rate.begin();
    this.#collectAcked(nowMs, frame);
    if (!this.#lostPackets.isEmpty) this.#collectLate(nowMs, frame);
    if (this.#ackedCount === 0) {
      // A packet without a record (it asked for no ACK) came: that says as much of older ones. And
      // no packet stays open far below, for an ACK to be searched down to again and again.
      if (isNewest) this.#detectLost(nowMs);
      return;
    }
    const newest = this.#acked[0]!;
    if (newest.number === largest && largest >= this.#pathStart) {
      this.#sampleRtt(nowMs, newest, frame.ackDelayMs);
    }
    if (this.#ptoCount > 0) this.#learnDelay(nowMs);
    this.#ptoCount = 0;
    this.#probesOwed = 0;
    // Before the growth: a loss in the same ACK decides whether these may grow the window.
    this.#detectLost(nowMs);
    this.#reportAcked();
    if (newest.number < this.#pathStart) return;
    this.#rate.finish(sent.bytesInFlight, rtt.minMs);
    this.#congestion.onAck(nowMs, this.#rate.sample);
  }

  /** Makes room: the oldest packet is taken for lost, though nothing says so. */
  giveUpOldest(nowMs: number): void {
    const { sent } = this.#parts;
    const oldest = sent.get(sent.lowest);
    if (oldest === undefined || oldest.state !== 'outstanding') return;
    this.#lose(nowMs, oldest);
    this.#answerLoss(nowMs, oldest.sentAtMs, oldest.bytes, 1, false);
    sent.recycle();
  }

  /** Packets go another way now: what is in flight counts for messages only. */
  onPathChanged(congestion: CongestionController): void {
    const { sent } = this.#parts;
    this.#congestion = congestion;
    this.#pathStart = sent.next;
    this.#firstSampleAtMs = never;
    this.#ptoCount = 0;
    this.#episodeAtMs = -never;
    this.#previousEpisodeAtMs = -never;
    this.#reordering.reset();
    this.#lostPackets.clear();
    sent.leavePath();
  }

  /** For `LostPackets`. */
  onLateArrival(number: number, sentAtMs: number, bytes: number): void {
    const { smoothedMs, latestMs } = this.#parts.rtt;
    this.spuriousLosses += 1;
    this.#rate.onLateArrival(bytes);
    const roundTrips = (this.#nowMs - sentAtMs) / Math.max(smoothedMs, latestMs, 1);
    this.#reordering.onLateArrival(this.#largestAcked - number, roundTrips);
  }

  #collectLate(nowMs: number, frame: FrameReader): void {
    const lost = this.#lostPackets;
    this.#nowMs = nowMs;
    const before = this.spuriousLosses;
    lost.findArrived(frame, this);
    lost.forgetBefore(nowMs - protocolLimits.lostPacketPtos * this.ptoMs);
    if (this.spuriousLosses === before || !lost.isEpisodeUndone) return;
    lost.beginEpisode(0);
    this.#episodeAtMs = this.#previousEpisodeAtMs;
    this.#congestion.onLossUndone();
  }

  /** The cost is bounded: what lies below `lowest` is not walked again. */
  #collectAcked(nowMs: number, frame: FrameReader): void {
    const { sent } = this.#parts;
    this.#ackedCount = 0;
    for (let i = 0; i < frame.rangeCount && sent.count > 0; i++) {
      const low = Math.max(frame.rangeLow[i]!, sent.lowest);
      for (let number = frame.rangeHigh[i]!; number >= low; number--) {
        const packet = sent.get(number);
        if (packet === undefined || packet.state !== 'outstanding') continue;
        sent.settle(packet, 'acked');
        this.#acked[this.#ackedCount++] = packet;
        if (number >= this.#pathStart) this.#rate.onAcked(nowMs, packet);
      }
    }
  }

  #reportAcked(): void {
    const { fates } = this.#parts;
    for (let i = 0; i < this.#ackedCount; i++) {
      const packet = this.#acked[i]!;
      if (packet.number >= this.#pathStart) {
        this.#congestion.onPacketAcked(packet.sentAtMs, packet.bytes, this.#appLimited);
      }
      fates.onPacketAcked(packet);
    }
    this.packetsAcked += this.#ackedCount;
  }

  #sampleRtt(nowMs: number, packet: SentPacket, ackDelayMs: number): void {
    const { rtt, peerAckDelayMaxMs } = this.#parts;
    const { sample } = this.#rate;
    // The estimator may have had one before, from the handshake.
    this.#firstSampleAtMs = Math.min(this.#firstSampleAtMs, nowMs);
    const delayMs = Math.min(ackDelayMs, peerAckDelayMaxMs);
    const latestMs = Math.max(0, nowMs - packet.sentAtMs);
    rtt.onSample(latestMs, delayMs);
    sample.rttMs = Math.max(rtt.minMs, latestMs - delayMs);
    sample.smoothedRttMs = rtt.smoothedMs;
  }

  /** There was no need of a probe: what was sent before it had arrived, and its ACK was late. */
  #learnDelay(nowMs: number): void {
    const { rtt, peerAckDelayMaxMs } = this.#parts;
    const oldest = this.#acked[this.#ackedCount - 1]!;
    if (oldest.number >= this.#probesFrom) return;
    const delayMs = nowMs - oldest.sentAtMs - rtt.smoothedMs;
    rtt.onLateAck(Math.min(delayMs, peerAckDelayMaxMs));
  }

  /** RFC 9002 appendix A.10, with section 7.6 for the longest run of losses. */
  #detectLost(nowMs: number): void {
    const { sent, rtt } = this.#parts;
    const { packetThreshold, timeThreshold } = this.#reordering;
    this.#lossAtMs = never;
    const delayMs = rtt.lossDelayMs(timeThreshold);
    const byNumber = this.#largestAcked - packetThreshold;
    const end = this.#largestAcked;
    let lostBytes = 0;
    let lostCount = 0;
    let newestLostAtMs = 0;
    let runStartMs = never;
    let longestRunMs = 0;
    for (let number = sent.lowest; number < end; number++) {
      const packet = sent.get(number);
      if (packet === undefined) continue;
      if (packet.state !== 'outstanding') {
        if (packet.state === 'acked') runStartMs = never;
        continue;
      }
      // By the same sum as the timer, so that a timer on the dot finds its packet lost.
      if (number > byNumber && packet.sentAtMs + delayMs > nowMs) {
        this.#lossAtMs = Math.min(this.#lossAtMs, packet.sentAtMs + delayMs);
        continue;
      }
      const isOnPath = number >= this.#pathStart;
      this.#lose(nowMs, packet);
      if (!isOnPath) continue;
      if (packet.sentAtMs > this.#firstSampleAtMs) {
        runStartMs = Math.min(runStartMs, packet.sentAtMs);
        longestRunMs = Math.max(longestRunMs, packet.sentAtMs - runStartMs);
      }
      lostBytes += packet.bytes;
      lostCount += 1;
      newestLostAtMs = packet.sentAtMs;
    }
    if (lostCount === 0) return;
    const persistentMs = protocolLimits.persistentCongestionPtos * this.ptoMs;
    this.#answerLoss(nowMs, newestLostAtMs, lostBytes, lostCount, longestRunMs > persistentMs);
  }

  #lose(nowMs: number, packet: SentPacket): void {
    const { sent, fates } = this.#parts;
    this.packetsLost += 1;
    sent.settle(packet, 'lost');
    if (packet.number >= this.#pathStart) {
      this.#lostPackets.add(nowMs, packet.number, packet.sentAtMs, packet.bytes);
      this.#rate.onLost(packet.bytes);
    }
    fates.onPacketLost(packet, nowMs);
  }

  /** `count` packets were lost together, the newest of them sent at `sentAtMs`. */
  #answerLoss(
    nowMs: number,
    sentAtMs: number,
    bytes: number,
    count: number,
    persistent: boolean,
  ): void {
    if (sentAtMs > this.#episodeAtMs) {
      this.#previousEpisodeAtMs = this.#episodeAtMs;
      this.#episodeAtMs = nowMs;
      this.#lostPackets.beginEpisode(count);
      this.#reordering.onEpisode();
    }
    this.#congestion.onLost(nowMs, sentAtMs, bytes, persistent);
  }
}
