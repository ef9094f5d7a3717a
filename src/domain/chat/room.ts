// The room: where everybody who wants to can talk, on whatever wire. A session enters it; its
// player is in it while one of their sessions is. What is said is passed on and not kept.
//
// A block hides the blocker: who is blocked gets neither the blocker's coming and going nor a place
// for them in the list, and what they say does not reach the blocker.

import { PaperclipError } from '../../contract/errors.ts';
import type { PlatformEvent } from '../../contract/events.ts';
import { contractLimits as limits } from '../../contract/limits.ts';
import type { Person } from '../../contract/people-schema.ts';
import type { StoredPlayer } from '../account/account-store.ts';
import type { Sanctions } from '../account/sanctions.ts';
import { timestamp } from '../ids.ts';
import type { PlayerEventHub } from '../player-events.ts';
import type { Clock, RateLimiter } from '../ports.ts';
import type { Blocks } from '../social/blocks.ts';
import { personOf } from '../social/person.ts';

export interface RoomOptions {
  readonly events: PlayerEventHub;
  readonly blocks: Blocks;
  readonly sanctions: Sanctions;
  readonly limiter: RateLimiter;
  readonly clock: Clock;
}

interface Member {
  readonly person: Person;
  readonly sessions: Set<string>;
}

export class Room {
  readonly #o: RoomOptions;
  /** In the order in which they came. */
  readonly #members = new Map<string, Member>();

  constructor(options: RoomOptions) {
    this.#o = options;
    options.events.onSessionGone((playerId, sessionId) => this.leave(playerId, sessionId));
  }

  get size(): number {
    return this.#members.size;
  }

  /** Throws NOT_CONNECTED when nothing could be told to the session. */
  enter(player: StoredPlayer, sessionId: string): void {
    if (!this.#o.events.hasSession(player.id, sessionId)) throw new PaperclipError('NOT_CONNECTED');
    const member = this.#members.get(player.id);
    if (member !== undefined) {
      member.sessions.add(sessionId);
      return;
    }
    const person = personOf(player);
    this.#members.set(player.id, { person, sessions: new Set([sessionId]) });
    this.announce(player.id, { event: 'room.joined', data: { player: person } });
  }

  leave(playerId: string, sessionId: string): void {
    const member = this.#members.get(playerId);
    if (member?.sessions.delete(sessionId) !== true || member.sessions.size > 0) return;
    this.#members.delete(playerId);
    this.announce(playerId, { event: 'room.left', data: { player: member.person } });
  }

  /** Who is here, the viewer among them, but those who have blocked the viewer. */
  players(viewerId: string): readonly Person[] {
    const found: Person[] = [];
    for (const [id, { person }] of this.#members) {
      if (found.length >= limits.presenceRowsMax) break;
      if (!this.#o.blocks.has(id, viewerId)) found.push(person);
    }
    return found;
  }

  /** True when somebody here has blocked the sender. Who says something need not be here. */
  async say(from: StoredPlayer, message: string): Promise<boolean> {
    const { sanctions, limiter, blocks, clock } = this.#o;
    sanctions.requireVoice(from.id);
    const window = limits.messageWindowS;
    const retryAfterS = await limiter.take('messages of the room', limits.roomMessagesMax, window);
    if (retryAfterS > 0) throw new PaperclipError('ROOM_BUSY', { retryAfterS });
    const data = { from: personOf(from), message, at: timestamp(clock.now()) };
    const event = { event: 'room.message', data } as const;
    let someNotReached = false;
    for (const [id, member] of this.#members) {
      if (id === from.id) continue;
      if (blocks.has(id, from.id)) someNotReached = true;
      else this.#tell(id, member, event);
    }
    return someNotReached;
  }

  /** About a player, to everybody else here whom that player has not blocked. */
  announce(aboutId: string, event: PlatformEvent): void {
    for (const [id, member] of this.#members) {
      if (id !== aboutId && !this.#o.blocks.has(aboutId, id)) this.#tell(id, member, event);
    }
  }

  #tell(playerId: string, { sessions }: Member, event: PlatformEvent): void {
    for (const sessionId of sessions) this.#o.events.emitToSession(playerId, sessionId, event);
  }
}
