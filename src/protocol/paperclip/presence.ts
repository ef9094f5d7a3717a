// Whether the peer is still there: asks when nothing was heard for a while, tells the application
// that something goes unanswered (`interrupted`) and that it is over (`resumed`), and knows when
// silence means the end. A packet counts once it is authentic, whatever stands in it.

import { type TimerTable, timerIndex } from './connection-timers.ts';
import { protocolLimits } from './limits.ts';
import type { EventSink } from './output.ts';
import type { PacketSender } from './packet-sender.ts';
import type { ConnectionSetup } from './parameters.ts';

export interface PresenceParts {
  readonly timers: TimerTable;
  readonly events: EventSink;
  readonly sender: PacketSender;
}

const never = Number.POSITIVE_INFINITY;

export class Presence {
  readonly #parts: PresenceParts;
  readonly #idleTimeoutMs: number;
  readonly #keepAliveMs: number;
  #heardAtMs = 0;
  #isInterrupted = false;

  constructor({ local, remote }: ConnectionSetup, parts: PresenceParts, nowMs: number) {
    this.#parts = parts;
    this.#idleTimeoutMs = Math.min(local.idleTimeoutMs, remote.idleTimeoutMs);
    this.#keepAliveMs = Math.min(protocolLimits.keepAliveMs, this.#idleTimeoutMs / 3);
    this.onHeard(nowMs);
  }

  /** Before the packet's frames are handled: `resumed` is told ahead of what it brought. */
  onHeard(nowMs: number): void {
    const { timers, events, sender } = this.#parts;
    this.#heardAtMs = nowMs;
    timers.set(timerIndex.idle, nowMs + this.#idleTimeoutMs);
    timers.set(timerIndex.keepAlive, nowMs + this.#keepAliveMs);
    if (!this.#isInterrupted) return;
    this.#isInterrupted = false;
    events.push({ type: 'resumed' });
    sender.loss.onPeerBack();
  }

  /**
   * When silence is worth a word: counted from what was heard last, or from the oldest packet that
   * waits for an answer where that is later, so that a quiet connection is not an interrupted one.
   */
  get interruptAtMs(): number {
    const { sent, loss } = this.#parts.sender;
    if (this.#isInterrupted || sent.count === 0) return never;
    const askedAtMs = sent.get(sent.lowest)?.sentAtMs ?? this.#heardAtMs;
    const { interruptAfterMs, interruptAfterPtos } = protocolLimits;
    const patienceMs = Math.max(interruptAfterMs, interruptAfterPtos * loss.ptoMs);
    return Math.max(this.#heardAtMs, askedAtMs) + patienceMs;
  }

  /** False: the peer is taken for gone. */
  handleTimeout(nowMs: number): boolean {
    const { timers, events, sender } = this.#parts;
    if (timers.isDue(timerIndex.idle, nowMs)) return false;
    if (timers.isDue(timerIndex.keepAlive, nowMs)) {
      timers.set(timerIndex.keepAlive, nowMs + this.#keepAliveMs);
      // What is in flight asks already.
      if (sender.sent.count === 0) sender.owesPing = true;
    }
    if (this.interruptAtMs <= nowMs) {
      this.#isInterrupted = true;
      events.push({ type: 'interrupted' });
    }
    return true;
  }
}
