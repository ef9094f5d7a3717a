// RFC 9002's pseudo-code, appendix A and B, for one packet number space after the handshake, as it
// stands there: its names, its order, its structure, and no cleverness. It is what our own loss
// detection, RTT estimator and NewReno are held to on random traces. Left out is what one space
// without ECN, without address validation and without handshake never runs. Where we deviate on
// purpose (docs/decisions/0010), the deviation is a field of `OracleDeviations`.
//
// biome-ignore-all lint/style/useNamingConvention: names are the RFC's.

export interface OracleDeviations {
  /** A.2 kMinimumWindow is 2 packets; ours is 4. */
  readonly kMinimumWindowPackets: number;
  /** A.8 lets the PTO double without bound; ours stops at this, or at one PTO if that is longer. */
  readonly ptoBackoffMax: number;
  /**
   * A.7 takes the peer's delay off a sample only where the rest stays above the minimum RTT; ours
   * always does, and takes the minimum where the rest would be below.
   */
  readonly adjustsBelowMinimum: boolean;
  /**
   * A.5 keeps packets that elicit no acknowledgement; ours does not. The largest acknowledged
   * number still tells of those before it, but such a packet ends no PTO backoff, gives no RTT, and
   * does not show that a path lived which lost all the others.
   */
  readonly forgetsAckOnlyPackets: boolean;
  /**
   * A.8 counts all of the delay that the peer may take; ours this one, or `ackDelayMargin` times
   * the longest seen of late, which falls by a sixteenth of the difference per sample. Where an ACK
   * names what was sent before a probe, the delay is seen from that.
   */
  readonly usualAckDelay: number;
  readonly ackDelayMargin: number;
}

export interface OracleSentPacket {
  readonly packet_number: number;
  readonly ack_eliciting: boolean;
  readonly in_flight: boolean;
  readonly sent_bytes: number;
  readonly time_sent: number;
}

export interface OracleAck {
  readonly largest_acked: number;
  readonly ack_delay: number;
  readonly isAcked: (packet_number: number) => boolean;
}

/** Milliseconds. */
const kPacketThreshold = 3;
const kTimeThreshold = 9 / 8;
const kGranularity = 1;
const kInitialRtt = 333;
const kLossReductionFactor = 0.5;
const kPersistentCongestionThreshold = 3;

export class RecoveryOracle {
  // A.3
  latest_rtt = 0;
  smoothed_rtt = kInitialRtt;
  rttvar = kInitialRtt / 2;
  min_rtt = 0;
  seen_ack_delay = 0;
  probes_from = 0;
  #next_number = 0;
  first_rtt_sample = 0;
  readonly max_ack_delay: number;
  loss_detection_timer = Number.POSITIVE_INFINITY;
  pto_count = 0;
  time_of_last_ack_eliciting_packet = 0;
  largest_acked_packet = Number.POSITIVE_INFINITY;
  loss_time = 0;
  sent_packets = new Map<number, OracleSentPacket>();
  // B.2
  readonly max_datagram_size: number;
  congestion_window: number;
  bytes_in_flight = 0;
  congestion_recovery_start_time = 0;
  ssthresh = Number.POSITIVE_INFINITY;

  /** What a test compares: the numbers lost at the last call, and probes asked for. */
  lost: number[] = [];
  probes = 0;

  readonly deviations: OracleDeviations;
  readonly #isAppOrFlowControlLimited: () => boolean;

  constructor(
    max_datagram_size: number,
    max_ack_delay: number,
    deviations: OracleDeviations,
    isAppOrFlowControlLimited: () => boolean,
  ) {
    this.max_datagram_size = max_datagram_size;
    this.max_ack_delay = max_ack_delay;
    this.deviations = deviations;
    this.#isAppOrFlowControlLimited = isAppOrFlowControlLimited;
    // B.3, kInitialWindow of section 7.2.
    this.congestion_window = 10 * max_datagram_size;
  }

  get kMinimumWindow(): number {
    return this.deviations.kMinimumWindowPackets * this.max_datagram_size;
  }

  // A.5
  OnPacketSent(
    now: number,
    packet_number: number,
    ack_eliciting: boolean,
    in_flight: boolean,
    sent_bytes: number,
  ): void {
    this.#next_number = packet_number + 1;
    if (!ack_eliciting && this.deviations.forgetsAckOnlyPackets) return;
    this.sent_packets.set(packet_number, {
      packet_number,
      time_sent: now,
      ack_eliciting,
      in_flight,
      sent_bytes,
    });
    if (in_flight) {
      if (ack_eliciting) this.time_of_last_ack_eliciting_packet = now;
      this.OnPacketSentCC(sent_bytes);
      this.SetLossDetectionTimer();
    }
  }

