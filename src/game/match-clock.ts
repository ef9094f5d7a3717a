// When a running match moves by itself: at its next tick (real-time games) or when the present
// turn's time is over (turn games). Values and the functions between them; the match runner keeps
// one and is told the time by others.

import { gameLimits } from './limits.ts';

export interface TurnClock {
  readonly kind: 'turns';
  readonly turn: number | string | undefined;
  /** Undefined: the turn has no limit. */
  readonly endsAtMs: number | undefined;
}

export interface TickClock {
  readonly kind: 'ticks';
  readonly periodMs: number;
  readonly fromMs: number;
  /** The next tick is due at `fromMs + count * periodMs`. */
  readonly count: number;
}

export type MatchClock = TurnClock | TickClock;

export function startClock(nowMs: number, tickHz: number | undefined): MatchClock {
  return tickHz === undefined
    ? { kind: 'turns', turn: undefined, endsAtMs: undefined }
    : { kind: 'ticks', periodMs: 1000 / tickHz, fromMs: nowMs, count: 1 };
}

/** Undefined: it never moves by itself. */
export function clockDueMs(clock: MatchClock): number | undefined {
  return clock.kind === 'turns' ? clock.endsAtMs : clock.fromMs + clock.count * clock.periodMs;
}

/** A tick ran. After a stall a few ticks run at once, and the rest of the lost time is skipped. */
export function afterTick(nowMs: number, clock: TickClock): TickClock {
  const behindMs = nowMs - (clock.fromMs + clock.count * clock.periodMs);
  const mostMs = gameLimits.ticksCatchUpMax * clock.periodMs;
  if (behindMs < mostMs) return { ...clock, count: clock.count + 1 };
  return { ...clock, fromMs: nowMs - mostMs, count: 2 };
}

/** A turn game stepped. The same turn keeps its end; one whose time ran out gets its time again. */
export function afterTurnStep(
  nowMs: number,
  clock: TurnClock,
  turn: number | string,
  timeMs: number | undefined,
): TurnClock {
  if (timeMs === undefined) return { kind: 'turns', turn, endsAtMs: undefined };
  const { endsAtMs } = clock;
  const goesOn = turn === clock.turn && endsAtMs !== undefined && endsAtMs > nowMs;
  return { kind: 'turns', turn, endsAtMs: goesOn ? endsAtMs : nowMs + timeMs };
}
