// How the parts of the service talk when they may be in other threads or on other machines: topics
// with typed messages. Messages are structured-cloneable data. `bus/memory` carries them in one
// process; the same topics work over a network bus.

import type { MatchRecord } from '../game/messages.ts';
import type { SharedLogs } from './shared-log.ts';

/** Why a connection gets no seat. */
export type AttachError = 'match-unknown' | 'seat-not-yours' | 'seat-is-bot';

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

/** A seat whose player has no link: it is played through the platform's commands and events. */
export interface RelaySeat {
  /** Made by the platform, new for each time that a session takes the seat. */
  readonly relayId: string;
  readonly matchId: string;
  readonly seat: number;
  readonly playerId: string;
}

/** What became of a relayed input. */
export type RelayedInputAnswer =
  | { readonly kind: 'taken' }
  | { readonly kind: 'refused'; readonly problem: string }
  /** The match is over. */
  | { readonly kind: 'ended' }
  /** The host relays nothing under this id, any more or at all. */
  | { readonly kind: 'not-attached' };

/** Why a relayed seat is one no more. */
export type RelayEnd =
  /** The same player took it on another connection. */
  | 'replaced'
  /** The platform did not take its views in time. */
  | 'too-slow'
  | 'ended';

export type SeatNews =
  /** What the seat sees now, whole. */
  | {
      readonly kind: 'view';
      readonly view: unknown;
      readonly tick: number;
      readonly turnEndsInMs?: number;
    }
  | { readonly kind: 'lost'; readonly why: RelayEnd };

/** How often a server that has players in open rounds says so. */
export const serverAnnounceEveryMs = 1_000;

/** Sent to everyone who subscribed; nobody answers. */
export interface BroadcastTopics {
  'server.announce': { readonly serverId: string };
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
  /** To one host, as the next two are. The same ask twice is one seat. */
  'seat.attach': {
    readonly ask: RelaySeat;
    readonly answer:
      | { readonly attached: true }
      | { readonly attached: false; readonly why: AttachError | 'full' };
  };
  /**
   * `n` is 1 for a relay's first input and one more for each; one that came before is taken for a
   * repeat, and answered as the last was. So an ask that was not answered can be made again.
   */
  'seat.input': {
    readonly ask: { readonly relayId: string; readonly n: number; readonly input: unknown };
    readonly answer: RelayedInputAnswer;
  };
  /**
   * Nobody listens any more: the seat's grace time starts, as with a lost link; or, with `forfeit`,
   * the player gave the match up.
   */
  'seat.detach': {
    readonly ask: { readonly relayId: string; readonly forfeit?: true };
    readonly answer: { readonly detached: true };
  };
  /** To the platform. Not heard: it knows no such relay, and the host ends it. */
  'seat.news': {
    readonly ask: { readonly relayId: string; readonly news: SeatNews };
    readonly answer: { readonly heard: boolean };
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

/** What platforms stand on. Hosts do without logs. */
export interface PlatformBus extends Bus, SharedLogs {}

/** The name under which the platform serves its request topics. */
export const platformAddress = 'platform';
