// Plays a whole match inside one call, without a network and without waiting: how a game's author
// tests it. Time is virtual, states are frozen, and the match is replayed at the end, so that a
// game that changes its state, looks at a clock or draws its own random numbers is found out.

import { type Random, seededRandom } from '../base/prng.ts';
import type { Game, Outcome, Seat, SeatInput, StepContext } from './define-game.ts';
import { HostedMatch } from './hosted-match.ts';
import type { MatchRecord } from './match-record.ts';
import type { MatchOptions } from './match-setup.ts';
import type { HostMessage, HostMessageOf } from './messages.ts';
import { PlayerView } from './player-view.ts';
import { replay } from './replay.ts';

/** A player in a test: asked at each of its views; undefined sends nothing. */
export type LocalPlayer<View, Input> = (
  view: View,
  context: { readonly seat: Seat; readonly random: Random },
) => Input | undefined;

export interface LocalMatch<View, Input> {
  /** Default `local`. Equal seeds play equal matches. */
  readonly seed?: string;
  readonly settings?: unknown;
  /**
   * Who sits where: `bot` (the game's), a function, or `idle` (is there and sends nothing).
   * Default: bots, or idle players when `inputs` are given, in the smallest number of seats.
   */
  readonly seats?: readonly ('bot' | 'idle' | LocalPlayer<View, Input>)[];
  /** Sent one by one as soon as the match has begun. */
  readonly inputs?: readonly SeatInput<Input>[];
  /** Stop after this much virtual time, as a host that shuts down would. Default one hour. */
  readonly stopAfterMs?: number;
  readonly options?: Partial<MatchOptions>;
  /** Everything that any seat of a function, an idle player or an input's sender was told. */
  readonly onMessage?: (seat: Seat, message: HostMessage) => void;
}

/** Where a game's own types are read off: they follow from the rules, not from its schema. */
export interface Playable<State, View, Input> {
  step(state: State, inputs: readonly SeatInput<Input>[], context: StepContext): State;
  view(state: State, seat: Seat): View;
}

export interface LocalResult<State, View> {
  readonly record: MatchRecord;
  readonly reason: MatchRecord['reason'];
  readonly outcome: Outcome | null;
  readonly state: State;
  /** The last view of each seat; undefined where a bot sat or nothing was shown. */
  readonly views: readonly (View | undefined)[];
  readonly refusals: readonly (HostMessageOf<'refused'> & { readonly seat: Seat })[];
}

/**
 * Throws when the game throws (its words, with the function's name), and when the replay of the
 * match came to another state than the match did.
 */
export function playLocal<State, View, Input>(
  game: Game & Playable<State, View, Input>,
  match: LocalMatch<View, Input> = {},
): LocalResult<State, View> {
  const local = new Local<View, Input>(game, match);
  const record = local.play();
  if (record.reason === 'failed') throw new Error(`game ${game.name}: ${record.detail}`);
  const again = replay(game, record);
  if (!again.ok) throw new Error(`game ${game.name}: its replay failed: ${again.error}`);
  if (!again.value.matches) {
    throw new Error(`game ${game.name}: a replay of the same inputs came to another state`);
  }
  const { reason, outcome } = record;
  const state = again.value.state as State;
  return { record, reason, outcome, state, views: local.views(), refusals: local.refusals };
}

/** Virtual time between the inputs of a turn game, so that a script is not held for a flood. */
const paceMs = 100;

class Local<View, Input> {
  readonly #match: HostedMatch;
  readonly #wanted: LocalMatch<View, Input>;
  readonly #seats: readonly ('bot' | 'idle' | LocalPlayer<View, Input>)[];
  readonly #players: readonly PlayerView<View, Input>[];
  readonly #randoms: readonly Random[];
  readonly refusals: (HostMessageOf<'refused'> & { readonly seat: Seat })[] = [];
  /** When a function player answers, by seat. */
  readonly #answers = new Map<Seat, number>();
  #nowMs = 0;
  #dueMs: number | undefined;
  #record: MatchRecord | undefined;

