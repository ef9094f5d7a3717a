// The part of the command table that is about accounts and sessions, and what an operator may do
// about players. `commands.ts` joins it to the rest.

import { args, type CommandRow, done, nothing } from './command-row.ts';
import { contractLimits as limits } from './limits.ts';
import {
  LoginRow,
  MessageText,
  PlayerRef,
  Sanction,
  SanctionKind,
  SessionRow,
} from './people-schema.ts';
import {
  LobbyId,
  MatchId,
  Password,
  Player,
  PlayerKind,
  PlayerName,
  Session,
  t,
} from './schema.ts';

const strict = { additionalProperties: false } as const;
const reason = t.String({ minLength: 1, maxLength: 200, description: 'Shown to the player.' });

const givenPassword = t.String({ minLength: 1, maxLength: limits.passwordCharactersMax });

const ownCommands = {
  'account.register': {
    summary: 'Make an account and a session.',
    caller: 'anyone',
    http: { method: 'POST', path: '/v1/accounts' },
    args: args({
      name: PlayerName,
      password: Password,
      digestLogin: t.Optional(
        t.Boolean({ default: false, description: 'Allow `account.login-digest`, too.' }),
      ),
    }),
    result: Session,
    errors: ['NAME_TAKEN'],
    rate: { calls: 60, perS: 60 },
  },
  'account.login': {
    summary: 'Make a session with a name and a password.',
    caller: 'anyone',
    http: { method: 'POST', path: '/v1/sessions' },
    args: args({
      name: t.String({ minLength: 1, maxLength: 64 }),
      password: givenPassword,
    }),
    result: Session,
    errors: ['WRONG_PASSWORD', 'ACCOUNT_LOCKED', 'BANNED'],
    rate: { calls: 60, perS: 60 },
  },
  'account.login-digest': {
    summary: 'Make a session with the SHA-256 of the password, where the account has enabled it.',
    caller: 'anyone',
    http: { method: 'POST', path: '/v1/sessions/digest' },
    args: args({
      name: t.String({ minLength: 1, maxLength: 64 }),
      passwordSha256: t.String({
        minLength: 64,
        maxLength: 64,
        pattern: '^[0-9a-fA-F]+$',
        description: 'SHA-256 of the password’s UTF-8, in hex.',
      }),
    }),
    result: Session,
    errors: ['WRONG_PASSWORD', 'ACCOUNT_LOCKED', 'BANNED'],
    rate: { calls: 60, perS: 60 },
  },
  'account.enable-digest-login': {
    summary:
      'Allow log-ins by the SHA-256 of the password, as the lobby protocol makes them. Who learns ' +
      'that can then log in with it.',
    caller: 'account',
    http: { method: 'POST', path: '/v1/me/digest-login' },
    args: args({ password: givenPassword }),
    result: done,
    errors: ['WRONG_PASSWORD', 'ACCOUNT_LOCKED'],
    rate: { calls: 20, perS: 60 },
  },
  'account.guest': {
    summary:
      'Play without an account. The name, if given, gets a number behind it, unless it is to be ' +
      'exact.',
    caller: 'anyone',
    http: { method: 'POST', path: '/v1/guests' },
    args: args({
      name: t.Optional(PlayerName),
      exact: t.Optional(
        t.Boolean({
          default: false,
          description: 'The name alone. It is the guest’s while the guest is connected.',
        }),
      ),
    }),
    result: Session,
    errors: ['NAME_TAKEN'],
    rate: { calls: 60, perS: 60 },
  },
  'account.refresh': {
    summary: 'Exchange a refresh token for the next one and a new access token. Each works once.',
    caller: 'anyone',
    http: { method: 'POST', path: '/v1/sessions/refresh' },
    args: args({ refreshToken: t.String({ minLength: 1, maxLength: 200 }) }),
    result: Session,
    errors: ['REFRESH_REFUSED', 'REFRESH_REUSED'],
    rate: { calls: 120, perS: 60 },
  },
  'account.logout': {
    summary: 'End this session.',
    caller: 'guest',
    http: { method: 'DELETE', path: '/v1/sessions/current' },
    args: nothing,
    result: done,
    errors: [],
    rate: { calls: 60, perS: 60 },
  },
  'account.me': {
    summary: 'Who this session belongs to.',
    caller: 'guest',
    http: { method: 'GET', path: '/v1/me' },
    args: nothing,
    result: t.Object(
      { player: Player, lobbyId: t.Optional(LobbyId), matchId: t.Optional(MatchId) },
      { additionalProperties: false },
    ),
    errors: [],
    rate: { calls: 600, perS: 60 },
  },
  'account.upgrade': {
    summary: 'Make the guest that you are an account, with everything it has. Gives a new session.',
    caller: 'guest',
    http: { method: 'POST', path: '/v1/me/account' },
    args: args({ name: PlayerName, password: Password }),
    result: Session,
    errors: ['NAME_TAKEN', 'NOT_A_GUEST'],
    rate: { calls: 20, perS: 60 },
  },
  'account.exists': {
    summary: 'Whether a name is an account’s, a guest’s who is here, or free.',
    caller: 'anyone',
    http: { method: 'GET', path: '/v1/names/:name' },
    args: args({ name: t.String({ minLength: 1, maxLength: 64 }) }),
    result: t.Object({ kind: t.Optional(PlayerKind) }, strict),
    errors: [],
    rate: { calls: 120, perS: 60, ofAddress: 240 },
  },
  'account.logins': {
    summary: 'Log-ins of your account, newest first; failed ones too.',
    caller: 'account',
    http: { method: 'GET', path: '/v1/me/logins' },
    args: nothing,
    result: t.Object({ logins: t.Array(LoginRow) }, strict),
    errors: [],
    rate: { calls: 60, perS: 60 },
  },
  'session.list': {
    summary: 'Your sessions: where you are logged in.',
    caller: 'guest',
    http: { method: 'GET', path: '/v1/sessions' },
    args: nothing,
    result: t.Object({ sessions: t.Array(SessionRow) }, strict),
    errors: [],
    rate: { calls: 60, perS: 60 },
  },
  'session.revoke': {
    summary: 'End one of your sessions, wherever it is.',
    caller: 'guest',
    http: { method: 'DELETE', path: '/v1/sessions/:sessionId' },
    args: args({ sessionId: t.String({ minLength: 1, maxLength: 40 }) }),
    result: done,
    errors: ['SESSION_NOT_FOUND'],
    rate: { calls: 60, perS: 60 },
  },
} as const satisfies Record<string, CommandRow>;

