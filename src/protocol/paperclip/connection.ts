// One established Paperclip 1 connection without its sockets: told the time and given datagrams, it
// answers with datagrams, events and the time it wants to be woken. It wires the mechanisms, each
// of which is a file of its own; it holds no rule that could stand in one of them.
//
// Calling order: any number of commands and `handle*` calls, received datagrams before
// `handleTimeout`; then `poll` until it returns undefined (`output.ts`). Not here: handshake
// and connection ids of others, which are the endpoint's.

import { Deque } from '../../base/ring.ts';
import type { HostTime, LinkEnd, LinkStats } from '../link.ts';
import { ReceivedPackets } from './ack-ranges.ts';
import { ConnectionClock } from './connection-clock.ts';
import { ConnectionLife } from './connection-life.ts';
import { type ConnectionMemory, connectionStats } from './connection-stats.ts';
import { TimerTable, timerIndex } from './connection-timers.ts';
import type { DropCounts } from './drops.ts';
import { EndpointMemory } from './endpoint-memory.ts';
import type { PeerAddress } from './endpoint-output.ts';
import { FrameDispatch } from './frame-dispatch.ts';
import { Inbox } from './inbox.ts';
import { protocolLimits } from './limits.ts';
import { type MessageOptions, Outbox } from './outbox.ts';
import type {
  CompressedMessage,
  ConnectionEvent,
  ConnectionOutput,
  EventOutput,
} from './output.ts';
import { PacketReceiver } from './packet-receiver.ts';
import { PacketSender } from './packet-sender.ts';
import type { ConnectionSetup } from './parameters.ts';
import { Paths } from './paths.ts';
import { Presence } from './presence.ts';
import { SendCadence } from './send-cadence.ts';
import type { ConnectionTrace } from './trace.ts';

export type { MessageOptions } from './outbox.ts';

const never = Number.POSITIVE_INFINITY;

export class Connection<Address extends PeerAddress = PeerAddress> {
  readonly #timers = new TimerTable();
  readonly #events = new Deque<ConnectionEvent | CompressedMessage>();
  readonly #receiver: PacketReceiver;
  readonly #received: ReceivedPackets;
  readonly #inbox: Inbox;
  readonly #outbox: Outbox;
  readonly #sender: PacketSender;
  readonly #clock: ConnectionClock;
  readonly #life: ConnectionLife;
  readonly #presence: Presence;
  readonly #paths: Paths<Address>;
  readonly #frames: FrameDispatch;
  readonly #trace: ConnectionTrace | undefined;
  readonly #eventOutput: EventOutput;
  #timeoutTold = false;

