// Which server a command talks to: its flag, the environment, or this machine.

import type { CommandContext } from './command.ts';

const serverDefault = 'http://localhost:5000';

export const serverOf = ({ typed, host }: CommandContext): string =>
  typed.text('server') ?? host.env['PAPERCLIP_SERVER'] ?? serverDefault;

/** A command line to go on with, which can be copied as it stands. */
export function nextStep({ typed, host }: CommandContext, command: string): string {
  // As `npm run paperclip -- play`: then there is no `paperclip` to call by its name.
  const program =
    host.env['npm_lifecycle_event'] === 'paperclip' ? 'npm run paperclip --' : 'paperclip';
  const server = typed.text('server');
  const [name = '', ...operands] = command.split(' ');
  const flags = server === undefined ? [] : ['--server', server];
  // What runs the game's rules has to find them again.
  const folders = ['play', 'replay'].includes(name) ? typed.texts('games') : [];
  for (const folder of folders) flags.push('--games', folder);
  return [program, name, ...flags, ...operands].join(' ');
}
