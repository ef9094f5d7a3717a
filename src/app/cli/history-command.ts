// `paperclip history`: ended matches, newest first.

import { visit } from '../../client/index.ts';
import { type CommandContext, type ExitCode, exitCodes } from './command.ts';
import { durationMs, reasonText, resultText, timeText } from './match-text.ts';
import { nextStep, serverOf } from './server-url.ts';
import { seconds } from './terminal.ts';
import { numberFlag } from './usage.ts';

export async function historyCommand(context: CommandContext): Promise<ExitCode> {
  const { typed, terminal } = context;
  const limit = numberFlag(typed, 'limit', { min: 1, max: 100, whole: true });
  const player = typed.text('player');
  const game = typed.text('game');
  const { matches, cursor } = await visit(serverOf(context)).call('match.history', {
    ...(player !== undefined && { player }),
    ...(game !== undefined && { game }),
    ...(limit !== undefined && { limit }),
  });
  for (const match of matches) terminal.event('match', { match });
  const first = matches[0];
  if (first === undefined) {
    terminal.line(`No match has ended yet. Play one: ${nextStep(context, 'play --bot')}`);
    return exitCodes.ok;
  }
  terminal.table(
    [
      { title: 'ended' },
      { title: 'match' },
      { title: 'game' },
      { title: 'result' },
      { title: 'time', align: 'right' },
      { title: '' },
    ],
    matches.map((match) => {
      const ms = durationMs(match);
      return [
        timeText(match.endedAt),
        match.id,
        match.game,
        resultText(match, terminal),
        ms === undefined ? '' : seconds(ms),
        reasonText(match.reason),
      ];
    }),
  );
  if (cursor !== undefined) terminal.line(terminal.style('dim', 'There are more: use --limit.'));
  terminal.line();
  terminal.line(`Watch one: ${nextStep(context, `replay ${first.id}`)}`);
  return exitCodes.ok;
}
