// The command table as HTTP routes: which method and path is which command, and how path, query and
// body become the command's arguments. It does NOT validate them; the dispatcher does.

import type { CommandRow } from '../../contract/command-row.ts';
import { type CommandName, commandTable } from '../../contract/commands.ts';
import type { TSchema } from '../../contract/schema.ts';
import { badRequest } from '../failure.ts';

export interface CommandRoute {
  readonly name: CommandName;
  readonly row: CommandRow;
  /** Members of the arguments that the path carries. */
  readonly pathMembers: readonly string[];
}

export const commandRoutes: readonly CommandRoute[] = Object.entries(commandTable).map(
  ([name, row]) => ({
    name: name as CommandName,
    row,
    pathMembers: [...row.http.path.matchAll(/:(\w+)/g)].map((match) => match[1]!),
  }),
);

/** The methods under which a path is known, for the answer to the wrong one. */
export function methodsOf(path: string): readonly string[] {
  return commandRoutes
    .filter(({ row }) => pathPattern(row.http.path).test(path))
    .map(({ row }) => row.http.method);
}

const pathPattern = (path: string): RegExp =>
  new RegExp(`^${path.replace(/[.]/g, '\\.').replace(/:\w+/g, '[^/]+')}$`);

export interface RequestParts {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  /** Undefined when the request has none. */
  readonly body: unknown;
}

/** Throws BAD_REQUEST for what HTTP itself makes ambiguous. */
export function argsOf(route: CommandRoute, parts: RequestParts): Record<string, unknown> {
  const { args } = route.row;
  if (route.row.http.method === 'GET') {
    refuseOverlap(parts.params, parts.query, 'query');
    return { ...coerceTexts(args, parts.query), ...coerceTexts(args, parts.params) };
  }
  for (const member of Object.keys(parts.query)) {
    throw badRequest(member, `is for the body, since ${route.row.http.method} takes no query`);
  }
  const body = parts.body ?? {};
  if (typeof body !== 'object' || Array.isArray(body)) {
    throw badRequest('body', 'must be a JSON object');
  }
  refuseOverlap(parts.params, body, 'body');
  return { ...body, ...coerceTexts(args, parts.params) };
}

function refuseOverlap(params: object, other: object, where: string): void {
  for (const member of Object.keys(params)) {
    if (Object.hasOwn(other, member)) {
      throw badRequest(member, `is in the path already, so the ${where} must not have it`);
    }
  }
}

/**
 * Query and path are text: what reads exactly as the schema's number or boolean becomes one, the
 * rest stays text, and validation then says what was expected.
 */
function coerceTexts(
  schema: TSchema,
  texts: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const { properties = {} } = schema as {
    readonly properties?: Readonly<Record<string, { readonly type?: string }>>;
  };
  const values: Record<string, unknown> = {};
  for (const [member, text] of Object.entries(texts)) {
    const type = Object.hasOwn(properties, member) ? properties[member]?.type : undefined;
    // Defined, not assigned: the member may be called __proto__.
    Object.defineProperty(values, member, {
      value: coerceText(type, text),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return values;
}

function coerceText(type: string | undefined, text: unknown): unknown {
  if (typeof text !== 'string') return text;
  if (type === 'integer' || type === 'number') {
    const value = Number(text);
    // A whole number that a double cannot hold exactly would become another one.
    const isExact = !Number.isInteger(value) || Number.isSafeInteger(value);
    return /^-?\d{1,16}(\.\d{1,15})?$/.test(text) && isExact ? value : text;
  }
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}
