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
  const open = nextStep(context, `play${game === undefined ? '' : ` ${game}`} --create`);
  if (lobbies.length === 0) {
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
  const first = firstToEnter(lobbies);
  if (first === undefined) terminal.line(`None of them is played here. Open one: ${open}`);
  else terminal.line(`Enter one: ${nextStep(context, `play ${first.game} --lobby ${first.id}`)}`);
  return exitCodes.ok;
}

/** Others are played by programs of their own. */
export const firstToEnter = (lobbies: readonly Lobby[]): Lobby | undefined =>
  lobbies.find(({ kind }) => kind === undefined);

/** By our clock and the server's, which may differ: good enough to see whether to hurry. */
export function startText(
  { kind, startsAt }: Pick<Lobby, 'kind' | 'startsAt'>,
  nowMs: number,
): string {
  if (kind === 'external') return 'in a program of its own';
  if (startsAt === undefined) return 'when all are ready';
  return `in ${Math.max(0, Math.ceil((Date.parse(startsAt) - nowMs) / 1000))} s`;
}
