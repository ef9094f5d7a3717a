// What a server finds in its process: a terminal or none, the games that come with it, stderr.

import { fileURLToPath } from 'node:url';
import type { Log } from '../../contract/telemetry.ts';
import { createLog } from './logging.ts';
import type { ServerConfig, Surroundings } from './server-config.ts';

export const surroundings = (): Surroundings => ({
  isTerminal: process.stderr.isTTY === true,
  // Beside `src/` in the repository, and beside the built `src/` in the package.
  builtInGames: fileURLToPath(new URL('../../../games', import.meta.url)),
});

export const processLog = ({ logLevel, logFormat }: ServerConfig): Log =>
  createLog({
    level: logLevel,
    format: logFormat,
    isColored: process.stderr.isTTY === true && !process.env['NO_COLOR'],
    out: process.stderr,
  });