  constructor(game: Game, wanted: LocalMatch<View, Input>) {
    const { seed = 'local', inputs, settings = {} } = wanted;
    const filler = inputs === undefined ? 'bot' : 'idle';
    this.#wanted = wanted;
    this.#seats = wanted.seats ?? new Array<'bot' | 'idle'>(game.players.min).fill(filler);
    this.#players = this.#seats.map(() => new PlayerView<View, Input>());
    this.#randoms = this.#seats.map((_, seat) => seededRandom(seed, 'local player', seat));
    this.#match = new HostedMatch({
      matchId: 'local',
      game,
      settings,
      seed,
      seats: this.#seats.map((kind, seat) => ({
        playerId: `local-${seat}`,
        name: `player ${seat}`,
        bot: kind === 'bot',
      })),
      nowMs: 0,
      options: { freezeStates: true, ...wanted.options },
    });
  }

  play(): MatchRecord {
    for (const [seat, kind] of this.#seats.entries()) {
      if (kind !== 'bot') this.#match.handleJoin(0, seat);
    }
    this.#drain();
    for (const { seat, input } of this.#wanted.inputs ?? []) {
      this.#advance(this.#nowMs + paceMs);
      this.#send(seat, input);
    }
    const stopAtMs = this.#nowMs + (this.#wanted.stopAfterMs ?? 60 * 60 * 1000);
    // A script that has been played to its end is all that the match should see.
    if (this.#wanted.inputs === undefined) this.#advance(stopAtMs);
    this.#match.abandon(this.#nowMs, 'stopped');
    this.#drain();
    if (this.#record === undefined) throw new Error('the match did not end');
    return this.#record;
  }

  views(): readonly (View | undefined)[] {
    return this.#players.map((player) => player.view);
  }

  #advance(untilMs: number): void {
    for (let dueMs = this.#nextMs(); this.#record === undefined; dueMs = this.#nextMs()) {
      if (dueMs === undefined || dueMs > untilMs) break;
      this.#nowMs = Math.max(this.#nowMs, dueMs);
      for (const [seat, atMs] of this.#answers) if (atMs <= this.#nowMs) this.#answer(seat);
      this.#match.handleTimeout(this.#nowMs);
      this.#drain();
    }
    if (this.#record === undefined) this.#nowMs = Math.max(this.#nowMs, untilMs);
  }

  #nextMs(): number | undefined {
    let dueMs = this.#dueMs;
    for (const atMs of this.#answers.values()) dueMs = Math.min(dueMs ?? atMs, atMs);
    return dueMs;
  }

  #drain(): void {
    for (let output = this.#match.poll(); output !== undefined; output = this.#match.poll()) {
      if (output.kind === 'timeout') this.#dueMs = output.atMs;
      else if (output.kind === 'ended') this.#record = output.record;
      else this.#take(output.seat, output.message);
    }
  }

  #take(seat: Seat, message: HostMessage): void {
    this.#wanted.onMessage?.(seat, message);
    const player = this.#players[seat]!;
    const event = player.handle(this.#nowMs, message);
    const ack = player.poll();
    if (ack !== undefined) this.#match.handleMessage(this.#nowMs, seat, ack);
    if (message.kind === 'refused') this.refusals.push({ ...message, seat });
    if (event !== 'view' || typeof this.#seats[seat] !== 'function') return;
    if (player.welcome?.tickHz !== undefined) this.#answer(seat);
    else if (!this.#answers.has(seat)) this.#answers.set(seat, this.#nowMs + paceMs);
  }

  #answer(seat: Seat): void {
    this.#answers.delete(seat);
    const kind = this.#seats[seat];
    const player = this.#players[seat];
    if (typeof kind !== 'function' || player?.view === undefined) return;
    const input = kind(player.view, { seat, random: this.#randoms[seat]! });
    if (input !== undefined) this.#match.handleMessage(this.#nowMs, seat, player.input(input));
  }

  #send(seat: Seat, input: Input): void {
    const player = this.#players[seat];
    if (player === undefined) throw new RangeError(`inputs: there is no seat ${seat}`);
    this.#match.handleMessage(this.#nowMs, seat, player.input(input));
    this.#drain();
  }
}
