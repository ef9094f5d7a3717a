// The gate between a stranger's arguments and a handler, one check per command: a bounded copy,
// held against the command's schema, its defaults filled in. BAD_REQUEST names the field.

import { Compile } from 'typebox/compile';
import type { CommandRow } from '../contract/command-row.ts';
import { type CommandName, commandTable } from '../contract/commands.ts';
import { PaperclipError } from '../contract/errors.ts';
import { contractLimits as limits } from '../contract/limits.ts';
import { type InputProblem, jsonCheck } from '../game/check-input.ts';
import { gameLimits } from '../game/limits.ts';

export type ArgsCheck = (args: unknown) => unknown;

const bounds = {
  bytesMax: limits.webSocketMessageBytesMax,
  // A lobby's settings have their own bound below `settings`.
  depthMax: gameLimits.inputDepthMax + 1,
} as const;

export function argsChecks(): ReadonlyMap<CommandName, ArgsCheck> {
  const names = Object.keys(commandTable) as CommandName[];
  return new Map(names.map((name) => [name, argsCheck(commandTable[name])]));
}

function argsCheck(row: CommandRow): ArgsCheck {
  const check = jsonCheck(row.args, 'arguments', bounds);
  const schema = Compile(row.args);
  return (args) => {
    // A call without arguments is a call with none.
    const checked = check(args ?? {});
    if (!checked.ok) throw new PaperclipError('BAD_REQUEST', sentence(row, checked.error));
    // The copy is ours to change.
    return schema.Default(checked.value.value);
  };
}

/** `{field}: {problem}.`, where the problem is in the schema's own words if it has any. */
function sentence(row: CommandRow, problem: InputProblem): { field: string; problem: string } {
  const { field = 'arguments', message } = problem;
  const said = message.startsWith(`${field} `) ? message.slice(field.length + 1) : message;
  const { properties } = row.args as { properties?: Record<string, { description?: string }> };
  const wish = properties?.[field]?.description;
  const isPattern = said.startsWith('must match pattern');
  const words = isPattern && wish !== undefined ? `does not fit. It takes: ${wish}` : said;
  return { field, problem: words.replace(/\.$/, '') };
}
