// One established Paperclip 1 connection without its sockets: told the time and given datagrams, it
// answers with datagrams, events and the time it wants to be woken. It wires the mechanisms, each
// of which is a file of its own; it holds no rule that could stand in one of them.
//
// Calling order: any number of commands and `handle*` calls, received datagrams before
// `handleTimeout`; then `poll` until it returns undefined (`output.ts`). Not here: handshake,
// addresses and connection ids of others, which are the endpoint's.

import { Deque } from '../../base/ring.ts';
import { frameTypes } from '../../codec/paperclip/frame-table.ts';
import { FrameReader, framesEnd, frameTruncated } from '../../codec/paperclip/frames.ts';
import type { LinkEnd, LinkStats } from '../link.ts';
import { ReceivedPackets } from './ack-ranges.ts';
import { Ending } from './connection-ending.ts';
import { type ConnectionPhase, nextPhase, type PhaseChange } from './connection-state.ts';
import { type ConnectionMemory, connectionStats } from './connection-stats.ts';
import { TimerTable, timerIndex } from './connection-timers.ts';
import type { DropCounts } from './drops.ts';
import { type ErrorCodeName, errorCodes } from './error-codes.ts';
import { Inbox } from './inbox.ts';
import { protocolLimits } from './limits.ts';
import { type MessageOptions, Outbox } from './outbox.ts';
import type { ConnectionEvent, ConnectionOutput } from './output.ts';
import { PacketReceiver, receiveBytesMax } from './packet-receiver.ts';
import { PacketSender } from './packet-sender.ts';
import type { ConnectionSetup } from './parameters.ts';

export type { MessageOptions } from './outbox.ts';

export class Connection {
  readonly #idleTimeoutMs: number;
  readonly #keepAliveMs: number;
  readonly #timers = new TimerTable();
  readonly #events = new Deque<ConnectionEvent>();
  readonly #frames = new FrameReader();
  readonly #receiver: PacketReceiver;
  readonly #received: ReceivedPackets;
  readonly #inbox: Inbox;
  readonly #outbox: Outbox;
  readonly #sender: PacketSender;

  #phase: ConnectionPhase = 'open';
  /** Set as the phase leaves `open` for `closing`. */
  #ending: Ending | undefined;
  #timeoutTold = false;

