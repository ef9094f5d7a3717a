// How the parts of the service talk when they may be in other threads or on other machines: topics
// with typed messages. Messages are structured-cloneable data. `bus/memory` carries them in one
// process; the same topics work over a network bus.

import type { MatchRecord } from '../game/messages.ts';

/** How often a host announces itself; after three missed ones it gets no new matches. */
export const hostAnnounceEveryMs = 1_000;

/** A host tells that it is there, at start and every `hostAnnounceEveryMs`. */
export interface HostAnnouncement {
  readonly hostId: string;
  /** What players are told to connect to. */
  readonly address: string;
  readonly port: number;
  /** X25519, base64url. */
  readonly publicKey: string;
  readonly gateId: number;
  /** base64url. */
  readonly gateKey: string;
  readonly matchesRunning: number;
  readonly matchesMax: number;
  readonly games: readonly string[];
  /** It lets its matches end and takes no new ones. */
  readonly draining: boolean;
}

export interface StartMatch {
  readonly matchId: string;
  readonly game: string;
  readonly settings: unknown;
  readonly seed: string;
  readonly seats: readonly {
    readonly seat: number;
    readonly playerId: string;
    readonly name: string;
    readonly bot: boolean;
  }[];
}

/** Counters of a host since its start; the API process turns them into metrics. */
export interface HostStats {
  readonly hostId: string;
  readonly links: number;
  readonly matchesRunning: number;
  /** Handshakes answered and not proven. */
  readonly handshakesHalfOpen: number;
  /** So many handshakes that newcomers are asked for a cookie first. */
  readonly isUnderLoad: boolean;
  readonly datagramsIn: number;
  readonly datagramsOut: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly refusals: Readonly<Record<string, number>>;
  readonly linkEnds: Readonly<Record<string, number>>;
}

/** Sent to everyone who subscribed; nobody answers. */
export interface BroadcastTopics {
  'host.announce': HostAnnouncement;
  'host.gone': { readonly hostId: string };
  'host.stats': HostStats;
}

/** Sent to the one who serves the topic; answered or timed out. */
export interface RequestTopics {
  /** To one host: `host.start:<hostId>`. */
  'host.start': {
    readonly ask: StartMatch;
    readonly answer: { readonly started: true } | { readonly started: false; readonly why: string };
  };
  /** To the platform; answered when stored. A host repeats it until it is answered. */
  'match.ended': {
    readonly ask: { readonly hostId: string; readonly record: MatchRecord };
    readonly answer: { readonly stored: true };
  };
}

/** Thrown by `request` when nobody serves the topic, or no answer came in time. */
export class BusTimeout extends Error {
  override readonly name = 'BusTimeout';
}

/** Thrown by `request` when the one who serves the topic failed at it. */
export class BusFailure extends Error {
  override readonly name = 'BusFailure';
}

export interface Bus {
  publish<Topic extends keyof BroadcastTopics>(topic: Topic, message: BroadcastTopics[Topic]): void;
  /** Returns the function that ends the subscription. */
  subscribe<Topic extends keyof BroadcastTopics>(
    topic: Topic,
    handle: (message: BroadcastTopics[Topic]) => void,
  ): () => void;
  /**
   * `to` names the one addressed where a topic has several servers, such as a host id. Rejects
   * with BusTimeout or BusFailure and nothing else.
   */
  request<Topic extends keyof RequestTopics>(
    topic: Topic,
    to: string,
    ask: RequestTopics[Topic]['ask'],
    timeoutMs: number,
  ): Promise<RequestTopics[Topic]['answer']>;
  serve<Topic extends keyof RequestTopics>(
    topic: Topic,
    as: string,
    answer: (ask: RequestTopics[Topic]['ask']) => Promise<RequestTopics[Topic]['answer']>,
  ): () => void;
}

/** The name under which the platform serves its request topics. */
export const platformAddress = 'platform';
