// Which lobby a player of the classic wire means: the datagrams cannot say it, so it is the one
// that the account last asked for over HTTP (to create, to find, or by its id).

import { PaperclipError } from '../../contract/errors.ts';
import { companionLimits } from './companion-limits.ts';
import type { CompanionUser } from './companion-sessions.ts';

type Asker = Pick<CompanionUser, 'number' | 'playerId' | 'call'>;

interface Wish {
  readonly asker: Asker;
  readonly lobbyId: string;
}

export class LobbyIntents {
  /** By account number, in the order in which they were set. */
  readonly #wishes = new Map<number, Wish>();

  set(asker: Asker, lobbyId: string): void {
    this.#wishes.delete(asker.number);
    this.#wishes.set(asker.number, { asker, lobbyId });
    for (const oldest of this.#wishes.keys()) {
      if (this.#wishes.size <= companionLimits.lobbyIntentsMax) break;
      this.#wishes.delete(oldest);
    }
  }

  /** It may have closed or filled up since. */
  of(accountNumber: number): string | undefined {
    return this.#wishes.get(accountNumber)?.lobbyId;
  }

  /** Whether others have taken its lobby. Asked before its player is signed in over UDP. */
  async isFull(accountNumber: number): Promise<boolean> {
    const wish = this.#wishes.get(accountNumber);
    if (wish === undefined) return false;
    const { asker, lobbyId } = wish;
    try {
      const { members, playersMax } = await asker.call('lobby.get', { lobbyId });
      const isMember = members.some(({ playerId }) => playerId === asker.playerId);
      return !isMember && members.length >= playersMax;
    } catch (cause) {
      // Its session is over, or the lobby is: who joins hears of it then.
      if (cause instanceof PaperclipError) return false;
      throw cause;
    }
  }
}
