// Whose messages fill the next packet. Lanes are strict: a lower one gets what the higher leave,
// but for one packet in some, so that none starves. Within a lane, channels share by bytes and
// weight. What a message is, and whether it may begin, is the channel's; credit stops a channel,
// not its neighbours.

import type { Lane, LaneStats } from '../link.ts';
import type { SendChannel } from './channel.ts';
import { protocolLimits } from './limits.ts';
import type { PacketBuilder } from './packet-builder.ts';

/** From the most urgent on: the index is what messages carry. */
export const lanes: readonly Lane[] = ['control', 'state', 'reliable', 'bulk'];

/** So many lanes from the first on are urgent: see `protocolLimits.urgentReservePackets`. */
const urgentLanes = lanes.indexOf('state') + 1;

/** How long the messages of a lane waited before their first byte left. */
export class QueueDelay {
  messages = 0;
  totalMs = 0;
  maxMs = 0;

  onLeft(waitedMs: number, messages = 1): void {
    this.messages += messages;
    this.totalMs += messages * waitedMs;
    if (waitedMs > this.maxMs) this.maxMs = waitedMs;
  }

  get stats(): LaneStats {
    const { messages, totalMs, maxMs } = this;
    return { messages, queueMeanMs: messages === 0 ? 0 : totalMs / messages, queueMaxMs: maxMs };
  }
}

const noDelay: LaneStats = new QueueDelay().stats;
const statsOf = (lane: LaneShare | undefined): LaneStats => lane?.delay.stats ?? noDelay;

export class LaneScheduler {
  /** Made as a channel comes into a lane: most plans use one or two. */
  readonly #lanes: (LaneShare | undefined)[] = new Array(lanes.length).fill(undefined);
  /** Packets in a row that were full while a lower lane had something to send. */
  #passedOver = 0;

  delay(lane: number): QueueDelay {
    return this.#lane(lane).delay;
  }

  stats(): Record<Lane, LaneStats> {
    const [control, state, reliable, bulk] = this.#lanes;
    return {
      control: statsOf(control),
      state: statsOf(state),
      reliable: statsOf(reliable),
      bulk: statsOf(bulk),
    };
  }

  add(lane: number, channel: SendChannel, weight: number): void {
    this.#lane(lane).add(channel, weight);
  }

  write(nowMs: number, packet: PacketBuilder): void {
    const owed = this.#takeOwed();
    if (owed >= 0 && !this.#lane(owed).write(nowMs, packet)) {
      this.#passOver(0, owed);
      return;
    }
    const start = packet.at;
    let full = this.#writeLanes(nowMs, packet, 0, urgentLanes, owed);
    packet.record.urgentBytes = packet.at - start;
    if (full < 0) full = this.#writeLanes(nowMs, packet, urgentLanes, lanes.length, owed);
    if (full < 0) this.#passedOver = 0;
    else this.#passOver(full + 1, owed);
  }

  /** The lanes that may leave where the others have to wait have something to send. */
  get hasUrgentWork(): boolean {
    for (let i = 0; i < urgentLanes; i++) if (this.#lanes[i]?.hasWork) return true;
    return false;
  }

  /** The lane that makes room for others has something to send. */
  get hasBulkWork(): boolean {
    return this.#lanes[lanes.length - 1]?.hasWork ?? false;
  }

  writeUrgent(nowMs: number, packet: PacketBuilder): void {
    const start = packet.at;
    this.#writeLanes(nowMs, packet, 0, urgentLanes, -1);
    packet.record.urgentBytes = packet.at - start;
  }

  /** Lanes `[first, end)` but `served`. Returns the one that found the packet full, or -1. */
  #writeLanes(
    nowMs: number,
    packet: PacketBuilder,
    first: number,
    end: number,
    served: number,
  ): number {
    for (let i = first; i < end; i++) {
      if (i === served) continue;
      const lane = this.#lanes[i];
      if (lane === undefined) continue;
      lane.packetsMissed = 0;
      if (!lane.write(nowMs, packet)) return i;
    }
    return -1;
  }

