// Inputs of a real-time game on their way to its ticks: a tick takes a few of each seat, in order
// of arrival, and what is beyond waits for the next one. So a player whose inputs were held up on
// the way loses none of them, and yet nobody does more in one tick than others can.

import type { Seat } from './define-game.ts';
import type { LoggedInput } from './input-log.ts';
import { gameLimits } from './limits.ts';

interface Waiting {
  readonly input: LoggedInput;
  readonly sequence: number;
}

export class WaitingInputs {
  #all: Waiting[] = [];
  /** By seat: how many wait, and the sequence of the last that a tick took. */
  readonly #counts: number[];
  readonly #taken: number[];

  constructor(seats: number) {
    this.#counts = new Array<number>(seats).fill(0);
    this.#taken = new Array<number>(seats).fill(0);
  }

  /** False when too many of the seat wait. */
  hasRoom(seat: Seat): boolean {
    return (this.#counts[seat] ?? 0) < gameLimits.inputsWaitingMax;
  }

  add(input: LoggedInput, sequence: number): void {
    this.#all.push({ input, sequence });
    this.#counts[input.seat] = (this.#counts[input.seat] ?? 0) + 1;
  }

  /** How far a seat's inputs got; `received` is the highest sequence that came. */
  decided(seat: Seat, received: number): number {
    return (this.#counts[seat] ?? 0) === 0 ? received : (this.#taken[seat] ?? 0);
  }

  /** What the next tick takes. */
  take(): readonly LoggedInput[] {
    if (this.#all.length === 0) return [];
    const taken = this.#counts.map(() => 0);
    const [now, later] = [[] as LoggedInput[], [] as Waiting[]];
    for (const one of this.#all) {
      const { seat } = one.input;
      const count = taken[seat] ?? 0;
      if (count >= gameLimits.inputsPerTickMax) {
        later.push(one);
        continue;
      }
      now.push(one.input);
      taken[seat] = count + 1;
      this.#taken[seat] = one.sequence;
    }
    for (const [seat, count] of taken.entries()) this.#counts[seat]! -= count;
    this.#all = later;
    return now;
  }
}
