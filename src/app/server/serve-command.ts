// `paperclip serve`: reads the settings, starts the server, says where it is, and ends it on a
// signal. A second signal does not wait.

import { readFileSync } from 'node:fs';
import { banner, bannerJson } from './banner.ts';
import { ConfigError } from './config-error.ts';
import { readOptions } from './read-options.ts';
import { startServer } from './serve.ts';
import { serveHelp } from './serve-help.ts';
import { decideConfig } from './server-config.ts';
import { startProblem } from './start-problem.ts';
import { processLog, surroundings } from './surroundings.ts';
import { packageVersion } from './version.ts';

/** The process as this command sees it; tests give another. */
export interface ServeHost {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: { write(text: string): unknown; readonly isTTY?: boolean };
  readonly stderr: { write(text: string): unknown };
  /** Calls back for SIGINT and SIGTERM. Returns the function that stops that. */
  onSignal(listener: (signal: string) => void): () => void;
  /** From any beginning, never backwards. */
  nowMs(): number;
  /** Ends the process at once. */
  exit(code: number): void;
}

const processHost: ServeHost = {
  env: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  onSignal(listener) {
    process.on('SIGINT', listener).on('SIGTERM', listener);
    return () => process.off('SIGINT', listener).off('SIGTERM', listener);
  },
  nowMs: () => performance.now(),
  exit: (code) => process.exit(code),
};

const exitCodes = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** Resolves with the exit code when the server has ended. */
export async function runServe(
  argv: readonly string[],
  host: ServeHost = processHost,
): Promise<number> {
  if (argv.includes('--help') || argv.includes('-h')) {
    host.stdout.write(`${serveHelp()}\n`);
    return exitCodes.ok;
  }
  try {
    return await serveUntilSignal(argv, host);
  } catch (cause) {
    if (cause instanceof ConfigError) {
      for (const problem of cause.problems) host.stderr.write(`${problem}\n`);
      host.stderr.write('Nothing was started. See `paperclip serve --help`.\n');
      return exitCodes.usage;
    }
    host.stderr.write(`${startProblem(cause)}\n`);
    return exitCodes.failed;
  }
}

async function serveUntilSignal(argv: readonly string[], host: ServeHost): Promise<number> {
  const given = readOptions({
    argv: argv.filter((word) => word !== '--no-color'),
    env: host.env,
    readFile: (path) => readFileSync(path, 'utf8'),
  });
  const around = surroundings();
  const config = decideConfig(given, around);
  const log = processLog(config);
  const signals = listenForSignals(host);
  try {
    const server = await startServer(config, { log });
    const isColored = host.stdout.isTTY === true && !host.env['NO_COLOR'];
    const facts = {
      server,
      config,
      version: packageVersion(),
      // From a clone there is no `paperclip` to run before it is built.
      program: import.meta.url.endsWith('.ts') ? 'npm run paperclip --' : 'npx paperclip',
      ownGameFolders: config.gameFolders.filter((folder) => folder !== around.builtInGames),
      bold: (text: string) => (isColored ? `\u001b[1m${text}\u001b[22m` : text),
    };
    host.stdout.write(`${config.json ? bannerJson(facts) : banner(facts)}\n`);
    const signal = await signals.first;
    log.info('shutting down', { signal, graceMs: config.shutdownGraceMs });
    await server.close();
    log.info('ended');
    return exitCodes.ok;
  } finally {
    signals.stop();
  }
}

/** npm passes on what the terminal has sent already, so one Ctrl-C can come twice. */
const sameSignalMs = 500;

/** From before the start, so that a Ctrl-C during it is not lost. */
function listenForSignals(host: ServeHost) {
  const first = Promise.withResolvers<string>();
  let firstAtMs: number | undefined;
  const stop = host.onSignal((signal) => {
    if (firstAtMs === undefined) {
      firstAtMs = host.nowMs();
      first.resolve(signal);
    } else if (host.nowMs() - firstAtMs > sameSignalMs) {
      host.exit(exitCodes.interrupted);
    }
  });
  return { first: first.promise, stop };
}
