// `paperclip leaderboard [GAME]`: who wins most against people.

import { visit } from '../../client/index.ts';
import { type CommandContext, type ExitCode, exitCodes } from './command.ts';
import { gameNameOf } from './game-name.ts';
import { serverOf } from './server-url.ts';
import { numberFlag } from './usage.ts';

export async function leaderboardCommand(context: CommandContext): Promise<ExitCode> {
  const { typed, terminal } = context;
  const limit = numberFlag(typed, 'limit', { min: 1, max: 100, whole: true });
  const server = visit(serverOf(context));
  const game = await gameNameOf(typed.positionals[0], server);
  const { rows } = await server.call('leaderboard.get', {
    game,
    ...(limit !== undefined && { limit }),
  });
  for (const row of rows) terminal.event('row', { game, ...row });
  if (rows.length === 0) {
    terminal.line(`Nobody has ended a match of ${game} yet.`);
    return exitCodes.ok;
  }
  terminal.table(
    [
      { title: 'rank', align: 'right' },
      { title: 'player' },
      { title: 'won', align: 'right' },
      { title: 'lost', align: 'right' },
      { title: 'drawn', align: 'right' },
      { title: 'against bots', align: 'right' },
    ],
    rows.map((row) => [
      String(row.rank),
      row.name,
      String(row.wins),
      String(row.losses),
      String(row.draws),
      `${row.botWins} : ${row.botLosses}`,
    ]),
  );
  return exitCodes.ok;
}
