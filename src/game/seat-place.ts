// What the match runner keeps per seat: whether its player is there, how far its inputs got, and
// its bounds on what a player may make the host do. It decides nothing about the match.

import { gameLimits } from './limits.ts';
import type { PlayerStatus } from './messages.ts';
import { TokenBucket } from './token-bucket.ts';
import { ViewStream } from './view-stream.ts';

export type SeatState =
  /** Never joined so far. */
  | { readonly kind: 'expected' }
  | { readonly kind: 'here' }
  /** Lost the connection; the seat is kept until then. */
  | { readonly kind: 'away'; readonly untilMs: number }
  /** Out for good; may still watch how it ends. */
  | { readonly kind: 'left'; readonly isConnected: boolean };

export class SeatPlace {
  readonly views: ViewStream;
  readonly #inputs: TokenBucket;
  readonly #acks: TokenBucket;
  #noticeAtMs = Number.NEGATIVE_INFINITY;
  state: SeatState = { kind: 'expected' };
  /** The highest sequence that came. */
  lastSequence = 0;

  constructor(tickHz: number | undefined, nowMs: number) {
    this.views = new ViewStream(tickHz === undefined ? 'reliable' : 'acknowledged');
    const perSecond = Math.max(gameLimits.inputsPerSecond, 2 * (tickHz ?? 0));
    this.#inputs = new TokenBucket(perSecond, 2 * perSecond, nowMs);
    const acksPerSecond = gameLimits.viewAcksPerSecond + (tickHz ?? 0);
    this.#acks = new TokenBucket(acksPerSecond, 2 * acksPerSecond, nowMs);
  }

  get status(): PlayerStatus {
    return this.state.kind === 'expected' ? 'away' : this.state.kind;
  }

  get isConnected(): boolean {
    return this.state.kind === 'here' || (this.state.kind === 'left' && this.state.isConnected);
  }

  get isActive(): boolean {
    return this.state.kind !== 'left';
  }

  takeInput(nowMs: number): boolean {
    return this.#inputs.take(nowMs);
  }

  takeAck(nowMs: number): boolean {
    return this.#acks.take(nowMs);
  }

  /** Whether a refusal beyond the rate may be told; further ones are dropped for a while. */
  takeNotice(nowMs: number): boolean {
    if (nowMs < this.#noticeAtMs) return false;
    this.#noticeAtMs = nowMs + gameLimits.tooFastNoticeMs;
    return true;
  }
}
