// Signals: what one player's client passes to another's while both are here, such as an offer of a
// key or an address for a direct connection. The platform reads and keeps nothing of it.

import { PaperclipError } from '../../contract/errors.ts';
import type { StoredPlayer } from '../account/account-store.ts';
import type { Sanctions } from '../account/sanctions.ts';
import type { PlayerEventHub } from '../player-events.ts';
import type { Blocks } from '../social/blocks.ts';
import { personOf, requireOther } from '../social/person.ts';

export interface SignalsOptions {
  readonly events: PlayerEventHub;
  readonly blocks: Blocks;
  readonly sanctions: Sanctions;
}

export class Signals {
  readonly #o: SignalsOptions;

  constructor(options: SignalsOptions) {
    this.#o = options;
  }

  send(from: StoredPlayer, to: StoredPlayer, kind: string, body: unknown): void {
    const { events, blocks, sanctions } = this.#o;
    sanctions.requireVoice(from.id);
    requireOther(to, from.id);
    blocks.requireOpen(to, from.id);
    if (!events.isConnected(to.id)) throw new PaperclipError('PLAYER_OFFLINE', { player: to.name });
    events.emit(to.id, { event: 'signal.received', data: { from: personOf(from), kind, body } });
  }
}
