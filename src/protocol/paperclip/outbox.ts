// The sending half of a connection: what `send` took, the channels that choose from it, and what
// became of it. Congestion, pacing and packets' headers are not known here; a packet to fill, and
// the fate of those that were filled, come from the connection.

import type { FrameReader } from '../../codec/paperclip/frames.ts';
import type { Deflate } from '../deflate.ts';
import type { Lane, LaneStats, LostReason } from '../link.ts';
import type { MessageOutcomes, SendChannel } from './channel.ts';
import { LatestSendChannel } from './channel-latest-send.ts';
import { isReliable, largestReliableMessage, needsCredit } from './channel-modes.ts';
import { ReliableSendChannel } from './channel-reliable-send.ts';
import { type MessageIds, UnreliableSendChannel } from './channel-unreliable-send.ts';
import { Compression } from './compression.ts';
import { creditWindow, messageCharge, SendCredit, sendQueueMark } from './flow-control.ts';
import { LaneScheduler, lanes } from './lanes.ts';
import { protocolLimits } from './limits.ts';
import { keyFor, laneFor } from './message-options.ts';
import { type MessagePool, MessageStore, type OutgoingMessage } from './outgoing-message.ts';
import type { EventSink } from './output.ts';
import type { PacketBuilder } from './packet-builder.ts';
import type { PlannedChannel, TransportParameters } from './parameters.ts';
import { Redundancy } from './redundancy.ts';
import { ReliableFlight } from './reliable-flight.ts';
import type { SentPacket, SentPackets } from './sent-packets.ts';

export interface MessageOptions {
  /**
   * Give the message up when it did not leave within this time. Default: no limit for reliable
   * channels, `unreliableTtlMs` otherwise.
   */
  readonly ttlMs?: number;
  /** The lane of this message; default: the channel's. */
  readonly priority?: Lane;
  /** Whose value it is, on a reliable-latest channel: default 0. */
  readonly key?: number;
  /** False: leave a compressing channel's message as it is. */
  readonly compress?: boolean;
  /** Named in the `delivered` or `lost` event of this message; without it there is neither. */
  readonly handle?: number;
}

export interface OutboxSetup {
  readonly channels: readonly PlannedChannel[];
  readonly remote: TransportParameters;
  readonly deflate: Deflate;
  readonly memory?: { readonly messages: MessagePool };
}

export class Outbox implements MessageOutcomes {
  messagesSent = 0;
  readonly messagesLost: Record<LostReason, number> = {
    lost: 0,
    expired: 0,
    dropped: 0,
    superseded: 0,
    ended: 0,
  };
  readonly compression: Compression;
  /** Bytes that `send` took and whose fate is open. */
  queuedBytes = 0;

  readonly #plan: readonly PlannedChannel[];
  readonly #largestBytes: number;
  /** The peer's window. */
  readonly #creditBytes: number;
  /** What the path takes is asked for early enough, and no more than that. */
  #markBytes: number;
  /** By channel and lane, at `channel * lanes.length + lane`: a channel is in the lanes it uses. */
  readonly #channels: (SendChannel | undefined)[];
  /** The channels in their own lanes, then in others: everything that may have work. */
  #inLanes: readonly SendChannel[] = [];
  readonly #scheduler = new LaneScheduler();
  /** By channel, what its lanes share: a flight if it is reliable, else the next id. */
  readonly #flights: (ReliableFlight | undefined)[];
  readonly #ids: (MessageIds | undefined)[];
  /** By channel, if its messages may go in bundles: it is reliable, and in one lane so far. */
  readonly #bundling: (ReliableSendChannel | undefined)[];
  /** By channel: its own lane. */
  readonly #usualLanes: number[];
  readonly #connectionCredit: SendCredit;
  readonly #store: MessageStore;
  readonly redundancy: Redundancy;
  readonly #events: EventSink;
  /** `queuedBytes` and a fixed part per message: what the marks are measured against. */
  #queuedCharge = 0;
  #owesWritable = false;
  #hasEnded = false;

