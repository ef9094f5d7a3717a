// Seats that players take without a link: by a command, with their views as events of the session
// that called. Here is the platform's end; `host/seat-relay.ts` is the host's, and the two talk
// over the bus. It knows no rules and keeps no views.
//
// A session has one such seat at a time. It lives as long as the session has a connection for its
// events: after that it is given back, and the player's grace time starts, as with a lost link.

import { PaperclipError } from '../../contract/errors.ts';
import type { EventData } from '../../contract/events.ts';
import { contractLimits as limits } from '../../contract/limits.ts';
import type { Background } from '../background.ts';
import {
  type Bus,
  BusTimeout,
  platformAddress,
  type RelayedInputAnswer,
  type RequestTopics,
  type SeatNews,
} from '../bus.ts';
import { newId } from '../ids.ts';
import { KeyMutex } from '../key-mutex.ts';
import type { PlayerEventHub } from '../player-events.ts';
import type { SecureRandom } from '../ports.ts';
import type { Matches } from './matches.ts';

export interface RelayedSeatsOptions {
  readonly bus: Bus;
  readonly matches: Pick<Matches, 'seatOf' | 'onEnded'>;
  readonly events: PlayerEventHub;
  readonly background: Background;
  readonly random: SecureRandom;
}

export interface SeatCaller {
  readonly playerId: string;
  readonly sessionId: string;
}

interface Relay extends SeatCaller {
  readonly relayId: string;
  readonly matchId: string;
  readonly hostId: string;
  readonly seat: number;
  inputs: number;
  /** Its host has told that the match is over; the result may not be stored so far. */
  isOver: boolean;
  isDisconnected: boolean;
}

export interface TakenSeat {
  readonly matchId: string;
  readonly game: string;
  readonly seat: number;
  readonly names: string[];
}

export class RelayedSeats {
  readonly #o: RelayedSeatsOptions;
  readonly #byId = new Map<string, Relay>();
  readonly #bySession = new Map<string, Relay>();
  /** A relay's inputs wait for its seat, and then for each other. */
  readonly #order = new KeyMutex(limits.relayedInputsQueuedMax);
  readonly #endService: () => void;

