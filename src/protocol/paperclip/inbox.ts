// The receiving half of a connection: channels, credit given to the peer, and messages on their way
// to the application. Packets, acknowledgements and the phase of the connection are not known here.

import type { Deque } from '../../base/ring.ts';
import {
  channelWindowFrameBytes,
  connectionWindowFrameBytes,
  type FrameReader,
  writeChannelWindow,
  writeConnectionWindow,
} from '../../codec/paperclip/frames.ts';
import type { MessageSink, ReceiveChannel } from './channel.ts';
import { isReliable, largestReliableMessage } from './channel-modes.ts';
import { ReliableReceiveChannel } from './channel-reliable-receive.ts';
import { UnreliableReceiveChannel } from './channel-unreliable-receive.ts';
import type { ErrorCodeName } from './error-codes.ts';
import { messageCharge, ReceiveCredit } from './flow-control.ts';
import type { ConnectionEvent } from './output.ts';
import type { PacketBuilder } from './packet-builder.ts';
import type { PlannedChannel, TransportParameters } from './parameters.ts';
import type { SentPacket } from './sent-packets.ts';

export class Inbox implements MessageSink {
  messagesReceived = 0;

  readonly #channels: ReceiveChannel[];
  /** Undefined for unreliable channels. */
  readonly #credits: (ReceiveCredit | undefined)[];
  readonly #connectionCredit: ReceiveCredit;
  readonly #events: Deque<ConnectionEvent>;
  /** How many of the credits owe a WINDOW. */
  #owedWindows = 0;

  constructor(
    channels: readonly PlannedChannel[],
    local: TransportParameters,
    events: Deque<ConnectionEvent>,
  ) {
    this.#events = events;
    this.#connectionCredit = new ReceiveCredit(
      local.connectionWindowBytes,
      largestReliableMessage(channels),
    );
    this.#credits = channels.map(({ mode, messageBytesMax }) =>
      isReliable(mode) ? new ReceiveCredit(local.channelWindowBytes, messageBytesMax) : undefined,
    );
    this.#channels = channels.map((planned, channel) => this.#createChannel(planned, channel));
  }

  get owesWindow(): boolean {
    return this.#owedWindows > 0;
  }
  /** Bytes that are not the application's yet, because they are not whole or not in order. */
  get heldBytes(): number {
    let held = 0;
    for (const channel of this.#channels) held += channel.heldBytes;
    return held;
  }
  get expiresAtMs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const channel of this.#channels) {
      if (channel.expiresAtMs < next) next = channel.expiresAtMs;
    }
    return next;
  }

  expire(nowMs: number): void {
    for (const channel of this.#channels) channel.expire(nowMs);
  }

  onMessage(frame: FrameReader, packet: Uint8Array): ErrorCodeName | undefined {
    const channel = this.#channels[frame.channel];
    if (channel === undefined) return 'CHANNEL';
    return channel.onMessage(frame.messageId, packet, frame.dataStart, frame.dataEnd);
  }

  onFragment(nowMs: number, frame: FrameReader, packet: Uint8Array): ErrorCodeName | undefined {
    const channel = this.#channels[frame.channel];
    if (channel === undefined) return 'CHANNEL';
    return channel.onFragment(
      nowMs,
      frame.messageId,
      frame.totalBytes,
      frame.fragmentCount,
      frame.fragmentIndex,
      packet,
      frame.dataStart,
      frame.dataEnd,
    );
  }

  charge(channel: number, lengthBytes: number): boolean {
    const credit = this.#credits[channel]!;
    const charge = messageCharge(lengthBytes);
    if (!credit.allows(charge) || !this.#connectionCredit.allows(charge)) return false;
    credit.onReceived(charge);
    this.#connectionCredit.onReceived(charge);
    return true;
  }

  deliver(channel: number, from: Uint8Array, start: number, end: number): void {
    this.deliverOwned(channel, from.slice(start, end));
  }

  deliverOwned(channel: number, message: Uint8Array): void {
    this.messagesReceived += 1;
    this.#events.push({ type: 'message', channel, message });
  }

  /** The application has the message: its credit goes back to the peer. */
  onConsumed(channel: number, lengthBytes: number): void {
    const credit = this.#credits[channel];
    if (credit === undefined) return;
    const charge = messageCharge(lengthBytes);
    if (credit.onConsumed(charge)) this.#owedWindows += 1;
    if (this.#connectionCredit.onConsumed(charge)) this.#owedWindows += 1;
  }

  writeWindows(packet: PacketBuilder): void {
    if (this.#owedWindows === 0) return;
    const connection = this.#connectionCredit;
    if (connection.isOwed) {
      const limit = connection.limitBytes;
      if (packet.room < connectionWindowFrameBytes(limit)) return;
      packet.at = writeConnectionWindow(packet.bytes, packet.at, limit);
      packet.record.carriesConnectionWindow = true;
      this.#onWindowWritten(connection, packet);
    }
    for (let channel = 0; channel < this.#credits.length && this.#owedWindows > 0; channel++) {
      const credit = this.#credits[channel];
      if (credit === undefined || !credit.isOwed) continue;
      const limit = credit.limitBytes;
      if (packet.room < channelWindowFrameBytes(channel, limit)) return;
      packet.at = writeChannelWindow(packet.bytes, packet.at, channel, limit);
      packet.record.channelWindows[packet.record.channelWindowCount++] = channel;
      this.#onWindowWritten(credit, packet);
    }
  }

  onPacketLost(packet: SentPacket): void {
    if (packet.carriesConnectionWindow && this.#connectionCredit.onWindowLost()) {
      this.#owedWindows += 1;
    }
    for (let i = 0; i < packet.channelWindowCount; i++) {
      if (this.#credits[packet.channelWindows[i]!]!.onWindowLost()) this.#owedWindows += 1;
    }
  }

  end(): void {
    for (const channel of this.#channels) channel.end();
    this.#owedWindows = 0;
  }

  #onWindowWritten(credit: ReceiveCredit, packet: PacketBuilder): void {
    credit.onWindowSent();
    packet.isAckEliciting = true;
    this.#owedWindows -= 1;
  }

  #createChannel(planned: PlannedChannel, channel: number): ReceiveChannel {
    const { mode, messageBytesMax } = planned;
    switch (mode) {
      case 'unreliable':
      case 'unreliable-sequenced': {
        const isSequenced = mode === 'unreliable-sequenced';
        return new UnreliableReceiveChannel({ channel, isSequenced, messageBytesMax, sink: this });
      }
      case 'reliable-unordered':
      case 'reliable-ordered': {
        const isOrdered = mode === 'reliable-ordered';
        return new ReliableReceiveChannel({ channel, isOrdered, messageBytesMax, sink: this });
      }
      default:
        return mode satisfies never;
    }
  }
}