  constructor({ channels, remote, deflate, memory }: OutboxSetup, events: EventSink) {
    this.#plan = channels;
    this.#store = new MessageStore(memory?.messages);
    this.redundancy = new Redundancy(this.#store);
    this.compression = new Compression(deflate);
    this.#events = events;
    const largest = largestReliableMessage(channels);
    this.#largestBytes = largest;
    this.#creditBytes = creditWindow(remote.connectionWindowBytes, largest);
    this.#markBytes = sendQueueMark(0, this.#creditBytes);
    this.#connectionCredit = new SendCredit(this.#creditBytes);
    this.#usualLanes = channels.map(({ lane }) => lanes.indexOf(lane));
    this.#channels = new Array(channels.length * lanes.length).fill(undefined);
    this.#ids = channels.map(({ mode }) => (isReliable(mode) ? undefined : { next: 0 }));
    this.#flights = channels.map((planned) => this.#createFlight(planned, remote));
    this.#bundling = new Array(channels.length).fill(undefined);
    for (let channel = 0; channel < channels.length; channel++) {
      this.#openLane(channel, this.#usualLanes[channel]!);
    }
  }

  get hasWork(): boolean {
    for (const channel of this.#inLanes) if (channel.hasWork) return true;
    return false;
  }
  get piecesResent(): number {
    let resent = 0;
    for (const flight of this.#flights) resent += flight?.piecesResent ?? 0;
    for (const channel of this.#inLanes) {
      if (channel instanceof LatestSendChannel) resent += channel.piecesResent;
    }
    return resent;
  }
  get expiresAtMs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const channel of this.#inLanes) {
      if (channel.expiresAtMs < next) next = channel.expiresAtMs;
    }
    return next;
  }

  onCongestionWindow(bytes: number): void {
    this.#markBytes = sendQueueMark(bytes, this.#creditBytes);
  }

  laneStats(): Record<Lane, LaneStats> {
    return this.#scheduler.stats();
  }

  /** See `Link.send` for what is thrown and what false means. */
  send(
    nowMs: number,
    channelId: number,
    message: Uint8Array,
    options: MessageOptions | undefined,
  ): boolean {
    const planned = this.#plan[channelId];
    if (planned === undefined) throw new RangeError(`channel ${channelId} is not in the plan`);
    const { name, messageBytesMax } = planned;
    // Text would be counted and copied as something else, and no length would spoil every count.
    if (message.BYTES_PER_ELEMENT !== 1) throw new TypeError('message must be a Uint8Array');
    if (message.length > messageBytesMax) {
      throw new RangeError(
        `message of ${message.length} bytes: channel ${name} takes ${messageBytesMax}`,
      );
    }
    const roomBytes =
      this.#markBytes + protocolLimits.sendQueueOverrunBytesMax + 2 * this.#largestBytes;
    if (this.#queuedCharge + messageCharge(message.length) > roomBytes) {
      throw new RangeError(
        `message queue is full at ${this.queuedBytes} bytes: after send() returned false, ` +
          'wait until it is writable',
      );
    }
    if (options === undefined && this.#bundling[channelId]?.bundle(nowMs, channelId, message)) {
      return this.#onQueued(message.length);
    }
    const record = this.#createRecord(nowMs, channelId, message, options);
    this.#channelIn(channelId, record.lane).enqueue(record);
    return this.#onQueued(record.length);
  }

  #createRecord(
    nowMs: number,
    channelId: number,
    message: Uint8Array,
    options: MessageOptions | undefined,
  ): OutgoingMessage {
    const planned = this.#plan[channelId]!;
    const { mode, compress } = planned;
    const ttlMs = options?.ttlMs ?? (isReliable(mode) ? undefined : protocolLimits.unreliableTtlMs);
    // Text would be added to the time as text.
    if (ttlMs !== undefined && !(typeof ttlMs === 'number' && ttlMs > 0)) {
      throw new RangeError(`ttlMs is ${ttlMs}, not above 0`);
    }
    const priority = options?.priority;
    const lane = priority === undefined ? this.#usualLanes[channelId]! : laneFor(planned, priority);

    const key = keyFor(planned, options?.key);

    const compressed =
      compress && options?.compress !== false ? this.compression.shrink(message) : undefined;
    const record = this.#store.create(channelId, compressed ?? message, key);
    record.isCompressed = compressed !== undefined;
    if (options?.handle !== undefined) record.handle = options.handle;
    if (ttlMs !== undefined) record.expiresAtMs = nowMs + ttlMs;
    record.lane = lane;
    record.queuedAtMs = nowMs;
    return record;
  }

