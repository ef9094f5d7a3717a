// Ended external games, stored as matches: their results as far as the players agree, without a
// record that could be replayed, and without a change of any leaderboard. Stored once, and tried
// again while the store fails.

import { contractLimits as limits } from '../../contract/limits.ts';
import type { Log, Metrics } from '../../contract/telemetry.ts';
import type { Background } from '../background.ts';
import { newId } from '../ids.ts';
import type { MatchOutcome, MatchStore, StoredMatch } from '../match/match-store.ts';
import type { Clock, SecureRandom, Timers } from '../ports.ts';
import { type ExternalRecord, externalGameName, externalLobbyId } from './external-game.ts';
import { externalResult } from './results.ts';

export interface ExternalMatchesOptions {
  readonly store: MatchStore;
  readonly background: Background;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: SecureRandom;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** First and longest wait between two tries to store a match. */
const retryFirstMs = 1_000;
const retryMaxMs = 30_000;

export class ExternalMatches {
  readonly #o: ExternalMatchesOptions;
  /** What is not stored yet: what cancels the next try. */
  readonly #retries = new Map<string, () => void>();
  #isClosed = false;

  constructor(options: ExternalMatchesOptions) {
    this.#o = options;
  }

  /** Tries once to store what has ended, and no more. */
  close(): void {
    this.#isClosed = true;
    for (const cancel of this.#retries.values()) cancel();
    this.#retries.clear();
  }

  ended(game: ExternalRecord): void {
    const { number, title, mod, map, launch } = game;
    if (launch === undefined) return;
    const { reason, seats } = externalResult(launch.seats, game.reports);
    const match: StoredMatch = {
      id: newId(this.#o.random, 10),
      game: externalGameName(mod),
      gameVersion: 0,
      lobbyId: externalLobbyId(number),
      hostId: 'external',
      settings: { number, title, mod, map },
      seed: '',
      seats,
      startedAtMs: launch.atMs,
    };
    const endedAtMs = this.#o.clock.now();
    const outcome = { reason, endedAtMs, stateHash: null, seats, record: null, ratings: [] };
    // By the game's name a stranger could make new labels at will.
    this.#o.metrics.count('paperclip_matches_ended_total', { game: 'external', reason });
    this.#o.log.info('external game ended', { number, matchId: match.id, reason });
    this.#store(match, outcome, retryFirstMs);
  }

  #store(match: StoredMatch, outcome: MatchOutcome, retryMs: number): void {
    const { background, store, log, timers } = this.#o;
    background.run('store external match', async () => {
      try {
        // A try that seemed to fail may have been stored all the same: then this one adds nothing.
        await store.addEnded(match, outcome);
      } catch (error) {
        log.error('external match not stored yet', { matchId: match.id, retryMs, error });
        if (this.#isClosed || this.#retries.size >= limits.externalGamesMax) return;
        const again = () => {
          this.#retries.delete(match.id);
          this.#store(match, outcome, Math.min(2 * retryMs, retryMaxMs));
        };
        this.#retries.set(match.id, timers.after(retryMs, again));
      }
    });
  }
}
