// Which lobby a player of the classic wire means: the datagrams cannot say it, so it is the one
// that the account last asked for over HTTP (to create, to find, or by its id).

import { companionLimits } from './companion-limits.ts';

export class LobbyIntents {
  /** By player id, in the order in which they were set. */
  readonly #lobbyIds = new Map<string, string>();

  set(playerId: string, lobbyId: string): void {
    this.#lobbyIds.delete(playerId);
    this.#lobbyIds.set(playerId, lobbyId);
    for (const oldest of this.#lobbyIds.keys()) {
      if (this.#lobbyIds.size <= companionLimits.lobbyIntentsMax) break;
      this.#lobbyIds.delete(oldest);
    }
  }

  /** It may have closed or filled up since. */
  of(playerId: string): string | undefined {
    return this.#lobbyIds.get(playerId);
  }
}
