// What a typed line of a chat means: something to say, or a command with its operands. It knows the
// shape of commands, not what they do.

import { nearest } from '../usage.ts';

export interface CommandShape {
  /** Without the slash. */
  readonly name: string;
  readonly aliases?: readonly string[];
  /** A player's name first; in quotes, if it has spaces. */
  readonly takesName?: 'always' | 'maybe';
  /** Everything behind it. */
  readonly takesText?: 'always' | 'maybe';
  /** What stands for the operands in help: `NAME TEXT`. */
  readonly usage: string;
}

export type ParsedLine<Command> =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'say'; readonly text: string }
  | {
      readonly kind: 'command';
      readonly command: Command;
      /** Empty when none was given. */
      readonly name: string;
      readonly text: string;
    }
  | { readonly kind: 'mistake'; readonly sentence: string };

export function parseLine<Command extends CommandShape>(
  line: string,
  commands: readonly Command[],
): ParsedLine<Command> {
  const trimmed = line.trim();
  if (trimmed === '') return { kind: 'nothing' };
  if (!trimmed.startsWith('/')) return { kind: 'say', text: trimmed };
  // To say something that begins with a slash.
  if (trimmed.startsWith('//')) return { kind: 'say', text: trimmed.slice(1) };
  const [, word = '', rest = ''] = /^\/(\S*)\s*([\s\S]*)$/.exec(trimmed) ?? [];
  const command = commands.find(({ name, aliases = [] }) =>
    [name, ...aliases].includes(word.toLowerCase()),
  );
  if (command === undefined) return { kind: 'mistake', sentence: unknownCommand(word, commands) };
  const { takesName, takesText } = command;
  const [name, text] = takesName === undefined ? ['', rest] : splitName(rest);
  const lacks = (takesName === 'always' && name === '') || (takesText === 'always' && text === '');
  if (lacks) {
    return { kind: 'mistake', sentence: `Type it like this: /${command.name} ${command.usage}` };
  }
  if (takesText === undefined && text !== '') {
    const after = takesName === undefined ? 'nothing' : 'a name and nothing else';
    const hint = takesName === undefined ? '' : ' A name with spaces goes into quotes.';
    return { kind: 'mistake', sentence: `/${command.name} takes ${after}, not "${text}".${hint}` };
  }
  return { kind: 'command', command, name, text };
}

/** `@ada`, `"Big Ben"` and `ada` are names. */
function splitName(rest: string): readonly [name: string, text: string] {
  const quoted = /^@?"([^"]*)"\s*([\s\S]*)$/.exec(rest);
  const [, name = '', text = ''] = quoted ?? /^@?(\S*)\s*([\s\S]*)$/.exec(rest) ?? [];
  return [name.trim(), text];
}

function unknownCommand(word: string, commands: readonly CommandShape[]): string {
  const names = commands.flatMap(({ name, aliases = [] }) => [name, ...aliases]);
  const near = nearest(word.toLowerCase(), names);
  const hint = near === undefined ? '/help lists them.' : `Did you mean /${near}?`;
  return `There is no command /${word}. ${hint} To say it as it stands, type //${word}.`;
}

/** What a tab may complete: commands at the start, names behind it and in what is said. */
export function completions(
  before: string,
  commands: readonly CommandShape[],
  names: readonly string[],
): { readonly from: number; readonly words: readonly string[] } {
  if (/^\/\S*$/.test(before)) return { from: 0, words: commands.map(({ name }) => `/${name}`) };
  const quote = (name: string): string => (name.includes(' ') ? `"${name}"` : name);
  const [, word = ''] = /^\/(\S+)\s/.exec(before) ?? [];
  if (word !== '') {
    const command = commands.find(({ name, aliases = [] }) => [name, ...aliases].includes(word));
    const from = /\s(\S*)$/.exec(before)?.index ?? before.length;
    const isFirst = /^\/\S+\s+\S*$/.test(before);
    if (command?.takesName === undefined || !isFirst) return { from: before.length, words: [] };
    return { from: from + 1, words: names.map(quote) };
  }
  const from = before.length - (/\S*$/.exec(before)?.[0].length ?? 0);
  return { from, words: from === before.length ? [] : [...names] };
}
