// What a connection asks of a congestion controller. It decides how many bytes may be in flight and
// how fast they leave; it sees neither packets nor channels. Controllers must not read a clock.

import type { RttEstimator } from './rtt.ts';

export interface CongestionController {
  /** Bytes that may be in flight. */
  readonly windowBytes: number;
  /** Bytes per millisecond at which the pacer lets packets go. */
  pacingRate(rtt: RttEstimator): number;
  onSent(nowMs: number, bytes: number, bytesInFlight: number): void;
  /**
   * One newly acknowledged packet. `appLimited`: the application, not the window, set the rate of
   * late, so that the window must not grow on this evidence (RFC 9002 section 7.8).
   */
  onAck(
    nowMs: number,
    sentAtMs: number,
    bytes: number,
    rtt: RttEstimator,
    appLimited: boolean,
  ): void;
  /**
   * Packets were declared lost together; `sentAtMs` is when the newest of them was sent.
   * `persistent`: the whole path was dead for a while (RFC 9002 section 7.6).
   */
  onLost(nowMs: number, sentAtMs: number, bytes: number, persistent: boolean): void;
}
