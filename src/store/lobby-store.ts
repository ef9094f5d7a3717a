// Lobbies in SQL. A save replaces a lobby whole: it has a handful of members, and a whole is easier
// to trust than a difference.

import type { LobbyRecord } from '../domain/lobby/lobby-rules.ts';
import type { LobbyStore } from '../domain/lobby/lobby-store.ts';
import type { Database } from './database.ts';
import type { LobbiesTable, LobbyMembersTable } from './schema.ts';

export function lobbyStore({ db, batch }: Database): LobbyStore {
  return {
    async save(lobby) {
      const { id: _id, created_at_ms: _made, ...changeable } = lobbyRow(lobby);
      const members = lobby.members.map((member, position) => ({
        lobby_id: lobby.id,
        player_id: member.playerId,
        position,
        name: member.name,
        kind: member.kind,
        seat: member.seat,
        ready: member.ready ? 1 : 0,
      }));
      const bans = lobby.banned.map((player_id, position) => {
        return { lobby_id: lobby.id, player_id, position };
      });
      const ofLobby = { lobby_id: lobby.id };
      await batch([
        {
          query: db
            .insertInto('lobbies')
            .values(lobbyRow(lobby))
            .onConflict((conflict) => conflict.column('id').doUpdateSet(changeable)),
        },
        { query: db.deleteFrom('lobby_members').where('lobby_id', '=', ofLobby.lobby_id) },
        { query: db.deleteFrom('lobby_bans').where('lobby_id', '=', ofLobby.lobby_id) },
        ...members.map((row) => ({ query: db.insertInto('lobby_members').values(row) })),
        ...bans.map((row) => ({ query: db.insertInto('lobby_bans').values(row) })),
      ]);
    },
    async remove(lobbyId) {
      // Members and bans go with it.
      await db.deleteFrom('lobbies').where('id', '=', lobbyId).execute();
    },
    async all() {
      const [lobbies, members, bans] = await Promise.all([
        db.selectFrom('lobbies').selectAll().orderBy('created_at_ms').orderBy('id').execute(),
        db.selectFrom('lobby_members').selectAll().orderBy('position').execute(),
        db.selectFrom('lobby_bans').selectAll().orderBy('position').execute(),
      ]);
      const membersOf = Map.groupBy(members, (row) => row.lobby_id);
      const bansOf = Map.groupBy(bans, (row) => row.lobby_id);
      return lobbies.map((row) => {
        const banned = (bansOf.get(row.id) ?? []).map((ban) => ban.player_id);
        return lobbyFrom(row, membersOf.get(row.id) ?? [], banned);
      });
    },
  };
}

const lobbyRow = (lobby: LobbyRecord): LobbiesTable => ({
  id: lobby.id,
  code: lobby.code,
  game: lobby.game,
  state: lobby.state,
  private: lobby.private ? 1 : 0,
  owner_id: lobby.ownerId,
  settings: JSON.stringify(lobby.settings),
  match_id: lobby.matchId ?? null,
  created_at_ms: lobby.createdAtMs,
  starts_at_ms: lobby.startsAtMs ?? null,
  players_min: lobby.playersMin ?? null,
  party: lobby.party === true ? 1 : 0,
});

const lobbyFrom = (
  row: LobbiesTable,
  members: readonly LobbyMembersTable[],
  banned: readonly string[],
): LobbyRecord => ({
  id: row.id,
  code: row.code,
  game: row.game,
  state: row.state,
  private: row.private === 1,
  ownerId: row.owner_id,
  members: members.map(({ player_id, name, kind, seat, ready }) => ({
    playerId: player_id,
    name,
    kind,
    seat,
    ready: ready === 1,
  })),
  banned,
  settings: JSON.parse(row.settings),
  ...(row.match_id === null ? {} : { matchId: row.match_id }),
  createdAtMs: row.created_at_ms,
  ...(row.starts_at_ms === null ? {} : { startsAtMs: row.starts_at_ms }),
  ...(row.players_min === null ? {} : { playersMin: row.players_min }),
  ...(row.party === 1 ? { party: true } : {}),
});
