// Which sent packets arrived and which were lost: RFC 9002 section 6 and appendix A, for one packet
// number space. It moves packets to their fate and arms one timer; what a fate means for messages,
// credit and ACK ranges is the connection's, behind `PacketFates`.
//
// Calling order: within one wake-up, every received ACK before `onTimeout`.

import type { FrameReader } from '../../codec/paperclip/frames.ts';
import type { CongestionController } from './congestion.ts';
import { protocolLimits } from './limits.ts';
import type { RttEstimator } from './rtt.ts';
import type { SentPacket, SentPackets } from './sent-packets.ts';

export interface PacketFates {
  onPacketAcked(packet: SentPacket): void;
  onPacketLost(packet: SentPacket): void;
}

export interface LossDetectionParts {
  readonly sent: SentPackets;
  readonly rtt: RttEstimator;
  readonly congestion: CongestionController;
  readonly fates: PacketFates;
  /** The peer's `ackDelayMaxMs`. */
  readonly peerAckDelayMaxMs: number;
}

export class LossDetection {
  packetsAcked = 0;
  packetsLost = 0;
  /** Probe time-outs since the start. */
  ptoTotal = 0;
  /** Set by the sender after each drain (RFC 9002 section 7.8). */
  appLimited = true;

  readonly #parts: LossDetectionParts;
  /** The acknowledged packets of the ACK in hand: the first `#ackedCount`. */
  readonly #acked: SentPacket[] = [];
  #ackedCount = 0;
  #largestAcked: number;
  #firstSampleAtMs = Number.POSITIVE_INFINITY;
  #lossAtMs = Number.POSITIVE_INFINITY;
  #lastSentAtMs = 0;
  /** Probe time-outs in a row without an acknowledgement. */
  #ptoCount = 0;
  #probesOwed = 0;

  constructor(parts: LossDetectionParts) {
    this.#parts = parts;
    this.#largestAcked = parts.sent.next - 1;
  }

  get largestAcked(): number {
    return this.#largestAcked;
  }
  /** Probe packets to send now, past the congestion window. */
  get probesOwed(): number {
    return this.#probesOwed;
  }
  get ptoMs(): number {
    return this.#parts.rtt.ptoMs(this.#parts.peerAckDelayMaxMs);
  }

