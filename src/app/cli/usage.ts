// What a person typed, read by a command's table of flags. A mistake in it is a `UsageError`: exit
// code 2, the mistake named, and the nearest thing that exists.

import { parseArgs } from 'node:util';

export interface Flag {
  readonly type: 'boolean' | 'string';
  /** What stands for the value in help: `URL`. */
  readonly value?: string;
  readonly summary: string;
  readonly short?: string;
  readonly multiple?: true;
  /**
   * Of a switch: the flag that takes the word behind it, when that is an operand too many. So
   * `play rps --guest mario` is understood, and `play --guest rps` still names the game.
   */
  readonly wordFor?: string;
  /** With `wordFor`: also where the command takes any number of operands. */
  readonly wordFirst?: true;
}

export type Flags = Readonly<Record<string, Flag>>;

export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export interface Typed {
  readonly positionals: readonly string[];
  /** The flag's value; undefined when it was not given. */
  text(flag: string): string | undefined;
  texts(flag: string): readonly string[];
  isSet(flag: string): boolean;
}

/** `command` is for messages. */
export function readArguments(
  command: string,
  argv: readonly string[],
  flags: Flags,
  positionalsMax: number,
): Typed {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(argv, flags);
  } catch (cause) {
    throw new UsageError(sentence(command, cause, flags));
  }
  const isWordFirst = Object.values(flags).some(({ wordFirst }) => wordFirst);
  const { values, positionals } =
    isWordFirst || parsed.positionals.length > positionalsMax ? withWords(parsed, flags) : parsed;
  if (positionals.length > positionalsMax) {
    const extra = positionals[positionalsMax] ?? '';
    throw new UsageError(`\`paperclip ${command}\` does not know what to do with "${extra}".`);
  }
  return {
    positionals,
    text(flag) {
      const value = values[flag];
      return typeof value === 'string' ? value : undefined;
    },
    texts(flag) {
      const value = values[flag];
      return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
    },
    isSet: (flag) => values[flag] !== undefined,
  };
}

function parse(argv: readonly string[], flags: Flags) {
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, { type, short, multiple }]) => [
      name,
      { type, ...(short && { short }), ...(multiple && { multiple }) },
    ]),
  );
  return parseArgs({
    args: [...argv],
    options,
    allowPositionals: true,
    strict: true,
    tokens: true,
  });
}

/** Operands that stand right behind a switch with `wordFor` become that flag's value. */
function withWords({ values, positionals, tokens }: ReturnType<typeof parse>, flags: Flags) {
  for (const [at, token] of tokens.entries()) {
    const word = tokens[at + 1];
    const flag = token.kind === 'option' ? flags[token.name]?.wordFor : undefined;
    if (flag === undefined || values[flag] !== undefined || word?.kind !== 'positional') continue;
    const operands = tokens.filter((one) => one.kind === 'positional' && one !== word);
    return {
      values: { ...values, [flag]: word.value },
      positionals: operands.map((one) => (one.kind === 'positional' ? one.value : '')),
    };
  }
  return { values, positionals };
}

/** node:util's sentences with our advice; its own is about `--` and rarely what is needed. */
function sentence(command: string, cause: unknown, flags: Flags): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  const lacking = /'(?:-\w, )?(--[\w-]+) <value>' argument/.exec(message)?.[1];
  if (lacking !== undefined) return `${lacking} needs a value. See \`paperclip help ${command}\`.`;
  const unknown = /Unknown option '(-{1,2}[^']+)'/.exec(message)?.[1];
  const see = `See \`paperclip help ${command}\`.`;
  if (unknown === undefined) return `${message.split('. ')[0]?.replace(/\.$/, '')}. ${see}`;
  const near = nearest(unknown.replace(/^-+/, ''), Object.keys(flags));
  const hint = near === undefined ? '' : ` Did you mean --${near}?`;
  return `\`paperclip ${command}\` has no flag ${unknown}.${hint} ${see}`;
}

/** The candidate that a slip of the finger turns into `typed`; undefined when none is close. */
export function nearest(typed: string, candidates: readonly string[]): string | undefined {
  const limit = typed.length <= 3 ? 1 : 2;
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const candidate of candidates) {
    const distance = editDistance(typed, candidate);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best ?? candidates.find((candidate) => typed.length > 1 && candidate.startsWith(typed));
}

/** Levenshtein. What is compared is a word of a table and a word that was typed: both short. */
function editDistance(a: string, b: string): number {
  if (a.length > 64) return a.length;
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}

/** A whole number or number flag with its bounds. */
export function numberFlag(
  typed: Typed,
  flag: string,
  bounds: { readonly min: number; readonly max: number; readonly whole?: true },
): number | undefined {
  const text = typed.text(flag);
  if (text === undefined) return undefined;
  const value = Number(text);
  const { min, max, whole } = bounds;
  const fits = text.trim() !== '' && value >= min && value <= max;
  if (!fits || (whole && !Number.isInteger(value))) {
    throw new UsageError(
      `--${flag} takes a ${whole ? 'whole ' : ''}number from ${min} to ${max}, not "${text}".`,
    );
  }
  return value;
}
