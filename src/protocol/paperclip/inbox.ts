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
import type { Deflate } from '../deflate.ts';
import type { MessageSink, ReceiveChannel } from './channel.ts';
import { LatestReceiveChannel } from './channel-latest-receive.ts';
import { largestReliableMessage, needsCredit } from './channel-modes.ts';
import { ReliableReceiveChannel } from './channel-reliable-receive.ts';
import { UnreliableReceiveChannel } from './channel-unreliable-receive.ts';
import type { ErrorCodeName } from './error-codes.ts';
import { messageCharge, ReceiveCredit } from './flow-control.ts';
import { protocolLimits } from './limits.ts';
import type { CompressedMessage, ConnectionEvent } from './output.ts';
import type { PacketBuilder } from './packet-builder.ts';
import type { PlannedChannel, TransportParameters } from './parameters.ts';
import type { SentPacket } from './sent-packets.ts';

export interface InboxSetup {
  readonly channels: readonly PlannedChannel[];
  readonly local: TransportParameters;
  readonly deflate: Deflate;
}

export class Inbox implements MessageSink {
  messagesReceived = 0;

  readonly #plan: readonly PlannedChannel[];
  readonly #channels: ReceiveChannel[];
  readonly #deflate: Deflate;
  /** Undefined where the mode needs none. */
  readonly #credits: (ReceiveCredit | undefined)[];
  readonly #connectionCredit: ReceiveCredit;
  readonly #events: Deque<ConnectionEvent | CompressedMessage>;
  /** How many of the credits owe a WINDOW. */
  #owedWindows = 0;

  constructor(
    { channels, local, deflate }: InboxSetup,
    events: Deque<ConnectionEvent | CompressedMessage>,
  ) {
    this.#plan = channels;
    this.#deflate = deflate;
    this.#events = events;
    this.#connectionCredit = new ReceiveCredit(
      local.connectionWindowBytes,
      largestReliableMessage(channels),
    );
    this.#credits = channels.map(({ mode, messageBytesMax }) =>
      needsCredit(mode) ? new ReceiveCredit(local.channelWindowBytes, messageBytesMax) : undefined,
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

  onMessage(
    frame: FrameReader,
    packet: Uint8Array,
    isCompressed: boolean,
  ): ErrorCodeName | undefined {
    const channel = this.#channels[frame.channel];
    if (channel === undefined) return 'CHANNEL';
    if (isCompressed && !this.#plan[frame.channel]!.compress) return 'FLAGS';
    const { messageId, dataStart, dataEnd } = frame;
    return channel.onMessage(messageId, packet, dataStart, dataEnd, isCompressed);
  }

  onFragment(
    nowMs: number,
    frame: FrameReader,
    packet: Uint8Array,
    isCompressed: boolean,
  ): ErrorCodeName | undefined {
    const channel = this.#channels[frame.channel];
    if (channel === undefined) return 'CHANNEL';
    if (isCompressed && !this.#plan[frame.channel]!.compress) return 'FLAGS';
    // Every message in pieces costs memory that its credit does not pay for: many of a few bytes
    // each would cost twenty times what they are charged.
    const { totalBytes, fragmentCount } = frame;
    if (totalBytes <= (fragmentCount - 1) * protocolLimits.fragmentBytes) return 'FRAGMENT';
    return channel.onFragment(
      nowMs,
      frame.messageId,
      totalBytes,
      fragmentCount,
      frame.fragmentIndex,
      isCompressed,
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

  deliver(
    channel: number,
    from: Uint8Array,
    start: number,
    end: number,
    isCompressed: boolean,
    key?: number,
  ): void {
    this.deliverOwned(channel, from.slice(start, end), isCompressed, key);
  }

  deliverOwned(channel: number, message: Uint8Array, isCompressed: boolean, key?: number): void {
    this.messagesReceived += 1;
    const type = isCompressed ? 'compressed-message' : 'message';
    if (key === undefined) this.#events.push({ type, channel, message });
    else this.#events.push({ type, channel, message, key });
  }

  /**
   * The next event, as the application gets it, or the rule that the peer broke with it. A message
   * that is taken gives its credit back. Compressed ones are inflated here, one at a time: until
   * then they are held as the bytes that credit was charged for, so that what a peer can make this
   * end hold is its credit and one message, whatever its streams would grow to.
   */
  take(event: ConnectionEvent | CompressedMessage): ConnectionEvent | ErrorCodeName {
    if (event.type !== 'message' && event.type !== 'compressed-message') return event;
    const { channel, message, key } = event;
    this.#onConsumed(channel, message.length);
    if (event.type === 'message') return event;
    const inflated = this.#deflate.inflate(message, this.#plan[channel]!.messageBytesMax);
    // A stream that saves nothing is one that no sender of this protocol makes.
    if (typeof inflated !== 'string' && inflated.length > message.length) {
      const opened = { type: 'message', channel, message: inflated } as const;
      return key === undefined ? opened : { ...opened, key };
    }
    // No later message may pass for the one that cannot be read.
    this.#events.filter(({ type }) => type !== 'message' && type !== 'compressed-message');
    return inflated === 'too-long' ? 'MESSAGE_SIZE' : 'COMPRESSION';
  }

  #onConsumed(channel: number, lengthBytes: number): void {
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
      case 'reliable-latest':
        return new LatestReceiveChannel({ channel, messageBytesMax, sink: this });
      default:
        return mode satisfies never;
    }
  }
}
