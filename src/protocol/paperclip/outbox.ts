// The sending half of a connection: what `send` took, the channels that choose from it, and what
// became of it. Congestion, pacing and packets' headers are not known here; a packet to fill, and
// the fate of those that were filled, come from the connection.

import type { FrameReader } from '../../codec/paperclip/frames.ts';
import type { Deflate } from '../deflate.ts';
import type { LostReason } from '../link.ts';
import type { MessageOutcomes, SendChannel } from './channel.ts';
import { isReliable, largestReliableMessage } from './channel-modes.ts';
import { ReliableSendChannel } from './channel-reliable-send.ts';
import { UnreliableSendChannel } from './channel-unreliable-send.ts';
import { Compression } from './compression.ts';
import { creditWindow, messageCharge, SendCredit } from './flow-control.ts';
import { protocolLimits } from './limits.ts';
import { MessageStore, type OutgoingMessage } from './outgoing-message.ts';
import type { EventSink } from './output.ts';
import type { PacketBuilder } from './packet-builder.ts';
import type { PlannedChannel, TransportParameters } from './parameters.ts';
import type { SentPacket, SentPackets } from './sent-packets.ts';

export interface MessageOptions {
  /**
   * Give the message up when it did not leave within this time. Default: no limit for reliable
   * channels, `unreliableTtlMs` otherwise.
   */
  readonly ttlMs?: number;
  /** False: leave a compressing channel's message as it is. */
  readonly compress?: boolean;
  /** Named in the `delivered` or `lost` event of this message; without it there is neither. */
  readonly handle?: number;
}

export interface OutboxSetup {
  readonly channels: readonly PlannedChannel[];
  readonly remote: TransportParameters;
  readonly deflate: Deflate;
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
  readonly #queueBytesMax: number;
  readonly #channels: SendChannel[];
  readonly #reliable: ReliableSendChannel[] = [];
  readonly #unreliable: UnreliableSendChannel[] = [];
  readonly #connectionCredit: SendCredit;
  readonly #store = new MessageStore();
  readonly #events: EventSink;
  /** `queuedBytes` and a fixed part per message: what the marks are measured against. */
  #queuedCharge = 0;
  #owesWritable = false;
  /** Reliable channels take turns at being first. */
  #turn = 0;
  /** Packets in a row that unreliable messages filled while reliable ones waited. */
  #passedOver = 0;
  #hasEnded = false;

  constructor({ channels, remote, deflate }: OutboxSetup, events: EventSink) {
    this.#plan = channels;
    this.compression = new Compression(deflate);
    this.#events = events;
    const largest = largestReliableMessage(channels);
    this.#queueBytesMax = protocolLimits.sendQueueBytesMax + largest;
    this.#connectionCredit = new SendCredit(creditWindow(remote.connectionWindowBytes, largest));
    this.#channels = channels.map((planned) => this.#createChannel(planned, remote));
  }

  get hasWork(): boolean {
    for (const channel of this.#channels) if (channel.hasWork) return true;
    return false;
  }
  get piecesResent(): number {
    let resent = 0;
    for (const channel of this.#reliable) resent += channel.piecesResent;
    return resent;
  }
  get expiresAtMs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const channel of this.#channels) {
      if (channel.expiresAtMs < next) next = channel.expiresAtMs;
    }
    return next;
  }

