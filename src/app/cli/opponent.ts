// Whom to play: by flags, by a question, or (without a terminal) the next player who comes.

import type { Opponent, PlayerClient } from '../../client/index.ts';
import { contractLimits as limits } from '../../contract/limits.ts';
import type { CommandContext } from './command.ts';
import { Prompts } from './prompts.ts';
import { UsageError } from './usage.ts';

export interface Opening {
  readonly against: Opponent;
  readonly settings?: unknown;
}

const opponentFlags = ['anyone', 'bot', 'create', 'private', 'join', 'lobby'] as const;

/** Throws a `UsageError` before anything is asked of the server. */
export function openingByFlags({ typed, terminal }: CommandContext): Opening | undefined {
  const given = opponentFlags.filter((flag) => typed.isSet(flag));
  // `--create --private` says twice what one of them says; everything else is two opponents.
  const one = given.includes('private') ? given.filter((flag) => flag !== 'create') : given;
  if (one.length > 1) throw new UsageError(`Use one of ${one.map((f) => `--${f}`).join(', ')}.`);
  const settings = readSettings(typed.texts('settings'));
  const [flag] = one;
  const code = typed.text('join');
  const lobby = typed.text('lobby');
  if (settings !== undefined && (code !== undefined || lobby !== undefined)) {
    throw new UsageError('--settings are for a lobby that you open; this one has its own.');
  }
  const withSettings = settings === undefined ? {} : { settings };
  if (code !== undefined) return { against: { code: checkCode(code) } };
  if (lobby !== undefined) return { against: { lobby } };
  switch (flag) {
    case 'bot':
      return { against: 'bot', ...withSettings };
    case 'private':
      return { against: 'friend', ...withSettings };
    case 'create':
      return { against: 'anyone', settings: settings ?? {} };
    case 'anyone':
      return { against: 'anyone', ...withSettings };
    default:
      return terminal.interactive ? undefined : { against: 'anyone', ...withSettings };
  }
}

export async function openingByQuestions(
  context: CommandContext,
  me: PlayerClient,
  game: string,
): Promise<Opening> {
  const prompts = new Prompts(context.host);
  const settings = readSettings(context.typed.texts('settings'));
  const withSettings = settings === undefined ? {} : { settings };
  const { games } = await me.call('game.list');
  const hasBot = games.find(({ name }) => name === game)?.hasBot ?? false;
  const kind = await prompts.choose('Whom do you want to play?', [
    { value: 'anyone', label: 'Anyone', hint: 'the next player who comes' },
    ...(hasBot ? [{ value: 'bot' as const, label: 'The bot', hint: 'starts at once' }] : []),
    { value: 'friend', label: 'A friend', hint: 'you get a code to give away' },
    { value: 'code', label: 'A friend who has a code' },
  ]);
  if (kind !== 'code') return { against: kind, ...withSettings };
  const valid = (text: string): string | undefined =>
    codePattern.test(text.trim()) ? undefined : codeShape;
  return { against: { code: await prompts.text('Code', valid) } };
}

const codePattern = new RegExp(`^[a-z0-9]{${limits.lobbyCodeCharacters}}$`, 'i');
const codeShape = `A code is ${limits.lobbyCodeCharacters} letters and digits, such as K7Q2.`;

function checkCode(code: string): string {
  if (!codePattern.test(code.trim())) throw new UsageError(`--join ${code}: ${codeShape}`);
  return code;
}

/** `firstTo=5` is a number, `fast=true` a boolean, `map=isle` a text: JSON where it is JSON. */
export function readSettings(
  pairs: readonly string[],
): Readonly<Record<string, unknown>> | undefined {
  if (pairs.length === 0) return undefined;
  const entries = pairs.map((pair): [string, unknown] => {
    const at = pair.indexOf('=');
    if (at < 1) throw new UsageError(`--settings takes KEY=VALUE, not "${pair}".`);
    const text = pair.slice(at + 1);
    try {
      return [pair.slice(0, at), JSON.parse(text) as unknown];
    } catch {
      return [pair.slice(0, at), text];
    }
  });
  return Object.fromEntries(entries);
}
