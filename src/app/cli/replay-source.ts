// Where `paperclip replay` has its match from: a server, a file that was exported earlier, or a
// server's data while that does not run. What comes from a file is data of a stranger: it is
// bounded, checked, and never executed.

import { readFile, stat, writeFile } from 'node:fs/promises';
import { Compile } from 'typebox/compile';
import { parseJson } from '../../base/json.ts';
import { visit } from '../../client/index.ts';
import { PaperclipError } from '../../contract/errors.ts';
import { MatchSummary, t } from '../../contract/schema.ts';
import { History } from '../../domain/history/history.ts';
import { openSqliteStore } from '../../store/open.ts';
import type { CommandContext } from './command.ts';
import { serverOf } from './server-url.ts';
import { UsageError } from './usage.ts';

export interface ReplaySource {
  readonly match: MatchSummary;
  /** Of anything: `replay` checks it. */
  readonly record: unknown;
}

/** More than any record of a match. */
const fileBytesMax = 64 * 1024 * 1024;

const exported = t.Object(
  { format: t.Literal('paperclip-match-1'), match: MatchSummary, record: t.Unknown() },
  { additionalProperties: false },
);

/** Writes it to `--export`, where that is asked for. */
export async function openReplay(context: CommandContext): Promise<ReplaySource> {
  const { typed } = context;
  const file = typed.text('file');
  const [matchId] = typed.positionals;
  if ((matchId === undefined) === (file === undefined)) {
    throw new UsageError(
      'Name a match: `paperclip replay ID`, which `paperclip history` lists; or --file FILE.',
    );
  }
  const source = file !== undefined ? await fromFile(file) : await byId(context, String(matchId));
  const target = typed.text('export');
  if (target !== undefined) await writeExport(target, source);
  return source;
}

async function byId(context: CommandContext, matchId: string): Promise<ReplaySource> {
  const data = context.typed.text('data');
  if (data === undefined) return visit(serverOf(context)).call('match.replay', { matchId });
  // A new file is not what anybody means.
  await stat(data).catch(() => {
    throw new UsageError(`--data ${data}: there is no such file.`);
  });
  const store = await openSqliteStore({ file: data });
  try {
    const nobody = { find: async () => undefined };
    return await new History(store.matches, nobody).replay(matchId);
  } finally {
    await store.close();
  }
}

async function fromFile(file: string): Promise<ReplaySource> {
  const text = await textOf(file);
  const parsed = parseJson(text);
  const schema = Compile(exported);
  if (!parsed.ok || !schema.Check(parsed.value)) {
    throw new UsageError(`--file ${file} is not a match that \`paperclip replay\` has exported.`);
  }
  const { match, record } = parsed.value;
  return { match, record };
}

async function textOf(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > fileBytesMax) throw new RangeError(`it has more than ${fileBytesMax} bytes`);
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new UsageError(`--file ${file} cannot be read: ${reasonOf(cause)}.`);
  }
}

async function writeExport(file: string, { match, record }: ReplaySource): Promise<void> {
  const text = JSON.stringify({ format: 'paperclip-match-1', match, record });
  try {
    await writeFile(file, `${text}\n`, { flag: 'wx' });
  } catch (cause) {
    throw new UsageError(`--export ${file}: ${reasonOf(cause)}.`);
  }
}

const reasonOf = (cause: unknown): string =>
  cause instanceof PaperclipError || !(cause instanceof Error) ? String(cause) : cause.message;
