// A match runner driven by lines, for tests that read like a ledger: each call is one thing that
// happens, and returns what each seat is told because of it.

import assert from 'node:assert/strict';
import { defineGame, type Game, t } from './define-game.ts';
import type { MatchRecord } from './match-record.ts';
import { MatchRunner } from './match-runner.ts';
import type { MatchOptions } from './match-setup.ts';
import type { HostMessage } from './messages.ts';
import { replay } from './replay.ts';

/** Everyone adds points; who has 10 first wins. A secret is kept from the others. */
export const adder = defineGame({
  name: 'adder',
  title: 'Adder',
  players: { min: 1, max: 4 },
  input: t.Object({ add: t.Integer({ minimum: 0, maximum: 9 }) }),
  setup: ({ players }) => ({
    points: new Array<number>(players).fill(0),
    left: [] as number[],
    late: 0,
  }),
  step: (state, inputs, { timedOut, left }) => ({
    points: state.points.map((points, seat) =>
      inputs.reduce((sum, one) => (one.seat === seat ? sum + one.input.add : sum), points),
    ),
    left: [...state.left, ...left],
    late: state.late + (timedOut ? 1 : 0),
  }),
  view: (state, seat) => ({ mine: state.points[seat] ?? 0, late: state.late, left: state.left }),
  outcome: ({ points }) => {
    const winner = points.findIndex((one) => one >= 10);
    if (winner < 0) return undefined;
    return { ranking: [[winner], points.map((_, seat) => seat).filter((seat) => seat !== winner)] };
  },
  turnTimeMs: () => 5000,
  score: ({ points }) => points,
  refuse: (_, __, { add }) => (add === 0 ? 'add something' : undefined),
});

export function match(
  seats: number,
  game: Game = adder,
  options: Partial<MatchOptions> = {},
  bots = 0,
): Ledger {
  return new Ledger(seats, game, options, bots);
}

class Ledger {
  readonly runner: MatchRunner;
  readonly #seats: number;
  #record: MatchRecord | undefined;
  #dueMs: number | undefined;
  #sequence = 0;

  constructor(seats: number, game: Game, options: Partial<MatchOptions>, bots: number) {
    this.#seats = seats;
    this.runner = new MatchRunner({
      matchId: 'm1',
      game,
      seed: 'seed',
      seats: Array.from({ length: seats }, (_, seat) => ({
        playerId: `p${seat}`,
        name: `name ${seat}`,
        bot: seat >= seats - bots,
      })),
      nowMs: 0,
      options: { freezeStates: true, ...options },
    });
  }

  /** Everyone joins at 0. */
  begin(): void {
    for (let seat = 0; seat < this.#seats; seat++) this.runner.handleJoin(0, seat);
    this.#drain();
  }

  join(at: number, seat: number): string[] {
    this.runner.handleJoin(at, seat);
    return this.#drain();
  }

  leave(at: number, seat: number): string[] {
    this.runner.handleLeave(at, seat);
    return this.#drain();
  }

  forfeit(at: number, seat: number): string[] {
    this.runner.handleForfeit(at, seat);
    return this.#drain();
  }

  /** Numbered by itself when the number does not matter. */
  input(at: number, seat: number, value: unknown, sequence = ++this.#sequence): string[] {
    this.runner.handleInput(at, seat, sequence, value);
    return this.#drain();
  }

  wait(at: number): string[] {
    this.runner.handleTimeout(at);
    return this.#drain();
  }

  abandon(at: number): string[] {
    this.runner.abandon(at, 'the host stops');
    return this.#drain();
  }

  /** What the last `timeout` said. */
  get dueMs(): number | undefined {
    return this.#dueMs;
  }

  get isEnded(): boolean {
    return this.runner.isEnded;
  }

  get record(): MatchRecord {
    assert.ok(this.#record, 'the match has not ended');
    return this.#record;
  }

  #drain(): string[] {
    const told: string[] = [];
    for (let one = this.runner.poll(); one !== undefined; one = this.runner.poll()) {
      if (one.kind === 'timeout') this.#dueMs = one.atMs;
      else if (one.kind === 'ended') this.#record = one.record;
      else told.push(`${one.seat} ${line(one.message)}`);
    }
    return told;
  }
}

function line(message: HostMessage): string {
  switch (message.kind) {
    case 'welcome':
      return `welcome ${message.players.map(({ status }) => status).join()}`;
    case 'view': {
      const { n, base, full, delta, turnEndsInMs } = message;
      const body = JSON.stringify(base === 0 ? full : { [`since ${base}`]: delta });
      return `view ${n} ${body}${turnEndsInMs === undefined ? '' : ` in ${turnEndsInMs}`}`;
    }
    case 'refused':
      return `refused ${message.code}: ${message.message}`;
    case 'player':
      return `player ${message.seat} ${message.status}`;
    case 'ended':
      return `ended ${message.reason} ${JSON.stringify(message.outcome ?? null)}`;
    default:
      return message satisfies never;
  }
}

/** The record can be played again and comes to the same state. */
export function replays(game: Game, record: MatchRecord): void {
  const result = replay(game, JSON.parse(JSON.stringify(record)));
  assert.ok(result.ok, result.ok ? '' : result.error);
  assert.equal(result.value.stateHash, record.stateHash);
  assert.equal(result.value.matches, true);
}
