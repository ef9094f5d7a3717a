// The help texts and the tables of `docs/cli.md`, made from the command table.

import { type CliCommand, exitCodeMeanings, exitCodes } from './command.ts';
import { cliCommands, commonFlags } from './command-table.ts';
import { type Terminal, visibleWidth } from './terminal.ts';
import type { Flag, Flags } from './usage.ts';

const groups = ['Play', 'Look', 'Operate'] as const;

export function overview(terminal: Terminal): string {
  const width = Math.max(...cliCommands.map((command) => title(command).length));
  const rows = groups.flatMap((group) => [
    '',
    terminal.style('bold', group),
    ...listLines(
      cliCommands
        .filter((command) => command.group === group)
        .map((command) => [title(command).padEnd(width), command.summary]),
      terminal,
    ),
  ]);
  return [
    'Multiplayer games over an encrypted UDP protocol.',
    '',
    `${terminal.style('bold', 'Usage')}  paperclip COMMAND [flags]`,
    ...rows,
    '',
    'Begin with `paperclip serve` in one terminal, `paperclip play rps` in two others.',
    '`paperclip help COMMAND` shows the flags of a command.',
  ].join('\n');
}

export function commandHelp(command: CliCommand, terminal: Terminal): string {
  const bold = (text: string): string => terminal.style('bold', text);
  return [
    command.summary,
    '',
    `${bold('Usage')}  paperclip ${title(command)} [flags]`,
    ...(command.details ?? []).flatMap((text) => [
      '',
      ...wrap(text, Math.min(terminal.columns, 90)),
    ]),
    '',
    bold('Flags'),
    ...flagLines({ ...command.flags, ...commonFlags }, terminal),
    '',
    bold('Examples'),
    ...command.examples.map((example) => `  ${example}`),
  ].join('\n');
}

const title = ({ name, operands }: CliCommand): string =>
  operands === '' ? name : `${name} ${operands}`;

const flagText = (name: string, flag: Flag): string =>
  `${flag.short === undefined ? '' : `-${flag.short}, `}--${name}${
    flag.value === undefined ? '' : ` ${flag.value}`
  }`;

function flagLines(flags: Flags, terminal: Terminal): string[] {
  const rows = Object.entries(flags).map(
    ([name, flag]) => [flagText(name, flag), flag.summary] as const,
  );
  return listLines(rows, terminal);
}

/** What, and in a column beside it what it does, over as many lines as that needs. */
function listLines(rows: readonly (readonly [string, string])[], terminal: Terminal): string[] {
  const room = Math.max(...rows.map(([text]) => text.length));
  const width = Math.max(24, Math.min(terminal.columns, 100) - room - 5);
  return rows.flatMap(([text, summary]) =>
    wrap(summary, width).map((line, at) => `  ${(at === 0 ? text : '').padEnd(room)}  ${line}`),
  );
}

export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && visibleWidth(line) + 1 + visibleWidth(word) > width) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** The tables of `docs/cli.md`; `npm run docs` fills them in. */
export function cliTables() {
  const code = (text: string): string => `\`${text}\``;
  const flagRows = (name: string, flags: Flags): string[][] =>
    Object.entries(flags).map(([flag, row]) => [name, code(flagText(flag, row)), row.summary]);
  return [
    {
      name: 'cli-commands',
      columns: ['command', 'what it does'],
      rows: cliCommands.map((command) => [code(`paperclip ${title(command)}`), command.summary]),
    },
    {
      name: 'cli-flags',
      columns: ['of', 'flag', 'meaning'],
      rows: [
        ...flagRows('every command', commonFlags),
        ...cliCommands.flatMap(({ name, flags }) => flagRows(code(name), flags)),
      ],
    },
    {
      name: 'cli-exit-codes',
      columns: ['exit code', 'meaning'],
      rows: Object.values(exitCodes).map((value) => [String(value), exitCodeMeanings[value]]),
    },
  ];
}