  /** See `Link.send` for what is thrown and what false means. */
  send(
    nowMs: number,
    channelId: number,
    message: Uint8Array,
    options: MessageOptions | undefined,
  ): boolean {
    const channel = this.#channels[channelId];
    if (channel === undefined) throw new RangeError(`channel ${channelId} is not in the plan`);
    const { name, mode, messageBytesMax, compress } = this.#plan[channelId]!;
    // Text would be counted and copied as something else, and no length would spoil every count.
    if (message.BYTES_PER_ELEMENT !== 1) throw new TypeError('message must be a Uint8Array');
    if (message.length > messageBytesMax) {
      throw new RangeError(
        `message of ${message.length} bytes: channel ${name} takes ${messageBytesMax}`,
      );
    }
    if (this.#queuedCharge + messageCharge(message.length) > this.#queueBytesMax) {
      throw new RangeError(
        `message queue is full at ${this.queuedBytes} bytes: after send() returned false, ` +
          'wait until it is writable',
      );
    }
    const ttlMs = options?.ttlMs ?? (isReliable(mode) ? undefined : protocolLimits.unreliableTtlMs);
    if (ttlMs !== undefined && !(ttlMs > 0)) throw new RangeError(`ttlMs is ${ttlMs}, not above 0`);

    const compressed =
      compress && options?.compress !== false ? this.compression.shrink(message) : undefined;
    const record = this.#store.create(channelId, compressed ?? message);
    record.isCompressed = compressed !== undefined;
    if (options?.handle !== undefined) record.handle = options.handle;
    if (ttlMs !== undefined) record.expiresAtMs = nowMs + ttlMs;
    this.messagesSent += 1;
    this.queuedBytes += record.length;
    this.#queuedCharge += messageCharge(record.length);
    channel.enqueue(record);
    if (this.#queuedCharge < protocolLimits.sendQueueMarkBytes) return true;
    this.#owesWritable = true;
    return false;
  }

  /**
   * Unreliable first, because it is only good when it is early; then reliable in turns. Where
   * unreliable messages fill all that the path takes, reliable ones still get one packet in some:
   * they are promised to arrive.
   */
  write(nowMs: number, packet: PacketBuilder): void {
    const isOwed = this.#passedOver >= protocolLimits.packetsPassedOverMax;
    if (isOwed) this.#writeReliable(nowMs, packet);
    for (const channel of this.#unreliable) {
      if (channel.hasWork && channel.write(nowMs, packet) === 'packet-full') {
        if (!isOwed && this.#reliable.some(({ hasWork }) => hasWork)) this.#passedOver += 1;
        return;
      }
    }
    if (!isOwed) this.#writeReliable(nowMs, packet);
  }

  #writeReliable(nowMs: number, packet: PacketBuilder): void {
    this.#passedOver = 0;
    const channels = this.#reliable;
    for (let i = 0; i < channels.length; i++) {
      const index = (this.#turn + i) % channels.length;
      const channel = channels[index]!;
      if (!channel.hasWork) continue;
      const stop = channel.write(nowMs, packet);
      if (stop === 'packet-full') {
        this.#turn = (index + 1) % channels.length;
        return;
      }
      if (stop === 'connection-credit') {
        // Small messages of the others must not eat for ever the credit a large one waits for.
        this.#turn = index;
        this.#writeBegun(nowMs, packet, index);
        return;
      }
    }
  }

  /** The oldest unacknowledged reliable data of all channels, then of the others. */
  writeProbe(nowMs: number, packet: PacketBuilder): void {
    let first: ReliableSendChannel | undefined;
    for (const channel of this.#reliable) {
      if (first === undefined || channel.oldestSentAtMs < first.oldestSentAtMs) first = channel;
    }
    first?.writeProbe(nowMs, packet);
    for (const channel of this.#reliable) {
      if (channel !== first) channel.writeProbe(nowMs, packet);
    }
  }

  onPacketAcked(packet: SentPacket): void {
    for (let i = 0; i < packet.pieceCount; i++) {
      const message = packet.messages[i]!;
      this.#channels[message.channel]!.onPieceAcked(message, packet.pieces[i]!);
      this.#store.release(message);
    }
  }

  onPacketLost(packet: SentPacket): void {
    for (let i = 0; i < packet.pieceCount; i++) {
      const message = packet.messages[i]!;
      this.#channels[message.channel]!.onPieceLost(message, packet.pieces[i]!);
      this.#store.release(message);
    }
  }

  /** False when the channel is not in the plan. */
  onChannelWindow(frame: FrameReader): boolean {
    const channel = this.#channels[frame.channel];
    channel?.onWindow(frame.creditBytes);
    return channel !== undefined;
  }

  onConnectionWindow(frame: FrameReader): void {
    this.#connectionCredit.onWindow(frame.creditBytes);
  }

  expire(nowMs: number): void {
    for (const channel of this.#channels) channel.expire(nowMs);
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
    for (const channel of this.#channels) channel.end();
    this.#owesWritable = false;
  }

  onDelivered(message: OutgoingMessage): void {
    this.#leave(message);
    if (message.handle < 0) return;
    this.#events.push({ type: 'delivered', messageHandle: message.handle });
  }

  onLost(message: OutgoingMessage, why: LostReason): void {
    // What was in flight at the end is not known to be lost.
    const reason = this.#hasEnded ? 'ended' : why;
    this.#leave(message);
    this.messagesLost[reason] += 1;
    if (message.handle < 0) return;
    this.#events.push({ type: 'lost', messageHandle: message.handle, reason });
  }

  #leave(message: OutgoingMessage): void {
    this.queuedBytes -= message.length;
    this.#queuedCharge -= messageCharge(message.length);
    if (!this.#owesWritable || this.#queuedCharge > protocolLimits.sendQueueMarkBytes / 2) return;
    this.#owesWritable = false;
    this.#events.push({ type: 'writable' });
  }

  /** What needs no more credit: lost pieces, and messages already begun. */
  #writeBegun(nowMs: number, packet: PacketBuilder, blocked: number): void {
    for (let i = 0; i < this.#reliable.length; i++) {
      if (i !== blocked && !this.#reliable[i]!.writeBegun(nowMs, packet)) return;
    }
  }

  #createChannel(planned: PlannedChannel, remote: TransportParameters): SendChannel {
    const store = this.#store;
    if (!isReliable(planned.mode)) {
      const channel = new UnreliableSendChannel({ store, outcomes: this });
      this.#unreliable.push(channel);
      return channel;
    }
    const channel = new ReliableSendChannel({
      store,
      outcomes: this,
      connectionCredit: this.#connectionCredit,
      windowBytes: creditWindow(remote.channelWindowBytes, planned.messageBytesMax),
    });
    this.#reliable.push(channel);
    return channel;
  }
}
