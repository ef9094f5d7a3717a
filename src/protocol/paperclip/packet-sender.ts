// From what waits to a sealed datagram: decides whether a packet may leave now (acknowledgement
// due, congestion window, pacing, probes), has the frame writers fill it, seals it and remembers
// it. It owns everything about sent packets; messages are the outbox's.

import { packetNumberLength } from '../../base/sequence.ts';
import type { FrameReader } from '../../codec/paperclip/frames.ts';
import { tagBytes, writePacketHeader } from '../../codec/paperclip/packet.ts';
import type { ReceivedPackets } from './ack-ranges.ts';
import type { CongestionController, CongestionFactory } from './congestion.ts';
import { adaptive } from './congestion-choice.ts';
import type { ConnectionClock } from './connection-clock.ts';
import type { Ending } from './connection-ending.ts';
import {
  type FrameSources,
  frameWriters,
  wantsAckOfAck,
  writeCloseFrame,
  writeMtuProbe,
  writePathFrame,
  writePingFrame,
} from './frame-writers.ts';
import type { Inbox } from './inbox.ts';
import { KeySchedule } from './key-schedule.ts';
import { protocolLimits } from './limits.ts';
import { LossDetection } from './loss-detection.ts';
import { MtuDiscovery } from './mtu-discovery.ts';
import type { Outbox } from './outbox.ts';
import { Pacer } from './pacer.ts';
import type { PacketBuilder } from './packet-builder.ts';
import type { EquippedSetup } from './parameters.ts';
import type { PathFrame } from './paths.ts';
import { RttEstimator } from './rtt.ts';
import type { SendCadence } from './send-cadence.ts';
import { type SentPacket, SentPackets } from './sent-packets.ts';
import { SkippedNumber } from './skipped-number.ts';
import type { ConnectionTrace } from './trace.ts';

const never = Number.POSITIVE_INFINITY;

export interface SenderParts {
  readonly received: ReceivedPackets;
  readonly inbox: Inbox;
  readonly outbox: Outbox;
  readonly clock: ConnectionClock;
  readonly cadence: SendCadence;
}

export class PacketSender implements FrameSources {
  readonly received: ReceivedPackets;
  readonly inbox: Inbox;
  readonly outbox: Outbox;
  readonly clock: ConnectionClock;
  readonly sent: SentPackets;
  readonly rtt = new RttEstimator();
  readonly loss: LossDetection;
  /** Of both directions: the receiver reads with it. */
  readonly keys: KeySchedule;
  readonly mtu: MtuDiscovery;
  packetsSent = 0;
  bytesSent = 0;
  /** What the application queued may leave now. */
  flushWanted = false;
  /** A PING should leave. */
  owesPing = false;
  /** No datagram may be longer: little goes to an address that is not proven. */
  allowedBytes = never;
  /** When the pacer lets the next packet go; infinite when it holds none back. */
  paceAtMs = never;

  readonly #remoteConnectionId: number;
  readonly #trace: ConnectionTrace | undefined;
  readonly #cadence: SendCadence;
  readonly #pacer: Pacer;
  /** All connections of an endpoint fill the same one: between two packets it holds nothing. */
  readonly #packet: PacketBuilder;
  readonly #skipped: SkippedNumber;
  readonly #createCongestion: CongestionFactory;
  #congestion: CongestionController;
  #datagramBytes: number;
  #ackOnlyInARow = 0;
  /** Bytes of urgent lanes' messages in flight. */
  #urgentBytes = 0;

  constructor(setup: EquippedSetup, nowMs: number, parts: SenderParts) {
    const { role, remote, memory, handshakeRttMs, firstPacketNumber } = setup;
    this.received = parts.received;
    this.inbox = parts.inbox;
    this.outbox = parts.outbox;
    this.clock = parts.clock;
    this.#cadence = parts.cadence;
    this.sent = new SentPackets(firstPacketNumber, memory.packets);
    this.#skipped = new SkippedNumber(setup.crypto, this.sent.next);
    this.#remoteConnectionId = setup.remoteConnectionId;
    this.#trace = setup.trace;
    this.mtu = new MtuDiscovery(setup.probesMtu ?? false, remote.datagramBytesMax);
    this.#datagramBytes = this.mtu.datagramBytes;
    this.#createCongestion = setup.congestion ?? adaptive;
    this.#congestion = this.#createCongestion(nowMs, this.#datagramBytes);
    this.loss = new LossDetection({
      sent: this.sent,
      rtt: this.rtt,
      congestion: this.#congestion,
      fates: this,
      peerAckDelayMaxMs: remote.ackDelayMaxMs,
    });
    this.keys = new KeySchedule(setup, nowMs, this.loss);
    this.#pacer = new Pacer(nowMs, this.#datagramBytes);
    this.#packet = memory.packet;
    if (handshakeRttMs !== undefined) this.rtt.onSample(handshakeRttMs, 0);
    // The host counts the connection from the client's first data packet: there must be one.
    this.owesPing = role === 'client';
  }

