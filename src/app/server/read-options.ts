// Settings from where people write them: flags, environment variables and a JSON file. Every wrong
// one is named with its place, all of them at once; unknown names get the nearest that exists.

import { parseArgs } from 'node:util';
import { parseJson } from '../../base/json.ts';
import { nearest } from '../cli/usage.ts';
import { ConfigError } from './config-error.ts';
import {
  flagOf,
  type GivenOptions,
  type OptionName,
  type OptionType,
  optionNames,
  optionTable,
  standardVariables,
  variableOf,
} from './option-table.ts';

export interface OptionSources {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Throws when the file cannot be read. */
  readonly readFile: (path: string) => string;
}

/** Throws a `ConfigError` with every problem there is. */
export function readOptions(sources: OptionSources): GivenOptions {
  const problems: string[] = [];
  const flags = readFlags(sources.argv, problems);
  const path = flags.get('config')?.at(-1) ?? sources.env[variableOf('config')];
  const file = path === undefined ? {} : readConfigFile(path, sources.readFile, problems);
  const values: Record<string, unknown> = {};
  for (const name of optionNames) {
    const type: OptionType<unknown> = optionTable[name].type;
    const typed = flags.get(name);
    const standard = standardVariables[name];
    const variable = sources.env[variableOf(name)] ?? (standard && sources.env[standard]);
    const [place, outcome] =
      typed !== undefined
        ? ([flagOf(name), type.parse(typed)] as const)
        : variable !== undefined
          ? ([variableOf(name), type.parse(type.isList ? split(variable) : [variable])] as const)
          : Object.hasOwn(file, name)
            ? ([`${path}: ${name}`, type.fromJson(file[name])] as const)
            : ([name, undefined] as const);
    if (outcome?.ok === false) problems.push(`${place} ${outcome.error}.`);
    if (outcome?.ok) values[name] = outcome.value;
  }
  if (problems.length > 0) throw new ConfigError(...problems);
  return withDefaults(values);
}

/** Settings given by a program, as unchecked as those of a file. */
export function checkOptions(given: Readonly<Record<string, unknown>>): GivenOptions {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    if (!isOptionName(name)) {
      problems.push(`There is no option ${name}.${hintFor(name, optionNames)}`);
      continue;
    }
    const outcome = optionTable[name].type.fromJson(value);
    if (outcome.ok) values[name] = outcome.value;
    else problems.push(`${name} ${outcome.error}.`);
  }
  if (problems.length > 0) throw new ConfigError(...problems);
  return withDefaults(values);
}

function withDefaults(values: Readonly<Record<string, unknown>>): GivenOptions {
  const complete = Object.fromEntries(
    optionNames.map((name) => {
      const { fallback } = optionTable[name];
      const value = 'value' in fallback ? fallback.value : undefined;
      return [name, Object.hasOwn(values, name) ? values[name] : value];
    }),
  );
  // Boundary: each value came from its row's own type.
  return complete as GivenOptions;
}

/** Every flag with the texts it was given; words without a flag are game folders. */
function readFlags(
  argv: readonly string[],
  problems: string[],
): ReadonlyMap<string, readonly string[]> {
  const names = ['config', ...optionNames];
  const byFlag = new Map(names.map((name) => [flagOf(name).slice(2), name]));
  const options = Object.fromEntries(
    [...byFlag].map(([flag, name]) => [
      flag,
      { type: isSwitch(name) ? ('boolean' as const) : ('string' as const) },
    ]),
  );
  const { tokens } = parseArgs({
    args: [...argv],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const found = new Map<string, string[]>();
  const add = (name: string, text: string) => found.set(name, [...(found.get(name) ?? []), text]);
  for (const token of tokens) {
    if (token.kind === 'positional') add('games', token.value);
    if (token.kind !== 'option') continue;
    const name = byFlag.get(token.name);
    if (name === undefined || !token.rawName.startsWith('--')) {
      problems.push(
        `There is no flag ${token.rawName}.${flagHint(token.name, [...byFlag.keys()])}`,
      );
    } else if (isSwitch(name)) {
      add(name, token.value ?? 'true');
    } else if (token.value === undefined || (!token.inlineValue && token.value.startsWith('-'))) {
      problems.push(`${token.rawName} needs a value.`);
    } else {
      add(name, token.value);
    }
  }
  return found;
}

function readConfigFile(
  path: string,
  readFile: OptionSources['readFile'],
  problems: string[],
): Readonly<Record<string, unknown>> {
  let text: string;
  try {
    text = readFile(path);
  } catch (cause) {
    problems.push(`${path} cannot be read: ${cause instanceof Error ? cause.message : cause}.`);
    return {};
  }
  const parsed = parseJson(text);
  if (!parsed.ok) {
    problems.push(`${path} is not valid JSON: ${parsed.error}.`);
    return {};
  }
  const { value } = parsed;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    problems.push(`${path} must hold a JSON object such as {"port": 5000}.`);
    return {};
  }
  for (const name of Object.keys(value)) {
    if (isOptionName(name)) continue;
    problems.push(`${path}: there is no option ${name}.${hintFor(name, optionNames)}`);
  }
  return value as Readonly<Record<string, unknown>>;
}

const split = (text: string): readonly string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

const isOptionName = (name: string): name is OptionName => Object.hasOwn(optionTable, name);
const isSwitch = (name: string): boolean =>
  isOptionName(name) && optionTable[name].type.placeholder === undefined;

function hintFor(name: string, names: readonly string[]): string {
  const near = nearest(name, names);
  return near === undefined ? '' : ` Did you mean ${near}?`;
}

function flagHint(name: string, flags: readonly string[]): string {
  const near = nearest(name, flags);
  return near === undefined ? ' See `paperclip serve --help`.' : ` Did you mean --${near}?`;
}
