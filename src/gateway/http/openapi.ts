// The OpenAPI 3.1 document, made from the command table, the error table and the events. TypeBox
// schemas are JSON Schemas, so they go in as they are; entities that several commands share become
// components.

import type { CommandRow } from '../../contract/command-row.ts';
import { commonErrors } from '../../contract/commands.ts';
import { type ErrorCode, errorBody, errorTable } from '../../contract/errors.ts';
import { eventTable } from '../../contract/events.ts';
import {
  GameInfo,
  HostTicket,
  LeaderboardRow,
  Lobby,
  LobbyMember,
  MatchSeat,
  MatchSummary,
  Player,
  Session,
  type TSchema,
} from '../../contract/schema.ts';
import { exampleOf } from './examples.ts';
import { type CommandRoute, commandRoutes } from './routes.ts';
import { serverOperations } from './server-operations.ts';

type JsonObject = Readonly<Record<string, unknown>>;

export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly info: JsonObject;
  readonly tags: readonly JsonObject[];
  readonly paths: Readonly<Record<string, JsonObject>>;
  readonly components: {
    readonly schemas: JsonObject;
    readonly securitySchemes: JsonObject;
  };
}

const entities: Readonly<Record<string, TSchema>> = {
  GameInfo,
  HostTicket,
  LeaderboardRow,
  Lobby,
  LobbyMember,
  MatchSeat,
  MatchSummary,
  Player,
  Session,
};

export function openApiDocument(version: string): OpenApiDocument {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of commandRoutes) {
    const path = route.row.http.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.row.http.method.toLowerCase()]: operation(route) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Paperclip', version, description },
    tags,
    paths: { ...paths, ...serverOperations },
    components: {
      schemas: {
        ...Object.fromEntries(
          Object.entries(entities).map(([name, schema]) => [name, withoutSelf(schema)]),
        ),
        Error: errorSchema,
      },
      securitySchemes: {
        accessToken: {
          type: 'http',
          scheme: 'bearer',
          description: 'The `accessToken` of a session: register, log in or go on as a guest.',
        },
      },
    },
  };
}

function operation(route: CommandRoute): JsonObject {
  const { name, row } = route;
  return {
    operationId: name,
    summary: row.summary,
    description: describe(name, row),
    tags: [name.split('.')[0]],
    security: row.caller === 'anyone' ? [] : [{ accessToken: [] }],
    ...inputs(route),
    responses: { 200: jsonAnswer('Done.', row.result), ...errorAnswers(row) },
  };
}

const describe = (name: string, { caller, rate }: CommandRow): string =>
  `Command \`${name}\`, the same over WebSocket. ` +
  `For ${caller === 'anyone' ? 'anyone' : `a session (${caller} or more)`}; ` +
  `at most ${rate.calls} calls in ${rate.perS} s` +
  `${rate.ofAddress === undefined ? '' : `, ${rate.ofAddress} of an address`}.`;

/** Path members as parameters; the others as query on GET, else as a body. */
function inputs({ row, pathMembers }: CommandRoute): JsonObject {
  const schema = row.args as TSchema & {
    readonly properties: Readonly<Record<string, TSchema>>;
    readonly required?: readonly string[];
  };
  const { properties, required = [] } = schema;
  const isGet = row.http.method === 'GET';
  const others = Object.keys(properties).filter((member) => !pathMembers.includes(member));
  const parameter = (member: string, where: 'path' | 'query') => ({
    name: member,
    in: where,
    required: where === 'path' || required.includes(member),
    schema: referring(properties[member]!),
    ...(where === 'path' && { example: exampleOf(properties[member]!, member) }),
  });
  const parameters = [
    ...pathMembers.map((member) => parameter(member, 'path')),
    ...(isGet ? others.map((member) => parameter(member, 'query')) : []),
  ];
  if (isGet || others.length === 0) return { parameters };
  const body = {
    type: 'object',
    properties: Object.fromEntries(
      others.map((member) => [member, referring(properties[member]!)]),
    ),
    required: required.filter((member) => others.includes(member)),
    additionalProperties: false,
  };
  return {
    parameters,
    requestBody: {
      required: body.required.length > 0,
      content: { 'application/json': { schema: body, example: exampleOf(body) } },
    },
  };
}

