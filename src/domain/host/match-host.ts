// The matches of one host: starts them when the platform asks, seats players as their connections
// come and go, keeps one timer per match, and hands each record back until it is stored.
//
// It knows no wire: a gateway attaches a `SeatSink` per connection. It runs no SQL and asks nobody
// for permission: the gateway has verified the ticket, the ticket names match, seat and player.

import { err, ok, type Result } from '../../base/result.ts';
import type { Log } from '../../contract/telemetry.ts';
import type { Game, Seat } from '../../game/define-game.ts';
import { HostedMatch } from '../../game/hosted-match.ts';
import type { ClientMessage, HostMessage, MatchChannel, MatchRecord } from '../../game/messages.ts';
import {
  type AttachError,
  type Bus,
  platformAddress,
  type RequestTopics,
  type StartMatch,
} from '../bus.ts';
import type { Clock, Timers } from '../ports.ts';

/** Where a seat's messages go: one connection of one player. */
export interface SeatSink {
  send(channel: MatchChannel, message: HostMessage): void;
  /** The last message was sent: close when it is delivered. */
  finish(): void;
  /** The same seat came back on another connection. */
  replaced(): void;
}

/** What a connection may do with its seat. */
export interface SeatHandle {
  /** False: an input that no step took or will take. Its refusal, if one was told, came before. */
  receive(message: ClientMessage): boolean;
  /** The connection is gone; the player's grace time starts. */
  lost(): void;
}

export interface MatchHostOptions {
  readonly hostId: string;
  readonly games: ReadonlyMap<string, Game>;
  readonly matchesMax: number;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly bus: Bus;
  readonly log: Log;
}

interface RunningMatch {
  readonly start: StartMatch;
  readonly hosted: HostedMatch;
  readonly sinks: Map<Seat, SeatSink>;
  cancelTimer: (() => void) | undefined;
}

export const matchHostLimits = {
  /** First and longest wait between two tries to hand over a record. */
  recordRetryFirstMs: 250,
  recordRetryMaxMs: 10_000,
  recordAnswerTimeoutMs: 5_000,
} as const;

export class MatchHost {
  readonly #options: MatchHostOptions;
  readonly #matches = new Map<string, RunningMatch>();
  readonly #unstored = new Map<string, MatchRecord>();
  /** What cancels the next try to hand a record over. */
  readonly #retries = new Map<string, () => void>();
  readonly #idleWaiters = new Set<() => void>();
  #draining = false;

  constructor(options: MatchHostOptions) {
    this.#options = options;
  }

  get matchesRunning(): number {
    return this.#matches.size;
  }

  get isDraining(): boolean {
    return this.#draining;
  }

