// The shape of a CLI command and what it is given when it runs. The commands themselves are rows of
// `command-table.ts`.

import type { Readable } from 'node:stream';
import type { Terminal } from './terminal.ts';
import type { Flags, Typed } from './usage.ts';

export const exitCodes = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const;

export const exitCodeMeanings = {
  0: 'Done.',
  1: 'The server refused or could not be reached, or a check failed.',
  2: 'The command line is wrong; nothing was done.',
  // 128 and the signal's number, as shells count.
  130: 'Ended by Ctrl-C.',
} as const satisfies Record<(typeof exitCodes)[keyof typeof exitCodes], string>;

export type ExitCode = number;

/** The process as a command sees it; tests give another. */
export interface CliHost {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable & { readonly isTTY?: boolean; setRawMode?(on: boolean): unknown };
  readonly stdout: NodeJS.WritableStream & { isTTY?: boolean; columns?: number; rows?: number };
  readonly stderr: NodeJS.WritableStream & { isTTY?: boolean };
  /** Such as `26.10.0`. Default: the true one. */
  readonly nodeVersion?: string;
  /** Told of each Ctrl-C until the returned function is called. */
  onInterrupt(listener: () => void): () => void;
}

export interface CommandContext {
  readonly typed: Typed;
  readonly terminal: Terminal;
  readonly host: CliHost;
  /** As typed after the command's name, for commands that read them by themselves. */
  readonly argv: readonly string[];
}

export type RunCommand = (context: CommandContext) => Promise<ExitCode>;

export interface CliCommand {
  readonly name: string;
  readonly group: 'Play' | 'Look' | 'Operate';
  /** What comes after the name in a usage line. */
  readonly operands: string;
  readonly operandsMax: number;
  readonly summary: string;
  /** Paragraphs of `help NAME`. */
  readonly details?: readonly string[];
  readonly flags: Flags;
  readonly examples: readonly string[];
  /** It reads its flags and its --help by itself. */
  readonly ownFlags?: true;
  /** Loaded when it runs: `--help` must not wait for a database driver. */
  readonly load: () => Promise<RunCommand>;
}
