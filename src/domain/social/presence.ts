// Where players are, from all of their connections together. It keeps no state of its own beside
// "away": who is connected is the event hub's knowledge, lobbies and matches know the rest.
//
// Friends are told of every change. Who has blocked the asker looks offline and never seen.

import { PaperclipError } from '../../contract/errors.ts';
import { contractLimits as limits } from '../../contract/limits.ts';
import type { Presence as PresenceRow, PresenceState } from '../../contract/people-schema.ts';
import type { StoredPlayer } from '../account/account-store.ts';
import type { Accounts } from '../account/accounts.ts';
import type { Background } from '../background.ts';
import { timestamp } from '../ids.ts';
import type { PlayerEventHub } from '../player-events.ts';
import type { Clock } from '../ports.ts';
import type { Blocks } from './blocks.ts';
import type { Friends } from './friends.ts';
import { personOf } from './person.ts';
import type { VisitStore } from './social-store.ts';

export interface PresenceOptions {
  readonly store: VisitStore;
  readonly accounts: Accounts;
  readonly friends: Friends;
  readonly blocks: Blocks;
  readonly events: PlayerEventHub;
  readonly background: Background;
  readonly clock: Clock;
  /** Of a player who is connected; undefined: in neither. */
  readonly placeOf: (playerId: string) => 'in-lobby' | 'in-match' | undefined;
}

/** Events after which a player may be somewhere else. */
const moves: ReadonlySet<string> = new Set([
  'lobby.changed',
  'lobby.removed',
  'match.placed',
  'match.ended',
]);

/** Players whose names are asked of the store at once. */
const namesAtOnce = 500;

export class Presence {
  readonly #o: PresenceOptions;
  readonly #away = new Set<string>();
  /** What friends were told last, of connected players. */
  readonly #told = new Map<string, PresenceState>();

  constructor(options: PresenceOptions) {
    this.#o = options;
    const { events } = options;
    events.onFirstCame((playerId) => this.#came(playerId));
    events.onLastGone((playerId) => this.#left(playerId));
    events.onEmit((playerId, { event }) => {
      if (moves.has(event)) this.#tellIfChanged(playerId);
    });
  }

  stateOf(playerId: string): PresenceState {
    if (!this.#o.events.isConnected(playerId)) return 'offline';
    if (this.#away.has(playerId)) return 'away';
    return this.#o.placeOf(playerId) ?? 'online';
  }

  /** Throws NOT_CONNECTED. */
  setAway(playerId: string, away: boolean): void {
    if (!this.#o.events.isConnected(playerId)) throw new PaperclipError('NOT_CONNECTED');
    if (away) this.#away.add(playerId);
    else this.#away.delete(playerId);
    this.#tellIfChanged(playerId);
  }

  /** As the viewer may see it. */
  async rowOf(player: StoredPlayer, viewerId: string): Promise<PresenceRow> {
    const person = personOf(player);
    if (this.#o.blocks.has(player.id, viewerId)) return { player: person, state: 'offline' };
    const state = this.stateOf(player.id);
    if (state !== 'offline') return { player: person, state };
    const leftAtMs = (await this.#o.store.of(player.id))?.leftAtMs ?? undefined;
    if (leftAtMs === undefined) return { player: person, state };
    return { player: person, state, lastSeenAt: timestamp(leftAtMs) };
  }

  /** Who is online now, save the viewer and those who have blocked the viewer. */
  async online(viewerId: string): Promise<readonly StoredPlayer[]> {
    const ids: string[] = [];
    for (const id of this.#o.events.connectedPlayers()) {
      if (ids.length >= limits.presenceRowsMax) break;
      if (this.#maySee(viewerId, id)) ids.push(id);
    }
    return this.#players(ids);
  }

  /** Who was online at any time in the last seconds: those who still are, then by who left last. */
  async since(viewerId: string, seconds: number): Promise<readonly StoredPlayer[]> {
    const now = await this.online(viewerId);
    const known = new Set(now.map(({ id }) => id));
    const fromMs = this.#o.clock.now() - seconds * 1000;
    const visits = await this.#o.store.since(fromMs, limits.presenceRowsMax);
    const ids = visits
      .map(({ playerId }) => playerId)
      .filter((id) => !known.has(id) && this.#maySee(viewerId, id));
    const earlier = await this.#players(ids.slice(0, limits.presenceRowsMax - now.length));
    return [...now, ...earlier];
  }

  #maySee(viewerId: string, playerId: string): boolean {
    return playerId !== viewerId && !this.#o.blocks.has(playerId, viewerId);
  }

  async #players(ids: readonly string[]): Promise<readonly StoredPlayer[]> {
    const found = new Map<string, StoredPlayer>();
    for (let at = 0; at < ids.length; at += namesAtOnce) {
      const some = await this.#o.accounts.byIds(ids.slice(at, at + namesAtOnce));
      for (const player of some) found.set(player.id, player);
    }
    return ids.flatMap((id) => found.get(id) ?? []);
  }

  /** A player may be in another place now, of which no event tells them. */
  moved(playerId: string): void {
    if (this.#o.events.isConnected(playerId)) this.#tellIfChanged(playerId);
  }

  #came(playerId: string): void {
    const nowMs = this.#o.clock.now();
    this.#o.background.run('note visit', () => this.#o.store.came(playerId, nowMs));
    this.#tellIfChanged(playerId);
  }

  #left(playerId: string): void {
    const nowMs = this.#o.clock.now();
    this.#away.delete(playerId);
    this.#o.background.run('note end of visit', () => this.#o.store.left(playerId, nowMs));
    this.#tellIfChanged(playerId);
  }

  #tellIfChanged(playerId: string): void {
    const state = this.stateOf(playerId);
    if (state === (this.#told.get(playerId) ?? 'offline')) return;
    if (state === 'offline') this.#told.delete(playerId);
    else this.#told.set(playerId, state);
    this.#o.background.run('tell friends', () => this.#tellFriends(playerId, state));
  }

  async #tellFriends(playerId: string, state: PresenceState): Promise<void> {
    const { friends, accounts, events, blocks, clock } = this.#o;
    const player = await accounts.byId(playerId);
    if (player === undefined) return;
    // The last thing that is waited for: nothing may come between the look at blocks and the event.
    const connected = (await friends.idsOf(playerId)).filter(
      (id) => events.isConnected(id) && !blocks.has(playerId, id),
    );
    const seen = state === 'offline' ? { lastSeenAt: timestamp(clock.now()) } : {};
    const presence = { player: personOf(player), state, ...seen };
    for (const id of connected) {
      events.emit(id, { event: 'presence.changed', data: { presence } });
    }
  }
}
