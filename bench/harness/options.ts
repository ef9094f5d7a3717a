// Command lines of the benchmarks: numbers with a default and bounds, lists of words, `--json`.

import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

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
  try {
    const { values } = parseArgs({
      options: {
        ...Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])),
        only: { type: 'string' },
        json: { type: 'string' },
      },
    });
    const given: Readonly<Record<string, string | undefined>> = values;
    const numbers = Object.fromEntries(
      names.map((name) => [name, numberOf(name, given[name], options[name])]),
    ) as Record<Name, number>;
    const only = given['only']?.split(';').map((name) => name.trim()) ?? [];
    const unknown = only.find((name) => !parts.includes(name));
    if (unknown !== undefined) throw new Error(`--only knows: ${parts.join('; ')}`);
    return { numbers, only, jsonFile: given['json'] };
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(2);
  }
}

export function writeJson(file: string | undefined, result: unknown): void {
  if (file !== undefined) writeFileSync(file, `${JSON.stringify(result)}\n`);
}

/** Progress goes where it does not mix with the tables. */
export const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

function numberOf(name: string, text: string | undefined, option: NumberOption): number {
  if (text === undefined) return option.default;
  const value = Number(text);
  if (text !== '' && value >= option.min && value <= option.max) return value;
  throw new Error(`--${name} takes a number from ${option.min} to ${option.max}, not ${text}`);
}
