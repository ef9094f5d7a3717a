// What was played: one match, pages of ended ones, and their records. Everybody may look; a running
// match shows who plays it and nothing of its state.

import { PaperclipError } from '../../contract/errors.ts';
import type { MatchSummary } from '../../contract/schema.ts';
import type { Accounts } from '../account/accounts.ts';
import { decodeCursor, pageOf } from '../cursor.ts';
import type { MatchStore, StoredMatch } from '../match/match-store.ts';
import { matchSummary } from '../match/matches.ts';

export interface HistoryWish {
  /** Id or name. */
  readonly player?: string;
  readonly game?: string;
  readonly limit: number;
  readonly cursor?: string;
}

export class History {
  readonly #store: MatchStore;
  readonly #accounts: Pick<Accounts, 'find'>;

  constructor(store: MatchStore, accounts: Pick<Accounts, 'find'>) {
    this.#store = store;
    this.#accounts = accounts;
  }

  async get(matchId: string): Promise<MatchSummary> {
    return matchSummary(await this.#match(matchId));
  }

  async page(wish: HistoryWish): Promise<{ matches: MatchSummary[]; cursor?: string }> {
    const [endedAtMs, id] =
      wish.cursor === undefined ? [] : decodeCursor(wish.cursor, ['number', 'string']);
    const playerId = wish.player === undefined ? undefined : await this.#playerId(wish.player);
    const found = await this.#store.page({
      ...(playerId === undefined ? {} : { playerId }),
      ...(wish.game === undefined ? {} : { game: wish.game }),
      ...(id === undefined ? {} : { after: [Number(endedAtMs), String(id)] as const }),
      limit: wish.limit + 1,
    });
    const keyOf = (match: StoredMatch) => [match.end?.endedAtMs ?? 0, match.id];
    const { rows, ...next } = pageOf(found, wish.limit, keyOf);
    return { matches: rows.map(matchSummary), ...next };
  }

  async replay(matchId: string): Promise<{ match: MatchSummary; record: unknown }> {
    const match = await this.#match(matchId);
    if (match.end === undefined) throw new PaperclipError('MATCH_RUNNING', { match: matchId });
    const record = await this.#store.record(matchId);
    if (record === undefined) {
      throw new PaperclipError('NO_REPLAY', { match: matchId, reason: match.end.reason });
    }
    return { match: matchSummary(match), record: JSON.parse(record) };
  }

  async #match(matchId: string): Promise<StoredMatch> {
    const match = await this.#store.byId(matchId);
    if (match !== undefined) return match;
    throw new PaperclipError('MATCH_NOT_FOUND', { match: matchId });
  }

  async #playerId(idOrName: string): Promise<string> {
    const player = await this.#accounts.find(idOrName);
    if (player !== undefined) return player.id;
    throw new PaperclipError('PLAYER_NOT_FOUND', { player: idOrName });
  }
}