  /** `address`: where the peer is proven to be. Undefined: it is where it is, and does not move. */
  constructor(handshake: ConnectionSetup, nowMs: number, address?: Address) {
    const { memory = new EndpointMemory() } = handshake;
    const setup = { ...handshake, memory };
    const { local, localConnectionId: connection } = setup;
    this.#eventOutput = { kind: 'event', connection, event: { type: 'writable' } };
    const cadence = new SendCadence();
    this.#received = new ReceivedPackets(local.ackDelayMaxMs, cadence);
    this.#inbox = new Inbox(setup, this.#events);
    this.#outbox = new Outbox(setup, this.#events);
    this.#clock = new ConnectionClock(setup, nowMs);
    this.#trace = setup.trace;
    this.#sender = new PacketSender(setup, nowMs, {
      received: this.#received,
      inbox: this.#inbox,
      outbox: this.#outbox,
      clock: this.#clock,
      cadence,
    });
    this.#receiver = new PacketReceiver(setup, this.#sender.keys);
    const mechanisms = {
      timers: this.#timers,
      events: this.#events,
      receiver: this.#receiver,
      received: this.#received,
      inbox: this.#inbox,
      outbox: this.#outbox,
      sender: this.#sender,
      clock: this.#clock,
    };
    this.#life = new ConnectionLife(mechanisms);
    this.#paths = new Paths({ crypto: setup.crypto, sender: this.#sender }, address);
    const parts = { ...mechanisms, life: this.#life, paths: this.#paths };
    this.#frames = new FrameDispatch(parts, memory.frames);
    this.#presence = new Presence(setup, mechanisms, nowMs);
  }

  get isOpen(): boolean {
    return this.#life.isOpen;
  }
  /** Nothing will be sent or accepted any more: forget the connection. */
  get isDrained(): boolean {
    return this.#life.isDrained;
  }
  get drops(): Readonly<DropCounts> {
    return this.#receiver.drops;
  }
  /** What this end holds for the other and for the application: each has its limit. */
  get memory(): ConnectionMemory {
    return {
      queuedBytes: this.#outbox.queuedBytes,
      heldBytes: this.#inbox.heldBytes,
      trackedPackets: this.#sender.sent.count,
      trackedSpan: this.#sender.sent.span,
      pendingEvents: this.#events.length,
    };
  }

  stats(): LinkStats {
    return connectionStats(this.#sender, this.#receiver, this.#inbox, this.#outbox, this.#paths);
  }

  /** The host's clock; undefined while it is not known well enough to have a bound. */
  hostTime(nowMs: number): HostTime | undefined {
    return this.#clock.hostTime(nowMs);
  }

  // --- Commands.

  /** True: go on. False: taken, but wait for `writable`. Throws as `Link.send` says. */
  send(nowMs: number, channel: number, message: Uint8Array, options?: MessageOptions): boolean {
    if (!this.isOpen) throw new Error('send on a connection that has ended');
    this.#timeoutTold = false;
    const mayGoOn = this.#outbox.send(nowMs, channel, message, options);
    this.#timers.setAtLatest(timerIndex.flush, nowMs + protocolLimits.autoFlushMs);
    return mayGoOn;
  }

  /** What is queued leaves with the next `poll`, as congestion allows. */
  flush(_nowMs: number): void {
    this.#timeoutTold = false;
    this.#sender.flushWanted = true;
    this.#timers.stop(timerIndex.flush);
  }

  /**
   * What is queued leaves as far as it can at once, then CLOSE. `end` is what the `ended` event
   * will say here, by default `closed-here`. Nothing happens on a connection that has ended.
   */
  close(nowMs: number, code: number, reason: string, end?: LinkEnd): void {
    if (!Number.isInteger(code) || code < 0 || code > 0xffff) {
      throw new RangeError(`code must be a whole number from 0 to 65535, not ${code}`);
    }
    this.#timeoutTold = false;
    this.#life.close(nowMs, code, reason, end ?? { kind: 'closed-here', code, reason });
  }

  /**
   * Datagrams leave from another address of ours now, and the peer is shown it at once.
   * `isOtherHost`: what was learned of the path does not hold for the new one.
   */
  rebind(nowMs: number, isOtherHost: boolean): void {
    this.#timeoutTold = false;
    this.#paths.knock();
    this.#sender.owesPing = true;
    if (!isOtherHost) return;
    this.#sender.leaveHost();
    this.#sender.resetPath(nowMs);
  }

  // --- Inputs.

  /** False when the datagram was dropped and counted; nothing in it was believed. */
  handleDatagram(
    nowMs: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    from?: Address,
  ): boolean {
    this.#timeoutTold = false;
    const receiver = this.#receiver;
    const life = this.#life;
    if (life.isSilent || !receiver.open(nowMs, bytes, start, end)) {
      if (life.isSilent) receiver.drop('after-close');
      this.#trace?.packetDropped(nowMs, end - start, receiver.lastDrop);
      if (receiver.isWornOut) life.onBroken(nowMs, 'PACKET_NUMBERS', 'too many forged packets');
      return false;
    }
    if (this.#trace !== undefined) {
      const { packetNumber: number, keyPhase, bytes: frames, end: framesEnd } = receiver;
      const packet = { number, keyPhase, bytes: frames, start: 0, end: framesEnd };
      this.#trace.packetReceived(nowMs, { ...packet, datagramBytes: end - start });
    }
    if (life.isOpen) this.#presence.onHeard(nowMs);
    if (this.#sender.keys.isBroken) life.onBroken(nowMs, 'KEY_UPDATE');
    this.#paths.onPacket(nowMs, from, end - start, receiver.isNewest);
    this.#frames.handlePacket(nowMs);
    // Numbers that leap ahead are a peer's doing, and would reach what a Number cannot count.
    if (receiver.packetNumber >= protocolLimits.packetNumberMax) {
      life.onBroken(nowMs, 'PACKET_NUMBERS');
    }
    this.#trace?.metricsUpdated(nowMs, this.#sender);
    return true;
  }

  handleTimeout(nowMs: number): void {
    this.#timeoutTold = false;
    const timers = this.#timers;
    this.#life.handleTimeout(nowMs);
    if (!this.isOpen) return;
    if (!this.#presence.handleTimeout(nowMs)) {
      this.#life.onSilence();
      return;
    }
    const { loss, mtu, isHeldBack } = this.#sender;
    if (!isHeldBack && loss.timerAtMs <= nowMs) loss.onTimeout(nowMs);
    this.#paths.handleTimeout(nowMs);
    mtu.handleTimeout(nowMs);
    if (timers.isDue(timerIndex.flush, nowMs)) this.flush(nowMs);
    if (this.#outbox.expiresAtMs <= nowMs) this.#outbox.expire(nowMs);
    if (this.#inbox.expiresAtMs <= nowMs) this.#inbox.expire(nowMs);
    this.#trace?.metricsUpdated(nowMs, this.#sender);
  }

  // --- Outputs.

  /** `poll` for events alone: they can be had between datagrams that came together. */
  pollEvent(nowMs: number): Readonly<EventOutput> | undefined {
    for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) {
      const event = this.#inbox.take(next);
      if (typeof event !== 'string') {
        if (event.type === 'ended') this.#trace?.ended(nowMs, event.end);
        this.#eventOutput.event = event;
        return this.#eventOutput;
      }
      this.#life.onBroken(nowMs, event);
    }
    return undefined;
  }

  poll(nowMs: number): ConnectionOutput<Address> | undefined {
    const event = this.pollEvent(nowMs);
    if (event !== undefined) return event;
    if (this.#timeoutTold) return undefined;
    const transmit = this.#nextPathPacket(nowMs) ?? this.#nextDatagram(nowMs);
    if (transmit !== undefined) return transmit;
    // The last words of a closing connection may have brought events.
    if (this.#events.length > 0) return this.poll(nowMs);
    this.#timeoutTold = true;
    if (this.isDrained) this.#trace?.forgotten();
    return { kind: 'timeout', atMs: this.#nextTimeoutMs() };
  }

  #nextPathPacket(nowMs: number): ConnectionOutput<Address> | undefined {
    const frame = this.isOpen ? this.#paths.shift() : undefined;
    return frame && this.#transmit(frame.to, this.#sender.pathPacket(nowMs, frame));
  }

  #nextDatagram(nowMs: number): ConnectionOutput<Address> | undefined {
    this.#sender.allowedBytes = this.#paths.allowedBytes;
    const length = this.#life.nextDatagram(nowMs);
    return length > 0 ? this.#transmit(this.#paths.address, length) : undefined;
  }

  #transmit(to: Address | undefined, length: number): ConnectionOutput<Address> {
    this.#paths.onSent(to, length);
    return { kind: 'transmit', to, bytes: this.#sender.datagram, length };
  }

  #nextTimeoutMs(): number {
    const { loss, mtu, paceAtMs, isHeldBack } = this.#sender;
    if (this.isOpen) {
      const timers = this.#timers;
      timers.set(timerIndex.loss, isHeldBack ? never : loss.timerAtMs);
      timers.set(timerIndex.ack, isHeldBack ? never : this.#received.dueAtMs);
      timers.set(timerIndex.pace, paceAtMs);
      timers.set(timerIndex.copies, this.#outbox.redundancy.dueAtMs);
      timers.set(timerIndex.path, this.#paths.timerAtMs);
      timers.set(timerIndex.mtu, mtu.timerAtMs);
      timers.set(timerIndex.interrupt, this.#presence.interruptAtMs);
      timers.set(timerIndex.expiry, Math.min(this.#outbox.expiresAtMs, this.#inbox.expiresAtMs));
    }
    return this.#timers.nextMs;
  }
}
