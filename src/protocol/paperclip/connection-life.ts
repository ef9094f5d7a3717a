// The life of a connection from open to forgotten: its phase, who ended it and with which words,
// and what may still leave meanwhile. Which phase follows which is the table in
// `connection-state.ts`; how often CLOSE is said is in `connection-ending.ts`.

import type { LinkEnd } from '../link.ts';
import { Ending } from './connection-ending.ts';
import { type ConnectionPhase, nextPhase, type PhaseChange } from './connection-state.ts';
import { type TimerTable, timerIndex } from './connection-timers.ts';
import { type ErrorCodeName, errorCodes } from './error-codes.ts';
import type { Inbox } from './inbox.ts';
import { protocolLimits } from './limits.ts';
import type { Outbox } from './outbox.ts';
import type { EventSink } from './output.ts';
import type { PacketSender } from './packet-sender.ts';

export interface LifeParts {
  readonly timers: TimerTable;
  readonly events: EventSink;
  readonly inbox: Inbox;
  readonly outbox: Outbox;
  readonly sender: PacketSender;
}

export class ConnectionLife {
  readonly #parts: LifeParts;
  #phase: ConnectionPhase = 'open';
  /** Set as the phase leaves `open` for `closing`. */
  #ending: Ending | undefined;

  constructor(parts: LifeParts) {
    this.#parts = parts;
  }

  get isOpen(): boolean {
    return this.#phase === 'open';
  }
  get isClosing(): boolean {
    return this.#phase === 'closing';
  }
  /** It answers nothing any more. */
  get isSilent(): boolean {
    return this.#phase === 'draining' || this.#phase === 'drained';
  }
  get isDrained(): boolean {
    return this.#phase === 'drained';
  }

  /** What is queued leaves as far as it can at once, then CLOSE; then the application hears it. */
  close(nowMs: number, code: number, reason: string, end: LinkEnd): void {
    this.#startClosing(nowMs, new Ending(code, reason, end, true));
  }

  /** The peer, or the connection itself, went past a rule: it ends and says which. */
  onBroken(nowMs: number, name: ErrorCodeName, detail?: string): void {
    const { code, sentence } = errorCodes[name];
    const reason = detail === undefined ? sentence : `${sentence} (${detail})`;
    const end: LinkEnd = { kind: 'protocol-error', code, reason };
    this.#startClosing(nowMs, new Ending(code, reason, end, false));
  }

  onPeerClose(nowMs: number, code: number, reason: string): void {
    if (this.#phase === 'open') this.#end({ kind: 'closed-by-peer', code, reason });
    this.#endLastWords();
    this.#change('peer-close');
    this.#startDraining(nowMs);
  }

  /** The idle time-out is over: there is nobody to tell. */
  onSilence(): void {
    this.#end({ kind: 'timed-out' });
    this.#change('silence');
  }

  /** A packet without CLOSE came after ours. */
  onStray(): void {
    this.#ending?.onStray();
  }

  handleTimeout(nowMs: number): void {
    const { timers } = this.#parts;
    if (timers.isDue(timerIndex.drain, nowMs)) {
      this.#endLastWords();
      this.#change('drain-over');
    }
    if (timers.isDue(timerIndex.close, nowMs)) {
      timers.stop(timerIndex.close);
      if (this.#ending !== undefined) this.#ending.isOwed = true;
    }
  }

  /** The length of the next datagram of an open or ending connection, or 0. */
  nextDatagram(nowMs: number): number {
    const { sender, timers } = this.#parts;
    if (this.#phase === 'open') {
      if (sender.isExhausted) this.onBroken(nowMs, 'PACKET_NUMBERS');
      else return sender.nextDataPacket(nowMs);
    }
    const ending = this.#ending;
    if (!this.isClosing || ending === undefined) return 0;
    if (ending.hasLastWords) {
      const length = sender.nextDataPacket(nowMs);
      if (length > 0) return length;
      this.#endLastWords();
    }
    if (!ending.isOwed || sender.isHeldBack) return 0;
    if (ending.onSaid()) timers.set(timerIndex.close, nowMs + sender.loss.ptoMs);
    return sender.closePacket(nowMs, ending);
  }

  #startClosing(nowMs: number, ending: Ending): void {
    if (this.#phase !== 'open') return;
    this.#change('close');
    this.#ending = ending;
    this.#startDraining(nowMs);
    this.#parts.sender.flushWanted = true;
    if (!ending.hasLastWords) this.#end(ending.end);
  }

  #startDraining(nowMs: number): void {
    const { drainingPtos, drainingMsMax } = protocolLimits;
    const { timers, sender } = this.#parts;
    const drainingMs = Math.min(drainingPtos * sender.loss.ptoMs, drainingMsMax);
    timers.stopAll();
    timers.set(timerIndex.drain, nowMs + drainingMs);
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
    const { outbox, inbox, sender, events } = this.#parts;
    outbox.end(sender.sent);
    inbox.end();
    events.push({ type: 'ended', end });
  }

  #change(change: PhaseChange): void {
    this.#phase = nextPhase(this.#phase, change);
    if (this.#phase === 'drained') this.#parts.timers.stopAll();
  }
}
