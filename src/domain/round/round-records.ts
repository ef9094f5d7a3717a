// Ended rounds go into the history like any match, once each: every server that followed a round
// stores it, and the store takes the first. One that cannot be stored is tried again for a while.

import { canonicalJson, type Json } from '../../base/json.ts';
import type { Log, Metrics } from '../../contract/telemetry.ts';
import type { Background } from '../background.ts';
import { withResults } from '../match/match-results.ts';
import type { MatchOutcome, MatchStore, StoredMatch } from '../match/match-store.ts';
import type { Timers } from '../ports.ts';
import { ratingChanges } from '../rating/leaderboards.ts';
import type { EndedRound } from './open-round.ts';
import { roundLimits as limits } from './round-limits.ts';

export interface RoundRecordsOptions {
  readonly store: MatchStore;
  readonly background: Background;
  readonly timers: Timers;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** What stands where a match has its lobby and its host. */
const nowhere = 'open-round';

export class RoundRecords {
  readonly #o: RoundRecordsOptions;
  /** Not stored yet: what cancels the next try. Oldest first. */
  readonly #waiting = new Map<string, () => void>();

  constructor(options: RoundRecordsOptions) {
    this.#o = options;
  }

  /** What waits is given up: another server has it, or it is lost. */
  close(): void {
    for (const [roundId, cancel] of this.#waiting) {
      cancel();
      this.#o.log.error('ended round not stored', { roundId });
    }
    this.#waiting.clear();
  }

  add(ended: EndedRound, retryMs: number = limits.storeRetryFirstMs): void {
    const { background, log, timers } = this.#o;
    const roundId = ended.record.matchId;
    background.run('store round', async () => {
      try {
        await this.#store(ended);
      } catch (error) {
        log.error('ended round not stored yet', { roundId, retryMs, error });
        this.#makeRoom();
        const again = () => {
          this.#waiting.delete(roundId);
          this.add(ended, Math.min(2 * retryMs, limits.storeRetryMaxMs));
        };
        this.#waiting.set(roundId, timers.after(retryMs, again));
      }
    });
  }

  #makeRoom(): void {
    const [oldest] = this.#waiting;
    if (oldest === undefined || this.#waiting.size < limits.unstoredMax) return;
    const [roundId, cancel] = oldest;
    cancel();
    this.#waiting.delete(roundId);
    this.#o.log.error('ended round not stored', { roundId });
  }

  async #store({ record, players, startedAtMs, endedAtMs }: EndedRound): Promise<void> {
    const { store, log, metrics } = this.#o;
    const { matchId, game, reason, stateHash } = record;
    const match: StoredMatch = {
      id: matchId,
      game,
      gameVersion: record.gameVersion,
      lobbyId: nowhere,
      hostId: nowhere,
      // As the game's check of settings gave them.
      settings: record.settings as Json,
      seed: record.seed,
      seats: players.map(({ playerId, name, isAccount }, seat) => {
        return { seat, playerId, name, kind: isAccount ? 'account' : 'guest' };
      }),
      startedAtMs,
    };
    const seats = withResults(match.seats, record.outcome);
    const outcome: MatchOutcome = {
      reason,
      endedAtMs,
      stateHash,
      seats,
      record: canonicalJson(record),
      ratings: reason === 'failed' ? [] : ratingChanges(seats),
    };
    if (!(await store.addEnded(match, outcome))) return;
    log.info('round ended', { roundId: matchId, game, reason, players: players.length });
    metrics.count('paperclip_matches_ended_total', { game, reason });
  }
}