  /** The lane that goes first for once, because it waited longest; -1 when none is due. */
  #takeOwed(): number {
    if (this.#passedOver < protocolLimits.packetsPassedOverMax) return -1;
    this.#passedOver = 0;
    let owed = -1;
    let mostMissed = 0;
    for (let i = 0; i < this.#lanes.length; i++) {
      const packetsMissed = this.#lanes[i]?.packetsMissed ?? 0;
      if (packetsMissed > mostMissed) {
        mostMissed = packetsMissed;
        owed = i;
      }
    }
    if (owed >= 0) this.#lane(owed).packetsMissed = 0;
    return owed;
  }

  #lane(lane: number): LaneShare {
    this.#lanes[lane] ??= new LaneShare();
    return this.#lanes[lane];
  }

  /** The packet was full before the lanes from `first` on, but for `served`, were asked. */
  #passOver(first: number, served: number): void {
    let isAnyWaiting = false;
    for (let i = first; i < this.#lanes.length; i++) {
      const lane = this.#lanes[i];
      if (i === served || !lane?.hasWork) continue;
      lane.packetsMissed += 1;
      isAnyWaiting = true;
    }
    this.#passedOver = isAnyWaiting && served < 0 ? this.#passedOver + 1 : 0;
  }
}

/**
 * The channels of one lane, in turns (deficit round robin, Shreedhar and Varghese 1995): a channel
 * fills packets until its allowance of bytes is used up, and what it took beyond is owed from its
 * next. A channel that leaves room passes its turn on within the packet.
 */
class LaneShare {
  readonly delay = new QueueDelay();
  packetsMissed = 0;

  #channels: readonly SendChannel[] = [];
  #allowances: number[] = [];
  #allowanceBytes: readonly number[] = [];
  #turn = 0;
  /** The channel whose message found too little of the connection's credit, or -1. */
  #waiter = -1;

  get hasWork(): boolean {
    for (const channel of this.#channels) if (channel.hasWork) return true;
    return false;
  }

  add(channel: SendChannel, weight: number): void {
    // Neither `push` nor a spread, which make room for 17.
    this.#channels = this.#channels.concat(channel);
    this.#allowances = this.#allowances.concat(0);
    this.#allowanceBytes = this.#allowanceBytes.concat(weight * protocolLimits.laneTurnBytes);
  }

  /** False: the packet is full. */
  write(nowMs: number, packet: PacketBuilder): boolean {
    const count = this.#channels.length;
    if (count === 0) return true;
    if (count === 1) return this.#channels[0]!.write(nowMs, packet) !== 'packet-full';
    if (this.#waiter >= 0 && !this.#writeWaiter(nowMs, packet)) return false;
    for (let asked = 0; asked < count; asked++) {
      const channel = this.#channels[this.#turn]!;
      if (channel.hasWork) {
        const start = packet.at;
        const stop = channel.write(nowMs, packet);
        if (stop === 'packet-full') {
          this.#spend(packet.at - start);
          return false;
        }
        if (stop === 'connection-credit' && this.#waiter < 0) this.#waiter = this.#turn;
      }
      this.#allowances[this.#turn] = 0;
      this.#passTurn();
    }
    return true;
  }

  /** It is asked before the others, until it could write: then the turn is its neighbour's. */
  #writeWaiter(nowMs: number, packet: PacketBuilder): boolean {
    const start = packet.at;
    const stop = this.#channels[this.#waiter]!.write(nowMs, packet);
    if (stop === 'connection-credit' && packet.at === start) return true;
    this.#turn = this.#waiter;
    this.#waiter = -1;
    this.#allowances[this.#turn] = 0;
    this.#passTurn();
    return stop !== 'packet-full';
  }

  #spend(bytes: number): void {
    const left = this.#allowances[this.#turn]! - bytes;
    this.#allowances[this.#turn] = left;
    if (left <= 0) this.#passTurn();
  }

  /** A turn is worth more than a packet, so that what is owed never takes all of it. */
  #passTurn(): void {
    this.#turn = (this.#turn + 1) % this.#channels.length;
    this.#allowances[this.#turn]! += this.#allowanceBytes[this.#turn]!;
  }
}
