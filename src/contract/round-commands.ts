// Commands of open rounds: a game that has them is played by everybody who is in its room, who may
// come and go while a round runs. Part of the table in `commands.ts`.

import { args, type CommandRow, done } from './command-row.ts';
import { GameName, MatchId, PlayerId, Timestamp, t } from './schema.ts';

const roundId = MatchId;

export const roundCommands = {
  'round.join': {
    summary: 'Play the open round of a game, and those after it: its views come as events.',
    caller: 'guest',
    http: { method: 'POST', path: '/v1/rounds/:game/members' },
    args: args({ game: GameName }),
    result: t.Object(
      {
        game: GameName,
        roundId,
        seat: t.Optional(
          t.Integer({ minimum: 0, description: 'Absent: you play from the next round on.' }),
        ),
      },
      { additionalProperties: false },
    ),
    errors: [
      'GAME_NOT_FOUND',
      'NO_OPEN_ROUNDS',
      'ROUND_FULL',
      'IN_ROUND_ELSEWHERE',
      'NOT_IN_ROUND',
      'NOT_CONNECTED',
    ],
    rate: { calls: 60, perS: 60 },
  },
  'round.input': {
    summary: 'Play: answered when all servers have taken the input in the same place.',
    caller: 'guest',
    http: { method: 'POST', path: '/v1/rounds/:game/inputs' },
    args: args({
      game: GameName,
      roundId,
      input: t.Unknown({ description: 'As the game takes it: see `game.list`.' }),
    }),
    result: done,
    errors: ['GAME_NOT_FOUND', 'NO_OPEN_ROUNDS', 'NOT_IN_ROUND', 'ROUND_OVER', 'INPUT_REFUSED'],
    rate: { calls: 1200, perS: 60 },
  },
  'round.leave': {
    summary: 'Leave the open round of a game. The others play on without you.',
    caller: 'guest',
    http: { method: 'DELETE', path: '/v1/rounds/:game/members/me' },
    args: args({ game: GameName }),
    result: done,
    errors: ['GAME_NOT_FOUND', 'NO_OPEN_ROUNDS', 'NOT_IN_ROUND'],
    rate: { calls: 60, perS: 60 },
  },
  'round.get': {
    summary: 'The open round of a game: who is there, and since when it runs.',
    caller: 'anyone',
    http: { method: 'GET', path: '/v1/rounds/:game' },
    args: args({ game: GameName }),
    result: t.Object(
      {
        game: GameName,
        roundId: t.Optional(roundId),
        startedAt: t.Optional(Timestamp),
        players: t.Array(
          t.Object(
            {
              playerId: PlayerId,
              name: t.String(),
              seat: t.Optional(t.Integer({ minimum: 0, description: 'Absent: waits.' })),
            },
            { additionalProperties: false },
          ),
        ),
      },
      { additionalProperties: false },
    ),
    errors: ['GAME_NOT_FOUND', 'NO_OPEN_ROUNDS'],
    rate: { calls: 600, perS: 60 },
  },
} as const satisfies Record<string, CommandRow>;