  /** What `send` says. */
  #onQueued(lengthBytes: number): boolean {
    this.messagesSent += 1;
    this.queuedBytes += lengthBytes;
    this.#queuedCharge += messageCharge(lengthBytes);
    if (this.#queuedCharge < this.#markBytes + this.#largestBytes) return true;
    this.#owesWritable = true;
    return false;
  }

  write(nowMs: number, packet: PacketBuilder): void {
    this.#connectionCredit.isHeld = false;
    this.#scheduler.write(nowMs, packet);
  }

  get hasBulkWork(): boolean {
    return this.#scheduler.hasBulkWork;
  }

  get hasUrgentWork(): boolean {
    return this.#scheduler.hasUrgentWork;
  }

  /** Only the lanes that do not wait where the window is full. */
  writeUrgent(nowMs: number, packet: PacketBuilder): void {
    this.#connectionCredit.isHeld = false;
    this.#scheduler.writeUrgent(nowMs, packet);
  }

  /** The oldest unacknowledged reliable data of all channels, then of the others. */
  writeProbe(nowMs: number, packet: PacketBuilder): void {
    let first: SendChannel | undefined;
    let oldestMs = Number.POSITIVE_INFINITY;
    // Channels in a second lane share their flight with the first.
    for (let i = 0; i < this.#plan.length; i++) {
      const { oldestSentAtMs } = this.#inLanes[i]!;
      if (oldestSentAtMs >= oldestMs) continue;
      first = this.#inLanes[i];
      oldestMs = oldestSentAtMs;
    }
    if (first === undefined) return;
    first.writeProbe(nowMs, packet);
    for (let i = 0; i < this.#plan.length; i++) {
      const channel = this.#inLanes[i]!;
      if (channel !== first) channel.writeProbe(nowMs, packet);
    }
  }

  onPacketAcked(packet: SentPacket): void {
    for (let i = 0; i < packet.pieceCount; i++) {
      const message = packet.messages[i]!;
      this.#channelOf(message).onPieceAcked(message, packet.pieces[i]!);
      this.#store.release(message);
    }
    for (let i = 0; i < packet.rangeCount; i++) {
      const bundle = packet.bundles[i]!;
      bundle.owner!.onRangeAcked(bundle, packet.rangeStarts[i]!, packet.rangeEnds[i]!);
      this.#store.releaseBundle(bundle);
    }
  }

  onPacketLost(packet: SentPacket): void {
    for (let i = 0; i < packet.pieceCount; i++) {
      const message = packet.messages[i]!;
      this.#channelOf(message).onPieceLost(message, packet.pieces[i]!);
      this.#store.release(message);
    }
    for (let i = 0; i < packet.rangeCount; i++) {
      const bundle = packet.bundles[i]!;
      // At the end nothing is sent again, and what is lost is told by its channel.
      if (!this.#hasEnded) {
        bundle.owner!.onRangeLost(bundle, packet.rangeStarts[i]!, packet.rangeEnds[i]!);
      }
      this.#store.releaseBundle(bundle);
    }
  }

