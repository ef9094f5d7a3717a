// The bus of one process. Messages are copied as they would be on their way to another thread, so
// that nobody can come to rely on sharing them; handlers run after `publish` has returned.

import {
  type BroadcastTopics,
  BusFailure,
  BusTimeout,
  type PlatformBus,
  type RequestTopics,
} from '../../domain/bus.ts';
import type { Timers } from '../../domain/ports.ts';
import { MemoryLogs } from './memory-logs.ts';

export interface MemoryBusOptions {
  /** Default: the process's own timers. */
  readonly timers?: Timers;
  /** A subscriber threw: others got the message all the same. Default: nobody is told. */
  readonly onFault?: (topic: string, error: unknown) => void;
}

type Subscriber = (message: unknown) => void;
type Server = (ask: unknown) => Promise<unknown>;

/** Node's timers; one that waits keeps no process alive. */
export const processTimers: Timers = {
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

export function memoryBus(options: MemoryBusOptions = {}): PlatformBus {
  return new MemoryBus(options);
}

class MemoryBus implements PlatformBus {
  readonly #timers: Timers;
  readonly #onFault: (topic: string, error: unknown) => void;
  readonly #subscribers = new Map<string, Set<Subscriber>>();
  readonly #servers = new Map<string, Server>();
  readonly append: PlatformBus['append'];
  readonly follow: PlatformBus['follow'];
  readonly compact: PlatformBus['compact'];

  constructor(options: MemoryBusOptions) {
    this.#timers = options.timers ?? processTimers;
    this.#onFault = options.onFault ?? (() => undefined);
    const logs = new MemoryLogs(this.#onFault);
    this.append = (topic, name, entry) => logs.append(topic, name, entry);
    this.follow = (topic, name, handle) => logs.follow(topic, name, handle);
    this.compact = (topic, name, position, base) => logs.compact(topic, name, position, base);
  }

  publish<Topic extends keyof BroadcastTopics>(
    topic: Topic,
    message: BroadcastTopics[Topic],
  ): void {
    const copy = structuredClone(message);
    queueMicrotask(() => {
      for (const subscriber of [...(this.#subscribers.get(topic) ?? [])]) {
        try {
          subscriber(structuredClone(copy));
        } catch (error) {
          this.#onFault(topic, error);
        }
      }
    });
  }

  subscribe<Topic extends keyof BroadcastTopics>(
    topic: Topic,
    handle: (message: BroadcastTopics[Topic]) => void,
  ): () => void {
    const subscribers = this.#subscribers.get(topic) ?? new Set();
    this.#subscribers.set(topic, subscribers);
    // Its own object, so that one function can subscribe twice. The topic fixes the type.
    const subscriber: Subscriber = (message) => handle(message as BroadcastTopics[Topic]);
    subscribers.add(subscriber);
    return () => {
      subscribers.delete(subscriber);
    };
  }

  async request<Topic extends keyof RequestTopics>(
    topic: Topic,
    to: string,
    ask: RequestTopics[Topic]['ask'],
    timeoutMs: number,
  ): Promise<RequestTopics[Topic]['answer']> {
    const copy = structuredClone(ask);
    const server = this.#servers.get(keyOf(topic, to));
    if (server === undefined) throw new BusTimeout(`nobody serves ${topic} as ${to}`);
    return new Promise((resolve, reject) => {
      const cancel = this.#timers.after(timeoutMs, () => {
        reject(new BusTimeout(`no answer to ${topic} from ${to} in ${timeoutMs} ms`));
      });
      // From here on a handler that throws at once fails like one that rejects.
      Promise.resolve(copy)
        .then(server)
        .then((answer) => resolve(structuredClone(answer) as RequestTopics[Topic]['answer']))
        .catch((cause: unknown) => reject(asBusError(cause, topic, to)))
        .finally(cancel);
    });
  }

  serve<Topic extends keyof RequestTopics>(
    topic: Topic,
    as: string,
    answer: (ask: RequestTopics[Topic]['ask']) => Promise<RequestTopics[Topic]['answer']>,
  ): () => void {
    const key = keyOf(topic, as);
    if (this.#servers.has(key)) throw new Error(`${topic} is served as ${as} already`);
    const server: Server = (ask) => answer(ask as RequestTopics[Topic]['ask']);
    this.#servers.set(key, server);
    return () => {
      if (this.#servers.get(key) === server) this.#servers.delete(key);
    };
  }
}

const keyOf = (topic: string, to: string): string => `${topic}:${to}`;

function asBusError(cause: unknown, topic: string, to: string): Error {
  if (cause instanceof BusTimeout || cause instanceof BusFailure) return cause;
  return new BusFailure(`${to} failed at ${topic}: ${cause}`, { cause });
}
