// What a connection asks of a congestion controller. It decides how many bytes may be in flight and
// how fast they leave; it sees neither channels nor frames. Controllers must not read a clock.
//
// Calls for one ACK come in this order: `onLossUndone`, `onLost`, `onPacketAcked` for each packet,
// then `onAck` once.

import type { RttEstimator } from './rtt.ts';

export interface CongestionController {
  /** Bytes that may be in flight. */
  readonly windowBytes: number;
  /** What it is doing, in a word or two for people. */
  readonly state: string;
  /** Bytes per millisecond at which the pacer lets packets go. */
  pacingRate(rtt: RttEstimator): number;
  onSent(nowMs: number, bytes: number, bytesInFlight: number): void;
  /**
   * One newly acknowledged packet. `appLimited`: the application, not the window, set the rate of
   * late, so that the window must not grow on this evidence (RFC 9002 section 7.8).
   */
  onPacketAcked(sentAtMs: number, bytes: number, appLimited: boolean): void;
  /** What one ACK taught. The sample is used again for the next. */
  onAck(nowMs: number, sample: AckSample): void;
  /**
   * Packets were declared lost together; `sentAtMs` is when the newest of them was sent.
   * `persistent`: the whole path was dead for a while (RFC 9002 section 7.6).
   */
  onLost(nowMs: number, sentAtMs: number, bytes: number, persistent: boolean): void;
  /** All that was lost since `onLost` last began an episode has arrived after all. */
  onLossUndone(): void;
  /** The packets of this path may be longer, or must be shorter, from now on. */
  onDatagramBytes(datagramBytes: number): void;
}

/** A controller for a path of which nothing is known yet. */
export type CongestionFactory = (nowMs: number, datagramBytes: number) => CongestionController;

/** What the packets that one ACK acknowledged say of the path; see `delivery-rate.ts`. */
export class AckSample {
  ackedBytes = 0;
  /** Declared lost by this same ACK. */
  lostBytes = 0;
  /** After this ACK. */
  bytesInFlight = 0;
  /** All that was ever delivered, and what of it was known when the newest of them was sent. */
  deliveredBytes = 0;
  priorDeliveredBytes = 0;
  /** In flight when the newest of them had been sent, and lost since then. */
  inFlightAtSendBytes = 0;
  lostSinceSendBytes = 0;
  /** Delivered bytes per millisecond, over a round trip; 0 when this ACK does not tell. */
  rate = 0;
  /** The application had too little to send: the path may carry more than `rate`. */
  isAppLimited = false;
  /** Round trip less the peer's delay, or -1 when this ACK does not tell. */
  rttMs = -1;
  smoothedRttMs = 0;
}
