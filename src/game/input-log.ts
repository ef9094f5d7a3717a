// The input log of a running match: which step got which inputs, bounded in bytes. Half of the
// bound is shared out to the seats, so that a player who is losing cannot fill the log and end the
// match for everyone: that seat's further inputs are refused, the others play on.

import type { Json } from '../base/json.ts';
import type { Seat } from './define-game.ts';
import { gameLimits } from './limits.ts';
import type { InputLog, LoggedStep } from './match-record.ts';

export interface LoggedInput {
  readonly seat: Seat;
  readonly input: Json;
  /** Length of the input's JSON text. */
  readonly bytes: number;
}

/** `[seat,input],` around an input, and `[tick,[],1,[],time],` around a step: upper bounds. */
const inputOverheadBytes = 6;
const stepOverheadBytes = 32;

export class InputLogBuilder {
  readonly #steps: LoggedStep[] = [];
  readonly #seatBytes: number[];
  readonly #bytesMax: number;
  #bytes = 2;

  constructor(seats: number, bytesMax: number = gameLimits.logBytesMax) {
    this.#seatBytes = new Array<number>(seats).fill(0);
    this.#bytesMax = bytesMax;
  }

  get steps(): InputLog {
    return this.#steps;
  }

  /** True when the whole log is over its bound: the match cannot go on. */
  get isFull(): boolean {
    return this.#bytes > this.#bytesMax;
  }

  /** Whether the seat's share has room; takes the room when it has. */
  reserve(seat: Seat, bytes: number): boolean {
    const used = (this.#seatBytes[seat] ?? 0) + bytes + inputOverheadBytes + stepOverheadBytes;
    if (used > this.#bytesMax / 2 / this.#seatBytes.length) return false;
    this.#seatBytes[seat] = used;
    return true;
  }

  /** `elapsedMs`, whole, for the steps of turn games: real-time games count their ticks. */
  add(
    tick: number,
    inputs: readonly LoggedInput[],
    timedOut: boolean,
    left: readonly Seat[],
    elapsedMs?: number,
  ): void {
    const pairs = inputs.map(({ seat, input }): [number, Json] => [seat, input]);
    this.#bytes += stepOverheadBytes + 3 * left.length;
    for (const { bytes } of inputs) this.#bytes += bytes + inputOverheadBytes;
    if (elapsedMs !== undefined) {
      this.#steps.push([tick, pairs, timedOut ? 1 : 0, [...left], elapsedMs]);
    } else if (timedOut || left.length > 0) {
      this.#steps.push([tick, pairs, timedOut ? 1 : 0, [...left]]);
    } else this.#steps.push([tick, pairs]);
  }
}
