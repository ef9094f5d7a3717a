// Matches, their seats and their records in SQL. The end of a match, its results and what they do
// to the leaderboard are one batch, guarded by "it has not ended yet".

import type { MatchSeat } from '../contract/schema.ts';
import type {
  MatchOutcome,
  MatchQuery,
  MatchStore,
  StoredMatch,
} from '../domain/match/match-store.ts';
import type { RatingChange } from '../domain/rating/rating-store.ts';
import type { Database, Step } from './database.ts';
import { packedRecord, unpackedRecord } from './packed-record.ts';
import type { MatchesTable, MatchSeatsTable, RatingsTable } from './schema.ts';

type Counter = Exclude<keyof RatingsTable, 'game' | 'player_id'>;

const counterOf: Readonly<Record<RatingChange['counts'], Counter>> = {
  wins: 'wins',
  losses: 'losses',
  draws: 'draws',
  botWins: 'bot_wins',
  botLosses: 'bot_losses',
};

export function matchStore(database: Database): MatchStore {
  const { db, batch } = database;
  return {
    async add(match) {
      const rows = match.seats.map((seat) => seatRow(match.id, seat, null));
      await batch([
        { query: db.insertInto('matches').values(matchRow(match)) },
        ...rows.map((row) => ({ query: db.insertInto('match_seats').values(row) })),
      ]);
    },
    addEnded: async (match, outcome) =>
      batch(addEndedSteps(database, match, await packed(outcome))),
    end: async (matchId, game, outcome) =>
      batch(endSteps(database, matchId, game, await packed(outcome))),
    async abandonRunning(endedAtMs) {
      const query = db.selectFrom('matches').select('id').where('ended_at_ms', 'is', null);
      const ids = (await query.execute()).map(({ id }) => id);
      const end = { ended_at_ms: endedAtMs };
      const matches = db.updateTable('matches').set({ ...end, reason: 'abandoned' });
      const seats = db.updateTable('match_seats').set(end);
      await batch(
        ids.flatMap((id): Step[] => [
          { query: matches.where('id', '=', id) },
          { query: seats.where('match_id', '=', id) },
        ]),
      );
      return ids.length;
    },
    async byId(matchId) {
      const query = db.selectFrom('matches').selectAll().where('id', '=', matchId);
      const [match] = await withSeats(database, await query.execute());
      return match;
    },
    async page(query) {
      const rows = query.playerId === undefined ? ofAll(db, query) : ofPlayer(db, query);
      return withSeats(database, await rows.execute());
    },
    async record(matchId) {
      const query = db.selectFrom('match_records').select('record');
      const row = await query.where('match_id', '=', matchId).executeTakeFirst();
      return row && unpackedRecord(row.record);
    },
  };
}

const packed = async (outcome: MatchOutcome): Promise<MatchOutcome> =>
  outcome.record === null ? outcome : { ...outcome, record: await packedRecord(outcome.record) };

/** The first step is the guard: it changes a row only while the match runs. */
function endSteps(
  database: Database,
  matchId: string,
  game: string,
  outcome: MatchOutcome,
): readonly Step[] {
  const { db } = database;
  const { reason, endedAtMs, stateHash } = outcome;
  const ending = { reason, ended_at_ms: endedAtMs, state_hash: stateHash };
  const isRunning = db.updateTable('matches').set(ending).where('ended_at_ms', 'is', null);
  const steps: Step[] = [{ query: isRunning.where('id', '=', matchId), changes: 1 }];
  for (const seat of outcome.seats) {
    const { place, result, score, ended_at_ms } = seatRow(matchId, seat, endedAtMs);
    const query = db.updateTable('match_seats').set({ place, result, score, ended_at_ms });
    const ofSeat = query.where('match_id', '=', matchId).where('seat', '=', seat.seat);
    steps.push({ query: ofSeat, changes: 1 });
  }
  return [...steps, ...resultSteps(database, matchId, game, outcome)];
}

/** The first step is the guard: it adds a row only where there is none. */
function addEndedSteps(
  database: Database,
  match: StoredMatch,
  outcome: MatchOutcome,
): readonly Step[] {
  const { db } = database;
  const insert = db.insertInto('matches').values(matchRow({ ...match, end: outcome }));
  const seats = outcome.seats.map((seat) => seatRow(match.id, seat, outcome.endedAtMs));
  return [
    { query: insert.onConflict((conflict) => conflict.doNothing()), changes: 1 },
    ...seats.map((row) => ({ query: db.insertInto('match_seats').values(row) })),
    ...resultSteps(database, match.id, match.game, outcome),
  ];
}

