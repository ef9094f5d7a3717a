// Small integers for players, for wires that name players by them: given when first asked for, and
// never to somebody else, even after the player is gone.

import { PaperclipError } from '../../contract/errors.ts';
import type { NumberStore, StoredPlayer } from './account-store.ts';
import type { Accounts } from './accounts.ts';

/** Numbers do not change, so that they are asked once; the oldest makes room. */
const numbersKeptMax = 10_000;

export class PlayerNumbers {
  readonly #store: NumberStore;
  readonly #accounts: Pick<Accounts, 'byId'>;
  readonly #known = new Map<string, number>();

  constructor(store: NumberStore, accounts: Pick<Accounts, 'byId'>) {
    this.#store = store;
    this.#accounts = accounts;
  }

  /** By player id, in the order asked for, without those that there are not. */
  async ofPlayers(playerIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const wanted = [...new Set(playerIds)];
    const numbers = new Map(wanted.map((id) => [id, this.#known.get(id)] as const));
    const unknown = wanted.filter((id) => numbers.get(id) === undefined);
    if (unknown.length > 0) {
      for (const { playerId, number } of await this.#store.ofPlayers(unknown)) {
        numbers.set(playerId, number);
        this.#keep(playerId, number);
      }
    }
    const found = new Map<string, number>();
    for (const [id, number] of numbers) if (number !== undefined) found.set(id, number);
    return found;
  }

  /** Rejects with PLAYER_NOT_FOUND. */
  async playerOf(number: number): Promise<StoredPlayer> {
    const id = await this.#store.playerOf(number);
    const player = id === undefined ? undefined : await this.#accounts.byId(id);
    if (player === undefined) throw new PaperclipError('PLAYER_NOT_FOUND', { player: `${number}` });
    return player;
  }

  /** The store has forgotten these players. */
  forget(playerIds: readonly string[]): void {
    for (const id of playerIds) this.#known.delete(id);
  }

  #keep(playerId: string, number: number): void {
    this.#known.set(playerId, number);
    for (const id of this.#known.keys()) {
      if (this.#known.size <= numbersKeptMax) break;
      this.#known.delete(id);
    }
  }
}
