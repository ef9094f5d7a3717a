// `paperclip accounts import FILE`: accounts of an older server into the file of this one, which
// must not be running meanwhile.

import { type FileHandle, open } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { contractLimits } from '../../contract/limits.ts';
import {
  type ImportProblem,
  type ImportSummary,
  importAccounts,
} from '../../domain/account/import-accounts.ts';
import { createPasswordHasher } from '../../driver/password-hasher.ts';
import { openSqliteStore } from '../../store/open.ts';
import { StoreError } from '../../store/store-error.ts';
import { makeFolder } from '../server/make-folder.ts';
import { optionTable, variableOf } from '../server/option-table.ts';
import { systemClock, systemRandom } from '../server/system-ports.ts';
import { type CommandContext, type ExitCode, exitCodes } from './command.ts';
import { watchInterrupts } from './interrupt.ts';
import { LiveArea } from './live-area.ts';
import { count } from './terminal.ts';
import { UsageError } from './usage.ts';

/** A line that is longer than any name and password together is cut, and so malformed. */
const lineCharactersMax = 4_096;

export async function accountsCommand(context: CommandContext): Promise<ExitCode> {
  const [action, file, ...more] = context.typed.positionals;
  if (action !== 'import' || file === undefined || more.length > 0) {
    throw new UsageError('Write `paperclip accounts import FILE`.');
  }
  const lines = await open(file).catch((cause: unknown) => {
    throw new UsageError(`${file} cannot be read: ${messageOf(cause)}.`);
  });
  const { host, typed } = context;
  const data =
    typed.text('data') ?? (host.env[variableOf('data')] || optionTable.data.fallback.value);
  try {
    return await importInto(context, data, lines);
  } catch (cause) {
    if (!(cause instanceof StoreError)) throw cause;
    context.terminal.problem(cause.message);
    context.terminal.event('error', { code: cause.code, message: cause.message });
    return exitCodes.failed;
  } finally {
    await lines.close();
  }
}

async function importInto(
  context: CommandContext,
  data: string,
  file: FileHandle,
): Promise<ExitCode> {
  const { terminal, host } = context;
  makeFolder(dirname(data));
  const store = await openSqliteStore({ file: data });
  const live = new LiveArea(terminal);
  const interrupts = watchInterrupts(host);
  const atOnce = availableParallelism();
  try {
    const summary = await importAccounts(linesOf(file, interrupts.signal), {
      store: store.accounts,
      passwords: createPasswordHasher({
        atOnce,
        queuedMax: atOnce,
        passes: contractLimits.passwordHashPasses,
        memoryBytes: contractLimits.passwordHashMemoryKiB * 1024,
      }),
      clock: systemClock,
      random: systemRandom,
      atOnce,
      onProblem: (problem) => {
        live.clear();
        showProblem(context, problem);
      },
      onProgress: ({ lines: read, imported }) => {
        // With --json and in a pipe nobody watches.
        if (terminal.interactive) live.draw([`${count(read)} lines, ${count(imported)} imported`]);
      },
    });
    live.clear();
    showSummary(context, summary, data);
    return summary.malformed + summary.duplicates > 0 ? exitCodes.failed : exitCodes.ok;
  } finally {
    live.clear();
    interrupts.stop();
    await store.close();
  }
}

/** Stops between two lines at Ctrl-C: what is in stays in, and the next run goes on there. */
async function* linesOf(file: FileHandle, signal: AbortSignal): AsyncGenerator<string> {
  // Made here and not earlier: a reader that nobody asks at once loses its lines.
  for await (const line of file.readLines()) {
    signal.throwIfAborted();
    // A word of spaces in it makes it malformed, whatever stood there.
    yield line.length > lineCharactersMax ? 'too long a line' : line;
  }
}

function showProblem({ terminal }: CommandContext, problem: ImportProblem): void {
  const { lineNumber, kind, text } = problem;
  terminal.problem(`line ${lineNumber}: ${text}.`);
  terminal.event('problem', { line: lineNumber, kind, text });
}

function showSummary({ terminal }: CommandContext, summary: ImportSummary, data: string): void {
  terminal.event('imported', { data, ...summary });
  const { lines, imported, existing, duplicates, malformed } = summary;
  const rest = [
    existing > 0 ? `${count(existing)} were there already` : '',
    duplicates > 0 ? `${count(duplicates)} duplicates` : '',
    malformed > 0 ? `${count(malformed)} malformed` : '',
  ].filter((part) => part !== '');
  const also = rest.length === 0 ? '' : ` (${rest.join(', ')})`;
  terminal.line(`Imported ${count(imported)} of ${count(lines)} lines into ${data}${also}.`);
}

const messageOf = (cause: unknown): string =>
  cause instanceof Error ? cause.message : String(cause);