  /** The same start twice answers the same and makes no second match. */
  start(ask: StartMatch): RequestTopics['host.start']['answer'] {
    if (this.#matches.has(ask.matchId)) return { started: true };
    const game = this.#options.games.get(ask.game);
    if (game === undefined) return { started: false, why: `no game ${ask.game} on this host` };
    if (this.#draining) return { started: false, why: 'this host is shutting down' };
    if (this.#matches.size >= this.#options.matchesMax) return { started: false, why: 'full' };

    const hosted = this.#host(ask, game);
    if (typeof hosted === 'string') return { started: false, why: hosted };
    const match: RunningMatch = { start: ask, hosted, sinks: new Map(), cancelTimer: undefined };
    this.#matches.set(ask.matchId, match);
    this.#drain(match);
    return { started: true };
  }

  /** Give a verified player's connection its seat. A later one takes an earlier one's place. */
  attach(
    matchId: string,
    seat: Seat,
    playerId: string,
    sink: SeatSink,
  ): Result<SeatHandle, AttachError> {
    const match = this.#matches.get(matchId);
    if (match === undefined) return err('match-unknown');
    const taken = match.start.seats.find((entry) => entry.seat === seat);
    if (taken === undefined || taken.playerId !== playerId) return err('seat-not-yours');
    if (taken.bot) return err('seat-is-bot');

    const earlier = match.sinks.get(seat);
    match.sinks.set(seat, sink);
    earlier?.replaced();
    match.hosted.handleJoin(this.#options.clock.now(), seat);
    this.#drain(match);
    return ok({
      receive: (message) => {
        if (match.sinks.get(seat) !== sink) return false;
        const isTaken = match.hosted.handleMessage(this.#options.clock.now(), seat, message);
        this.#drain(match);
        return isTaken;
      },
      lost: () => {
        if (match.sinks.get(seat) !== sink) return;
        match.sinks.delete(seat);
        match.hosted.handleLeave(this.#options.clock.now(), seat);
        this.#drain(match);
      },
    });
  }

  /**
   * Take no new matches, let the running ones end for at most `graceMs`, record the rest as
   * abandoned, and wait until every record is stored (for at most `graceMs` more). Then the host
   * is silent: what could not be handed over by then is lost, and no timer is left.
   */
  async drain(graceMs: number): Promise<void> {
    this.#draining = true;
    await this.#whenIdle(graceMs);
    for (const match of [...this.#matches.values()]) {
      match.hosted.abandon(this.#options.clock.now(), 'the host is shutting down');
      this.#drain(match);
    }
    await this.#whenIdle(Math.max(graceMs, matchHostLimits.recordAnswerTimeoutMs));
    for (const matchId of this.#unstored.keys()) {
      this.#options.log.error('match record not stored before shutdown', { matchId });
    }
    this.#unstored.clear();
    for (const cancel of this.#retries.values()) cancel();
    this.#retries.clear();
  }

  /** The match, or why it cannot be: the platform and this host may have different games. */
  #host(ask: StartMatch, game: Game): HostedMatch | string {
    try {
      return new HostedMatch({
        matchId: ask.matchId,
        game,
        settings: ask.settings,
        seed: ask.seed,
        seats: ask.seats.map(({ playerId, name, bot }) => ({ playerId, name, bot })),
        nowMs: this.#options.clock.now(),
      });
    } catch (cause) {
      return cause instanceof Error ? cause.message : String(cause);
    }
  }

  /** Carry out all that the match wants, until it wants nothing. */
  #drain(match: RunningMatch): void {
    const { hosted } = match;
    let ended: MatchRecord | undefined;
    for (let output = hosted.poll(); output !== undefined; output = hosted.poll()) {
      switch (output.kind) {
        case 'send':
          match.sinks.get(output.seat)?.send(output.channel, output.message);
          break;
        case 'timeout':
          this.#arm(match, output.atMs);
          break;
        case 'ended':
          ended = output.record;
          break;
        default:
          output satisfies never;
      }
    }
    if (ended !== undefined) this.#end(match, ended);
  }

  #arm(match: RunningMatch, atMs: number): void {
    const { clock, timers } = this.#options;
    match.cancelTimer?.();
    match.cancelTimer = timers.after(Math.max(0, atMs - clock.now()), () => {
      match.cancelTimer = undefined;
      // Timers and clocks tick apart: by the clock, one may fire a millisecond early. The match
      // would do nothing, and tell this time-out no second time.
      if (clock.now() < atMs) {
        this.#arm(match, atMs);
        return;
      }
      match.hosted.handleTimeout(clock.now());
      this.#drain(match);
    });
  }

  #end(match: RunningMatch, record: MatchRecord): void {
    const { matchId } = match.start;
    if (!this.#matches.delete(matchId)) return;
    match.cancelTimer?.();
    for (const sink of match.sinks.values()) sink.finish();
    match.sinks.clear();
    this.#options.log.info('match ended', {
      matchId,
      game: record.game,
      reason: record.reason,
      ticks: record.ticks,
    });
    this.#unstored.set(matchId, record);
    void this.#handOver(record, matchHostLimits.recordRetryFirstMs);
  }

  /** At-least-once: the platform stores a match id once, so a repeated record does no harm. */
  async #handOver(record: MatchRecord, retryMs: number): Promise<void> {
    try {
      await this.#options.bus.request(
        'match.ended',
        platformAddress,
        { hostId: this.#options.hostId, record },
        matchHostLimits.recordAnswerTimeoutMs,
      );
      this.#unstored.delete(record.matchId);
      if (this.#isIdle()) for (const wake of this.#idleWaiters) wake();
    } catch (cause) {
      const { matchId } = record;
      if (!this.#unstored.has(matchId)) return;
      this.#options.log.warn('match record not stored yet', {
        matchId,
        retryMs,
        cause: cause instanceof Error ? cause.message : String(cause),
      });
      const again = (): void => {
        this.#retries.delete(matchId);
        void this.#handOver(record, Math.min(2 * retryMs, matchHostLimits.recordRetryMaxMs));
      };
      this.#retries.set(matchId, this.#options.timers.after(retryMs, again));
    }
  }

  #isIdle(): boolean {
    return this.#matches.size === 0 && this.#unstored.size === 0;
  }

  #whenIdle(limitMs: number): Promise<void> {
    if (this.#isIdle()) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        cancel();
        this.#idleWaiters.delete(done);
        resolve();
      };
      const cancel = this.#options.timers.after(limitMs, done);
      this.#idleWaiters.add(done);
    });
  }
}