  onPacketSent(nowMs: number): void {
    this.#lastSentAtMs = nowMs;
    if (this.#probesOwed > 0) this.#probesOwed -= 1;
  }

  /** When to call `onTimeout`: a loss by time, else a probe (RFC 9002 appendix A.8). */
  get timerAtMs(): number {
    if (this.#lossAtMs !== Number.POSITIVE_INFINITY) return this.#lossAtMs;
    if (this.#parts.sent.count === 0) return Number.POSITIVE_INFINITY;
    const pto = this.ptoMs;
    const backoffMax = Math.max(pto, protocolLimits.ptoBackoffMaxMs);
    return this.#lastSentAtMs + Math.min(pto * 2 ** this.#ptoCount, backoffMax);
  }

  onTimeout(nowMs: number): void {
    if (this.#lossAtMs !== Number.POSITIVE_INFINITY) {
      this.#detectLost(nowMs);
      return;
    }
    if (this.#parts.sent.count === 0) return;
    this.#ptoCount += 1;
    this.ptoTotal += 1;
    this.#probesOwed = protocolLimits.ptoProbePackets;
  }

  /** False when the peer acknowledges a packet that was never sent. */
  onAck(nowMs: number, frame: FrameReader): boolean {
    const { sent } = this.#parts;
    const largest = frame.rangeHigh[0]!;
    if (largest >= sent.next) return false;
    const isNewest = largest > this.#largestAcked;
    if (isNewest) this.#largestAcked = largest;
    this.#collectAcked(frame);
    if (this.#ackedCount === 0) {
      // A packet without a record (it asked for no ACK) came: that says as much of older ones. And
      // no packet stays open far below, for an ACK to be searched down to again and again.
      if (isNewest) this.#detectLost(nowMs);
      return true;
    }
    const newest = this.#acked[0]!;
    if (newest.number === largest) this.#sampleRtt(nowMs, newest, frame.ackDelayMs);
    this.#ptoCount = 0;
    this.#probesOwed = 0;
    // Before the growth: a loss in the same ACK decides whether these may grow the window.
    this.#detectLost(nowMs);
    this.#reportAcked(nowMs);
    return true;
  }

  /** Makes room: the oldest packet is taken for lost, though nothing says so. */
  giveUpOldest(nowMs: number): void {
    const { sent, congestion, fates } = this.#parts;
    const oldest = sent.get(sent.lowest);
    if (oldest === undefined || oldest.state !== 'outstanding') return;
    this.packetsLost += 1;
    sent.settle(oldest, 'lost');
    fates.onPacketLost(oldest);
    congestion.onLost(nowMs, oldest.sentAtMs, oldest.bytes, false);
  }

  /** The cost is bounded: what lies below `lowest` is not walked again. */
  #collectAcked(frame: FrameReader): void {
    const { sent } = this.#parts;
    this.#ackedCount = 0;
    for (let i = 0; i < frame.rangeCount && sent.count > 0; i++) {
      const low = Math.max(frame.rangeLow[i]!, sent.lowest);
      for (let number = frame.rangeHigh[i]!; number >= low; number--) {
        const packet = sent.get(number);
        if (packet === undefined || packet.state !== 'outstanding') continue;
        sent.settle(packet, 'acked');
        this.#acked[this.#ackedCount++] = packet;
      }
    }
  }

  #reportAcked(nowMs: number): void {
    const { congestion, fates, rtt } = this.#parts;
    for (let i = 0; i < this.#ackedCount; i++) {
      const packet = this.#acked[i]!;
      congestion.onAck(nowMs, packet.sentAtMs, packet.bytes, rtt, this.appLimited);
      fates.onPacketAcked(packet);
    }
    this.packetsAcked += this.#ackedCount;
  }

  #sampleRtt(nowMs: number, packet: SentPacket, ackDelayMs: number): void {
    const { rtt, peerAckDelayMaxMs } = this.#parts;
    // The estimator may have had one before, from the handshake.
    this.#firstSampleAtMs = Math.min(this.#firstSampleAtMs, nowMs);
    rtt.onSample(Math.max(0, nowMs - packet.sentAtMs), Math.min(ackDelayMs, peerAckDelayMaxMs));
  }

  /** RFC 9002 appendix A.10, with section 7.6 for the longest run of losses. */
  #detectLost(nowMs: number): void {
    const { sent, rtt, congestion, fates } = this.#parts;
    this.#lossAtMs = Number.POSITIVE_INFINITY;
    const delayMs = rtt.lossDelayMs;
    const byNumber = this.#largestAcked - protocolLimits.lossPacketThreshold;
    const end = this.#largestAcked;
    let lostBytes = 0;
    let newestLostAtMs = 0;
    let runStartMs = Number.POSITIVE_INFINITY;
    let longestRunMs = 0;
    for (let number = sent.lowest; number < end; number++) {
      const packet = sent.get(number);
      if (packet === undefined) continue;
      if (packet.state !== 'outstanding') {
        if (packet.state === 'acked') runStartMs = Number.POSITIVE_INFINITY;
        continue;
      }
      // By the same sum as the timer, so that a timer on the dot finds its packet lost.
      if (number > byNumber && packet.sentAtMs + delayMs > nowMs) {
        this.#lossAtMs = Math.min(this.#lossAtMs, packet.sentAtMs + delayMs);
        continue;
      }
      if (packet.sentAtMs > this.#firstSampleAtMs) {
        runStartMs = Math.min(runStartMs, packet.sentAtMs);
        longestRunMs = Math.max(longestRunMs, packet.sentAtMs - runStartMs);
      }
      lostBytes += packet.bytes;
      newestLostAtMs = packet.sentAtMs;
      this.packetsLost += 1;
      sent.settle(packet, 'lost');
      fates.onPacketLost(packet);
    }
    if (lostBytes === 0) return;
    const persistentMs = protocolLimits.persistentCongestionPtos * this.ptoMs;
    congestion.onLost(nowMs, newestLostAtMs, lostBytes, longestRunMs >= persistentMs);
  }
}
