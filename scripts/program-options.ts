// Command lines of the programs that developers run: `--help` is the comment at the top of the
// program itself, and what a command line has wrong is told in a line, not in a stack trace.

import { readFileSync } from 'node:fs';
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';

type Values<T extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ options: T }>
>['values'];

/** Ends the process after `--help` (0), and on a command line that cannot be (2). */
export function programOptions<T extends ParseArgsOptionsConfig>(
  options: T,
  moreHelp = '',
): Values<T> {
  const args = process.argv.slice(2);
  if (args.includes('--help') || args.includes('-h')) {
    const source = readFileSync(process.argv[1] ?? '', 'utf8');
    console.log(`${headerOf(source)}${moreHelp}`);
    process.exit(0);
  }
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

export function refuse(message: string): never {
  console.error(`${message}\n--help says what there is.`);
  process.exit(2);
}

/** `{ from: 1, to: 9 }`, both included; to be asked for options that are words to `parseArgs`. */
export function numberOption(
  name: string,
  text: string,
  { from, to }: { readonly from: number; readonly to: number },
): number {
  const value = Number(text);
  if (text !== '' && value >= from && value <= to) return value;
  return refuse(`--${name} takes a number from ${from} to ${to}, not ${text}`);
}

/** The comment that a program begins with, without its slashes. */
export function headerOf(source: string): string {
  const lines = source.split('\n');
  const end = lines.findIndex((line) => !line.startsWith('//'));
  return lines
    .slice(0, end)
    .map((line) => line.replace(/^\/\/ ?/, ''))
    .join('\n');
}
