// Running matches: placing them on hosts, tickets to them, and their end, which is stored once
// however often and from wherever it is told.
//
// It runs no game: a host does, and the two talk over the bus. A match lives as long as its host:
// when the host or this process dies, it is stored as abandoned and counts for nobody.

import { fromBase64Url, toBase64Url } from '../../base/bytes.ts';
import { canonicalJson } from '../../base/json.ts';
import { PaperclipError } from '../../contract/errors.ts';
import { contractLimits as limits } from '../../contract/limits.ts';
import type { HostTicket, MatchEndReason, MatchSummary } from '../../contract/schema.ts';
import type { Log, Metrics } from '../../contract/telemetry.ts';
import { checkMatchRecord } from '../../game/match-record.ts';
import type { Background } from '../background.ts';
import { type Bus, platformAddress } from '../bus.ts';
import type { GameCatalog } from '../games.ts';
import { newId, newSecret, timestamp } from '../ids.ts';
import type { Lobbies } from '../lobby/lobbies.ts';
import type { MatchStarter } from '../lobby/lobby-keeper.ts';
import type { LobbyRecord } from '../lobby/lobby-rules.ts';
import type { PlayerEventHub } from '../player-events.ts';
import type { Clock, SecureRandom, TicketSigner, Timers } from '../ports.ts';
import { ratingChanges } from '../rating/leaderboards.ts';
import { HostRegistry } from './host-registry.ts';
import { implausible, withResults } from './match-results.ts';
import type { MatchOutcome, MatchStore, StoredMatch } from './match-store.ts';

export interface MatchesOptions {
  readonly store: MatchStore;
  readonly bus: Bus;
  readonly games: GameCatalog;
  readonly lobbies: Pick<Lobbies, 'matchEnded'>;
  readonly tickets: TicketSigner;
  readonly events: PlayerEventHub;
  readonly background: Background;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: SecureRandom;
  readonly log: Log;
  readonly metrics: Metrics;
}

interface RunningMatch {
  readonly match: StoredMatch;
  ending: Promise<void> | undefined;
}

/** How long a host has to take a match, or not, before the next one is asked. */
const hostStartTimeoutMs = 3_000;
/** First and longest wait between two tries to store that a match was abandoned. */
const abandonRetryFirstMs = 1_000;
const abandonRetryMaxMs = 30_000;

export class Matches implements MatchStarter {
  readonly #o: MatchesOptions;
  readonly #hosts: HostRegistry;
  readonly #running = new Map<string, RunningMatch>();
  readonly #matchOf = new Map<string, string>();
  /** Asked of a host, not stored yet. */
  readonly #placing = new Map<string, Promise<unknown>>();
  /** Abandoned, and the store failed at it: what cancels the next try. */
  readonly #retries = new Map<string, () => void>();
  readonly #endService: () => void;
  #onEnded: (matchId: string) => void = () => undefined;

