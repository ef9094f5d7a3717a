// How long datagrams may be on this path: RFC 8899 with a short ladder of sizes. A probe is a
// packet of PING and PADDING that nobody misses: one that is acknowledged lifts the size, one that
// is lost says nothing of congestion and is not in `SentPackets`. When long packets vanish while
// short ones arrive, the path has become narrower (a "black hole"), and the base size holds again.
//
// It decides; the packet sender writes the probe and tells the controller and the pacer.

import type { FrameReader } from '../../codec/paperclip/frames.ts';
import { acknowledges } from './acknowledges.ts';
import { protocolLimits } from './limits.ts';
import type { SentPacket } from './sent-packets.ts';

const never = Number.POSITIVE_INFINITY;

const { mtuProbeBytesLow, mtuProbeBytesMiddle, mtuProbeBytesHigh, mtuProbeBytesJumbo } =
  protocolLimits;
const ladder: readonly number[] = [
  mtuProbeBytesLow,
  mtuProbeBytesMiddle,
  mtuProbeBytesHigh,
  mtuProbeBytesJumbo,
];

export class MtuDiscovery {
  /** The path has carried a datagram of this length, or every path is taken to. */
  datagramBytes: number;
  /** Times that the base size came back because longer packets vanished. */
  blackHoles = 0;

  readonly #baseBytes: number;
  /** No probe is longer; 0: nothing is probed. */
  readonly #probeBytesMax: number;
  /** At which packets leave; 0 before the first ACK. */
  #bytesPerMs = 0;
  /** Something did not fit: without that, longer datagrams are of no use. */
  #isWanted = false;
  #probeNumber = -1;
  #probeBytes = 0;
  #probesLost = 0;
  /** While a probe is out: when it counts as lost. Otherwise: when the search goes on. */
  #timerAtMs = never;
  /** Not before: the search has ended, for a while. */
  #searchAtMs = 0;
  /** Since a long packet arrived last: long ones lost, and shorter ones sent later that came. */
  #longLost = 0;
  #shortArrived = 0;
  #firstLostNumber = never;

  /** Without `isProbing`, the base size is all there is. `bytesMax`: what the peer takes. */
  constructor(isProbing: boolean, bytesMax: number) {
    this.#baseBytes = Math.min(protocolLimits.datagramBytesBase, bytesMax);
    this.datagramBytes = this.#baseBytes;
    this.#probeBytesMax = isProbing ? bytesMax : 0;
  }

  /** A lost probe, and nothing else, needs to be woken for. */
  get timerAtMs(): number {
    return this.#timerAtMs;
  }

  /** A piece did not fit into the packet. */
  onLackOfRoom(): void {
    this.#isWanted = true;
  }

  /** How long packets should be, now that they leave at this rate. */
  packetBytesAt(bytesPerMs: number): number {
    this.#bytesPerMs = bytesPerMs;
    return this.#isTooSlow(this.datagramBytes) ? mtuProbeBytesHigh : this.datagramBytes;
  }

  /** The length of the probe that should leave now, or 0. */
  probeBytes(nowMs: number): number {
    if (!this.#isWanted || this.#probeNumber >= 0 || nowMs < this.#searchAtMs) return 0;
    const next = ladder.find((size) => size > this.datagramBytes) ?? 0;
    return next <= this.#probeBytesMax && !this.#isTooSlow(next) ? next : 0;
  }

  onProbeSent(nowMs: number, number: number, bytes: number, ptoMs: number): void {
    const { mtuProbeTimeoutMs, mtuProbePtos } = protocolLimits;
    this.#probeNumber = number;
    this.#probeBytes = bytes;
    this.#timerAtMs = nowMs + Math.max(mtuProbeTimeoutMs, mtuProbePtos * ptoMs);
  }

  /** True when datagrams may be longer from now on. */
  onAck(frame: FrameReader): boolean {
    const number = this.#probeNumber;
    if (number < 0 || !acknowledges(frame, number)) return false;
    this.#endProbe();
    this.#probesLost = 0;
    this.datagramBytes = this.#probeBytes;
    return true;
  }

  /** The probe is lost, or its size too long: the search rests. */
  handleTimeout(nowMs: number): void {
    if (nowMs < this.#timerAtMs) return;
    this.#endProbe();
    this.#probesLost += 1;
    if (this.#probesLost < protocolLimits.mtuProbes) return;
    this.#probesLost = 0;
    this.#searchAtMs = nowMs + protocolLimits.mtuSearchMs;
  }

  onPacketAcked(packet: SentPacket): void {
    if (packet.number < this.#firstLostNumber) return;
    if (packet.bytes > this.#baseBytes) this.#forgetLosses();
    else this.#shortArrived += 1;
  }

  onPacketLost(packet: SentPacket): void {
    if (packet.bytes <= this.#baseBytes) return;
    this.#longLost += 1;
    if (packet.number < this.#firstLostNumber) this.#firstLostNumber = packet.number;
  }

  /** After the packets of an ACK have met their fate: back to the base size, if need be. */
  checkBlackHole(nowMs: number): void {
    const { blackHoleLost, blackHoleArrived } = protocolLimits;
    if (this.#longLost < blackHoleLost || this.#shortArrived < blackHoleArrived) return;
    this.blackHoles += 1;
    this.#fallBack();
    this.#searchAtMs = nowMs + protocolLimits.mtuSearchMs;
  }

  /** Of another path nothing is known; the search begins anew when something lacks room there. */
  onOtherPath(): void {
    this.#fallBack();
    this.#searchAtMs = 0;
    this.#isWanted = false;
  }

  /** On a slow path, what is urgent would wait for a jumbo packet that is under way. */
  #isTooSlow(bytes: number): boolean {
    return bytes > mtuProbeBytesHigh && bytes > this.#bytesPerMs * protocolLimits.jumboPathMsMax;
  }

  #fallBack(): void {
    this.datagramBytes = this.#baseBytes;
    this.#probesLost = 0;
    this.#endProbe();
    this.#forgetLosses();
  }

  #endProbe(): void {
    this.#probeNumber = -1;
    this.#timerAtMs = never;
  }

  #forgetLosses(): void {
    this.#longLost = 0;
    this.#shortArrived = 0;
    this.#firstLostNumber = never;
  }
}
