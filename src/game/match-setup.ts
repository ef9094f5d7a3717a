// What a match is made of, checked: the game, who sits where, the seed and the times. Everything
// here comes from the host's own platform, so a mistake throws a TypeError that names the member.

import type { Game } from './define-game.ts';
import { gameLimits } from './limits.ts';

export interface MatchSeat {
  readonly playerId: string;
  /** Shown to the other players; at most 64 characters. */
  readonly name: string;
  readonly bot: boolean;
}

export interface MatchOptions {
  /** From the match's start until every seat was joined; who is absent then, is out. */
  readonly joinTimeoutMs: number;
  /** How long a seat that lost its connection is kept. */
  readonly reconnectGraceMs: number;
  /** From the first step to the end by time limit. */
  readonly matchTimeLimitMs: number;
  /** Freeze each state, so that a game that changes one fails at once. For tests: it costs time. */
  readonly freezeStates: boolean;
}

export interface MatchSetup {
  readonly matchId: string;
  readonly game: Game;
  /** As a lobby chose them; what is absent gets the game's defaults. */
  readonly settings?: unknown;
  /** Decides every draw of the match. Players must not learn it before the end. */
  readonly seed: string;
  readonly seats: readonly MatchSeat[];
  readonly nowMs: number;
  readonly options?: Partial<MatchOptions>;
}

export interface MatchPlan {
  readonly matchId: string;
  readonly game: Game;
  readonly settings: unknown;
  readonly seed: string;
  readonly seats: readonly MatchSeat[];
  readonly options: MatchOptions;
}

export function matchPlan(setup: MatchSetup): MatchPlan {
  const { matchId, game, seed, seats } = setup;
  if (typeof matchId !== 'string' || matchId.length < 1 || matchId.length > 40) {
    throw new TypeError('matchId must be a text of 1 to 40 characters');
  }
  if (typeof seed !== 'string' || seed.length > 256) {
    throw new TypeError('seed must be a text of at most 256 characters');
  }
  const { min, max } = game.players;
  if (seats.length < min || seats.length > max) {
    throw new TypeError(`seats: ${game.name} takes ${min} to ${max} players, not ${seats.length}`);
  }
  const settings = game.checkSettings(setup.settings);
  if (!settings.ok) throw new TypeError(`settings: ${settings.error.message}`);
  return {
    matchId,
    game,
    settings: settings.value.value,
    seed,
    seats: seats.map(({ playerId, name, bot }) => ({ playerId, name: name.slice(0, 64), bot })),
    options: {
      joinTimeoutMs: time(setup, 'joinTimeoutMs'),
      reconnectGraceMs: time(setup, 'reconnectGraceMs'),
      matchTimeLimitMs: time(setup, 'matchTimeLimitMs'),
      freezeStates: setup.options?.freezeStates ?? false,
    },
  };
}

function time(
  { options }: MatchSetup,
  name: 'joinTimeoutMs' | 'reconnectGraceMs' | 'matchTimeLimitMs',
): number {
  const value = options?.[name] ?? gameLimits[name];
  if (Number.isFinite(value) && value >= 0 && value <= gameLimits.matchTimeMsMax) return value;
  throw new TypeError(`options.${name} must be 0 to ${gameLimits.matchTimeMsMax}, not ${value}`);
}