  constructor(options: MatchesOptions) {
    this.#o = options;
    this.#hosts = new HostRegistry({
      ...options,
      onGone: (hostId) => this.#abandonHost(hostId),
    });
    this.#endService = options.bus.serve('match.ended', platformAddress, (ask) => {
      return this.#ended(ask.hostId, ask.record);
    });
  }

  /** Once, at start: the hosts of the process that stored them died with it. */
  async restore(): Promise<void> {
    const abandoned = await this.#o.store.abandonRunning(this.#o.clock.now());
    if (abandoned > 0) this.#o.log.warn('matches abandoned by a crash', { matches: abandoned });
  }

  /** What still runs is stored as abandoned; where the store fails, the next start does it. */
  async close(): Promise<void> {
    this.#endService();
    this.#hosts.close();
    for (const cancel of this.#retries.values()) cancel();
    this.#retries.clear();
    const running = [...this.#running.values()];
    await Promise.all(
      running.map((one) =>
        this.#end(one, 'abandoned').catch((error: unknown) => {
          this.#o.log.error('abandoned match not stored', { matchId: one.match.id, error });
        }),
      ),
    );
  }

  matchOf(playerId: string): string | undefined {
    return this.#matchOf.get(playerId);
  }

  async start(lobby: LobbyRecord): Promise<string> {
    const refused = new Set<string>();
    for (;;) {
      // A new id for each try: a host that answered too late runs a match that nobody knows.
      const matchId = newId(this.#o.random, 10);
      const hostId = this.#hosts.reserve(lobby.game, matchId, refused);
      if (hostId === undefined) throw new PaperclipError('SERVER_FULL');
      const placing = this.#startOn(hostId, matchId, lobby);
      this.#placing.set(
        matchId,
        placing.catch(() => undefined),
      );
      try {
        if (await placing) return matchId;
        this.#hosts.release(hostId, matchId);
      } catch (error) {
        this.#hosts.release(hostId, matchId);
        throw error;
      } finally {
        this.#placing.delete(matchId);
      }
      refused.add(hostId);
    }
  }

  /** Called when a match has ended and is stored, before its players are told. */
  onEnded(handle: (matchId: string) => void): void {
    this.#onEnded = handle;
  }

  /** A player's seat in a running match. */
  async seatOf(playerId: string, matchId: string): Promise<{ match: StoredMatch; seat: number }> {
    const running = this.#running.get(matchId);
    if (running === undefined) {
      const ended = await this.#o.store.byId(matchId);
      const code = ended === undefined ? 'MATCH_NOT_FOUND' : 'MATCH_NOT_RUNNING';
      throw new PaperclipError(code, { match: matchId });
    }
    const { match } = running;
    const seat = match.seats.find((one) => one.kind !== 'bot' && one.playerId === playerId);
    if (seat === undefined) throw new PaperclipError('NOT_IN_MATCH', { match: matchId });
    return { match, seat: seat.seat };
  }

  async ticket(playerId: string, matchId: string, clientKey: string): Promise<HostTicket> {
    const { match, seat } = await this.seatOf(playerId, matchId);
    const host = this.#hosts.get(match.hostId);
    const hostPublicKey = fromBase64Url(host?.publicKey ?? '');
    if (host === undefined || hostPublicKey === undefined) {
      throw new PaperclipError('MATCH_NOT_RUNNING', { match: matchId });
    }
    const clientPublicKey = fromBase64Url(clientKey);
    if (clientPublicKey?.length !== 32) {
      throw new PaperclipError('BAD_REQUEST', {
        field: 'clientPublicKey',
        problem: 'is not 32 bytes as base64url without padding',
      });
    }
    const notBeforeMs = this.#o.clock.now();
    const expiresAtMs = notBeforeMs + limits.ticketLifetimeS * 1000;
    const ticket = this.#o.tickets.sign({
      playerId,
      clientPublicKey,
      hostPublicKey,
      matchId,
      seat,
      notBeforeMs,
      expiresAtMs,
      userData: new Uint8Array(0),
    });
    const { address, port, publicKey, gateId, gateKey } = host;
    return {
      matchId,
      seat,
      host: { address, port, publicKey, gateId, gateKey },
      ticket: toBase64Url(ticket),
      expiresAt: timestamp(expiresAtMs),
    };
  }

  /** False when the host did not take it. */
  async #startOn(hostId: string, matchId: string, lobby: LobbyRecord): Promise<boolean> {
    const game = this.#o.games.get(lobby.game);
    const asked = this.#hosts.get(hostId)?.publicKey;
    const seats = [...lobby.members].sort((a, b) => a.seat - b.seat);
    const seed = newSecret(this.#o.random, 16);
    const ask = {
      matchId,
      game: game.name,
      settings: lobby.settings,
      seed,
      seats: seats.map(({ seat, playerId, name, kind }) => {
        return { seat, playerId, name, bot: kind === 'bot' };
      }),
    };
    const why = await this.#o.bus
      .request('host.start', hostId, ask, hostStartTimeoutMs)
      .then((answer) => (answer.started ? undefined : answer.why))
      .catch((error: unknown) => String(error));
    if (why !== undefined) {
      this.#o.log.warn('host took no match', { hostId, game: game.name, why });
      return false;
    }
    const match: StoredMatch = {
      id: matchId,
      game: game.name,
      gameVersion: game.version,
      lobbyId: lobby.id,
      hostId,
      settings: lobby.settings,
      seed,
      seats: seats.map(({ seat, playerId, name, kind }) => ({ seat, playerId, name, kind })),
      startedAtMs: this.#o.clock.now(),
    };
    await this.#o.store.add(match);
    const running: RunningMatch = { match, ending: undefined };
    this.#running.set(matchId, running);
    for (const seat of match.seats) {
      if (seat.kind !== 'bot') this.#matchOf.set(seat.playerId, matchId);
    }
    this.#o.log.info('match started', { matchId, hostId, game: game.name });
    // The host may have gone while the match was stored, and one of its name come back: then nobody
    // will ever tell its end.
    if (this.#hosts.get(hostId)?.publicKey !== asked) this.#abandonLater(running);
    return true;
  }

  async #ended(hostId: string, told: unknown): Promise<{ stored: true }> {
    const record = checkMatchRecord(told);
    const matchId = record.ok ? record.value.matchId : matchIdOf(told);
    await this.#placing.get(matchId);
    const running = this.#running.get(matchId);
    const isOfHost = running?.match.hostId === hostId;
    if (!record.ok) {
      this.#o.log.error('match record refused', { matchId, hostId, why: record.error });
      // The match is over all the same, and its host will not speak of it again.
      if (isOfHost) await this.#end(running, 'failed');
      return { stored: true };
    }
    const { reason, stateHash } = record.value;
    if (!isOfHost) {
      // Told again, or given up: by a start that timed out, or when the host seemed gone.
      this.#o.log.info('match end of no running match', { matchId, hostId, reason });
      return { stored: true };
    }
    const why = implausible(running.match, record.value);
    if (why !== undefined) {
      this.#o.log.error('match record refused', { matchId, hostId, why });
      await this.#end(running, 'failed');
      return { stored: true };
    }
    const seats = withResults(running.match.seats, record.value.outcome);
    const counts = reason !== 'abandoned' && reason !== 'failed';
    await this.#end(running, reason, {
      seats,
      stateHash,
      record: canonicalJson(record.value),
      ratings: counts ? ratingChanges(seats) : [],
    });
    return { stored: true };
  }

  #abandonHost(hostId: string): void {
    for (const running of this.#running.values()) {
      if (running.match.hostId === hostId) this.#abandonLater(running);
    }
  }

  /**
   * Until it is stored: no host tells this end again, and meanwhile the players' lobby plays and
   * they can join no other.
   */
  #abandonLater(running: RunningMatch, retryMs = abandonRetryFirstMs): void {
    const { background, log, timers } = this.#o;
    const matchId = running.match.id;
    background.run('abandon match', async () => {
      if (this.#running.get(matchId) !== running) return;
      try {
        await this.#end(running, 'abandoned');
      } catch (error) {
        log.error('abandoned match not stored yet', { matchId, retryMs, error });
        const again = () => {
          this.#retries.delete(matchId);
          this.#abandonLater(running, Math.min(2 * retryMs, abandonRetryMaxMs));
        };
        this.#retries.set(matchId, timers.after(retryMs, again));
      }
    });
  }

  /** Tellings that overlap share one end; one that failed may be told again. */
  #end(
    running: RunningMatch,
    reason: MatchEndReason,
    told: Partial<Omit<MatchOutcome, 'reason' | 'endedAtMs'>> = {},
  ): Promise<void> {
    const outcome: MatchOutcome = {
      seats: running.match.seats,
      stateHash: null,
      record: null,
      ratings: [],
      ...told,
      reason,
      endedAtMs: this.#o.clock.now(),
    };
    running.ending ??= this.#storeEnd(running.match, outcome).finally(() => {
      running.ending = undefined;
    });
    return running.ending;
  }

  async #storeEnd(match: StoredMatch, outcome: MatchOutcome): Promise<void> {
    const isFirst = await this.#o.store.end(match.id, match.game, outcome);
    this.#running.delete(match.id);
    this.#hosts.release(match.hostId, match.id);
    const players = match.seats.filter(({ kind }) => kind !== 'bot').map((seat) => seat.playerId);
    for (const playerId of players) {
      if (this.#matchOf.get(playerId) === match.id) this.#matchOf.delete(playerId);
    }
    this.#onEnded(match.id);
    if (!isFirst) return;
    const { id: matchId, game } = match;
    this.#o.log.info('match ended', { matchId, game, reason: outcome.reason });
    this.#o.metrics.count('paperclip_matches_ended_total', { game, reason: outcome.reason });
    // The lobby first: whoever hears of the end may be ready for the next match at once.
    await this.#o.lobbies.matchEnded(match.lobbyId, matchId);
    const summary = matchSummary({ ...match, seats: outcome.seats, end: outcome });
    for (const playerId of players) {
      this.#o.events.emit(playerId, { event: 'match.ended', data: { match: summary } });
    }
  }
}

/** Of what may be anything. */
function matchIdOf(told: unknown): string {
  if (typeof told !== 'object' || told === null || !('matchId' in told)) return '';
  return typeof told.matchId === 'string' ? told.matchId : '';
}

export function matchSummary(match: StoredMatch): MatchSummary {
  const { id, game, gameVersion, seats, settings, end } = match;
  const startedAt = timestamp(match.startedAtMs);
  const common = { id, game, gameVersion, seats: [...seats], settings, startedAt };
  if (end === undefined) return { ...common, state: 'running' };
  const { reason, endedAtMs, stateHash } = end;
  const ended = { ...common, state: 'ended', reason, endedAt: timestamp(endedAtMs) } as const;
  return stateHash === null ? ended : { ...ended, stateHash };
}
