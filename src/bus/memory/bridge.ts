// Joins a worker thread to a bus: `bridgeBus` in the thread that has the bus, `busOverPort` in the
// worker, with a MessagePort between them. When the port closes, the worker's subscriptions and
// services end, and what either side still waits for is rejected.

import type { MessagePort } from 'node:worker_threads';
import {
  type BroadcastTopics,
  type Bus,
  BusFailure,
  BusTimeout,
  type RequestTopics,
} from '../../domain/bus.ts';
import type { Timers } from '../../domain/ports.ts';
import { processTimers } from './memory-bus.ts';
import type { PortOutcome, RequestTopic, ToInner, ToOuter } from './port-messages.ts';

type AnyAsk = RequestTopics[RequestTopic]['ask'];
type AnyAnswer = RequestTopics[RequestTopic]['answer'];

/** Requests whose answer comes over a port; all of them fail when the port closes. */
class Awaited {
  readonly #pending = new Map<number, (outcome: PortOutcome) => void>();
  #lastId = 0;
  #isClosed = false;

  /** `send` is given the request's id. */
  wait(send: (id: number) => void): Promise<unknown> {
    if (this.#isClosed) return Promise.reject(new BusTimeout('the port to the bus is closed'));
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, (outcome) => {
        this.#pending.delete(id);
        if ('answer' in outcome) resolve(outcome.answer);
        else if (outcome.error === 'timeout') reject(new BusTimeout(outcome.message));
        else reject(new BusFailure(outcome.message));
      });
      send(id);
    });
  }

  settle(id: number, outcome: PortOutcome): void {
    this.#pending.get(id)?.(outcome);
  }

  close(): void {
    this.#isClosed = true;
    for (const settle of [...this.#pending.values()]) {
      settle({ error: 'timeout', message: 'the port to the bus closed' });
    }
  }
}

function failed(error: unknown): PortOutcome {
  const message = error instanceof Error ? error.message : String(error);
  return { error: error instanceof BusTimeout ? 'timeout' : 'failure', message };
}

export interface BridgeOptions {
  /** The worker wants to serve what another serves already; the other keeps it. */
  readonly onFault?: (topic: string, error: unknown) => void;
}

/** Returns the function that ends the bridge and closes the port. */
export function bridgeBus(port: MessagePort, bus: Bus, options: BridgeOptions = {}): () => void {
  const awaited = new Awaited();
  /** By topic, or topic and name: what ends it. */
  const ends = new Map<string, () => void>();
  const tell = (message: ToInner): void => port.postMessage(message);
  const end = (key: string): void => {
    ends.get(key)?.();
    ends.delete(key);
  };

  port.on('message', (message: ToOuter) => {
    switch (message.kind) {
      case 'publish':
        // The port carries what the worker's typed `publish` took.
        bus.publish(message.topic, message.message as BroadcastTopics[typeof message.topic]);
        return;
      case 'subscribe': {
        const { topic } = message;
        ends.set(
          topic,
          bus.subscribe(topic, (told) => tell({ kind: 'message', topic, message: told })),
        );
        return;
      }
      case 'unsubscribe':
        return end(message.topic);
      case 'request': {
        const { id, topic, to, ask, timeoutMs } = message;
        bus
          .request(topic, to, ask as AnyAsk, timeoutMs)
          .then((answer): PortOutcome => ({ answer }), failed)
          .then((outcome) => tell({ kind: 'answered', id, outcome }));
        return;
      }
      case 'serve': {
        const { topic, as } = message;
        const forward = (ask: AnyAsk) =>
          awaited.wait((id) => tell({ kind: 'ask', id, topic, as, ask })) as Promise<AnyAnswer>;
        try {
          ends.set(`${topic}:${as}`, bus.serve(topic, as, forward));
        } catch (error) {
          options.onFault?.(topic, error);
        }
        return;
      }
      case 'unserve':
        return end(`${message.topic}:${message.as}`);
      case 'answered':
        return awaited.settle(message.id, message.outcome);
      default:
        message satisfies never;
    }
  });
  port.on('close', () => {
    for (const key of [...ends.keys()]) end(key);
    awaited.close();
  });
  return () => port.close();
}

export interface PortBusOptions {
  /** Default: the process's own timers. */
  readonly timers?: Timers;
  readonly onFault?: (topic: string, error: unknown) => void;
}

