// The numbers of players, which this protocol has in place of ids. Asked of the platform once and
// remembered, since every message about a player needs one; bounded, and the oldest go first.

import type { CommandArgs, CommandResult } from '../../contract/commands.ts';
import { contractLimits } from '../../contract/limits.ts';

export type AskNumbers = (
  command: 'player.numbers',
  args: CommandArgs<'player.numbers'>,
) => Promise<CommandResult<'player.numbers'>>;

export class NumberBook {
  readonly #numbersMax: number;
  readonly #numbers = new Map<string, number>();
  readonly #players = new Map<number, string>();

  constructor(numbersMax: number) {
    this.#numbersMax = numbersMax;
  }

  /** Of all of these players; undefined when one has to be asked for. */
  known(playerIds: readonly string[]): ReadonlyMap<string, number> | undefined {
    const found = new Map<string, number>();
    for (const id of playerIds) {
      const number = this.#numbers.get(id);
      if (number === undefined) return undefined;
      found.set(id, number);
    }
    return found;
  }

  /** Undefined when one has to be asked for. */
  playerOf(number: number): string | undefined {
    return this.#players.get(number);
  }

  /**
   * Of all of these players that there are. Rejects as the command does; what was asked for stays
   * known.
   */
  async of(playerIds: readonly string[], ask: AskNumbers): Promise<ReadonlyMap<string, number>> {
    const found = new Map<string, number>();
    const unknown: string[] = [];
    for (const id of new Set(playerIds)) {
      const number = this.#numbers.get(id);
      if (number === undefined) unknown.push(id);
      else found.set(id, number);
    }
    const atOnce = contractLimits.playerNumbersAtOnceMax;
    for (let at = 0; at < unknown.length; at += atOnce) {
      const { numbers } = await ask('player.numbers', { players: unknown.slice(at, at + atOnce) });
      for (const { playerId, number } of numbers) {
        found.set(playerId, number);
        this.#keep(playerId, number);
      }
    }
    return found;
  }

  #keep(playerId: string, number: number): void {
    this.#numbers.set(playerId, number);
    this.#players.set(number, playerId);
    if (this.#numbers.size <= this.#numbersMax) return;
    const [oldest] = this.#numbers;
    if (oldest === undefined) return;
    this.#numbers.delete(oldest[0]);
    this.#players.delete(oldest[1]);
  }
}
