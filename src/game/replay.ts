// Plays a recorded match again and compares what comes out. The record may come from anywhere: one
// that does not fit the game gives an error and is not played. (A record whose inputs fit and whose
// result was made up is found by its hash: `matches` is false.)

import { canonicalJson, type Json } from '../base/json.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { Game, Outcome, Seat } from './define-game.ts';
import { checkMatchRecord, type MatchRecord } from './match-record.ts';
import { GameFault, Simulation, type StepEvents } from './simulation.ts';
import { jsonEqual } from './view-delta.ts';

export interface ReplayStep extends StepEvents {
  /** 0 before the first step. */
  readonly tick: number;
  /** Milliseconds since the match began. */
  readonly elapsedMs: number;
  readonly state: unknown;
  /** What that seat saw then. */
  readonly view: (seat: Seat) => Json;
}

export interface ReplayResult {
  readonly state: unknown;
  readonly stateHash: string;
  /** What the rules say of the final state; undefined when they had not finished the match. */
  readonly outcome: Outcome | undefined;
  /** The state's hash is the recorded one, and so is the outcome where the rules gave it. */
  readonly matches: boolean;
}

export interface ReplayOptions {
  /** Called for the start and after each step. What it throws comes out of `replay`. */
  readonly onStep?: (step: ReplayStep) => void;
}

/** The error says why the record cannot be played: malformed, another game, another version. */
export function replay(
  game: Game,
  value: unknown,
  { onStep }: ReplayOptions = {},
): Result<ReplayResult, string> {
  const checked = checkMatchRecord(value);
  if (!checked.ok) return checked;
  const record = checked.value;
  const fault = unfit(game, record);
  if (fault !== undefined) return err(fault);
  try {
    const settings = game.checkSettings(record.settings);
    if (!settings.ok) return err(`settings: ${settings.error.message}`);
    const { seed, seats } = record;
    const setup = { game, players: seats.length, settings: settings.value.value, seed };
    const simulation = new Simulation(setup);
    const view = (seat: Seat): Json => simulation.view(seat).value;
    const tell = (events: StepEvents): void => {
      const { tick, elapsedMs, state } = simulation;
      onStep?.({ ...events, tick, elapsedMs, state, view });
    };
    tell({ inputs: [], timedOut: false, left: [] });
    for (const events of stepsOf(record)) {
      simulation.step(events);
      tell(events);
    }
    const stateHash = simulation.hash();
    const outcome = simulation.outcome();
    const isSame = record.reason !== 'outcome' || sameOutcome(outcome, record.outcome);
    const matches = stateHash === record.stateHash && isSame;
    return ok({ state: simulation.state, stateHash, outcome, matches });
  } catch (cause) {
    if (cause instanceof GameFault) return err(`the game failed: ${cause.message}`);
    throw cause;
  }
}

export interface SeenView {
  readonly tick: number;
  readonly view: Json;
}

/** What a seat saw, one entry per change. For a long real-time match, `onStep` keeps less. */
export function replayViews(
  game: Game,
  record: unknown,
  seat: Seat,
): Result<readonly SeenView[], string> {
  const seen: SeenView[] = [];
  const result = replay(game, record, {
    onStep: (step) => {
      const view = step.view(seat);
      const last = seen.at(-1);
      if (last === undefined || !jsonEqual(last.view, view)) seen.push({ tick: step.tick, view });
    },
  });
  return result.ok ? ok(seen) : result;
}

/** Every step of the match; real-time games do not store the ticks in which nothing came. */
function* stepsOf(record: MatchRecord): Generator<StepEvents> {
  let at = 0;
  for (let tick = 1; tick <= record.ticks; tick++) {
    const logged = record.log[at];
    if (logged?.[0] !== tick) {
      yield { inputs: [], timedOut: false, left: [] };
      continue;
    }
    at += 1;
    const [, pairs, timedOut = 0, left = [], elapsedMs] = logged;
    const inputs = pairs.map(([seat, input]) => ({ seat, input }));
    const when = elapsedMs === undefined ? {} : { elapsedMs };
    yield { inputs, timedOut: timedOut === 1, left, ...when };
  }
}

function unfit(game: Game, record: MatchRecord): string | undefined {
  if (record.game !== game.name) return `a match of ${record.game}, not of ${game.name}`;
  if (record.gameVersion !== game.version) {
    return `played with version ${record.gameVersion} of ${game.name}; this is ${game.version}`;
  }
  const seats = record.seats.length;
  if (seats < game.players.min || seats > game.players.max) {
    return `${seats} seats, where ${game.name} has ${game.players.min} to ${game.players.max}`;
  }
  let last = 0;
  for (const [tick, inputs, , left = []] of record.log) {
    if (tick <= last || tick > record.ticks) return `step ${tick} is out of order`;
    last = tick;
    for (const [seat, input] of inputs) {
      if (seat >= seats) return `step ${tick} has an input of seat ${seat}`;
      const checked = game.checkInput(input);
      if (!checked.ok) return `step ${tick}: ${checked.error.message}`;
    }
    if (left.some((seat) => seat >= seats)) return `step ${tick} names a seat that is not there`;
  }
  const isTurns = game.tickHz === undefined;
  if (isTurns && record.log.length !== record.ticks) return 'the log does not have every step';
  return undefined;
}

const sameOutcome = (a: Outcome | undefined, b: Outcome | null): boolean =>
  a !== undefined && b !== null && canonicalJson(a) === canonicalJson(b);
