// The tables as Kysely sees them. Dialect-neutral: ids and JSON are text, flags are 0 or 1, times
// are Unix milliseconds. The statements that make them are in migrations/.

import type { Generated } from 'kysely';

export interface PlayersTable {
  id: string;
  name: string;
  name_key: string;
  kind: 'account' | 'guest';
  password_hash: string | null;
  digest_hash: string | null;
  created_at_ms: number;
}

export interface PlayerNumbersTable {
  number: Generated<number>;
  player_id: string;
}

export interface SessionsTable {
  id: string;
  player_id: string;
  family_hash: string;
  token_hash: string;
  wire: string;
  address: string;
  created_at_ms: number;
  expires_at_ms: number;
}

export interface LobbiesTable {
  id: string;
  code: string;
  game: string;
  state: 'open' | 'starting' | 'playing';
  private: number;
  owner_id: string;
  settings: string;
  match_id: string | null;
  created_at_ms: number;
  /** Null of a lobby that starts when its members are ready. */
  starts_at_ms: number | null;
  players_min: number | null;
  party: number;
}

export interface LobbyMembersTable {
  lobby_id: string;
  player_id: string;
  /** In the order in which they came. */
  position: number;
  name: string;
  kind: 'account' | 'guest' | 'bot';
  seat: number;
  ready: number;
}

export interface LobbyBansTable {
  lobby_id: string;
  player_id: string;
  position: number;
}

export interface MatchesTable {
  id: string;
  game: string;
  game_version: number;
  lobby_id: string;
  host_id: string;
  settings: string;
  seed: string;
  started_at_ms: number;
  /** Null while the match runs, and so are the reason and the hash. */
  ended_at_ms: number | null;
  reason: 'outcome' | 'forfeit' | 'time-limit' | 'no-show' | 'abandoned' | 'failed' | null;
  state_hash: string | null;
}

export interface MatchSeatsTable {
  match_id: string;
  seat: number;
  player_id: string;
  name: string;
  kind: 'account' | 'guest' | 'bot';
  place: number | null;
  result: 'win' | 'loss' | 'draw' | null;
  score: number | null;
  /** The match's, again: a player's history is read in its order. */
  ended_at_ms: number | null;
}

export interface MatchRecordsTable {
  match_id: string;
  record: string;
}

export interface RatingsTable {
  game: string;
  player_id: string;
  wins: number;
  losses: number;
  draws: number;
  bot_wins: number;
  bot_losses: number;
}

export interface LoginsTable {
  player_id: string;
  at_ms: number;
  wire: string;
  address: string;
  outcome: 'ok' | 'registered' | 'wrong-password' | 'locked' | 'banned';
}

export interface SanctionsTable {
  player_id: string;
  kind: 'ban' | 'mute';
  reason: string;
  since_ms: number;
  until_ms: number | null;
}

export interface FriendshipsTable {
  /** The two in the order of their ids. */
  low_id: string;
  high_id: string;
  /** Who asked. */
  from_id: string;
  state: 'requested' | 'friends';
  since_ms: number;
}

export interface BlocksTable {
  blocker_id: string;
  blocked_id: string;
  since_ms: number;
}

export interface VisitsTable {
  player_id: string;
  came_at_ms: number;
  left_at_ms: number | null;
}

export interface MessagesTable {
  id: number;
  from_id: string;
  from_name: string;
  from_kind: 'account' | 'guest' | 'bot';
  to_id: string;
  to_name: string;
  to_kind: 'account' | 'guest' | 'bot';
  sealed: number;
  text: string;
  sent_at_ms: number;
}

export interface InboxesTable {
  player_id: string;
  delivered_id: number;
}

export interface ConversationsTable {
  player_id: string;
  other_id: string;
  last_id: number;
  read_id: number;
}

export interface DeviceKeysTable {
  player_id: string;
  device_id: string;
  bundle: string;
  published_at_ms: number;
}

export interface ClassicKeysTable {
  player_id: string;
  /** Both base64url of DER; the private one is encrypted. */
  public_key: string;
  private_key: string;
  made_at_ms: number;
}

export interface CountersTable {
  name: string;
  /** Given last. */
  value: number;
}

export interface Schema {
  players: PlayersTable;
  sessions: SessionsTable;
  lobbies: LobbiesTable;
  lobby_members: LobbyMembersTable;
  lobby_bans: LobbyBansTable;
  matches: MatchesTable;
  match_seats: MatchSeatsTable;
  match_records: MatchRecordsTable;
  ratings: RatingsTable;
  logins: LoginsTable;
  sanctions: SanctionsTable;
  friendships: FriendshipsTable;
  blocks: BlocksTable;
  visits: VisitsTable;
  player_numbers: PlayerNumbersTable;
  classic_keys: ClassicKeysTable;
  messages: MessagesTable;
  inboxes: InboxesTable;
  conversations: ConversationsTable;
  device_keys: DeviceKeysTable;
  counters: CountersTable;
}