  // A.7
  OnAckReceived(now: number, ack: OracleAck): void {
    this.lost = [];
    const isNewest =
      this.largest_acked_packet === Number.POSITIVE_INFINITY ||
      ack.largest_acked > this.largest_acked_packet;
    if (this.largest_acked_packet === Number.POSITIVE_INFINITY) {
      this.largest_acked_packet = ack.largest_acked;
    } else {
      this.largest_acked_packet = Math.max(this.largest_acked_packet, ack.largest_acked);
    }
    const newly_acked_packets = this.DetectAndRemoveAckedPackets(ack);
    if (newly_acked_packets.length === 0) {
      if (this.deviations.forgetsAckOnlyPackets && isNewest) this.LoseWhatIsLost(now);
      return;
    }
    const largest = newly_acked_packets.at(-1)!;
    if (
      largest.packet_number === ack.largest_acked &&
      newly_acked_packets.some((packet) => packet.ack_eliciting)
    ) {
      this.latest_rtt = now - largest.time_sent;
      this.UpdateRtt(now, ack.ack_delay);
    }
    const oldest = newly_acked_packets[0]!;
    if (this.pto_count > 0 && oldest.packet_number < this.probes_from) {
      const late = Math.min(now - oldest.time_sent - this.smoothed_rtt, this.max_ack_delay);
      this.seen_ack_delay = Math.max(this.seen_ack_delay, late);
    }
    const lost_packets = this.DetectAndRemoveLostPackets(now);
    if (lost_packets.length > 0) this.OnPacketsLost(now, lost_packets);
    this.OnPacketsAcked(newly_acked_packets);
    this.pto_count = 0;
    this.SetLossDetectionTimer();
  }

  LoseWhatIsLost(now: number): void {
    const lost_packets = this.DetectAndRemoveLostPackets(now);
    if (lost_packets.length > 0) this.OnPacketsLost(now, lost_packets);
    this.SetLossDetectionTimer();
  }

  DetectAndRemoveAckedPackets(ack: OracleAck): OracleSentPacket[] {
    const newly_acked = [...this.sent_packets.values()].filter(({ packet_number }) =>
      ack.isAcked(packet_number),
    );
    for (const { packet_number } of newly_acked) this.sent_packets.delete(packet_number);
    return newly_acked;
  }

  /** Stands where the RFC has `max_ack_delay`. */
  get pto_ack_delay(): number {
    const { usualAckDelay, ackDelayMargin } = this.deviations;
    const delay = Math.max(usualAckDelay, ackDelayMargin * this.seen_ack_delay);
    return Math.min(delay, this.max_ack_delay);
  }

  UpdateRtt(now: number, reported_ack_delay: number): void {
    const seen = Math.min(reported_ack_delay, this.max_ack_delay);
    this.seen_ack_delay = Math.max(seen, (15 / 16) * this.seen_ack_delay + (1 / 16) * seen);
    if (this.first_rtt_sample === 0) {
      this.min_rtt = this.latest_rtt;
      this.smoothed_rtt = this.latest_rtt;
      this.rttvar = this.latest_rtt / 2;
      this.first_rtt_sample = now;
      return;
    }
    this.min_rtt = Math.min(this.min_rtt, this.latest_rtt);
    const ack_delay = Math.min(reported_ack_delay, this.max_ack_delay);
    let adjusted_rtt = this.latest_rtt;
    if (this.latest_rtt >= this.min_rtt + ack_delay) adjusted_rtt = this.latest_rtt - ack_delay;
    else if (this.deviations.adjustsBelowMinimum) adjusted_rtt = this.min_rtt;
    this.rttvar = (3 / 4) * this.rttvar + (1 / 4) * Math.abs(this.smoothed_rtt - adjusted_rtt);
    this.smoothed_rtt = (7 / 8) * this.smoothed_rtt + (1 / 8) * adjusted_rtt;
  }

  // A.8
  GetPtoTime(): number {
    let duration = this.smoothed_rtt + Math.max(4 * this.rttvar, kGranularity);
    // The handshake is confirmed.
    duration += this.pto_ack_delay;
    const backoffMax = Math.max(duration, this.deviations.ptoBackoffMax);
    duration = Math.min(duration * 2 ** this.pto_count, backoffMax);
    return this.time_of_last_ack_eliciting_packet + duration;
  }

  SetLossDetectionTimer(): void {
    if (this.loss_time !== 0) {
      this.loss_detection_timer = this.loss_time;
      return;
    }
    if (![...this.sent_packets.values()].some((packet) => packet.ack_eliciting)) {
      this.loss_detection_timer = Number.POSITIVE_INFINITY;
      return;
    }
    this.loss_detection_timer = this.GetPtoTime();
  }

