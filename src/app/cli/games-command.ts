// `paperclip games`: what the server runs.

import { visit } from '../../client/index.ts';
import type { GameInfo } from '../../contract/schema.ts';
import { type CommandContext, type ExitCode, exitCodes } from './command.ts';
import { serverOf } from './server-url.ts';

export async function gamesCommand(context: CommandContext): Promise<ExitCode> {
  const { terminal } = context;
  const { games } = await visit(serverOf(context)).call('game.list');
  for (const game of games) terminal.event('game', { game });
  if (games.length === 0) {
    terminal.line('The server runs no game. Start it with a folder: `paperclip serve ./games`.');
    return exitCodes.ok;
  }
  terminal.table(
    [
      { title: 'game' },
      { title: 'title' },
      { title: 'players', align: 'right' },
      { title: 'kind' },
      { title: 'bot' },
      { title: 'settings (default)' },
    ],
    games.map((game) => [
      game.name,
      game.title,
      playersText(game),
      game.tickHz === undefined ? 'turns' : `${game.tickHz} Hz`,
      game.hasBot ? 'yes' : 'no',
      settingsText(game.settings),
    ]),
  );
  return exitCodes.ok;
}

const playersText = ({ players: { min, max } }: GameInfo): string =>
  min === max ? String(min) : `${min} to ${max}`;

/** `firstTo (3), choiceTimeMs (20000)`, from the JSON Schema; optional ones by name alone. */
function settingsText(schema: unknown): string {
  if (typeof schema !== 'object' || schema === null || !('properties' in schema)) return '';
  return Object.entries(schema.properties as Record<string, { readonly default?: unknown }>)
    .map(([name, { default: usual }]) =>
      usual === undefined ? name : `${name} (${JSON.stringify(usual)})`,
    )
    .join(', ');
}
