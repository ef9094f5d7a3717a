// `paperclip serve`: the server reads its own flags, environment and file.

import { runServe } from '../server/serve-command.ts';
import type { CommandContext, ExitCode } from './command.ts';

export const serveCommand = ({ argv }: CommandContext): Promise<ExitCode> => runServe([...argv]);
