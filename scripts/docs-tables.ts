// Which tables of the code stand in the docs, as data: a name, the columns, the rows. Any page of
// docs/ may show a table between `<!-- table:NAME -->` and `<!-- /table:NAME -->`; `docs.ts` fills
// it, and the tidy test holds it in step. What a limit or a reason means is the comment above it.

import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { slashCommands } from '../src/app/cli/chat/slash-commands.ts';
import { cliTables } from '../src/app/cli/help.ts';
import { defaultText, flagOf, optionNames, optionTable } from '../src/app/server/option-table.ts';
import { clientErrorTable } from '../src/client/client-error.ts';
import { keyringLimits } from '../src/client/keyring-limits.ts';
import { lobbyClientLimits } from '../src/client/lobby/lobby-client-limits.ts';
import { messengerClientLimits } from '../src/client/messenger/messenger-client-limits.ts';
import { textClientLimits } from '../src/client/text/text-limits.ts';
import type { CommandRow } from '../src/contract/command-row.ts';
import { commandTable } from '../src/contract/commands.ts';
import { errorTable } from '../src/contract/errors.ts';
import { eventTable } from '../src/contract/events.ts';
import { contractLimits } from '../src/contract/limits.ts';
import { metricTable } from '../src/contract/telemetry.ts';
import { roundLimits } from '../src/domain/round/round-limits.ts';
import { rsaTextLimits } from '../src/driver/rsa-oaep.ts';
import { streamLimits } from '../src/driver/stream-limits.ts';
import { gameLimits } from '../src/game/limits.ts';
import { bridgeLimits } from '../src/gateway/classic/bridge-limits.ts';
import { companionLimits } from '../src/gateway/classic/companion-limits.ts';
import { guessLimits } from '../src/gateway/guess/guess-limits.ts';
import { guessSentences } from '../src/gateway/guess/guess-messages.ts';
import { httpLimits } from '../src/gateway/http/http-limits.ts';
import { lineLimits } from '../src/gateway/line-limits.ts';
import { lobbyLimits } from '../src/gateway/lobby/lobby-limits.ts';
import { messengerLimits } from '../src/gateway/messenger/messenger-limits.ts';
import { fileConnectionLimits } from '../src/gateway/text/file-limits.ts';
import { textCodes } from '../src/gateway/text/text-codes.ts';
import { textLimits } from '../src/gateway/text/text-limits.ts';
import { closeCodes, webSocketLimits } from '../src/gateway/websocket/websocket-limits.ts';
import { classicLimits } from '../src/protocol/classic/limits.ts';
import { dropReasons } from '../src/protocol/paperclip/drops.ts';
import { errorCodes } from '../src/protocol/paperclip/error-codes.ts';
import { handshakeLimits } from '../src/protocol/paperclip/handshake-limits.ts';
import { protocolLimits } from '../src/protocol/paperclip/limits.ts';
import { refusalReasons } from '../src/protocol/paperclip/refusals.ts';
import { sealedLimits } from '../src/protocol/sealed/limits.ts';
import { is, parseSource, type Source, walk } from '../test/tidy/source.ts';
import { paperTables } from './paper-tables.ts';