  constructor(options: RelayedSeatsOptions) {
    this.#o = options;
    options.events.onSessionGone((_playerId, sessionId) => this.#sessionGone(sessionId));
    options.matches.onEnded((matchId) => this.#matchEnded(matchId));
    this.#endService = options.bus.serve('seat.news', platformAddress, async (ask) => ({
      heard: this.#hear(ask.relayId, ask.news),
    }));
  }

  close(): void {
    this.#endService();
    this.#byId.clear();
    this.#bySession.clear();
  }

  /** The first view may come before this has answered. */
  async attach(caller: SeatCaller, matchId: string): Promise<TakenSeat> {
    const { playerId, sessionId } = caller;
    const { match, seat } = await this.#o.matches.seatOf(playerId, matchId);
    if (!this.#o.events.hasSession(playerId, sessionId)) {
      throw new PaperclipError('NOT_CONNECTED');
    }
    const earlier = this.#bySession.get(sessionId);
    if (earlier !== undefined) {
      // In the same match its host replaces it: without a word, since the session keeps its seat.
      this.#forget(earlier);
      if (earlier.matchId !== matchId && !earlier.isOver) this.#detach(earlier);
    }
    const relay: Relay = {
      playerId,
      sessionId,
      matchId,
      hostId: match.hostId,
      seat,
      relayId: newId(this.#o.random, 16),
      inputs: 0,
      isOver: false,
      isDisconnected: false,
    };
    this.#byId.set(relay.relayId, relay);
    this.#bySession.set(sessionId, relay);
    await this.#order.runAlways(relay.relayId, () => this.#take(relay));
    return { matchId, game: match.game, seat, names: match.seats.map(({ name }) => name) };
  }

  /** Resolves when a step of the match has taken the input, or will take it. */
  async input(caller: SeatCaller, matchId: string, input: unknown): Promise<void> {
    const relay = this.#bySession.get(caller.sessionId);
    if (relay?.matchId !== matchId) throw await this.#whyNotAttached(caller, matchId);
    const answer = await this.#order.run(relay.relayId, () => this.#decide(relay, input));
    switch (answer.kind) {
      case 'taken':
        return;
      case 'refused': {
        const problem = answer.problem.replace(/\.$/, '');
        throw new PaperclipError('INPUT_REFUSED', { match: matchId, problem });
      }
      case 'ended':
        throw new PaperclipError('MATCH_NOT_RUNNING', { match: matchId });
      case 'not-attached':
        this.#forget(relay);
        throw await this.#whyNotAttached(caller, matchId);
      default:
        answer satisfies never;
    }
  }

  /** The player gives the match up; inputs that were made before count. */
  async leave(caller: SeatCaller, matchId: string): Promise<void> {
    const relay = this.#bySession.get(caller.sessionId);
    if (relay?.matchId !== matchId) throw await this.#whyNotAttached(caller, matchId);
    await this.#order.runAlways(relay.relayId, async () => {
      if (relay.isOver) throw new PaperclipError('MATCH_NOT_RUNNING', { match: matchId });
      this.#forget(relay);
      const ask = { relayId: relay.relayId, forfeit: true } as const;
      try {
        await this.#o.bus.request('seat.detach', relay.hostId, ask, limits.relayAnswerMs);
      } catch (cause) {
        throw await this.#whyNoAnswer(relay, cause);
      }
    });
  }

  async #take(relay: Relay): Promise<void> {
    const { relayId, matchId, hostId, seat, playerId } = relay;
    const ask = { relayId, matchId, seat, playerId };
    let answer: RequestTopics['seat.attach']['answer'];
    try {
      answer = await this.#o.bus.request('seat.attach', hostId, ask, limits.relayAnswerMs);
    } catch (cause) {
      this.#forget(relay);
      // The host may come to it yet.
      this.#detach(relay);
      throw await this.#whyNoAnswer(relay, cause);
    }
    if (relay.isDisconnected) throw new PaperclipError('NOT_CONNECTED');
    if (answer.attached) return;
    this.#forget(relay);
    switch (answer.why) {
      case 'full':
        throw new PaperclipError('BUSY');
      case 'match-unknown':
        throw new PaperclipError('MATCH_NOT_RUNNING', { match: matchId });
      case 'seat-not-yours':
      case 'seat-is-bot':
        throw new PaperclipError('NOT_IN_MATCH', { match: matchId });
      default:
        answer.why satisfies never;
    }
  }

  async #decide(relay: Relay, input: unknown): Promise<RelayedInputAnswer> {
    if (relay.isOver) return { kind: 'ended' };
    if (this.#byId.get(relay.relayId) !== relay) return { kind: 'not-attached' };
    const { relayId, hostId } = relay;
    relay.inputs += 1;
    const ask = { relayId, n: relay.inputs, input };
    const once = () => this.#o.bus.request('seat.input', hostId, ask, limits.relayAnswerMs);
    try {
      return await once().catch((cause: unknown) => {
        if (!(cause instanceof BusTimeout)) throw cause;
        // A host that had taken it answers as it would have.
        return once();
      });
    } catch (cause) {
      throw await this.#whyNoAnswer(relay, cause);
    }
  }

  /** Whether there is such a relay. */
  #hear(relayId: string, news: SeatNews): boolean {
    const relay = this.#byId.get(relayId);
    if (relay === undefined) return false;
    if (news.kind === 'lost') {
      // The end of the match is told when its result is stored.
      if (news.why === 'ended') relay.isOver = true;
      else {
        this.#forget(relay);
        this.#tellLost(relay, news.why);
      }
      return true;
    }
    const { playerId, sessionId, matchId, seat } = relay;
    const { kind: _, ...seen } = news;
    const data = { matchId, seat, ...seen };
    this.#o.events.emitToSession(playerId, sessionId, { event: 'match.view', data });
    return true;
  }

  #sessionGone(sessionId: string): void {
    const relay = this.#bySession.get(sessionId);
    if (relay === undefined) return;
    relay.isDisconnected = true;
    this.#forget(relay);
    if (!relay.isOver) this.#detach(relay);
  }

  /** A host tells its relays of the end first: those that are left have lost their host. */
  #matchEnded(matchId: string): void {
    for (const relay of this.#byId.values()) {
      if (relay.matchId !== matchId) continue;
      this.#forget(relay);
      if (!relay.isOver) this.#tellLost(relay, 'host-gone');
    }
  }

  #tellLost(relay: Relay, reason: EventData<'match.seat-lost'>['reason']): void {
    const { playerId, sessionId, matchId } = relay;
    const event = { event: 'match.seat-lost', data: { matchId, reason } } as const;
    this.#o.events.emitToSession(playerId, sessionId, event);
  }

  #forget(relay: Relay): void {
    this.#byId.delete(relay.relayId);
    if (this.#bySession.get(relay.sessionId) === relay) this.#bySession.delete(relay.sessionId);
  }

  /** A host that does not hear of it learns it with its next view. */
  #detach({ relayId, hostId }: Relay): void {
    const { background, bus } = this.#o;
    background.run('detach seat', async () => {
      try {
        await bus.request('seat.detach', hostId, { relayId }, limits.relayAnswerMs);
      } catch (cause) {
        if (!(cause instanceof BusTimeout)) throw cause;
      }
    });
  }

  async #whyNotAttached({ playerId }: SeatCaller, matchId: string): Promise<PaperclipError> {
    await this.#o.matches.seatOf(playerId, matchId);
    return new PaperclipError('NOT_ATTACHED', { match: matchId });
  }

  async #whyNoAnswer({ playerId, matchId }: Relay, cause: unknown): Promise<unknown> {
    if (!(cause instanceof BusTimeout)) return cause;
    await this.#o.matches.seatOf(playerId, matchId);
    return new PaperclipError('HOST_SILENT', { match: matchId });
  }
}