export function busOverPort(port: MessagePort, options: PortBusOptions = {}): Bus {
  return new PortBus(port, options);
}

class PortBus implements Bus {
  readonly #port: MessagePort;
  readonly #timers: Timers;
  readonly #onFault: (topic: string, error: unknown) => void;
  readonly #awaited = new Awaited();
  readonly #subscribers = new Map<string, Set<(message: unknown) => void>>();
  readonly #servers = new Map<string, (ask: unknown) => Promise<unknown>>();

  constructor(port: MessagePort, options: PortBusOptions) {
    this.#port = port;
    this.#timers = options.timers ?? processTimers;
    this.#onFault = options.onFault ?? (() => undefined);
    port.on('message', (message: ToInner) => this.#receive(message));
    port.on('close', () => this.#awaited.close());
  }

  publish<Topic extends keyof BroadcastTopics>(
    topic: Topic,
    message: BroadcastTopics[Topic],
  ): void {
    this.#tell({ kind: 'publish', topic, message });
  }

  subscribe<Topic extends keyof BroadcastTopics>(
    topic: Topic,
    handle: (message: BroadcastTopics[Topic]) => void,
  ): () => void {
    const subscribers = this.#subscribers.get(topic) ?? new Set();
    this.#subscribers.set(topic, subscribers);
    const subscriber = (message: unknown): void => handle(message as BroadcastTopics[Topic]);
    subscribers.add(subscriber);
    if (subscribers.size === 1) this.#tell({ kind: 'subscribe', topic });
    return () => {
      const isLast = subscribers.delete(subscriber) && subscribers.size === 0;
      if (isLast) this.#tell({ kind: 'unsubscribe', topic });
    };
  }

  request<Topic extends keyof RequestTopics>(
    topic: Topic,
    to: string,
    ask: RequestTopics[Topic]['ask'],
    timeoutMs: number,
  ): Promise<RequestTopics[Topic]['answer']> {
    return new Promise((resolve, reject) => {
      // The other end has the same time-out; this one counts when the other thread is stuck.
      const cancel = this.#timers.after(timeoutMs, () => {
        reject(new BusTimeout(`no answer to ${topic} from ${to} in ${timeoutMs} ms`));
      });
      this.#awaited
        .wait((id) => this.#tell({ kind: 'request', id, topic, to, ask, timeoutMs }))
        .then((answer) => resolve(answer as RequestTopics[Topic]['answer']))
        .catch(reject)
        .finally(cancel);
    });
  }

  serve<Topic extends keyof RequestTopics>(
    topic: Topic,
    as: string,
    answer: (ask: RequestTopics[Topic]['ask']) => Promise<RequestTopics[Topic]['answer']>,
  ): () => void {
    const key = `${topic}:${as}`;
    if (this.#servers.has(key)) throw new Error(`${topic} is served as ${as} already`);
    const server = (ask: unknown) => answer(ask as RequestTopics[Topic]['ask']);
    this.#servers.set(key, server);
    this.#tell({ kind: 'serve', topic, as });
    return () => {
      if (this.#servers.get(key) !== server) return;
      this.#servers.delete(key);
      this.#tell({ kind: 'unserve', topic, as });
    };
  }

  #tell(message: ToOuter): void {
    this.#port.postMessage(message);
  }

  #receive(message: ToInner): void {
    switch (message.kind) {
      case 'message':
        this.#deliver(message.topic, message.message);
        return;
      case 'answered':
        this.#awaited.settle(message.id, message.outcome);
        return;
      case 'ask': {
        const { id, topic, as, ask } = message;
        const gone = () => Promise.reject(new BusTimeout(`nobody serves ${topic} as ${as}`));
        Promise.resolve(ask)
          .then(this.#servers.get(`${topic}:${as}`) ?? gone)
          .then((answer): PortOutcome => ({ answer }), failed)
          .then((outcome) => this.#tell({ kind: 'answered', id, outcome }));
        return;
      }
      default:
        message satisfies never;
    }
  }

  #deliver(topic: string, message: unknown): void {
    for (const handle of [...(this.#subscribers.get(topic) ?? [])]) {
      try {
        handle(structuredClone(message));
      } catch (error) {
        this.#onFault(topic, error);
      }
    }
  }
}
