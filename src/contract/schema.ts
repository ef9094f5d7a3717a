// The schemas that commands, events and entities share. One TypeBox value is the TypeScript type,
// the validator, the JSON Schema in OpenAPI and the row in the docs.

import { type Static, type TSchema, Type as t } from 'typebox';
import { contractLimits as limits } from './limits.ts';

export type { Static, TSchema };
export { t };

const strict = { additionalProperties: false } as const;

export const PlayerId = t.String({
  minLength: 1,
  maxLength: 40,
  pattern: '^[a-zA-Z0-9_:-]+$',
  description: 'Stable id of a player.',
});

export const PlayerName = t.String({
  minLength: limits.playerNameCharactersMin,
  maxLength: limits.playerNameCharactersMax,
  pattern: '^[\\p{L}\\p{N}][\\p{L}\\p{M}\\p{N}_.\\- ]*[\\p{L}\\p{M}\\p{N}]$',
  description: 'Letters, digits, and _ . - or space between them. Unique without regard to case.',
});

export const Password = t.String({
  minLength: limits.passwordCharactersMin,
  maxLength: limits.passwordCharactersMax,
  description: `${limits.passwordCharactersMin} to ${limits.passwordCharactersMax} characters.`,
});

export const GameName = t.String({
  minLength: 1,
  maxLength: 32,
  pattern: '^[a-z0-9-]+$',
  description: 'Name of a game that the server runs, such as rps.',
});

export const LobbyId = t.String({ minLength: 1, maxLength: 40, pattern: '^[a-zA-Z0-9_-]+$' });
export const MatchId = t.String({ minLength: 1, maxLength: 40, pattern: '^[a-zA-Z0-9_-]+$' });

export const LobbyCode = t.String({
  minLength: limits.lobbyCodeCharacters,
  maxLength: limits.lobbyCodeCharacters,
  pattern: '^[A-Z0-9]+$',
  description: 'What a friend types to enter a private lobby.',
});

export const Timestamp = t.String({ description: 'UTC, ISO 8601 with milliseconds.' });

export const PlayerKind = t.Union([t.Literal('account'), t.Literal('guest'), t.Literal('bot')]);

export const Player = t.Object(
  { id: PlayerId, name: t.String(), kind: PlayerKind, createdAt: Timestamp },
  strict,
);

export const Session = t.Object(
  {
    player: Player,
    accessToken: t.String({ description: 'Send as `Authorization: Bearer ...`.' }),
    accessTokenExpiresInS: t.Integer(),
    refreshToken: t.String({
      description: 'Good once; each refresh gives a new one. Repeated within seconds, the same.',
    }),
    refreshTokenExpiresInS: t.Integer(),
  },
  strict,
);

export const GameInfo = t.Object(
  {
    name: GameName,
    title: t.String(),
    version: t.Integer(),
    players: t.Object({ min: t.Integer(), max: t.Integer() }, strict),
    tickHz: t.Optional(t.Number({ description: 'Steps a second; absent for turn games.' })),
    hasBot: t.Boolean({ description: 'Whether a bot can take a seat.' }),
    hasOpenRounds: t.Optional(t.Boolean({ description: 'Whether `round.join` plays it.' })),
    input: t.Unknown({ description: 'JSON Schema of what a player sends.' }),
    settings: t.Unknown({ description: 'JSON Schema of what a lobby can choose.' }),
  },
  strict,
);

export const LobbyMember = t.Object(
  {
    playerId: PlayerId,
    name: t.String(),
    kind: PlayerKind,
    seat: t.Integer({ minimum: 0 }),
    ready: t.Boolean(),
  },
  strict,
);

export const LobbyState = t.Union([
  t.Literal('open'),
  t.Literal('starting'),
  t.Literal('playing'),
  t.Literal('closed'),
]);

export const Lobby = t.Object(
  {
    id: LobbyId,
    kind: t.Optional(
      t.Literal('external', {
        description: 'A game that the platform does not run; `settings` says which. Else absent.',
      }),
    ),
    game: GameName,
    state: LobbyState,
    private: t.Boolean(),
    code: t.Optional(LobbyCode),
    ownerId: PlayerId,
    members: t.Array(LobbyMember),
    playersMin: t.Integer(),
    playersMax: t.Integer(),
    settings: t.Unknown(),
    matchId: t.Optional(MatchId),
    createdAt: Timestamp,
    startsAt: t.Optional(
      t.String({ description: 'Of a timed lobby: its match starts then, whoever is ready.' }),
    ),
  },
  strict,
);

export const MatchEndReason = t.Union([
  t.Literal('outcome'),
  t.Literal('forfeit'),
  t.Literal('time-limit'),
  t.Literal('no-show'),
  t.Literal('abandoned'),
  t.Literal('failed'),
]);

export const MatchSeat = t.Object(
  {
    seat: t.Integer({ minimum: 0 }),
    playerId: PlayerId,
    name: t.String(),
    kind: PlayerKind,
    /** 1 is best; equal places share a number; absent while the match runs. */
    place: t.Optional(t.Integer({ minimum: 1 })),
    result: t.Optional(t.Union([t.Literal('win'), t.Literal('loss'), t.Literal('draw')])),
    score: t.Optional(t.Number()),
  },
  strict,
);

export const MatchSummary = t.Object(
  {
    id: MatchId,
    game: GameName,
    gameVersion: t.Integer(),
    state: t.Union([t.Literal('running'), t.Literal('ended')]),
    reason: t.Optional(MatchEndReason),
    seats: t.Array(MatchSeat),
    settings: t.Unknown(),
    startedAt: Timestamp,
    endedAt: t.Optional(Timestamp),
    stateHash: t.Optional(t.String({ description: 'SHA-256 of the final state, hex.' })),
  },
  strict,
);

export const LeaderboardRow = t.Object(
  {
    rank: t.Integer({ minimum: 1 }),
    playerId: PlayerId,
    name: t.String(),
    wins: t.Integer(),
    losses: t.Integer(),
    draws: t.Integer(),
    botWins: t.Integer({ description: 'Wins in matches with a bot; they do not count as wins.' }),
    botLosses: t.Integer(),
  },
  strict,
);

export const HostTicket = t.Object(
  {
    matchId: MatchId,
    seat: t.Integer(),
    host: t.Object(
      {
        address: t.String({ description: 'Name or IP address for UDP.' }),
        port: t.Integer(),
        publicKey: t.String({ description: 'X25519, base64url.' }),
        gateId: t.Integer(),
        gateKey: t.String({ description: '32 bytes, base64url. Shown to this player only.' }),
      },
      strict,
    ),
    ticket: t.String({ description: 'Signed, base64url. Useless without the client key.' }),
    expiresAt: Timestamp,
  },
  strict,
);

export type Player = Static<typeof Player>;
export type PlayerKind = Static<typeof PlayerKind>;
export type Session = Static<typeof Session>;
export type GameInfo = Static<typeof GameInfo>;
export type Lobby = Static<typeof Lobby>;
export type LobbyMember = Static<typeof LobbyMember>;
export type MatchEndReason = Static<typeof MatchEndReason>;
export type MatchSeat = Static<typeof MatchSeat>;
export type MatchSummary = Static<typeof MatchSummary>;
export type LeaderboardRow = Static<typeof LeaderboardRow>;
export type HostTicket = Static<typeof HostTicket>;