  constructor(setup: ConnectionSetup, nowMs: number) {
    const { channels, local, remote, openKey, localConnectionId } = setup;
    this.#idleTimeoutMs = Math.min(local.idleTimeoutMs, remote.idleTimeoutMs);
    this.#keepAliveMs = Math.min(protocolLimits.keepAliveMs, this.#idleTimeoutMs / 3);
    this.#receiver = new PacketReceiver(openKey, localConnectionId, receiveBytesMax(local));
    this.#received = new ReceivedPackets(local.ackDelayMaxMs);
    this.#inbox = new Inbox(channels, local, this.#events);
    this.#outbox = new Outbox(channels, remote, this.#events);
    this.#sender = new PacketSender(setup, nowMs, {
      received: this.#received,
      inbox: this.#inbox,
      outbox: this.#outbox,
    });
    this.#onHeard(nowMs);
  }

  get isOpen(): boolean {
    return this.#phase === 'open';
  }
  /** Nothing will be sent or accepted any more: forget the connection. */
  get isDrained(): boolean {
    return this.#phase === 'drained';
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
    return connectionStats(this.#sender, this.#receiver, this.#inbox, this.#outbox);
  }

  // --- Commands.

  /** True: go on. False: taken, but wait for `writable`. Throws as `Link.send` says. */
  send(nowMs: number, channel: number, message: Uint8Array, options?: MessageOptions): boolean {
    if (this.#phase !== 'open') throw new Error('send on a connection that has ended');
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
    this.#startClosing(nowMs, code, reason, end ?? { kind: 'closed-here', code, reason }, true);
  }

  // --- Inputs.

  /** False when the datagram was dropped and counted; nothing in it was believed. */
  handleDatagram(nowMs: number, bytes: Uint8Array, start: number, end: number): boolean {
    this.#timeoutTold = false;
    if (this.#phase === 'draining' || this.#phase === 'drained') {
      return this.#receiver.drop('after-close');
    }
    if (!this.#receiver.open(bytes, start, end)) {
      this.#checkForgeries(nowMs);
      return false;
    }
    this.#onHeard(nowMs);
    this.#handleFrames(nowMs);
    // Numbers that leap ahead are a peer's doing, and would reach what a Number cannot count.
    if (this.#receiver.packetNumber >= protocolLimits.packetNumberMax) {
      this.#onBroken(nowMs, 'PACKET_NUMBERS');
    }
    return true;
  }

  handleTimeout(nowMs: number): void {
    this.#timeoutTold = false;
    const timers = this.#timers;
    if (timers.isDue(timerIndex.drain, nowMs)) {
      this.#endLastWords();
      this.#change('drain-over');
    }
    if (timers.isDue(timerIndex.close, nowMs)) {
      timers.stop(timerIndex.close);
      if (this.#ending !== undefined) this.#ending.isOwed = true;
    }
    if (this.#phase !== 'open') return;
    if (timers.isDue(timerIndex.idle, nowMs)) {
      this.#end({ kind: 'timed-out' });
      this.#change('silence');
      return;
    }
    if (timers.isDue(timerIndex.keepAlive, nowMs)) {
      timers.set(timerIndex.keepAlive, nowMs + this.#keepAliveMs);
      // What is in flight asks already.
      if (this.#sender.sent.count === 0) this.#sender.owesPing = true;
    }
    if (this.#sender.loss.timerAtMs <= nowMs) this.#sender.loss.onTimeout(nowMs);
    if (timers.isDue(timerIndex.flush, nowMs)) this.flush(nowMs);
    if (this.#outbox.expiresAtMs <= nowMs) this.#outbox.expire(nowMs);
    if (this.#inbox.expiresAtMs <= nowMs) this.#inbox.expire(nowMs);
  }

  // --- Outputs.

  poll(nowMs: number): ConnectionOutput | undefined {
    const event = this.#events.shift();
    if (event !== undefined) {
      if (event.type === 'message') this.#inbox.onConsumed(event.channel, event.message.length);
      return { kind: 'event', event };
    }
    if (this.#timeoutTold) return undefined;
    const length = this.#nextDatagram(nowMs);
    if (length > 0) return { kind: 'transmit', bytes: this.#sender.datagram, length };
    // The last words of a closing connection may have brought events.
    if (this.#events.length > 0) return this.poll(nowMs);
    this.#timeoutTold = true;
    return { kind: 'timeout', atMs: this.#nextTimeoutMs() };
  }

  // --- Receiving.

  #handleFrames(nowMs: number): void {
    const frames = this.#frames;
    frames.reset(this.#receiver.bytes, 0, this.#receiver.end);
    let isAckEliciting = false;
    let hasAck = false;
    for (let type = frames.next(); type !== framesEnd; type = frames.next()) {
      if (this.#phase === 'closing') {
        // Nothing but the peer's own CLOSE matters any more.
        if (type < 0) break;
        if (type !== frameTypes.close) continue;
      }
      if (type < 0) {
        this.#onMalformed(nowMs, type);
        return;
      }
      if (type === frameTypes.ack || type === frameTypes.ackWithTime) {
        if (hasAck) {
          this.#onBroken(nowMs, 'FRAME', 'a second ACK');
          return;
        }
        hasAck = true;
      } else if (type !== frameTypes.padding) isAckEliciting = true;
      const broken = this.#handleFrame(nowMs, type);
      if (broken !== undefined) {
        this.#onBroken(nowMs, broken);
        return;
      }
      if (this.#phase === 'draining') return;
    }
    if (this.#phase === 'closing') this.#ending?.onStray();
    else this.#received.onPacket(nowMs, this.#receiver.packetNumber, isAckEliciting);
  }

  #handleFrame(nowMs: number, type: number): ErrorCodeName | undefined {
    const frames = this.#frames;
    const { bytes } = this.#receiver;
    switch (type) {
      case frameTypes.message:
        return this.#inbox.onMessage(frames, bytes);
      case frameTypes.messageFragment:
        return this.#inbox.onFragment(nowMs, frames, bytes);
      case frameTypes.messageCompressed:
      case frameTypes.messageFragmentCompressed:
        return 'FLAGS';
      case frameTypes.ack:
      case frameTypes.ackWithTime:
        return this.#sender.loss.onAck(nowMs, frames) ? undefined : 'SEQUENCE';
      case frameTypes.connectionWindow:
        this.#outbox.onConnectionWindow(frames);
        this.#sender.flushWanted = true;
        return undefined;
      case frameTypes.channelWindow:
        this.#sender.flushWanted = true;
        return this.#outbox.onChannelWindow(frames) ? undefined : 'CHANNEL';
      case frameTypes.close: {
        const { closeCode: code, closeReason: reason } = frames;
        this.#onPeerClose(nowMs, code, reason);
        return undefined;
      }
      default:
        // PING and PADDING: to have arrived is all they do.
        return undefined;
    }
  }

  #onPeerClose(nowMs: number, code: number, reason: string): void {
    if (this.#phase === 'open') this.#end({ kind: 'closed-by-peer', code, reason });
    this.#endLastWords();
    this.#change('peer-close');
    this.#startDraining(nowMs);
  }

  #onHeard(nowMs: number): void {
    if (this.#phase !== 'open') return;
    this.#timers.set(timerIndex.idle, nowMs + this.#idleTimeoutMs);
    this.#timers.set(timerIndex.keepAlive, nowMs + this.#keepAliveMs);
  }

  #checkForgeries(nowMs: number): void {
    if (this.#receiver.drops['aead-failed'] < protocolLimits.aeadFailuresMax) return;
    this.#onBroken(nowMs, 'PACKET_NUMBERS', 'too many forged packets for one key');
  }

  #onMalformed(nowMs: number, result: number): void {
    const { isUnknownType, reason } = this.#frames;
    if (result === frameTruncated) this.#onBroken(nowMs, 'FRAME', 'cut short');
    else this.#onBroken(nowMs, isUnknownType ? 'TYPE' : 'FRAME', reason);
  }

  /** The peer, or the connection itself, went past a rule: it ends and says which. */
  #onBroken(nowMs: number, name: ErrorCodeName, detail?: string): void {
    const { code, sentence } = errorCodes[name];
    const reason = detail === undefined ? sentence : `${sentence} (${detail})`;
    this.#startClosing(nowMs, code, reason, { kind: 'protocol-error', code, reason }, false);
  }

  // --- Ending.

  #startClosing(
    nowMs: number,
    code: number,
    reason: string,
    end: LinkEnd,
    hasLastWords: boolean,
  ): void {
    if (this.#phase !== 'open') return;
    this.#timeoutTold = false;
    this.#change('close');
    this.#ending = new Ending(code, reason, end, hasLastWords);
    this.#startDraining(nowMs);
    this.#sender.flushWanted = true;
    if (!hasLastWords) this.#end(end);
  }

  #startDraining(nowMs: number): void {
    const { drainingPtos, drainingMsMax } = protocolLimits;
    const drainingMs = Math.min(drainingPtos * this.#sender.loss.ptoMs, drainingMsMax);
    this.#timers.stopAll();
    this.#timers.set(timerIndex.drain, nowMs + drainingMs);
  }

  /** The chance to send what was queued before `close` is over, used or not: now it is the end. */
  #endLastWords(): void {
    const ending = this.#ending;
    if (ending === undefined || !ending.hasLastWords) return;
    ending.hasLastWords = false;
    this.#end(ending.end);
  }

  /** Every message gets its last event, then the application hears the end, once. */
  #end(end: LinkEnd): void {
    this.#outbox.end(this.#sender.sent);
    this.#inbox.end();
    this.#events.push({ type: 'ended', end });
  }

  #change(change: PhaseChange): void {
    this.#phase = nextPhase(this.#phase, change);
    if (this.#phase === 'drained') this.#timers.stopAll();
  }

  // --- Sending.

  /** Fills the send buffer. Returns the datagram's length, or 0 when nothing should leave now. */
  #nextDatagram(nowMs: number): number {
    const sender = this.#sender;
    if (this.#phase === 'open') {
      if (sender.isExhausted) this.#onBroken(nowMs, 'PACKET_NUMBERS');
      else return sender.nextDataPacket(nowMs);
    }
    const ending = this.#ending;
    if (this.#phase !== 'closing' || ending === undefined) return 0;
    if (ending.hasLastWords) {
      const length = sender.nextDataPacket(nowMs);
      if (length > 0) return length;
      this.#endLastWords();
    }
    if (!ending.isOwed) return 0;
    if (ending.onSaid()) this.#timers.set(timerIndex.close, nowMs + sender.loss.ptoMs);
    return sender.closePacket(nowMs, ending);
  }

  #nextTimeoutMs(): number {
    const { loss, paceAtMs } = this.#sender;
    if (this.#phase === 'open') {
      const timers = this.#timers;
      timers.set(timerIndex.loss, loss.timerAtMs);
      timers.set(timerIndex.ack, this.#received.dueAtMs);
      timers.set(timerIndex.pace, paceAtMs);
      timers.set(timerIndex.expiry, Math.min(this.#outbox.expiresAtMs, this.#inbox.expiresAtMs));
    }
    return this.#timers.nextMs;
  }
}
