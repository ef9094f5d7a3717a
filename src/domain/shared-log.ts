// An ordered log that servers share, beside the bus's topics: whoever follows it sees the same
// entries in the same order, so that what each server computes from them is the same. Entries are
// structured-cloneable data. `bus/memory` keeps logs in one process; over a network one is a stream
// of Redis (append is XADD with the next position, compact is XTRIM with the base beside it).
//
// It is NOT storage: a log that nobody compacts is full one day, and a restart forgets it all.

import type { Json } from '../base/json.ts';

/** What decides the round that an entry opens, if it opens one. */
export interface RoundSeed {
  readonly roundId: string;
  readonly seed: string;
}

export type RoundChange =
  | {
      readonly kind: 'join';
      readonly playerId: string;
      readonly sessionId: string;
      readonly name: string;
      readonly isAccount: boolean;
    }
  | {
      readonly kind: 'input';
      readonly playerId: string;
      readonly roundId: string;
      readonly input: Json;
      /** Length of the input's JSON text. */
      readonly bytes: number;
    }
  | { readonly kind: 'leave'; readonly playerId: string; readonly sessionId: string }
  /** All players of a server leave: it stops, or others have heard nothing of it. */
  | { readonly kind: 'server-gone'; readonly serverId: string }
  /** The round has lasted as long as it may. */
  | { readonly kind: 'expire'; readonly roundId: string };

export interface RoundEntry {
  /** The server that wrote it, and a number by which it knows its own. */
  readonly serverId: string;
  readonly ask: number;
  /** Unix milliseconds of that server's clock. */
  readonly atMs: number;
  readonly next: RoundSeed;
  readonly change: RoundChange;
}

export interface RoundMember {
  readonly playerId: string;
  readonly sessionId: string;
  readonly serverId: string;
  readonly name: string;
  readonly isAccount: boolean;
}

/** A room at the beginning of a round, or without one: everything before it may be forgotten. */
export interface RoundBase {
  readonly members: readonly RoundMember[];
  /** Absent: nobody plays. */
  readonly round?: RoundSeed & { readonly startedAtMs: number };
}

/** One log by name under each topic: `rounds` has one for each game. */
export interface LogTopics {
  readonly rounds: { readonly entry: RoundEntry; readonly base: RoundBase };
}

export type LogNews<Topic extends keyof LogTopics> =
  /** First, and again after a break that lost entries: forget what was before. */
  | {
      readonly kind: 'base';
      readonly position: number;
      /** Undefined: the log begins here. */
      readonly base: LogTopics[Topic]['base'] | undefined;
    }
  /** Positions go up by one. */
  | {
      readonly kind: 'entry';
      readonly position: number;
      readonly entry: LogTopics[Topic]['entry'];
    };

export interface SharedLogs {
  /** The entry's position: 1 for the first. Rejects with BusTimeout or BusFailure only. */
  append<Topic extends keyof LogTopics>(
    topic: Topic,
    name: string,
    entry: LogTopics[Topic]['entry'],
  ): Promise<number>;
  /** The base and what came after it, then what comes. Returns the function that ends it. */
  follow<Topic extends keyof LogTopics>(
    topic: Topic,
    name: string,
    handle: (news: LogNews<Topic>) => void,
  ): () => void;
  /**
   * Replaces everything up to `position` by what it amounts to. Whoever follows is not told. A
   * position before the present base changes nothing, so that several may say the same. Rejects
   * with BusTimeout or BusFailure only.
   */
  compact<Topic extends keyof LogTopics>(
    topic: Topic,
    name: string,
    position: number,
    base: LogTopics[Topic]['base'],
  ): Promise<void>;
}
