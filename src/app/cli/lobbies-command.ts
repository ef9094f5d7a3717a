// `paperclip lobbies [GAME]`: where there is room.

import { visit } from '../../client/index.ts';
import type { Lobby } from '../../contract/schema.ts';
import { type CommandContext, type ExitCode, exitCodes } from './command.ts';
import { nextStep, serverOf } from './server-url.ts';
import { numberFlag } from './usage.ts';

export async function lobbiesCommand(context: CommandContext): Promise<ExitCode> {
  const { typed, terminal } = context;
  const limit = numberFlag(typed, 'limit', { min: 1, max: 100, whole: true });
  const [game] = typed.positionals;
  const { lobbies } = await visit(serverOf(context)).call('lobby.list', {
    ...(game !== undefined && { game }),
    ...(limit !== undefined && { limit }),
  });
  for (const lobby of lobbies) terminal.event('lobby', { lobby });
  const [first] = lobbies;
  if (first === undefined) {
    const open = nextStep(context, `play${game === undefined ? '' : ` ${game}`} --create`);
    terminal.line(`No lobby has room. Open one: ${open}`);
    return exitCodes.ok;
  }
  terminal.table(
    ['lobby', 'game', 'players', 'starts', 'settings'].map((title) => ({ title })),
    lobbies.map((lobby) => [
      lobby.id,
      lobby.game,
      `${lobby.members.length} of ${lobby.playersMax}: ${lobby.members.map((m) => m.name).join(', ')}`,
      startText(lobby, Date.now()),
      JSON.stringify(lobby.settings ?? {}),
    ]),
  );
  terminal.line();
  const enter = nextStep(context, `play ${first.game} --lobby ${first.id}`);
  terminal.line(`Enter one: ${enter}`);
  return exitCodes.ok;
}

/** By our clock and the server's, which may differ: good enough to see whether to hurry. */
export const startText = ({ startsAt }: Pick<Lobby, 'startsAt'>, nowMs: number): string =>
  startsAt === undefined
    ? 'when all are ready'
    : `in ${Math.max(0, Math.ceil((Date.parse(startsAt) - nowMs) / 1000))} s`;
