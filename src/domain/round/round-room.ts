// The room in which the open rounds of one game are played, as a pure function of its log: who is
// in it, the round that runs, and what each entry came to. Every server folds the same entries, and
// so has the same room; here nothing is sent, stored or asked.
//
// When a round ends, the next begins in the same entry, with all who are in the room: there is no
// moment between them.

import type { Game } from '../../game/define-game.ts';
import type { RoundBase, RoundEntry, RoundMember } from '../shared-log.ts';
import { type EndedRound, OpenRound } from './open-round.ts';
import { roundLimits } from './round-limits.ts';

/** What an entry came to, for the one who wrote it. */
export type RoundResult =
  | { readonly kind: 'done' }
  /** As many players are in the room as a round has seats. */
  | { readonly kind: 'full' }
  /** The player is in the room over another session. */
  | { readonly kind: 'elsewhere' }
  /** The session is not in the room, or waits for the next round. */
  | { readonly kind: 'not-in' }
  /** The round that was meant is over. */
  | { readonly kind: 'over' }
  | { readonly kind: 'refused'; readonly problem: string };

export interface RoomStep {
  readonly result: RoundResult;
  /** The round that this entry ended. */
  readonly ended?: EndedRound;
  /** Whether anybody sees anything new. */
  readonly hasChanged: boolean;
}

const done: RoundResult = { kind: 'done' };
const notIn: RoundResult = { kind: 'not-in' };

export class RoundRoom {
  readonly #game: Game;
  readonly #members = new Map<string, RoundMember>();
  #round: OpenRound | undefined;
  #roundBase: RoundBase['round'];
  #entries = 0;

  constructor(game: Game) {
    this.#game = game;
  }

  /** By player. */
  get members(): ReadonlyMap<string, RoundMember> {
    return this.#members;
  }

  get round(): OpenRound | undefined {
    return this.#round;
  }

  /** What all entries so far amount to; undefined in the middle of a round. */
  get base(): RoundBase | undefined {
    if (this.#entries > 0) return undefined;
    const members = [...this.#members.values()];
    return this.#roundBase === undefined ? { members } : { members, round: this.#roundBase };
  }

  /** Forgets what was. */
  reset(base: RoundBase | undefined): void {
    this.#members.clear();
    for (const member of base?.members ?? []) this.#members.set(member.playerId, member);
    this.#begin(base?.round);
  }

  apply(entry: RoundEntry): RoomStep {
    this.#entries += 1;
    const { result, hasChanged } = this.#change(entry);
    // However players come and go: the log of one round is bounded.
    if (this.#entries >= roundLimits.entriesMax) this.#round?.expire(entry.atMs);
    const ended = this.#round?.ended;
    if (ended === undefined) {
      if (this.#round === undefined && this.#members.size === 0) this.#entries = 0;
      return { result, hasChanged };
    }
    const isEmpty = this.#members.size === 0;
    this.#begin(isEmpty ? undefined : { ...entry.next, startedAtMs: ended.endedAtMs });
    return { result, hasChanged: true, ended };
  }

  #change(entry: RoundEntry): { readonly result: RoundResult; readonly hasChanged: boolean } {
    const { change, atMs } = entry;
    switch (change.kind) {
      case 'join':
        return this.#join(entry, change);
      case 'input': {
        const round = this.#round;
        if (round?.id !== change.roundId) return { result: { kind: 'over' }, hasChanged: false };
        const seat = round.seatOf(change.playerId);
        if (seat === undefined || !round.isActive(seat))
          return { result: notIn, hasChanged: false };
        const problem = round.input(seat, change.input, change.bytes, atMs);
        if (problem === undefined) return { result: done, hasChanged: true };
        return { result: { kind: 'refused', problem }, hasChanged: false };
      }
      case 'leave': {
        const member = this.#members.get(change.playerId);
        if (member?.sessionId !== change.sessionId) return { result: notIn, hasChanged: false };
        return { result: done, hasChanged: this.#remove([member], atMs) };
      }
      case 'server-gone': {
        const all = [...this.#members.values()];
        const gone = all.filter(({ serverId }) => serverId === change.serverId);
        return { result: done, hasChanged: this.#remove(gone, atMs) };
      }
      case 'expire': {
        const round = this.#round;
        const isDue = round !== undefined && atMs - round.startedAtMs >= roundLimits.roundMsMax;
        if (round?.id === change.roundId && isDue) round.expire(atMs);
        return { result: done, hasChanged: false };
      }
      default:
        change satisfies never;
        return { result: notIn, hasChanged: false };
    }
  }

  #join(
    { serverId, next, atMs }: RoundEntry,
    change: Extract<RoundEntry['change'], { kind: 'join' }>,
  ): { readonly result: RoundResult; readonly hasChanged: boolean } {
    const { playerId, sessionId, name, isAccount } = change;
    const known = this.#members.get(playerId);
    if (known !== undefined) {
      const isSame = known.sessionId === sessionId;
      return { result: isSame ? done : { kind: 'elsewhere' }, hasChanged: isSame };
    }
    if (this.#members.size >= this.#game.players.max) {
      return { result: { kind: 'full' }, hasChanged: false };
    }
    const member = { playerId, sessionId, serverId, name, isAccount };
    this.#members.set(playerId, member);
    if (this.#round === undefined) {
      this.#begin({ ...next, startedAtMs: atMs });
      return { result: done, hasChanged: true };
    }
    // Who was in this round and left waits for the next: it gives no second set of attempts.
    if (this.#round.seatOf(playerId) === undefined) this.#round.join(member);
    return { result: done, hasChanged: true };
  }

  /** True when there was anybody to remove. */
  #remove(members: readonly RoundMember[], atMs: number): boolean {
    for (const { playerId } of members) this.#members.delete(playerId);
    const seats = members.flatMap(({ playerId }) => this.#round?.seatOf(playerId) ?? []);
    this.#round?.leave(seats, atMs);
    return members.length > 0;
  }

  #begin(round: RoundBase['round']): void {
    this.#entries = 0;
    this.#roundBase = round;
    const members = [...this.#members.values()];
    this.#round =
      round === undefined
        ? undefined
        : new OpenRound(this.#game, round, round.startedAtMs, members);
  }
}
