// The command table: everything a caller can ask of the platform, as data. The HTTP routes and the
// OpenAPI document, the WebSocket messages, the typed client and the docs page are made from it.
//
// A new command is a row here and a handler in `domain/handlers.ts`; the compiler asks for the
// second when the first is there.

import { accountCommands } from './account-commands.ts';
import { args, type CommandRow, done, nothing, page } from './command-row.ts';
import type { ErrorCode } from './errors.ts';
import { externalCommands } from './external-commands.ts';
import { fileCommands } from './file-commands.ts';
import { contractLimits as limits } from './limits.ts';
import { peopleCommands } from './people-commands.ts';
import { roundCommands } from './round-commands.ts';
import {
  GameInfo,
  GameName,
  HostTicket,
  LeaderboardRow,
  Lobby,
  LobbyCode,
  LobbyId,
  MatchId,
  MatchSummary,
  PlayerId,
  type Static,
  t,
} from './schema.ts';

const playersMin = t.Integer({
  minimum: 1,
  maximum: 64,
  description: 'Fewest players to start with, if the game needs fewer.',
});

export const commandTable = {
  ...accountCommands,
  'game.list': {
    summary: 'The games that this server runs.',
    caller: 'anyone',
    http: { method: 'GET', path: '/v1/games' },
    args: nothing,
    result: t.Object({ games: t.Array(GameInfo) }, { additionalProperties: false }),
    errors: [],
    rate: { calls: 600, perS: 60 },
  },
  'lobby.create': {
    summary: 'Open a lobby and take its first seat.',
    caller: 'guest',
    http: { method: 'POST', path: '/v1/lobbies' },
    args: args({
      game: GameName,
      private: t.Optional(t.Boolean({ default: false })),
      settings: t.Optional(t.Unknown({ description: 'What differs from the game’s defaults.' })),
      bots: t.Optional(
        t.Integer({ minimum: 0, maximum: 63, default: 0, description: 'Seats for bots.' }),
      ),
      startsInS: t.Optional(
        t.Integer({
          minimum: 1,
          maximum: limits.lobbyStartsInSMax,
          description: 'Start its one match then, with who is there, ready or not.',
        }),
      ),
      playersMin: t.Optional(playersMin),
    }),
    result: Lobby,
    errors: [
      'GAME_NOT_FOUND',
      'GAME_HAS_NO_BOT',
      'BAD_SETTINGS',
      'ALREADY_IN_LOBBY',
      'LOBBY_FULL',
      'SERVER_FULL',
    ],
    rate: { calls: 60, perS: 60 },
  },
  'lobby.list': {
    summary: 'Public lobbies that have room, oldest first; games that other programs play, too.',
    caller: 'anyone',
    http: { method: 'GET', path: '/v1/lobbies' },
    args: args({ game: t.Optional(GameName), ...page }),
    result: t.Object(
      { lobbies: t.Array(Lobby), cursor: t.Optional(t.String()) },
      { additionalProperties: false },
    ),
    errors: [],
    rate: { calls: 600, perS: 60 },
  },
  'lobby.get': {
    summary: 'One lobby: a public one, or one that you are in.',
    caller: 'guest',
    http: { method: 'GET', path: '/v1/lobbies/:lobbyId' },
    args: args({ lobbyId: LobbyId }),
    result: Lobby,
    errors: ['LOBBY_NOT_FOUND'],
    rate: { calls: 1200, perS: 60 },
  },
  'lobby.quick': {
    summary: 'Join the oldest public lobby of a game with room and without a time, or open one.',
    caller: 'guest',
    http: { method: 'POST', path: '/v1/lobbies/quick' },
    args: args({ game: GameName }),
    result: Lobby,
    errors: ['GAME_NOT_FOUND', 'ALREADY_IN_LOBBY', 'SERVER_FULL'],
    rate: { calls: 60, perS: 60 },
  },
  'lobby.join': {
    summary: 'Take a seat in a public lobby.',
    caller: 'guest',
    http: { method: 'POST', path: '/v1/lobbies/:lobbyId/members' },
    args: args({ lobbyId: LobbyId }),
    result: Lobby,
    errors: [
      'LOBBY_NOT_FOUND',
      'LOBBY_FULL',
      'LOBBY_STARTED',
      'ALREADY_IN_LOBBY',
      'KICKED',
      'PLAYED_ELSEWHERE',
    ],
    rate: { calls: 120, perS: 60 },
  },
  'lobby.join-code': {
    summary: 'Take a seat in the lobby with this code.',
    caller: 'guest',
    http: { method: 'POST', path: '/v1/lobbies/code/:code' },
    args: args({ code: LobbyCode }),
    result: Lobby,
    errors: ['LOBBY_NOT_FOUND', 'LOBBY_FULL', 'LOBBY_STARTED', 'ALREADY_IN_LOBBY', 'KICKED'],
    rate: { calls: 20, perS: 60, ofAddress: 120 },
  },
  'lobby.leave': {
    summary: 'Give the seat up. An owner’s lobby goes to the member who came next.',
    caller: 'guest',
    http: { method: 'DELETE', path: '/v1/lobbies/:lobbyId/members/me' },
    args: args({ lobbyId: LobbyId }),
    result: done,
    errors: ['LOBBY_NOT_FOUND', 'NOT_IN_LOBBY', 'LOBBY_STARTED'],
    rate: { calls: 120, perS: 60 },
  },
  'lobby.ready': {
    summary: 'Say if you are ready. The match starts when all are, or at a timed lobby’s time.',
    caller: 'guest',
    http: { method: 'POST', path: '/v1/lobbies/:lobbyId/ready' },
    args: args({ lobbyId: LobbyId, ready: t.Boolean() }),
    result: Lobby,
    errors: ['LOBBY_NOT_FOUND', 'NOT_IN_LOBBY', 'LOBBY_STARTED', 'SERVER_FULL'],
    rate: { calls: 120, perS: 60 },
  },
  'lobby.kick': {
    summary: 'Remove a member or a bot. Who was removed cannot come back to this lobby.',
    caller: 'guest',
    http: { method: 'DELETE', path: '/v1/lobbies/:lobbyId/members/:playerId' },
    args: args({ lobbyId: LobbyId, playerId: PlayerId }),
    result: Lobby,
    errors: ['LOBBY_NOT_FOUND', 'NOT_OWNER', 'NOT_IN_LOBBY', 'LOBBY_STARTED'],
    rate: { calls: 120, perS: 60 },
  },
  'lobby.hand-over': {
    summary: 'Make another member the owner.',
    caller: 'guest',
    http: { method: 'POST', path: '/v1/lobbies/:lobbyId/owner' },
    args: args({ lobbyId: LobbyId, playerId: PlayerId }),
    result: Lobby,
    errors: ['LOBBY_NOT_FOUND', 'NOT_OWNER', 'NOT_IN_LOBBY', 'LOBBY_STARTED'],
    rate: { calls: 120, perS: 60 },
  },
  'lobby.add-bot': {
    summary: 'Give a seat to a bot.',
    caller: 'guest',
    http: { method: 'POST', path: '/v1/lobbies/:lobbyId/bots' },
    args: args({ lobbyId: LobbyId }),
    result: Lobby,
    errors: ['LOBBY_NOT_FOUND', 'NOT_OWNER', 'GAME_HAS_NO_BOT', 'LOBBY_FULL', 'LOBBY_STARTED'],
    rate: { calls: 120, perS: 60 },
  },
  'party.start': {
    summary: 'Gather players for a game: a timed lobby that everybody in the room is told of.',
    caller: 'guest',
    http: { method: 'POST', path: '/v1/parties' },
    args: args({
      game: GameName,
      settings: t.Optional(t.Unknown({ description: 'What differs from the game’s defaults.' })),
      startsInS: t.Optional(
        t.Integer({
          minimum: 1,
          maximum: limits.partyStartsInSMax,
          default: limits.partyStartsInSDefault,
        }),
      ),
      playersMin: t.Optional(playersMin),
    }),
    result: Lobby,
    errors: ['PARTY_RUNNING', 'ALREADY_IN_LOBBY', 'GAME_NOT_FOUND', 'BAD_SETTINGS', 'SERVER_FULL'],
    rate: { calls: 12, perS: 60, ofAddress: 60 },
  },
  'party.join': {
    summary: 'Take a seat in the party of a game while it gathers players.',
    caller: 'guest',
    http: { method: 'POST', path: '/v1/parties/:game/members' },
    args: args({ game: GameName }),
    result: Lobby,
    errors: [
      'NO_PARTY',
      'PARTY_RUNNING',
      'ALREADY_IN_LOBBY',
      'LOBBY_FULL',
      'KICKED',
      'GAME_NOT_FOUND',
    ],
    rate: { calls: 120, perS: 60 },
  },
  'party.get': {
    summary: 'The party of a game, if there is one, and its match when that has started.',
    caller: 'anyone',
    http: { method: 'GET', path: '/v1/parties/:game' },
    args: args({ game: GameName }),
    result: t.Object(
      { lobby: t.Optional(Lobby), matchId: t.Optional(MatchId) },
      { additionalProperties: false },
    ),
    errors: ['GAME_NOT_FOUND'],
    rate: { calls: 600, perS: 60 },
  },
  'match.ticket': {
    summary: 'The address of the match’s host and a ticket for your seat. Ask again to reconnect.',
    caller: 'guest',
    http: { method: 'POST', path: '/v1/matches/:matchId/tickets' },
    args: args({
      matchId: MatchId,
      clientPublicKey: t.String({
        minLength: 43,
        maxLength: 43,
        pattern: '^[A-Za-z0-9_-]+$',
        description: 'Your X25519 public key, 32 bytes as base64url.',
      }),
    }),
    result: HostTicket,
    errors: ['MATCH_NOT_FOUND', 'NOT_IN_MATCH', 'MATCH_NOT_RUNNING'],
    rate: { calls: 60, perS: 60 },
  },
  'match.attach': {
    summary: 'Take your seat without a link: its views come as events of this session.',
    caller: 'guest',
    http: { method: 'POST', path: '/v1/matches/:matchId/seat' },
    args: args({ matchId: MatchId }),
    result: t.Object(
      {
        matchId: MatchId,
        game: GameName,
        seat: t.Integer({ minimum: 0 }),
        names: t.Array(t.String(), { description: 'Who plays, by seat.' }),
      },
      { additionalProperties: false },
    ),
    errors: [
      'MATCH_NOT_FOUND',
      'NOT_IN_MATCH',
      'MATCH_NOT_RUNNING',
      'NOT_CONNECTED',
      'HOST_SILENT',
    ],
    rate: { calls: 60, perS: 60 },
  },
  'match.input': {
    summary:
      'Play: answered when the match has taken the input. It needs a seat by `match.attach`.',
    caller: 'guest',
    http: { method: 'POST', path: '/v1/matches/:matchId/inputs' },
    args: args({
      matchId: MatchId,
      input: t.Unknown({ description: 'As the game takes it: see `game.list`.' }),
    }),
    result: done,
    errors: [
      'MATCH_NOT_FOUND',
      'NOT_IN_MATCH',
      'MATCH_NOT_RUNNING',
      'NOT_ATTACHED',
      'INPUT_REFUSED',
      'HOST_SILENT',
    ],
    rate: { calls: 1200, perS: 60 },
  },
  'match.leave': {
    summary: 'Give the match up. It needs a seat by `match.attach`, which is lost for good.',
    caller: 'guest',
    http: { method: 'DELETE', path: '/v1/matches/:matchId/seat' },
    args: args({ matchId: MatchId }),
    result: done,
    errors: ['MATCH_NOT_FOUND', 'NOT_IN_MATCH', 'MATCH_NOT_RUNNING', 'NOT_ATTACHED', 'HOST_SILENT'],
    rate: { calls: 60, perS: 60 },
  },
  'match.get': {
    summary: 'One match: who plays or played it, and how it ended.',
    caller: 'anyone',
    http: { method: 'GET', path: '/v1/matches/:matchId' },
    args: args({ matchId: MatchId }),
    result: MatchSummary,
    errors: ['MATCH_NOT_FOUND'],
    rate: { calls: 600, perS: 60 },
  },
  'match.history': {
    summary: 'Ended matches, newest first; of one player, one game, or all.',
    caller: 'anyone',
    http: { method: 'GET', path: '/v1/matches' },
    args: args({
      player: t.Optional(t.String({ maxLength: 64, description: 'Id or name.' })),
      game: t.Optional(GameName),
      ...page,
    }),
    result: t.Object(
      { matches: t.Array(MatchSummary), cursor: t.Optional(t.String()) },
      { additionalProperties: false },
    ),
    errors: ['PLAYER_NOT_FOUND'],
    rate: { calls: 600, perS: 60 },
  },
  'match.replay': {
    summary: 'The record of an ended match: settings, seed, inputs and the final state’s hash.',
    caller: 'anyone',
    http: { method: 'GET', path: '/v1/matches/:matchId/replay' },
    args: args({ matchId: MatchId }),
    result: t.Object(
      { match: MatchSummary, record: t.Unknown({ description: 'A match record, format 1.' }) },
      { additionalProperties: false },
    ),
    errors: ['MATCH_NOT_FOUND', 'MATCH_RUNNING', 'NO_REPLAY'],
    rate: { calls: 120, perS: 60 },
  },
  'leaderboard.get': {
    summary: 'Players of a game by wins against people.',
    caller: 'anyone',
    http: { method: 'GET', path: '/v1/leaderboards/:game' },
    args: args({ game: GameName, ...page }),
    result: t.Object(
      { game: GameName, rows: t.Array(LeaderboardRow), cursor: t.Optional(t.String()) },
      { additionalProperties: false },
    ),
    errors: ['GAME_NOT_FOUND'],
    rate: { calls: 600, perS: 60 },
  },
  ...peopleCommands,
  ...fileCommands,
  ...roundCommands,
  ...externalCommands,
} as const satisfies Record<string, CommandRow>;

export type CommandName = keyof typeof commandTable;
export type CommandArgs<Name extends CommandName> = Static<(typeof commandTable)[Name]['args']>;
export type CommandResult<Name extends CommandName> = Static<(typeof commandTable)[Name]['result']>;

/** Errors that every command may give, beside its own. */
export const commonErrors = [
  'BAD_REQUEST',
  'UNAUTHENTICATED',
  'SESSION_EXPIRED',
  'FORBIDDEN',
  'RATE_LIMITED',
  'BUSY',
  'INTERNAL',
  'SHUTTING_DOWN',
] as const satisfies readonly ErrorCode[];
