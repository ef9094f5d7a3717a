// What the server has acknowledged, and whether the file that a killed server left still has it.

import assert from 'node:assert/strict';
import Database from 'better-sqlite3';

/** Where a player is, as far as the player knows. */
export interface Place {
  readonly playerId: string;
  readonly accessToken: string;
  /** Undefined: in none. */
  lobbyId: string | undefined;
  /** A change was asked for and not answered: both outcomes are right. */
  isUnsure: boolean;
}

export class Acknowledged {
  /** Accounts and guests, by id. */
  readonly players = new Map<string, string>();
  readonly sessions = new Set<string>();
  /** Ended matches, by id: who played it. */
  readonly matches = new Map<string, string>();
  /** Of this round only: who is absent for a minute loses the place by right. */
  places: Place[] = [];

  /** The server is dead. Throws when something is missing, half there or damaged. */
  check(file: string): void {
    const db = new Database(file);
    try {
      assert.equal(db.pragma('integrity_check', { simple: true }), 'ok');
      assert.deepEqual(db.pragma('foreign_key_check'), []);
      this.#checkPlayers(db);
      this.#checkPlaces(db);
      this.#checkMatches(db);
      checkWholes(db);
    } finally {
      db.close();
    }
  }

  #checkPlayers(db: Database.Database): void {
    const player = db.prepare<[string], { name: string }>('select name from players where id = ?');
    for (const [id, name] of this.players) {
      assert.equal(player.get(id)?.name, name, `player ${name} is gone`);
    }
    const session = db.prepare<[string]>('select 1 from sessions where id = ?');
    for (const id of this.sessions) assert.ok(session.get(id), `session ${id} is gone`);
  }

  #checkPlaces(db: Database.Database): void {
    const place = db.prepare<[string], { lobby_id: string }>(
      'select lobby_id from lobby_members where player_id = ?',
    );
    for (const { playerId, lobbyId, isUnsure } of this.places) {
      if (!isUnsure) assert.equal(place.get(playerId)?.lobby_id, lobbyId, `place of ${playerId}`);
    }
  }

  #checkMatches(db: Database.Database): void {
    const match = db.prepare<[string], { reason: string }>(
      `select reason from matches join match_records on match_id = id where id = ?`,
    );
    for (const id of this.matches.keys()) {
      assert.equal(match.get(id)?.reason, 'outcome', `match ${id} is gone`);
    }
  }
}

/** Whatever was cut off, acknowledged or not: each thing is there whole or not at all. */
function checkWholes(db: Database.Database): void {
  const none = (what: string, sql: string) => assert.deepEqual(db.prepare(sql).all(), [], what);
  none(
    'players without a session: every round’s sessions live for weeks',
    'select id from players where id not in (select player_id from sessions)',
  );
  none(
    'lobbies without their owner',
    `select id from lobbies where not exists (
       select 1 from lobby_members where lobby_id = id and player_id = owner_id)`,
  );
  none(
    'matches without both seats',
    `select id from matches where (select count(*) from match_seats where match_id = id) <> 2`,
  );
  none(
    'ended matches without their record',
    `select id from matches where reason = 'outcome' and id not in (select match_id from match_records)`,
  );
  none(
    'seats that ended at another time than their match',
    `select id from matches m join match_seats s on s.match_id = m.id
     where s.ended_at_ms is not m.ended_at_ms`,
  );
  none(
    'leaderboard rows that are not the sum of the matches',
    `select r.player_id from ratings r where r.bot_wins + r.bot_losses <> (
       select count(*) from match_seats s join matches m on m.id = s.match_id
       where s.player_id = r.player_id and s.result in ('win', 'loss')
         and m.reason not in ('abandoned', 'failed'))`,
  );
  none(
    'results that no leaderboard row counts',
    `select player_id from match_seats where kind <> 'bot' and result in ('win', 'loss')
       and player_id not in (select player_id from ratings)`,
  );
}
