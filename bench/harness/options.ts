// Command lines of the benchmarks: numbers with a default and bounds, lists of words, `--json`.

import { writeFileSync } from 'node:fs';
import { numberOption, programOptions, refuse } from '../../scripts/program-options.ts';

export interface NumberOption {
  readonly default: number;
  readonly min: number;
  readonly max: number;
}

export interface CommandLine<Name extends string> {
  readonly numbers: Readonly<Record<Name, number>>;
  /** Names given with `--only "a; b"`; empty: all. */
  readonly only: readonly string[];
  /** Where `--json file` wants the result. */
  readonly jsonFile: string | undefined;
}

/**
 * `parts`: what `--only` may name. Says what is wrong and ends the process on a command line that
 * cannot be.
 */
export function commandLine<Name extends string>(
  options: Readonly<Record<Name, NumberOption>>,
  parts: readonly string[],
): CommandLine<Name> {
  const names = Object.keys(options) as Name[];
  const values: Readonly<Record<string, unknown>> = programOptions(
    {
      ...Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])),
      only: { type: 'string' },
      json: { type: 'string' },
    },
    optionsText(options, parts),
  );
  const given = values as Readonly<Record<string, string | undefined>>;
  const numbers = Object.fromEntries(
    names.map((name) => {
      const { min, max, default: usual } = options[name];
      const text = given[name];
      return [name, text === undefined ? usual : numberOption(name, text, { from: min, to: max })];
    }),
  ) as Record<Name, number>;
  const only = given['only']?.split(';').map((name) => name.trim()) ?? [];
  const unknown = only.find((name) => !parts.includes(name));
  if (unknown !== undefined) refuse(`--only knows: ${parts.join('; ')}`);
  return { numbers, only, jsonFile: given['json'] };
}

/** What each option takes, below the header of the program. */
export function optionsText(
  options: Readonly<Record<string, NumberOption>>,
  parts: readonly string[],
): string {
  const numbers = Object.entries(options).map(([name, option]) => {
    const [from, to, usual] = [option.min, option.max, option.default].map((n) =>
      n.toLocaleString('en'),
    );
    return [`--${name} N`, `${from} to ${to}; ${usual} if not given`] as const;
  });
  const words = [
    ['--only "A; B"', `only these: ${parts.join('; ')}`],
    ['--json FILE', 'writes all it measured'],
  ] as const;
  const rows = [...numbers, ...(parts.length > 0 ? words : words.slice(1))];
  const width = Math.max(...rows.map(([option]) => option.length));
  return `\n${rows.map(([option, text]) => `\n  ${option.padEnd(width)}  ${text}`).join('')}`;
}

export function writeJson(file: string | undefined, result: unknown): void {
  if (file !== undefined) writeFileSync(file, `${JSON.stringify(result)}\n`);
}

/** Progress goes where it does not mix with the tables. */
export const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};
