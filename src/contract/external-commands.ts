// The part of the command table that is about external games, which players' programs play with
// each other. `commands.ts` joins it to the rest.

import { args, type CommandRow, done, nothing } from './command-row.ts';
import {
  ExternalGame,
  ExternalMap,
  ExternalMod,
  ExternalNumber,
  ExternalPassword,
  ExternalRating,
  ExternalTitle,
  ExternalVisibility,
} from './external-schema.ts';
import { contractLimits as limits } from './limits.ts';
import { t } from './schema.ts';

const games = t.Object({ games: t.Array(ExternalGame) }, { additionalProperties: false });

export const externalCommands = {
  'external.host': {
    summary:
      'Open a game that your own program hosts. It is listed when that says that it is ready.',
    caller: 'guest',
    http: { method: 'POST', path: '/v1/external-games' },
    args: args({
      title: ExternalTitle,
      mod: ExternalMod,
      map: ExternalMap,
      visibility: ExternalVisibility,
      password: t.Optional(ExternalPassword),
      ratingMin: t.Optional(ExternalRating),
      ratingMax: t.Optional(ExternalRating),
      enforceRatingRange: t.Optional(t.Boolean({ default: false })),
    }),
    result: ExternalGame,
    errors: ['ALREADY_IN_LOBBY', 'NOT_CONNECTED', 'SERVER_FULL'],
    rate: { calls: 30, perS: 60, ofAddress: 120 },
  },
  'external.join': {
    summary: 'Join a game that another player’s program hosts.',
    caller: 'guest',
    http: { method: 'POST', path: '/v1/external-games/:number/members' },
    args: args({ number: ExternalNumber, password: t.Optional(ExternalPassword) }),
    result: ExternalGame,
    errors: [
      'LOBBY_NOT_FOUND',
      'LOBBY_FULL',
      'GAME_NOT_READY',
      'WRONG_GAME_PASSWORD',
      'ALREADY_IN_LOBBY',
      'BLOCKED',
      'NOT_CONNECTED',
    ],
    rate: { calls: 30, perS: 60, ofAddress: 120 },
  },
  'external.leave': {
    summary:
      'Leave the external game that you are in. Before its launch, the host’s leaving ends it.',
    caller: 'guest',
    http: { method: 'DELETE', path: '/v1/external-games/current' },
    args: nothing,
    result: done,
    errors: ['NOT_IN_EXTERNAL_GAME'],
    rate: { calls: 60, perS: 60 },
  },
  'external.list': {
    summary: 'External games that are open or being played and that you may see, oldest first.',
    caller: 'guest',
    http: { method: 'GET', path: '/v1/external-games' },
    args: nothing,
    result: games,
    errors: [],
    rate: { calls: 120, perS: 60 },
  },
  'external.follow': {
    summary: 'As `external.list`; from then on, this session gets `external.changed`.',
    caller: 'guest',
    http: { method: 'POST', path: '/v1/external-games/follow' },
    args: nothing,
    result: games,
    errors: ['NOT_CONNECTED'],
    rate: { calls: 60, perS: 60 },
  },
  'external.report': {
    summary:
      'What your program says about the game, as GPGNet has it, with ids where that has numbers of ' +
      'players. What nobody needs is taken and ignored.',
    caller: 'guest',
    http: { method: 'POST', path: '/v1/external-games/current/reports' },
    args: args({
      command: t.String({ minLength: 1, maxLength: 64 }),
      args: t.Array(t.Unknown(), { maxItems: limits.externalReportArgsMax }),
    }),
    result: done,
    errors: ['NOT_IN_EXTERNAL_GAME'],
    rate: { calls: 6000, perS: 60 },
  },
} as const satisfies Record<string, CommandRow>;
