// Shared logs of one process: an array from the base on, and those who follow. As on the bus,
// everything is copied, and handlers run after the call that caused them has returned.

import { BusFailure } from '../../domain/bus.ts';
import { roundLimits } from '../../domain/round/round-limits.ts';
import type { LogNews, LogTopics, SharedLogs } from '../../domain/shared-log.ts';

type Topic = keyof LogTopics;
type Entry = LogTopics[Topic]['entry'];
type Base = LogTopics[Topic]['base'];

type Handle = (news: LogNews<Topic>) => void;

/** Its own object, so that one function can follow twice. */
interface Follower {
  readonly handle: Handle;
}

interface Log {
  base: Base | undefined;
  /** Of the base; `entries[0]` is one after it. */
  position: number;
  entries: Entry[];
  readonly followers: Set<Follower>;
}

export class MemoryLogs implements SharedLogs {
  readonly #onFault: (topic: string, error: unknown) => void;
  readonly #logs = new Map<string, Log>();

  constructor(onFault: (topic: string, error: unknown) => void) {
    this.#onFault = onFault;
  }

  async append(topic: Topic, name: string, entry: Entry): Promise<number> {
    const log = this.#log(topic, name);
    if (log.entries.length >= roundLimits.logEntriesMax) {
      throw new BusFailure(`${topic} ${name} is full: ${roundLimits.logEntriesMax} entries`);
    }
    log.entries.push(structuredClone(entry));
    const position = log.position + log.entries.length;
    const news = { kind: 'entry', position, entry } as const;
    for (const follower of log.followers) this.#tell(topic, log, follower, news);
    return position;
  }

  follow(topic: Topic, name: string, handle: Handle): () => void {
    const log = this.#log(topic, name);
    const follower = { handle };
    log.followers.add(follower);
    const { base } = log;
    let { position } = log;
    this.#tell(topic, log, follower, { kind: 'base', position, base });
    for (const entry of log.entries) {
      position += 1;
      this.#tell(topic, log, follower, { kind: 'entry', position, entry });
    }
    return () => {
      log.followers.delete(follower);
    };
  }

  async compact(topic: Topic, name: string, position: number, base: Base): Promise<void> {
    const log = this.#log(topic, name);
    if (position <= log.position || position > log.position + log.entries.length) return;
    log.entries = log.entries.slice(position - log.position);
    log.position = position;
    log.base = structuredClone(base);
  }

  #tell(topic: Topic, log: Log, follower: Follower, news: LogNews<Topic>): void {
    const copy = structuredClone(news);
    queueMicrotask(() => {
      if (!log.followers.has(follower)) return;
      try {
        follower.handle(copy);
      } catch (error) {
        this.#onFault(topic, error);
      }
    });
  }

  #log(topic: Topic, name: string): Log {
    const key = `${topic}:${name}`;
    const known = this.#logs.get(key);
    if (known !== undefined) return known;
    const log: Log = { base: undefined, position: 0, entries: [], followers: new Set() };
    this.#logs.set(key, log);
    return log;
  }
}