export interface DocTable {
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const repository = resolve(import.meta.dirname, '..');

const code = (text: string): string => `\`${text}\``;
const codes = (texts: readonly string[]): string => texts.map(code).join(', ');

/** Reads the comments of the sources, so it is a function and not a constant. */
export function docTables(): readonly DocTable[] {
  return [
    {
      name: 'errors',
      columns: ['code', 'HTTP', 'says', 'what to do'],
      rows: Object.entries(errorTable).map(([name, row]) => [
        code(name),
        String(row.httpStatus),
        row.message,
        row.fix,
      ]),
    },
    {
      name: 'commands',
      columns: ['command', 'HTTP', 'takes', 'who', 'calls', 'errors of its own', 'what it does'],
      rows: Object.entries(commandTable).map(([name, row]) => [
        code(name),
        code(`${row.http.method} ${row.http.path}`),
        codes(argumentNames(row.args)),
        row.caller,
        callsText(row),
        codes(row.errors),
        row.summary,
      ]),
    },
    metricsTable(),
    {
      name: 'close-codes',
      columns: ['code', 'name', 'says'],
      rows: Object.entries(errorCodes).map(([name, row]) => [
        `${Math.floor(row.code / 256)}.${row.code % 256}`,
        code(name),
        row.sentence,
      ]),
    },
    reasonTable('refusals', 'src/protocol/paperclip/refusals.ts', refusalReasons),
    reasonTable('drops', 'src/protocol/paperclip/drops.ts', dropReasons),
    {
      name: 'client-errors',
      columns: ['code', 'says', 'what to do'],
      rows: Object.entries(clientErrorTable).map(([name, row]) => [
        code(name),
        row.message,
        row.fix,
      ]),
    },
    {
      name: 'websocket-closes',
      columns: ['code', 'meaning'],
      rows: meaningRows('src/gateway/websocket/websocket-limits.ts', Object.entries(closeCodes)),
    },
    {
      name: 'guess-codes',
      columns: ['code', 'says'],
      rows: Object.entries(guessSentences).map(([name, says]) => [code(name), says]),
    },
    {
      name: 'text-codes',
      columns: ['code', 'meaning'],
      rows: meaningRows('src/gateway/text/text-codes.ts', Object.entries(textCodes)),
    },
    eventsTable(),
    optionsTable(),
    ...cliTables(),
    chatTable(),
    ...limitTables(),
    ...paperTables(),
  ];
}

const chatTable = () => ({
  name: 'chat-commands',
  columns: ['type', 'what it does'],
  rows: slashCommands.map(({ name, usage, summary }) => [
    `\`${`/${name} ${usage}`.trim()}\``,
    summary,
  ]),
});

const limitTables = (): readonly DocTable[] => [
  limitTable('limits', 'src/contract/limits.ts', contractLimits),
  limitTable('game-limits', 'src/game/limits.ts', gameLimits),
  limitTable('round-limits', 'src/domain/round/round-limits.ts', roundLimits),
  limitTable('http-limits', 'src/gateway/http/http-limits.ts', httpLimits),
  limitTable('websocket-limits', 'src/gateway/websocket/websocket-limits.ts', webSocketLimits),
  limitTable('stream-limits', 'src/driver/stream-limits.ts', streamLimits),
  limitTable('line-limits', 'src/gateway/line-limits.ts', lineLimits),
  limitTable('lobby-limits', 'src/gateway/lobby/lobby-limits.ts', lobbyLimits),
  limitTable('messenger-limits', 'src/gateway/messenger/messenger-limits.ts', messengerLimits),
  limitTable('guess-limits', 'src/gateway/guess/guess-limits.ts', guessLimits),
  limitTable('text-limits', 'src/gateway/text/text-limits.ts', textLimits),
  limitTable('text-client-limits', 'src/client/text/text-limits.ts', textClientLimits),
  limitTable('protocol-limits', 'src/protocol/paperclip/limits.ts', protocolLimits),
  limitTable('handshake-limits', 'src/protocol/paperclip/handshake-limits.ts', handshakeLimits),
  limitTable('classic-limits', 'src/protocol/classic/limits.ts', classicLimits),
  limitTable('sealed-limits', 'src/protocol/sealed/limits.ts', sealedLimits),
  limitTable('rsa-text-limits', 'src/driver/rsa-oaep.ts', rsaTextLimits),
  limitTable(
    'messenger-client-limits',
    'src/client/messenger/messenger-client-limits.ts',
    messengerClientLimits,
  ),
  limitTable('lobby-client-limits', 'src/client/lobby/lobby-client-limits.ts', lobbyClientLimits),
  limitTable('keyring-limits', 'src/client/keyring-limits.ts', keyringLimits),
  limitTable('bridge-limits', 'src/gateway/classic/bridge-limits.ts', bridgeLimits),
  limitTable('companion-limits', 'src/gateway/classic/companion-limits.ts', companionLimits),
  limitTable('file-limits', 'src/gateway/text/file-limits.ts', fileConnectionLimits),
];

function metricsTable(): DocTable {
  return {
    name: 'metrics',
    columns: ['metric', 'kind', 'labels', 'what it counts'],
    rows: Object.entries(metricTable).map(([name, row]) => [
      code(name),
      row.kind,
      codes(row.labels),
      row.help,
    ]),
  };
}

function eventsTable(): DocTable {
  return {
    name: 'events',
    columns: ['event', 'data', 'when'],
    rows: Object.entries(eventTable).map(([name, row]) => [
      code(name),
      codes(argumentNames(row.data)),
      row.summary,
    ]),
  };
}

function optionsTable(): DocTable {
  return {
    name: 'options',
    columns: ['setting', 'default', 'meaning'],
    rows: optionNames.map((name) => {
      const { type, help } = optionTable[name];
      const value = type.placeholder === undefined ? '' : ` ${type.placeholder}`;
      return [code(flagOf(name) + value), defaultText(optionTable[name]), help];
    }),
  };
}

/** `name` of a member that must be there, `name?` of one that may. */
function argumentNames(schema: object): readonly string[] {
  const properties = 'properties' in schema ? Object.keys(Object(schema.properties)) : [];
  const required: unknown = 'required' in schema ? schema.required : [];
  return properties.map((name) =>
    Array.isArray(required) && required.includes(name) ? name : `${name}?`,
  );
}

/** One row for each pair: the value, and the comment above its name. */
function meaningRows(
  path: string,
  pairs: readonly (readonly [name: string, value: number])[],
): DocTable['rows'] {
  const meanings = commentsByName(path);
  return pairs.map(([name, value]) => [String(value), meanings.get(name) ?? '']);
}

function limitTable(
  name: string,
  path: string,
  limits: Readonly<Record<string, number>>,
): DocTable {
  const meanings = commentsByName(path);
  const rows = Object.entries(limits).map(([limit, value]) => [
    code(limit),
    amount(limit, value),
    meanings.get(limit) ?? '',
  ]);
  return { name, columns: ['limit', 'value', 'meaning'], rows };
}

function reasonTable(name: string, path: string, reasons: readonly string[]): DocTable {
  const meanings = commentsByName(path);
  const rows = reasons.map((reason) => [code(reason), meanings.get(reason) ?? '']);
  return { name, columns: ['reason', 'meaning'], rows };
}

/** The unit is in the name: `messageBytesDefault`, `loginLockS`, `turnTimeMsMin`. */
export function amount(name: string, value: number): string {
  const plain = value.toLocaleString('en-US');
  const unit = /(Bytes|Ms|S)(?=[A-Z]|$)/.exec(name)?.[1];
  if (unit === 'Bytes') {
    for (const [size, word] of [
      [2 ** 20, 'MiB'],
      [2 ** 10, 'KiB'],
    ] as const) {
      if (value >= size && value % size === 0) return `${value / size} ${word}`;
    }
    return `${plain} bytes`;
  }
  return unit === undefined ? plain : `${plain} ${unit === 'S' ? 's' : 'ms'}`;
}

/** The doc comment above each object member or list element, by the member's or element's name. */
function commentsByName(path: string): ReadonlyMap<string, string> {
  const source = parseSource(path, readFileSync(join(repository, path), 'utf8'));
  const meanings = new Map<string, string>();
  for (const node of walk(source.tree)) {
    const isMember = is.isPropertyAssignment(node) && is.isIdentifier(node.name);
    const isElement = is.isStringLiteral(node) && is.isArrayLiteralExpression(node.parent);
    const name = isMember ? node.name.text : isElement ? node.text : undefined;
    const comment = commentAbove(source, node.pos, node.getStart(source.tree));
    if (name !== undefined && comment !== undefined) meanings.set(name, comment);
  }
  return meanings;
}

function commentAbove(source: Source, from: number, to: number): string | undefined {
  const comment = source.comments.findLast((one) => one.start >= from && one.end <= to);
  return comment?.text.replace(/\s*\n\s*/g, ' ');
}

const callsText = ({ rate: { calls, perS, ofAddress } }: CommandRow): string =>
  `${calls} in ${perS} s${ofAddress === undefined ? '' : `, ${ofAddress} of an address`}`;