  /** The buffer of the last packet, valid until the next. */
  get datagram(): Uint8Array {
    return this.#packet.bytes;
  }
  get congestion(): CongestionController {
    return this.#congestion;
  }
  /** The packet numbers come near the end of what a Number counts by ones. */
  get isExhausted(): boolean {
    return this.sent.next >= protocolLimits.packetNumberMax;
  }

  /** Not even a short packet is allowed: nothing leaves, and no timer may ask for it. */
  get isHeldBack(): boolean {
    return this.allowedBytes < protocolLimits.packetBytesMin;
  }

  /** False when the peer acknowledges a packet that was never sent. */
  onAck(nowMs: number, frame: FrameReader): boolean {
    if (this.#skipped.isIn(frame) || !this.loss.onAck(nowMs, frame)) return false;
    if (!this.mtu.onAck(frame)) this.mtu.checkBlackHole(nowMs);
    const datagramBytes = this.mtu.packetBytesAt(this.#congestion.pacingRate(this.rtt));
    if (datagramBytes !== this.#datagramBytes) this.#setDatagramBytes(datagramBytes);
    return true;
  }

  /** Packets go to another host from now on, of which it is not known how long they may be. */
  leaveHost(): void {
    this.mtu.onOtherPath();
    this.#setDatagramBytes(this.mtu.datagramBytes);
  }

  /** Packets go to another host, of which nothing is known: RTT and congestion begin anew. */
  resetPath(nowMs: number): void {
    this.rtt.reset();
    this.#congestion = this.#createCongestion(nowMs, this.#datagramBytes);
    this.#pacer.reset(nowMs);
    this.loss.onPathChanged(this.#congestion);
  }

  /** The path was probed, or takes less than it did. */
  #setDatagramBytes(datagramBytes: number): void {
    this.#datagramBytes = datagramBytes;
    this.#pacer.onDatagramBytes(datagramBytes);
    this.#congestion.onDatagramBytes(datagramBytes);
  }

  /** The length of the next datagram with what waits, or 0 when none should leave now. */
  nextDataPacket(nowMs: number): number {
    const isAckDue = this.received.dueAtMs <= nowMs;
    this.outbox.onCongestionWindow(this.congestion.windowBytes);
    const wantsData = this.#wantsData(nowMs, isAckDue);
    // Armed anew below: a pace that nothing waits for any more must not wake anybody.
    this.paceAtMs = never;
    if (this.isHeldBack) {
      this.loss.onDrained(false);
      this.outbox.redundancy.giveUpDue(nowMs);
      return 0;
    }
    const mayData = wantsData && this.#mayData(nowMs);
    const mayUrgent = wantsData && !mayData && this.#mayUrgent;
    const probeLength = mayData ? this.#nextMtuProbe(nowMs) : 0;
    if (probeLength > 0) return probeLength;
    const mayAny = isAckDue || mayData || mayUrgent;
    const length = mayAny ? this.#fill(nowMs, isAckDue, mayData, mayUrgent) : 0;
    // Held back by the window or the pacer is the opposite of being short of data.
    if (length > 0) return length;
    this.loss.onDrained(mayData || !wantsData);
    this.outbox.redundancy.giveUpDue(nowMs);
    return 0;
  }

  #fill(nowMs: number, isAckDue: boolean, mayData: boolean, mayUrgent: boolean): number {
    const { received, clock } = this;
    const packet = this.#packet;
    // Acknowledgements alone use up numbers too, and may ask for one of their own.
    while (this.sent.isFull) this.loss.giveUpOldest(nowMs);
    // A probe time-out may mean that long packets do not arrive any more: its packets are short.
    // So are those of the reserve, which is a few short packets.
    const isShort = this.loss.probesOwed > 0 || !mayData;
    const lengthMax = isShort ? protocolLimits.datagramBytesBase : this.#datagramBytes;
    this.#begin(nowMs, Math.min(lengthMax, this.#datagramBytes, this.allowedBytes));
    for (const writer of frameWriters) {
      if (mayData || !writer.needsWindow) writer.write(nowMs, packet, this);
    }
    if (mayUrgent) this.outbox.writeUrgent(nowMs, packet);
    if (!packet.isAckEliciting) {
      // An ACK that leaves no room for what waits goes ahead alone, due or not.
      if (packet.isEmpty || !(isAckDue || packet.lacksRoom)) return 0;
      const asks = wantsAckOfAck(this.#ackOnlyInARow, received.count);
      if (asks || clock.asksForSample(nowMs)) writePingFrame(packet);
    }
    if (packet.record.ackLargest >= 0) received.onAckSent();
    if (packet.lacksRoom) this.mtu.onLackOfRoom();
    return this.#seal(nowMs);
  }

  /** PING and PADDING, ahead of data; nobody misses it, so that it is not tracked. */
  #nextMtuProbe(nowMs: number): number {
    const { mtu, sent, loss } = this;
    const bytes = mtu.probeBytes(nowMs);
    if (bytes === 0 || bytes > this.allowedBytes || loss.probesOwed > 0) return 0;
    mtu.onProbeSent(nowMs, sent.next, bytes, loss.ptoMs);
    this.#begin(nowMs, bytes);
    writeMtuProbe(this.#packet);
    this.#pacer.onSent(bytes);
    return this.#seal(nowMs);
  }

  /** A packet with one PATH frame. It is not tracked: who asked asks again. */
  pathPacket(nowMs: number, frame: PathFrame<unknown>): number {
    this.#begin(nowMs, protocolLimits.pathPacketBytesMax);
    writePathFrame(frame, this.#packet);
    return this.#seal(nowMs);
  }

  /** A packet with CLOSE alone. */
  closePacket(nowMs: number, ending: Ending): number {
    this.#begin(nowMs, Math.min(this.#datagramBytes, this.allowedBytes));
    writeCloseFrame(ending, this.#packet);
    return this.#seal(nowMs);
  }

  onPacketAcked(packet: SentPacket): void {
    this.#urgentBytes -= packet.urgentBytes;
    this.mtu.onPacketAcked(packet);
    if (packet.ackLargest >= 0) this.received.onAckAcknowledged(packet.ackLargest);
    this.outbox.onPacketAcked(packet);
  }

  onPacketLost(packet: SentPacket, nowMs: number): void {
    this.#trace?.packetLost(nowMs, packet.number);
    this.#urgentBytes -= packet.urgentBytes;
    this.mtu.onPacketLost(packet);
    this.outbox.onPacketLost(packet);
    this.inbox.onPacketLost(packet);
    this.clock.onPacketLost(packet);
    // What was lost does not wait for the application's next flush.
    if (packet.carriesMessages) this.flushWanted = true;
  }

  #wantsData(nowMs: number, isAckDue: boolean): boolean {
    const { inbox, outbox, clock } = this;
    const { hasWork, redundancy } = outbox;
    // A flush is for what was queued before it, and is over when that has left.
    if (!hasWork) this.flushWanted = false;
    if (this.loss.probesOwed > 0 || this.owesPing || inbox.owesWindow) return true;
    if (clock.owesTime) return true;
    if (redundancy.dueAtMs <= nowMs || (isAckDue && redundancy.isWaiting(nowMs))) return true;
    // A packet that leaves anyway takes along what nobody has flushed yet.
    return (this.flushWanted || isAckDue) && hasWork;
  }

  #mayData(nowMs: number): boolean {
    if (this.loss.probesOwed > 0) return true;
    if (this.sent.bytesInFlight + this.#datagramBytes > this.#congestion.windowBytes) return false;
    const readyAtMs = this.#pacer.readyAtMs(nowMs, this.#congestion.pacingRate(this.rtt));
    if (readyAtMs <= nowMs) return true;
    this.paceAtMs = readyAtMs;
    return false;
  }

  /** Past a full window and the pacer: as long as little is in flight that could not wait. */
  get #mayUrgent(): boolean {
    const { urgentReservePackets, datagramBytesBase } = protocolLimits;
    if (this.#urgentBytes > (urgentReservePackets - 1) * datagramBytesBase) return false;
    return this.outbox.hasUrgentWork;
  }

  /** Well under the window: copies are not what fills it. */
  get mayCopy(): boolean {
    const { redundancyWindowShare } = protocolLimits;
    return this.sent.bytesInFlight <= redundancyWindowShare * this.#congestion.windowBytes;
  }

  #begin(nowMs: number, datagramBytes: number): void {
    const { bytes } = this.#packet;
    this.keys.beforePacket(nowMs);
    const { writePhase } = this.keys;
    const number = this.sent.next;
    const numberLength = packetNumberLength(number, this.loss.largestAcked);
    this.#packet.begin(
      writePacketHeader(bytes, 0, writePhase, this.#remoteConnectionId, number, numberLength),
      datagramBytes,
    );
  }

  #seal(nowMs: number): number {
    const { bytes, framesStart: start, at, isAckEliciting, record } = this.#packet;
    const number = this.sent.next;
    const { writeKey, writePhase: keyPhase } = this.keys;
    const trace = this.#trace;
    if (trace !== undefined) {
      const datagramBytes = at + tagBytes;
      trace.packetSent(nowMs, { number, keyPhase, datagramBytes, bytes, start, end: at });
    }
    const end = writeKey.seal(bytes, start, bytes, start, at, number, bytes, 0, start);
    this.keys.onSealed(number);
    this.packetsSent += 1;
    this.bytesSent += end;
    if (!isAckEliciting) {
      this.#ackOnlyInARow += 1;
      this.sent.skip();
      return end;
    }
    this.#ackOnlyInARow = 0;
    this.#urgentBytes += record.urgentBytes;
    this.owesPing = false;
    this.#packet.record = this.sent.track(record, nowMs, end);
    this.#pacer.onSent(end);
    // A probe has messages in it, and is no beat.
    if (record.carriesMessages && this.loss.probesOwed === 0) this.#cadence.onSent(nowMs);
    this.loss.onPacketSent(nowMs, record);
    if (this.#skipped.isDue(this.sent.next, this.loss.largestAcked)) this.sent.skip();
    return end;
  }
}