const admin = (path: `/v1/admin/${string}`) => ({ method: 'POST', path }) as const;
const adminRate = { calls: 120, perS: 60 };

const adminCommands = {
  'admin.sanction': {
    summary:
      'Ban a player (ends every session, refuses log-ins) or mute one, for a while or for good.',
    caller: 'admin',
    http: admin('/v1/admin/sanctions'),
    args: args({
      player: PlayerRef,
      kind: SanctionKind,
      reason,
      forS: t.Optional(
        t.Integer({ minimum: 1, maximum: 10 * 366 * 24 * 3600, description: 'Absent: for good.' }),
      ),
    }),
    result: Sanction,
    errors: ['PLAYER_NOT_FOUND', 'TO_YOURSELF'],
    rate: adminRate,
  },
  'admin.pardon': {
    summary: 'End a ban or a mute.',
    caller: 'admin',
    http: admin('/v1/admin/pardons'),
    args: args({ player: PlayerRef, kind: SanctionKind }),
    result: done,
    errors: ['PLAYER_NOT_FOUND', 'NOT_SANCTIONED'],
    rate: adminRate,
  },
  'admin.sanctions': {
    summary: 'Bans and mutes in force.',
    caller: 'admin',
    http: { method: 'GET', path: '/v1/admin/sanctions' },
    args: nothing,
    result: t.Object({ sanctions: t.Array(Sanction) }, strict),
    errors: [],
    rate: adminRate,
  },
  'admin.kick': {
    summary: 'End every session of a player, who may log in again.',
    caller: 'admin',
    http: admin('/v1/admin/kicks'),
    args: args({ player: PlayerRef, reason }),
    result: done,
    errors: ['PLAYER_NOT_FOUND', 'TO_YOURSELF'],
    rate: adminRate,
  },
  'admin.announce': {
    summary: 'Tell everybody who is connected something.',
    caller: 'admin',
    http: admin('/v1/admin/announcements'),
    args: args({ message: MessageText }),
    result: t.Object({ players: t.Integer({ minimum: 0 }) }, strict),
    errors: [],
    rate: adminRate,
  },
} as const satisfies Record<string, CommandRow>;

export const accountCommands = {
  ...ownCommands,
  ...adminCommands,
} as const satisfies Record<string, CommandRow>;