function resultSteps(
  database: Database,
  matchId: string,
  game: string,
  { record, ratings }: MatchOutcome,
): readonly Step[] {
  const row = record === null ? [] : [{ match_id: matchId, record }];
  const records = row.map((values) => database.db.insertInto('match_records').values(values));
  const changes = ratings.map((change) => ratingUpsert(database, game, change));
  return [...records, ...changes].map((query) => ({ query }));
}

function ofAll(db: Database['db'], { game, after, limit }: MatchQuery) {
  return db
    .selectFrom('matches as m')
    .selectAll('m')
    .where('m.ended_at_ms', 'is not', null)
    .$if(game !== undefined, (all) => all.where('m.game', '=', game ?? ''))
    .$if(after !== undefined, (all) =>
      all.where(({ eb, refTuple, tuple }) =>
        eb(refTuple('m.ended_at_ms', 'm.id'), '<', tuple(after?.[0] ?? 0, after?.[1] ?? '')),
      ),
    )
    .orderBy('m.ended_at_ms', 'desc')
    .orderBy('m.id', 'desc')
    .limit(limit);
}

/** Along the seats of the player, whose index is in the order of the page. */
function ofPlayer(db: Database['db'], { playerId, game, after, limit }: MatchQuery) {
  return db
    .selectFrom('match_seats as s')
    .innerJoin('matches as m', 'm.id', 's.match_id')
    .selectAll('m')
    .where('s.player_id', '=', playerId ?? '')
    .where('s.ended_at_ms', 'is not', null)
    .$if(game !== undefined, (all) => all.where('m.game', '=', game ?? ''))
    .$if(after !== undefined, (all) =>
      all.where(({ eb, refTuple, tuple }) =>
        eb(refTuple('s.ended_at_ms', 's.match_id'), '<', tuple(after?.[0] ?? 0, after?.[1] ?? '')),
      ),
    )
    .orderBy('s.ended_at_ms', 'desc')
    .orderBy('s.match_id', 'desc')
    .limit(limit);
}

async function withSeats(
  { db }: Database,
  rows: readonly MatchesTable[],
): Promise<readonly StoredMatch[]> {
  if (rows.length === 0) return [];
  const ids = rows.map(({ id }) => id);
  const query = db.selectFrom('match_seats').selectAll().where('match_id', 'in', ids);
  const seatsOf = Map.groupBy(await query.orderBy('seat').execute(), (row) => row.match_id);
  return rows.map((row) => matchFrom(row, seatsOf.get(row.id) ?? []));
}

function ratingUpsert({ db }: Database, game: string, { playerId, counts }: RatingChange) {
  const counter = counterOf[counts];
  const none = { wins: 0, losses: 0, draws: 0, bot_wins: 0, bot_losses: 0 };
  return db
    .insertInto('ratings')
    .values({ ...none, game, player_id: playerId, [counter]: 1 })
    .onConflict((conflict) =>
      conflict
        .columns(['game', 'player_id'])
        .doUpdateSet(({ eb, ref }) => ({ [counter]: eb(ref(`ratings.${counter}`), '+', 1) })),
    );
}

const matchRow = (match: StoredMatch): MatchesTable => ({
  id: match.id,
  game: match.game,
  game_version: match.gameVersion,
  lobby_id: match.lobbyId,
  host_id: match.hostId,
  settings: JSON.stringify(match.settings),
  seed: match.seed,
  started_at_ms: match.startedAtMs,
  ended_at_ms: match.end?.endedAtMs ?? null,
  reason: match.end?.reason ?? null,
  state_hash: match.end?.stateHash ?? null,
});

const seatRow = (match_id: string, seat: MatchSeat, endedAtMs: number | null): MatchSeatsTable => ({
  match_id,
  seat: seat.seat,
  player_id: seat.playerId,
  name: seat.name,
  kind: seat.kind,
  place: seat.place ?? null,
  result: seat.result ?? null,
  score: seat.score ?? null,
  ended_at_ms: endedAtMs,
});

const matchFrom = (row: MatchesTable, seats: readonly MatchSeatsTable[]): StoredMatch => ({
  id: row.id,
  game: row.game,
  gameVersion: row.game_version,
  lobbyId: row.lobby_id,
  hostId: row.host_id,
  settings: JSON.parse(row.settings),
  seed: row.seed,
  seats: seats.map((seat) => ({
    seat: seat.seat,
    playerId: seat.player_id,
    name: seat.name,
    kind: seat.kind,
    ...(seat.place === null ? {} : { place: seat.place }),
    ...(seat.result === null ? {} : { result: seat.result }),
    ...(seat.score === null ? {} : { score: seat.score }),
  })),
  startedAtMs: row.started_at_ms,
  ...(row.ended_at_ms === null || row.reason === null
    ? {}
    : { end: { reason: row.reason, endedAtMs: row.ended_at_ms, stateHash: row.state_hash } }),
});
