#!/usr/bin/env node
// The `paperclip` program: gives the process to `runCli` and its exit code to the shell.

import { type CliHost, exitCodes } from './command.ts';
import { runCli } from './run-cli.ts';

const host: CliHost = {
  env: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  onInterrupt(listener) {
    // Ended from outside, a player leaves the match as politely as with Ctrl-C.
    process.on('SIGINT', listener).on('SIGTERM', listener);
    return () => process.off('SIGINT', listener).off('SIGTERM', listener);
  },
};

// `paperclip history | head` closes the pipe early; that is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});

process.exitCode = await runCli(process.argv.slice(2), host);
// A second Ctrl-C means now: what is still under way (a socket, a timer) does not hold it up.
if (process.exitCode === exitCodes.interrupted) process.exit();
