// One seat's views on their way out: numbers them, decides whether there is something to send, and
// against which earlier view. The match runner owns one per seat and asks it after each step.
//
// Turn games send on a reliable channel, so what was sent counts as received. Real-time games send
// on an unreliable one: the base is the last view that the player acknowledged, and an
// unacknowledged view is repeated every `viewResendMs`, so that the last change is never lost.

import type { Json } from '../base/json.ts';
import { gameLimits } from './limits.ts';
import type { HostMessageOf, MatchChannel } from './messages.ts';
import { jsonBytes, type PlainJson } from './plain-json.ts';
import { diff, jsonEqual } from './view-delta.ts';

/** What a view message carries besides the view; a change of it is worth sending too. */
export interface ViewAround {
  readonly tick: number;
  readonly lastSequence: number;
  /** When the turn's time is over, on the host's clock. */
  readonly turnEndsAtMs?: number | undefined;
}

export interface OutgoingView {
  readonly channel: MatchChannel;
  readonly message: HostMessageOf<'view'>;
}

interface SentView {
  readonly n: number;
  readonly view: Json;
  readonly bytes: number;
  readonly lastSequence: number;
  readonly turnEndsAtMs: number | undefined;
}

export class ViewStream {
  readonly #reliable: boolean;
  /** Sent and possibly still a base, oldest first. */
  #sent: SentView[] = [];
  #sentBytes = 0;
  #acked: SentView | undefined;
  #lastSentMs = Number.NEGATIVE_INFINITY;
  #n = 0;

  constructor(mode: 'reliable' | 'acknowledged') {
    this.#reliable = mode === 'reliable';
  }

  /** A new connection knows no earlier view; or the client said that it lost its base. */
  reset(): void {
    this.#sent = [];
    this.#sentBytes = 0;
    this.#acked = undefined;
  }

  /** An acknowledgement of a view that is not kept (too old, never sent) changes nothing. */
  ack(n: number): void {
    if (this.#reliable || n <= (this.#acked?.n ?? 0)) return;
    const at = this.#sent.findIndex((sent) => sent.n === n);
    if (at < 0) return;
    this.#acked = this.#sent[at];
    for (const dropped of this.#sent.splice(0, at)) this.#sentBytes -= dropped.bytes;
  }

  /** The message that brings the player up to date; undefined when nothing needs to go now. */
  next(nowMs: number, view: PlainJson, around: ViewAround): OutgoingView | undefined {
    const base = this.#acked;
    const delta = base === undefined ? undefined : diff(base.view, view.value);
    if (base !== undefined && delta === undefined && sameAround(base, around)) return undefined;
    const last = this.#sent.at(-1);
    const isRepeat =
      last !== undefined &&
      last !== base &&
      sameAround(last, around) &&
      jsonEqual(last.view, view.value);
    if (isRepeat && nowMs < this.#lastSentMs + gameLimits.viewResendMs) return undefined;
    return this.#send(nowMs, view, around, base, delta);
  }

  /** A full view on the reliable channel, whatever was sent before: the last one of a match. */
  final(nowMs: number, view: PlainJson, around: ViewAround): OutgoingView {
    return { ...this.#send(nowMs, view, around, undefined, undefined), channel: 'reliable' };
  }

  #send(
    nowMs: number,
    view: PlainJson,
    around: ViewAround,
    base: SentView | undefined,
    delta: Json | undefined,
  ): OutgoingView {
    this.#n += 1;
    // The first view of a connection must not overtake the welcome, nor be lost.
    const isFirst = this.#sent.length === 0;
    // No change of the view itself (only of what is around it) is an empty change.
    const change = delta ?? {};
    const changeBytes = base === undefined ? Number.POSITIVE_INFINITY : jsonBytes(change);
    const isFull = base === undefined || changeBytes >= view.bytes;
    const { turnEndsAtMs, ...rest } = around;
    const message: HostMessageOf<'view'> = {
      kind: 'view',
      n: this.#n,
      ...(isFull ? { base: 0, full: view.value } : { base: base.n, delta: change }),
      ...rest,
      ...(turnEndsAtMs !== undefined && { turnEndsInMs: Math.max(0, turnEndsAtMs - nowMs) }),
    };
    this.#remember({
      n: this.#n,
      view: view.value,
      bytes: view.bytes,
      lastSequence: around.lastSequence,
      turnEndsAtMs,
    });
    this.#lastSentMs = nowMs;
    const fitsState = Math.min(changeBytes, view.bytes) <= gameLimits.stateMessageBytesMax;
    const isReliable = this.#reliable || isFirst || !fitsState;
    return { channel: isReliable ? 'reliable' : 'state', message };
  }

  #remember(sent: SentView): void {
    if (this.#reliable) {
      this.#acked = sent;
      this.#sent = [sent];
      return;
    }
    this.#sent.push(sent);
    this.#sentBytes += sent.bytes;
    // The newest stays even when it is over the limit alone: it is what `next` compares with.
    while (
      this.#sent.length > gameLimits.viewHistoryMax ||
      (this.#sentBytes > gameLimits.viewHistoryBytesMax && this.#sent.length > 1)
    ) {
      const dropped = this.#sent.shift();
      if (dropped === undefined) break;
      this.#sentBytes -= dropped.bytes;
      if (dropped === this.#acked) this.#acked = undefined;
    }
  }
}

const sameAround = (sent: SentView, around: ViewAround): boolean =>
  sent.lastSequence === around.lastSequence && sent.turnEndsAtMs === around.turnEndsAtMs;