  // A.9
  OnLossDetectionTimeout(now: number): void {
    this.lost = [];
    if (this.loss_time !== 0) {
      const lost_packets = this.DetectAndRemoveLostPackets(now);
      this.OnPacketsLost(now, lost_packets);
      this.SetLossDetectionTimer();
      return;
    }
    this.probes += 1;
    if (this.pto_count === 0) this.probes_from = this.#next_number;
    this.pto_count += 1;
    this.SetLossDetectionTimer();
  }

  // A.10
  DetectAndRemoveLostPackets(now: number): OracleSentPacket[] {
    this.loss_time = 0;
    const lost_packets: OracleSentPacket[] = [];
    let loss_delay = kTimeThreshold * Math.max(this.latest_rtt, this.smoothed_rtt);
    loss_delay = Math.max(loss_delay, kGranularity);
    for (const unacked of [...this.sent_packets.values()]) {
      if (unacked.packet_number > this.largest_acked_packet) continue;
      // "lost_send_time = now() - loss_delay", compared by the sum that the timer is set to: with
      // fractions, the two subtractions need not agree.
      if (
        unacked.time_sent + loss_delay <= now ||
        this.largest_acked_packet >= unacked.packet_number + kPacketThreshold
      ) {
        this.sent_packets.delete(unacked.packet_number);
        lost_packets.push(unacked);
        this.lost.push(unacked.packet_number);
      } else if (this.loss_time === 0) {
        this.loss_time = unacked.time_sent + loss_delay;
      } else {
        this.loss_time = Math.min(this.loss_time, unacked.time_sent + loss_delay);
      }
    }
    return lost_packets;
  }

  // B.4
  OnPacketSentCC(sent_bytes: number): void {
    this.bytes_in_flight += sent_bytes;
  }

  // B.5
  InCongestionRecovery(sent_time: number): boolean {
    return sent_time <= this.congestion_recovery_start_time;
  }

  OnPacketsAcked(acked_packets: readonly OracleSentPacket[]): void {
    // The newest first, as our ranges have them: the sum of fractions depends on it.
    for (const acked_packet of [...acked_packets].reverse()) this.OnPacketAcked(acked_packet);
  }

  OnPacketAcked(acked_packet: OracleSentPacket): void {
    if (!acked_packet.in_flight) return;
    this.bytes_in_flight -= acked_packet.sent_bytes;
    if (this.#isAppOrFlowControlLimited()) return;
    if (this.InCongestionRecovery(acked_packet.time_sent)) return;
    if (this.congestion_window < this.ssthresh) this.congestion_window += acked_packet.sent_bytes;
    else {
      this.congestion_window +=
        (this.max_datagram_size * acked_packet.sent_bytes) / this.congestion_window;
    }
  }

  // B.6
  OnCongestionEvent(now: number, sent_time: number): void {
    if (this.InCongestionRecovery(sent_time)) return;
    this.congestion_recovery_start_time = now;
    this.ssthresh = this.congestion_window * kLossReductionFactor;
    this.congestion_window = Math.max(this.ssthresh, this.kMinimumWindow);
  }

  // B.8
  OnPacketsLost(now: number, lost_packets: readonly OracleSentPacket[]): void {
    let sent_time_of_last_loss = 0;
    for (const lost_packet of lost_packets) {
      if (!lost_packet.in_flight) continue;
      this.bytes_in_flight -= lost_packet.sent_bytes;
      sent_time_of_last_loss = Math.max(sent_time_of_last_loss, lost_packet.time_sent);
    }
    if (sent_time_of_last_loss !== 0) this.OnCongestionEvent(now, sent_time_of_last_loss);
    if (this.first_rtt_sample === 0) return;
    const pc_lost = lost_packets.filter((lost) => lost.time_sent > this.first_rtt_sample);
    if (this.InPersistentCongestion(pc_lost)) {
      this.congestion_window = this.kMinimumWindow;
      this.congestion_recovery_start_time = 0;
    }
  }

  /**
   * Not spelled out in the RFC's code; section 7.6.2: two of them that elicit an ACK, more than the
   * duration apart, and every packet between declared lost. Those outstanding or acknowledged by
   * then do not stand in `lost`; the trace tells which were acknowledged.
   */
  InPersistentCongestion(lost: readonly OracleSentPacket[]): boolean {
    const duration =
      (this.smoothed_rtt + Math.max(4 * this.rttvar, kGranularity) + this.pto_ack_delay) *
      kPersistentCongestionThreshold;
    return lost.some((first) =>
      lost.some(
        (last) =>
          last.time_sent - first.time_sent > duration &&
          first.ack_eliciting &&
          last.ack_eliciting &&
          !this.wasAnyAcked(first.packet_number, last.packet_number),
      ),
    );
  }

  /** Told by the trace. */
  wasAnyAcked: (after: number, before: number) => boolean = () => false;
}
