// The host's clock on one connection (paper: clock). A host says once what its times count from
// (TIME), repairs that when it is lost or no longer true, and now and then adds to an ACK when the
// acknowledged packet came. A client makes its estimate of that. Neither frame costs a packet of
// its own, but for a TIME that is lost.

import { varintMax } from '../../base/varint.ts';
import { type FrameReader, timeFrameBytes, writeTime } from '../../codec/paperclip/frames.ts';
import type { HostTime } from '../link.ts';
import { ClockEstimate } from './clock-estimate.ts';
import type { HostClock } from './host-clock.ts';
import { protocolLimits } from './limits.ts';
import type { PacketBuilder } from './packet-builder.ts';
import type { ConnectionSetup } from './parameters.ts';
import type { SentPacket, SentPackets } from './sent-packets.ts';

export class ConnectionClock {
  /** Set on a host that has a clock to share. */
  readonly #hostClock: HostClock | undefined;
  readonly #isClient: boolean;
  /** Receive times count from here, by our own clock. */
  readonly #epochMs: number;
  /** Client. */
  readonly #estimate: ClockEstimate | undefined;
  /** Host: what TIME says, and what it last said. */
  #offsetMs = 0;
  #toldOffsetMs = Number.NaN;
  #timedAckAtMs = Number.NEGATIVE_INFINITY;
  /** Client: what TIME said, and the number of the packet that said it. */
  #hostEpochUnixMs = Number.NaN;
  #hostEpochFrom = -1;
  #askedAtMs = Number.NEGATIVE_INFINITY;

  constructor({ role, hostClock }: Pick<ConnectionSetup, 'role' | 'hostClock'>, nowMs: number) {
    this.#hostClock = hostClock;
    this.#isClient = role === 'client';
    this.#estimate = this.#isClient ? new ClockEstimate() : undefined;
    this.#epochMs = nowMs;
    if (hostClock !== undefined) this.#offsetMs = hostClock.offsetMs(nowMs);
  }

  /** Undefined on a client that has not heard enough yet. */
  hostTime(nowMs: number): HostTime | undefined {
    if (this.#hostClock !== undefined) {
      return { unixMs: nowMs + this.#hostClock.offsetMs(nowMs), errorMs: 0 };
    }
    const estimate = this.#estimate;
    if (!estimate?.hasSample || Number.isNaN(this.#hostEpochUnixMs)) return undefined;
    return {
      unixMs: this.#hostEpochUnixMs + nowMs + estimate.offsetMs,
      errorMs: estimate.errorMs(nowMs),
    };
  }

  // --- Host.

  get owesTime(): boolean {
    return this.#hostClock !== undefined && this.#toldOffsetMs !== this.#offsetMs;
  }

  writeTime(packet: PacketBuilder): void {
    if (!this.owesTime) return;
    // A wall clock before 1970, or past 2255 where a varint ends, is one that nobody has set.
    const epochUs = Math.round((this.#epochMs + this.#offsetMs) * 1000);
    const epochUnixUs = Math.min(Math.max(0, epochUs), varintMax);
    if (packet.room < timeFrameBytes(epochUnixUs)) return;
    packet.at = writeTime(packet.bytes, packet.at, epochUnixUs);
    packet.isAckEliciting = true;
    packet.record.carriesTime = true;
    this.#toldOffsetMs = this.#offsetMs;
  }

  onPacketLost(packet: SentPacket): void {
    if (packet.carriesTime) this.#toldOffsetMs = Number.NaN;
  }

  /** When a packet came, as ACK with receive time has it; -1: not in this ACK. */
  receiveTimeUs(nowMs: number, receivedAtMs: number): number {
    if (this.#hostClock === undefined) return -1;
    if (nowMs - this.#timedAckAtMs < protocolLimits.ackTimeIntervalMs) return -1;
    this.#timedAckAtMs = nowMs;
    this.#offsetMs = this.#hostClock.offsetMs(nowMs);
    return Math.max(0, Math.round((receivedAtMs - this.#epochMs) * 1000));
  }

  // --- Client.

  onTime(packetNumber: number, frame: FrameReader): void {
    // A packet that was overtaken brings an older one.
    if (!this.#isClient || packetNumber < this.#hostEpochFrom) return;
    this.#hostEpochFrom = packetNumber;
    this.#hostEpochUnixMs = frame.epochUnixUs / 1000;
  }

  /** Before loss detection hears of the ACK: then the packet still stands as it was sent. */
  onAck(nowMs: number, frame: FrameReader, sent: SentPackets): void {
    if (frame.receiveTimeUs < 0 || this.#estimate === undefined) return;
    const packet = sent.get(frame.rangeHigh[0]!);
    if (packet === undefined || packet.state !== 'outstanding') return;
    const receivedMs = frame.receiveTimeUs / 1000;
    this.#estimate.onSample(packet.sentAtMs, receivedMs, receivedMs + frame.ackDelayMs, nowMs);
  }

  /** True, now and then, when the estimate is old: this packet should ask for an ACK. */
  asksForSample(nowMs: number): boolean {
    const estimate = this.#estimate;
    if (estimate === undefined || Number.isNaN(this.#hostEpochUnixMs)) return false;
    const triedAtMs = Math.max(this.#askedAtMs, estimate.sampledAtMs);
    if (nowMs - triedAtMs < protocolLimits.clockSampleMs) return false;
    this.#askedAtMs = nowMs;
    return true;
  }
}