  /** False when the channel is not in the plan. */
  onChannelWindow(frame: FrameReader): boolean {
    if (frame.channel >= this.#plan.length) return false;
    this.#inLanes[frame.channel]!.onWindow(frame.creditBytes);
    return true;
  }

  onConnectionWindow(frame: FrameReader): void {
    this.#connectionCredit.onWindow(frame.creditBytes);
  }

  expire(nowMs: number): void {
    for (const channel of this.#inLanes) channel.expire(nowMs);
  }

  /** Everything whose fate is open is lost: in packets, in channels, in queues. */
  end(sent: SentPackets): void {
    this.#hasEnded = true;
    for (let number = sent.lowest; number < sent.next && sent.count > 0; number++) {
      const packet = sent.get(number);
      if (packet === undefined || packet.state !== 'outstanding') continue;
      sent.settle(packet, 'lost');
      this.onPacketLost(packet);
    }
    sent.recycle();
    this.redundancy.end();
    for (const channel of this.#inLanes) channel.end();
    this.#owesWritable = false;
  }

  onDelivered(message: OutgoingMessage): void {
    this.#leave(1, message.length);
    if (message.handle < 0) return;
    this.#events.push({ type: 'delivered', messageHandle: message.handle });
  }

  onLost(message: OutgoingMessage, why: LostReason): void {
    // What was in flight at the end is not known to be lost.
    const reason = this.#hasEnded ? 'ended' : why;
    this.#leave(1, message.length);
    this.messagesLost[reason] += 1;
    if (message.handle < 0) return;
    this.#events.push({ type: 'lost', messageHandle: message.handle, reason });
  }

  onBundledDelivered(count: number, bytes: number): void {
    this.#leave(count, bytes);
  }

  onBundledLost(count: number, bytes: number, reason: LostReason): void {
    this.messagesLost[reason] += count;
    this.#leave(count, bytes);
  }

  #leave(count: number, bytes: number): void {
    this.queuedBytes -= bytes;
    this.#queuedCharge -= bytes + count * messageCharge(0);
    if (!this.#owesWritable) return;
    if (this.#queuedCharge > this.#markBytes / 2 + this.#largestBytes) return;
    this.#owesWritable = false;
    this.#events.push({ type: 'writable' });
  }

  #channelIn(channel: number, lane: number): SendChannel {
    return this.#channels[channel * lanes.length + lane] ?? this.#openLane(channel, lane);
  }

  #channelOf({ channel, lane }: OutgoingMessage): SendChannel {
    return this.#channels[channel * lanes.length + lane]!;
  }

  #openLane(channel: number, lane: number): SendChannel {
    const opened = this.#createChannel(channel, lane);
    this.#channels[channel * lanes.length + lane] = opened;
    this.#inLanes = this.#inLanes.concat(opened);
    this.#scheduler.add(lane, opened, this.#plan[channel]!.weight);
    return opened;
  }

  #createChannel(channel: number, lane: number): SendChannel {
    const parts = { store: this.#store, outcomes: this, delay: this.#scheduler.delay(lane) };
    const { mode, redundancy: isRedundant, compress } = this.#plan[channel]!;
    if (mode === 'reliable-latest') return new LatestSendChannel(parts);
    const flight = this.#flights[channel];
    if (flight === undefined) {
      return new UnreliableSendChannel({ ...parts, ids: this.#ids[channel]! });
    }
    const { redundancy } = this;
    const connectionCredit = this.#connectionCredit;
    const opened = new ReliableSendChannel({
      ...parts,
      lane,
      flight,
      connectionCredit,
      redundancy,
      isRedundant,
    });
    const isOnlyOne = lane === this.#usualLanes[channel];
    if (!isOnlyOne) this.#bundling[channel]?.unbundle();
    this.#bundling[channel] = isOnlyOne && !isRedundant && !compress ? opened : undefined;
    return opened;
  }

  #createFlight(
    { mode, messageBytesMax }: PlannedChannel,
    remote: TransportParameters,
  ): ReliableFlight | undefined {
    if (!needsCredit(mode)) return undefined;
    return new ReliableFlight({
      store: this.#store,
      outcomes: this,
      windowBytes: creditWindow(remote.channelWindowBytes, messageBytesMax),
    });
  }
}
