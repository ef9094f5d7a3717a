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

  constructor(numbersMax: number) {
    this.#numbersMax = numbersMax;
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
    if (this.#numbers.size <= this.#numbersMax) return;
    const [oldest] = this.#numbers.keys();
    if (oldest !== undefined) this.#numbers.delete(oldest);
  }
}