function errorAnswers(row: CommandRow): JsonObject {
  const codesByStatus = new Map<number, ErrorCode[]>();
  const isOpen = row.caller === 'anyone';
  for (const code of new Set<ErrorCode>([...commonErrors, ...row.errors])) {
    if (isOpen && code === 'FORBIDDEN') continue;
    const { httpStatus } = errorTable[code];
    codesByStatus.set(httpStatus, [...(codesByStatus.get(httpStatus) ?? []), code]);
  }
  return Object.fromEntries(
    [...codesByStatus].map(([status, codes]) => [status, errorAnswer(status, codes)]),
  );
}

const errorAnswer = (status: number, codes: readonly ErrorCode[]): JsonObject => ({
  description: codes.map((code) => `\`${code}\`: ${errorTable[code].message}`).join('\n\n'),
  ...([423, 429].includes(status) && {
    headers: {
      'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer' } },
    },
  }),
  content: {
    'application/json': {
      schema: { $ref: '#/components/schemas/Error' },
      examples: Object.fromEntries(
        codes.map((code) => [code, { value: { error: exampleError(code) } }]),
      ),
    },
  },
});

/** The row's sentence with an example for each of its braces. */
function exampleError(code: ErrorCode): object {
  const names = [...errorTable[code].message.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!);
  if (names.length === 0) return errorBody(code);
  return errorBody(
    code,
    Object.fromEntries(names.map((name) => [name, exampleOf({ type: 'detail' }, name) as string])),
  );
}

const jsonAnswer = (text: string, schema: TSchema): JsonObject => ({
  description: text,
  content: { 'application/json': { schema: referring(schema), example: exampleOf(schema) } },
});

/** Plain JSON, with a reference in the place of every entity. */
function referring(schema: object): unknown {
  const name = Object.keys(entities).find((entity) => entities[entity] === schema);
  if (name !== undefined) return { $ref: `#/components/schemas/${name}` };
  return withoutSelf(schema);
}

function withoutSelf(schema: object): unknown {
  if (Array.isArray(schema)) return schema.map((item) => referringValue(item));
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, referringValue(value)]),
  );
}

const referringValue = (value: unknown): unknown =>
  typeof value === 'object' && value !== null ? referring(value) : value;

const errorSchema = {
  type: 'object',
  required: ['error'],
  additionalProperties: false,
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message', 'fix'],
      additionalProperties: false,
      properties: {
        code: { type: 'string', enum: Object.keys(errorTable) },
        message: { type: 'string', description: 'What happened.' },
        fix: { type: 'string', description: 'What to do next.' },
        details: {
          type: 'object',
          description: 'The values that made the sentence; `retryAfterS` where waiting helps.',
          additionalProperties: { type: ['string', 'number'] },
        },
      },
    },
  },
} as const;

const description = [
  'Accounts, lobbies and matches. The matches themselves run over encrypted UDP:',
  '`match.ticket` gives the address and the ticket.',
  '',
  'To look around: `POST /v1/guests`, then **Authorize** with the `accessToken`.',
].join('\n');

const eventList = Object.entries(eventTable)
  .map(([name, { summary }]) => `- \`${name}\`: ${summary}`)
  .join('\n');

const tags: readonly JsonObject[] = [
  { name: 'account', description: 'Who you are.' },
  { name: 'session', description: 'Where you are logged in.' },
  { name: 'player', description: 'Numbers of players.' },
  { name: 'friend', description: 'Whom you know.' },
  { name: 'block', description: 'Whom you do not want to hear of.' },
  { name: 'presence', description: 'Who is here.' },
  { name: 'room', description: 'Where everybody talks.' },
  { name: 'chat', description: 'Messages between two.' },
  { name: 'signal', description: 'What clients pass to each other.' },
  { name: 'file', description: 'Files from player to player; none is kept here.' },
  { name: 'keys', description: 'For messages that only their receiver can read.' },
  { name: 'game', description: 'What can be played.' },
  { name: 'lobby', description: 'Where players meet before a match.' },
  {
    name: 'party',
    description: 'Games that somebody gathers players for, one of a game at a time.',
  },
  { name: 'round', description: 'Games that run all the time, to come into and leave.' },
  { name: 'match', description: 'Running and ended matches.' },
  { name: 'external', description: 'Games that players’ own programs play with each other.' },
  { name: 'leaderboard', description: 'Who wins.' },
  {
    name: 'websocket',
    description: `Every command and these events over one connection:\n\n${eventList}`,
  },
  { name: 'admin', description: 'For accounts that the operator has named.' },
  { name: 'operations', description: 'For those who run the server.' },
];
