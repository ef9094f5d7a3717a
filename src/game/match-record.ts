// The record of an ended match: all that is needed to play it again (settings, seed, inputs) and
// what came out of it. Stored as JSON by the platform, read by replay.ts. Times are milliseconds of
// the host's clock as the runner was told it: good for durations, not for dates.

import { type Static, Type as t } from 'typebox';
import { Compile } from 'typebox/compile';
import { err, ok, type Result } from '../base/result.ts';
import { MatchEndReason } from '../contract/schema.ts';
import type { Outcome } from './define-game.ts';
import { gameLimits } from './limits.ts';

export type { MatchEndReason };

const seat = t.Integer({ minimum: 0, maximum: gameLimits.playersMax - 1 });
const seats = { maxItems: gameLimits.playersMax } as const;

export const OutcomeSchema = t.Unsafe<Outcome>(
  t.Object(
    {
      ranking: t.Array(t.Array(seat, seats), seats),
      score: t.Optional(t.Array(t.Number(), seats)),
    },
    { additionalProperties: false },
  ),
);

/**
 * Turn games: `[tick, inputs, timedOut (0 or 1), seats that left, milliseconds since the start]`.
 * Real-time games, and earlier versions: `[tick, inputs]`, with `timedOut` and the seats that left
 * behind them where there is something to say; ticks without any of it are not stored.
 */
const LoggedStep = t.Union([
  t.Tuple([t.Integer(), t.Array(t.Tuple([seat, t.Unknown()]))]),
  t.Tuple([
    t.Integer(),
    t.Array(t.Tuple([seat, t.Unknown()])),
    t.Union([t.Literal(0), t.Literal(1)]),
    t.Array(seat, seats),
  ]),
  t.Tuple([
    t.Integer(),
    t.Array(t.Tuple([seat, t.Unknown()])),
    t.Union([t.Literal(0), t.Literal(1)]),
    t.Array(seat, seats),
    t.Integer({ minimum: 0 }),
  ]),
]);
export type LoggedStep = Static<typeof LoggedStep>;

export const InputLog = t.Array(LoggedStep);
export type InputLog = Static<typeof InputLog>;

export const MatchRecord = t.Object({
  format: t.Literal(1),
  matchId: t.String({ maxLength: 40 }),
  game: t.String({ maxLength: 32 }),
  gameVersion: t.Integer({ minimum: 1 }),
  settings: t.Unknown(),
  seed: t.String({ maxLength: 256 }),
  seats: t.Array(t.Object({ playerId: t.String(), name: t.String(), bot: t.Boolean() }), {
    minItems: 1,
    ...seats,
  }),
  log: InputLog,
  /** Steps in all: the last tick. */
  ticks: t.Integer({ minimum: 0, maximum: gameLimits.ticksMax }),
  /** When everyone was there; absent when the match never began. */
  startedAtMs: t.Optional(t.Number()),
  endedAtMs: t.Number(),
  reason: MatchEndReason,
  /** For operators: what was thrown, why it was abandoned. Players are not told. */
  detail: t.Optional(t.String()),
  /** Null when nobody is ranked: abandoned, failed, or nobody came. */
  outcome: t.Union([t.Null(), OutcomeSchema]),
  /** SHA-256 of the final state's canonical JSON, hex; null when there is no state. */
  stateHash: t.Union([t.Null(), t.String({ pattern: '^[0-9a-f]{64}$' })]),
});
export type MatchRecord = Static<typeof MatchRecord>;

const matchRecord = Compile(MatchRecord);

/** A record from a store or a stranger. Whether its inputs fit the game is replay.ts' question. */
export function checkMatchRecord(value: unknown): Result<MatchRecord, string> {
  if (matchRecord.Check(value)) return ok(value);
  const first = matchRecord.Errors(value)[0];
  const where = first === undefined ? '' : ` at ${first.instancePath.slice(0, 100) || 'its root'}`;
  return err(`not a match record of format 1${where}`);
}
