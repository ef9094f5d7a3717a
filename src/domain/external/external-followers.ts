// Who is told of external games: sessions that asked for it, as far as they may see a game. Nobody
// sees a game of somebody who has blocked them, and a game for friends only its host's friends.

import type { Background } from '../background.ts';
import type { PlayerEventHub } from '../player-events.ts';
import type { Blocks } from '../social/blocks.ts';
import { type ExternalRecord, externalView, memberOf } from './external-game.ts';

export interface ExternalFollowersOptions {
  readonly events: PlayerEventHub;
  readonly blocks: Blocks;
  readonly friendsOf: (playerId: string) => Promise<readonly string[]>;
  readonly background: Background;
}

export class ExternalFollowers {
  readonly #o: ExternalFollowersOptions;
  readonly #sessions = new Map<string, Set<string>>();
  /** Of the hosts of games for friends, by game: every change of one asks for many players. */
  readonly #friends = new Map<number, { readonly hostId: string; ids: ReadonlySet<string> }>();

  constructor(options: ExternalFollowersOptions) {
    this.#o = options;
    options.events.onSessionGone((playerId, sessionId) => {
      const mine = this.#sessions.get(playerId);
      if (mine?.delete(sessionId) === true && mine.size === 0) this.#sessions.delete(playerId);
    });
    options.events.onEmit((playerId, event) => {
      if (event.event !== 'friend.accepted' && event.event !== 'friend.removed') return;
      for (const id of [playerId, event.data.by.id]) this.#reload(id);
    });
    options.blocks.onAdded((blockerId, blockedId) => {
      for (const id of [blockerId, blockedId]) this.#reload(id);
    });
  }

  add(playerId: string, sessionId: string): void {
    const mine = this.#sessions.get(playerId) ?? new Set();
    mine.add(sessionId);
    this.#sessions.set(playerId, mine);
  }

  /** Before the host opens a game for friends. */
  async loadFriends(number: number, hostId: string): Promise<void> {
    this.#friends.set(number, { hostId, ids: new Set(await this.#o.friendsOf(hostId)) });
  }

  /** The game is over, or never was. */
  forget(number: number): void {
    this.#friends.delete(number);
  }

  maySee(game: ExternalRecord, viewerId: string): boolean {
    if (memberOf(game, viewerId) !== undefined) return true;
    if (this.#o.blocks.has(game.host.id, viewerId)) return false;
    return (
      game.visibility === 'public' || this.#friends.get(game.number)?.ids.has(viewerId) === true
    );
  }

  /** One event for all, so that a wire can turn it into bytes once. */
  tell(game: ExternalRecord): void {
    const event = { event: 'external.changed', data: { game: externalView(game) } } as const;
    for (const [playerId, sessions] of this.#sessions) {
      if (playerId !== game.host.id && !this.maySee(game, playerId)) continue;
      for (const sessionId of sessions) this.#o.events.emitToSession(playerId, sessionId, event);
    }
  }

  #reload(hostId: string): void {
    for (const friends of this.#friends.values()) {
      if (friends.hostId !== hostId) continue;
      this.#o.background.run('load friends of a host', async () => {
        friends.ids = new Set(await this.#o.friendsOf(hostId));
      });
    }
  }
}
